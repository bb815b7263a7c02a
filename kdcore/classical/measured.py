"""What is measured of families that have learned, and what of them can be looked at."""

from collections.abc import Iterator

import numpy as np

from kdcore import families
from kdcore.classical.school import Arms
from kdcore.classical.shown import snapshot
from kdcore.data.load import Split
from kdcore.events import Row
from kdcore.transfer import Role, Transfer

Said = dict[str, np.ndarray]  # of each arm the classes that it tells, (seeds, examples)


class Bench:
    """Judges by validation examples what has learned, and keeps its answers to the test examples until the end."""

    def __init__(self, order: Transfer, data: Split):
        self._order, self._data = order, data
        self._tested: list[tuple[str, Role, Said]] = []

    def rows(self, text: str, role: Role, arms: Arms, progress: float) -> Iterator[Row]:
        """The family's row, and after it what can be looked at. The teacher comes first."""
        said = _said(arms, self._data.validation_x)
        if role == "teacher":
            self._teacher = said["labels"]
        self._tested.append((text, role, _said(arms, self._data.test_x)))
        family = families.read(text)
        row = {"event": "family", "family": text, "role": role, "means": family.means, "parts": family.parts}
        row["val_accuracy"] = _shares(said, self._data.validation_y)
        if role == "student":
            row["val_agreement"] = _shares(said, self._teacher)
        for name in ("size_bytes", "count", "seconds"):
            row[name] = {arm: [getattr(each, name) for each in learned] for arm, learned in arms.items()}
        yield row | {"progress": progress}
        of_first = {arm: learned[0] for arm, learned in arms.items()}
        if found := snapshot(family, of_first, self._data, self._order.facts):
            name, data = found
            yield {"event": "snapshot", "name": name, "data": {"family": text, "role": role} | data}

    def finished(self) -> Row:
        """The table: what the test examples say, whose labels are looked at here, for the first time."""
        (_teacher, _role, teachers), table = self._tested[0], []
        for text, role, said in self._tested:
            line = {"family": text, "role": role, "test_accuracy": _shares(said, self._data.test_y)}
            table.append(line | ({"agreement": _shares(said, teachers["labels"])} if role == "student" else {}))
        return {"event": "finished", "table": table}


def _said(arms: Arms, x: np.ndarray) -> Said:
    return {arm: np.stack([each.answer(x).argmax(-1) for each in learned]) for arm, learned in arms.items()}


def _shares(said: Said, right: np.ndarray) -> dict[str, list[float]]:
    """For each arm and seed the share of examples of which it tells what is right, (examples,) or (seeds, examples)."""
    return {arm: (classes == right).mean(-1).tolist() for arm, classes in said.items()}
