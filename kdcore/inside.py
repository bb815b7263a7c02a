"""What training changes inside a student: its last hidden layer before and after, beside its teacher's.

Of one student of each kind, that of seed 0, and of some validation examples: a picture to look at, no measurement.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from kdcore.data.load import Split
from kdcore.events import Row
from kdcore.measure import inside
from kdcore.nets import Cohort


class Inside:
    """The students of a cohort that is about to learn, of which the first are those of seed 0, one of each course."""

    def __init__(self, data: Split, teachers: Cohort, students: Cohort, courses: int):
        self._examples = inside.chosen(data.validation_y)
        self._x, self._labels = data.validation_x[self._examples], data.validation_y[self._examples]
        self._students = students
        (self._teacher,) = self._look(teachers, [0])
        self._before = self._look(students, list(range(courses)))

    def rows(self, lanes_of: Mapping[int, Mapping[str, int]]) -> Iterator[Row]:
        """A row for each of these cells, told with the courses of its lanes; none where there is no hidden layer, or
        where an answer is no number."""
        for cell, lanes in lanes_of.items():
            scratch, distilled = self._look(self._students, [lanes["scratch"], lanes["distilled"]])
            looks = (self._before[lanes["distilled"]], scratch, distilled, self._teacher)
            if all(looks):
                seen = dict(zip(inside.SEEN, looks, strict=True))
                pictures = self._pictures() if all("maps" in each for each in looks) else {}
                yield {"event": "inside", "cell": cell, "label": self._labels.tolist(), **seen, **pictures}

    def _look(self, cohort: Cohort, members: Sequence[int]) -> list[dict | None]:
        """What the last hidden layer of each of these members says."""
        x = torch.from_numpy(self._x).to(cohort.matrix)
        hidden = cohort.part(list(members)).features(x.unsqueeze(0))
        return [inside.look(each) for each in hidden[-1].cpu().numpy()] if hidden else [None] * len(members)

    def _pictures(self) -> Row:
        """The examples whose maps are kept."""
        places = inside.with_maps(len(self._x))
        shown = self._x[places].mean(1).astype(np.float64).round(inside.DIGITS)
        return {"pictures": {"x": shown.tolist(), "label": self._labels[places].tolist()}}
