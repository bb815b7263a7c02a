"""Learning on without losing the form: pruned weights stay zero, rounded ones rounded, shared ones shared.

A `Hold` serves a whole cohort; every member may have a form of its own, or none. Three ideas in one place:

* **Mask**: after each step w <- m * w. Whatever momentum or weight decay did, a pruned weight is zero again (Han 2015).
* **Straight-through**: the optimiser moves a latent weight v; the network computes with w = Q(v). Q is flat almost
  everywhere, so its slope is taken to be 1: dL/dv = dL/dw (Bengio 2013; Jacob 2018 for quantisation-aware training).
* **Shared weights**: all weights of a cluster are one number, so its gradient is the sum of theirs (Han 2016, eq. 3).
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kdcore.compress.coded import Coded
from kdcore.nets import Cohort

Arrays = Mapping[str, np.ndarray]  # a network's weights by name, in the order of its parameters
Round = Callable[[np.ndarray], np.ndarray]  # a layer's weights of some members, (members, ...) -> what they become


@dataclass(frozen=True)
class Form:
    """What one member's weights have to keep to; empty for no bonds."""

    masks: Arrays | None = None  # False where a weight is pruned
    shared: Mapping[str, Coded] | None = None  # which weights are one
    rounding: Round | None = None  # how the weights of each layer are rounded, alike if equal; biases are not


class Hold:
    """Holds the members of a cohort on the CPU to their forms; see `cohort.Held`.

    `latent` (members, columns) is what the optimiser moves: the rows themselves where nobody is rounded.
    """

    def __init__(self, cohort: Cohort, forms: Sequence[Form], arrays: Arrays):
        """`arrays` are the weights of any member: what tells names and shapes."""
        (self._rows,), self._forms, self._places = cohort.tables, forms, _places(arrays)
        self._mask = self._of_each(_mask, torch.float32) if any(form.masks for form in forms) else None
        self._first = self._of_each(_first, torch.int64) if any(form.shared for form in forms) else None
        self._rounded = _rounded(forms)
        self._is_apart = bool(self._rounded)
        self.latent = self._rows.clone() if self._is_apart else self._rows
        self.settle()

    def part(self, members: slice) -> "Hold":
        """The hold on some of the members."""
        part = copy(self)
        part._forms = self._forms[members]
        part._rounded = _rounded(part._forms)
        for name in ("_rows", "_mask", "_first", "latent"):
            whole = getattr(self, name)
            setattr(part, name, whole if whole is None else whole[members])
        return part

    def bend(self, gradients: Tensor) -> None:
        """Before a step: shared weights get the sum of their gradients."""
        if self._first is not None:
            sums = torch.zeros_like(gradients).scatter_add_(1, self._first, gradients)
            torch.gather(sums, 1, self._first, out=gradients)

    def settle(self) -> None:
        """After a step: back into form."""
        if self._mask is not None:
            self.latent.mul_(self._mask)
        if self._first is not None:
            self.latent.copy_(self.latent.gather(1, self._first))
        if self._is_apart:
            self._rows.copy_(self.latent)
        rows = self._rows.numpy()
        for rounding, members in self._rounded.items():
            for place, shape in self._places.values():
                if len(shape) > 1:
                    stack = rows[members, place].reshape(-1, *shape)
                    rows[members, place] = rounding(stack).reshape(len(members), -1)

    def weights(self, member: int) -> dict[str, np.ndarray]:
        """What the optimiser has made of a member's weights: of rounded ones the latent."""
        row = self.latent[member].numpy()
        return {name: row[place].reshape(shape).copy() for name, (place, shape) in self._places.items()}

    def _of_each(self, tell: Callable[[Form, str, int], np.ndarray | None], dtype: torch.dtype) -> Tensor:
        """For each member and column what `tell` says of a form and a layer's weights; else 1, or the column itself."""
        columns = torch.arange(self._rows.shape[1])
        table = (torch.ones_like(columns) if dtype.is_floating_point else columns).to(dtype).repeat(len(self._forms), 1)
        for row, form in zip(table, self._forms, strict=True):
            for name, (place, _shape) in self._places.items():
                if (told := tell(form, name, place.start)) is not None:
                    row[place] = torch.from_numpy(told).to(dtype)
        return table


def _places(arrays: Arrays) -> dict[str, tuple[slice, tuple[int, ...]]]:
    """Where each array lies in a member's row, and its shape."""
    ends = np.cumsum([array.size for array in arrays.values()]).tolist()
    found = zip(arrays.items(), [0, *ends], ends, strict=False)
    return {name: (slice(start, end), array.shape) for (name, array), start, end in found}


def _rounded(forms: Sequence[Form]) -> dict[Round, list[int]]:
    """Which members are rounded alike, by how."""
    found: dict[Round, list[int]] = {}
    for member, form in enumerate(forms):
        if form.rounding:
            found.setdefault(form.rounding, []).append(member)
    return found


def _mask(form: Form, name: str, _start: int) -> np.ndarray | None:
    return None if form.masks is None or name not in form.masks else form.masks[name].ravel()


def _first(form: Form, name: str, start: int) -> np.ndarray | None:
    """For each weight the column of the first one that shares its value."""
    if form.shared is None or name not in form.shared:
        return None
    _codes, first, cluster = np.unique(form.shared[name].codes, return_index=True, return_inverse=True)
    return start + first[cluster.ravel()]
