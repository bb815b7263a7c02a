"""Examples that are not a data set's own: what a teacher may learn from instead, and what a student has without data.

    teacher_data   mnist_small, rotated, noisy, inverted: other pictures for the teacher
    classes        some of the classes only, for a special student
    inputs         blends, noise: made-up examples, on which a student only hears the teacher

All chance comes from the data's seed, so that every network of a run is given the same. Made-up examples have no
label: what they are is for the teacher to say.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from kdcore.data.download import Progress, fetch
from kdcore.data.load import Split, load
from kdcore.experiment import Experiment

MARGIN = 4  # blank pixels on each side of MNIST's pictures: digits were fitted into the 20x20 pixels in between
LARGEST_ANGLE = 45  # degrees, by which pictures are turned at most, either way
ASTRAY = 0.3  # standard deviation of the noise on each pixel, where white is 1
AT_ONCE = 4096  # pictures that are turned at once

Change = Callable[[Tensor, torch.Generator], Tensor]  # examples (n, *shape) to as many others


def fetched(experiment: Experiment) -> Iterator[Progress]:
    """Download what is missing of all data that an experiment needs, as `fetch`. Raises DataUnavailable."""
    yield from fetch(experiment.data.name)
    if experiment.teacher_data == "mnist_small":
        yield from fetch("mnist")


def taught(experiment: Experiment, data: Split) -> tuple[Tensor, Tensor]:
    """What the teachers learn from: x (examples, *shape), y (examples,). Raises DataUnavailable.

    `data` are the experiment's own, in all classes.
    """
    x, y = torch.from_numpy(data.train_x), torch.from_numpy(data.train_y)
    if experiment.teacher_data == "mnist_small":
        mnist = load(experiment.data.model_copy(update={"name": "mnist", "labels": None}))
        return torch.from_numpy(shrunk(mnist.train_x, x.shape[-1])), torch.from_numpy(mnist.train_y)
    if experiment.teacher_data == "same":
        return x, y
    return CHANGES[experiment.teacher_data](x, torch.Generator().manual_seed(experiment.data.seed)), y


def of_classes(data: Split, classes: tuple[int, ...]) -> Split:
    """The examples of these classes alone, which are numbered anew from 0; all where there are none."""
    if not classes:
        return data
    parts = {}
    for part in ("train", "validation", "test"):
        x, y = getattr(data, f"{part}_x"), getattr(data, f"{part}_y")
        own = np.isin(y, classes)
        parts |= {f"{part}_x": x[own], f"{part}_y": np.searchsorted(classes, y[own])}
    return replace(data, **parts)


def shrunk(x: np.ndarray, side: int) -> np.ndarray:
    """MNIST's pictures without their margin, (n, 1, 28, 28) -> (n, 1, side, side).

    Each new pixel is the mean of the area that it covers: 20 / 8 = 2.5 old ones each way for the digits, which fill
    their pictures. With the margin left on, digits would be too small to be taken for those.
    """
    inner = x[..., MARGIN:-MARGIN, MARGIN:-MARGIN]
    pixels = inner.shape[-1]
    edges, old = np.linspace(0, pixels, side + 1)[:, None], np.arange(pixels)
    covered = np.minimum(edges[1:], old + 1) - np.maximum(edges[:-1], old)  # of each old pixel by each new one
    mean = (covered.clip(0) * side / pixels).astype(x.dtype)
    return mean @ inner @ mean.T


def rotated(x: Tensor, random: torch.Generator) -> Tensor:
    """Each picture turned about its middle by an angle of its own, any up to 45 degrees either way as likely."""
    angles = torch.deg2rad(LARGEST_ANGLE * (2 * torch.rand(len(x), generator=random) - 1))
    return torch.cat([_turned(*part) for part in zip(x.split(AT_ONCE), angles.split(AT_ONCE), strict=True)])


def noisy(x: Tensor, random: torch.Generator) -> Tensor:
    """Normal noise of a standard deviation of 0.3 on every pixel, which stays between 0 and 1."""
    return (x + ASTRAY * torch.randn(x.shape, generator=random)).clamp(0, 1)


def inverted(x: Tensor, _random: torch.Generator) -> Tensor:
    """White for black."""
    return 1 - x


def blends(x: Tensor, random: torch.Generator) -> Tensor:
    """As many mixtures of two examples each: a * one + (1 - a) * other, any share a from 0 to 1 as likely.

    These are the inputs of mixup (Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization", section 2, there with
    a from a beta distribution) without its labels, which would be mixed likewise: here only the teacher speaks.
    """
    one, other = (torch.randint(len(x), (len(x),), generator=random) for _ in range(2))
    share = torch.rand(len(x), *[1] * (x.dim() - 1), generator=random)
    return torch.lerp(x[other], x[one], share)


def noise(x: Tensor, random: torch.Generator) -> Tensor:
    """As many examples of nothing but chance: each pixel or coordinate normal, with the mean and the standard deviation
    that it has among these, whatever the others are."""
    return x.mean(0) + x.std(0) * torch.randn(x.shape, generator=random)


def _turned(x: Tensor, angles: Tensor) -> Tensor:
    """Pictures (n, 1, height, width) turned by angles (n,) in radians; what comes in from outside is black."""
    cos, sin, zero = angles.cos(), angles.sin(), torch.zeros_like(angles)
    turn = torch.stack([torch.stack([cos, -sin, zero], 1), torch.stack([sin, cos, zero], 1)], 1)  # (n, 2, 3)
    where = F.affine_grid(turn, list(x.shape), align_corners=False)
    return F.grid_sample(x, where, align_corners=False)


CHANGES: dict[str, Change] = {"rotated": rotated, "noisy": noisy, "inverted": inverted}  # by `teacher_data`
MADE: dict[str, Change] = {"blends": blends, "noise": noise}  # by `inputs`
