"""One moment of a run, as its stored answers tell it: what pictures of soft labels have in common."""

import numpy as np

from kdcore.events import LANES
from kdcore.measure.snapshots import SoftLabels
from kdcore.softness import by_class
from kdcore.words import _


def when(soft: SoftLabels, epoch_index: int | None) -> str:
    """Which moment it is, in words."""
    if epoch_index is None:
        return _("at the end of training")
    return _("students after epoch {epoch}").format(epoch=int(soft.epochs[epoch_index]))


def means(soft: SoftLabels, temperature: float, epoch_index: int | None) -> dict[str, np.ndarray]:
    """Of each lane the mean softened answer to each true class: (classes, classes)."""
    return {lane: by_class(soft.logits(lane, epoch_index), soft.label, temperature) for lane in LANES}
