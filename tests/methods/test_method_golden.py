"""The numbers of every method, worked out by hand or with other people's code, and those of the classic mistakes."""

from __future__ import annotations

from math import expm1, log

import pytest
import torch
from torch.nn import functional as F

from kdcore.losses import distillation_loss
from kdcore.methods import METHODS, Seen
from kdcore.methods.dkd import parts


def numbers(rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


STUDENT = numbers([[1, 2, 3, -1], [0.5, -1, 2.5, 0], [-2, 0.3, 0.7, 1.1]])
TEACHER = numbers([[2, 1, 0, -3], [0, 1, 4, -1], [0.2, -0.4, 3, 0.6]])
LABELS = torch.tensor([0, 2, 2])
MAPS = (
    numbers([[[1, 2, 3, 4], [0, 1, -1, 2]], [[2, 0, 1, 1], [1, -2, 0, 3]]]).view(2, 2, 2, 2),
    numbers([[[2, 1, 0, 1], [1, 1, 1, 1], [0, 3, 1, -2]], [[1, 0, 0, 2], [0, 1, 2, 1], [-1, 1, 1, 0]]]).view(2, 3, 2, 2),
)
FEATURES = {"logits": (STUDENT, TEACHER), "maps": MAPS}  # of one hidden layer each

IDENTITY = {"weight0": torch.eye(4, dtype=torch.float64), "bias0": torch.zeros(4, dtype=torch.float64)}
EMBEDDED = {f"{who}_{name}": each for who in ("student", "teacher") for name, each in IDENTITY.items()}


def doubt(variance: float) -> dict[str, torch.Tensor]:
    """The identity as regressor, and this variance for all channels."""
    return IDENTITY | {"scale0": torch.full((4,), log(expm1(variance - 1e-5)), dtype=torch.float64)}


def seen(features: str = "logits", temperature: float = 4.0) -> Seen:
    student, teacher = FEATURES[features]
    size = len(student)
    return Seen(STUDENT[:size], TEACHER[:size], LABELS[:size], numbers(temperature), (student,), (teacher,))


def term(name: str, features: str = "logits", knobs: dict | None = None, extras: dict | None = None, temperature=4.0):
    method = METHODS[name]
    return method.term(seen(features, temperature), method.Knobs(**(knobs or {})), extras or {}).item()


ONE = {"strength": 1}
GOLDEN = [  # method, number, what else is given
    ("soft_targets", 0.9687842027, {}),
    ("logit_matching", 2.7808333333, {}),
    ("dkd", 0.5699093378, {"knobs": {"target": 1, "others": 0}}),
    ("dkd", 0.6949934291, {"knobs": {"target": 0, "others": 1}}),
    ("dkd", 6.1298567705, {"knobs": {"target": 1, "others": 8}}),
    ("dist", 0.6847593349, {"knobs": {"intra": 0}, "temperature": 1.0}),
    ("dist", 0.5811324428, {"knobs": {"inter": 0}, "temperature": 1.0}),
    ("dist", 1.2658917777, {"temperature": 1.0}),
    ("dist", 16 * 0.4737519860, {"knobs": {"intra": 0}}),
    ("dist", 16 * 0.6263767106, {"knobs": {"inter": 0}}),
    ("dist", 17.6020591455, {}),
    ("standardised", 0.3112432898, {"knobs": ONE, "temperature": 2.0}),
    ("hints", 2.7808333333, {"knobs": ONE, "extras": IDENTITY}),
    ("attention", 0.1390504612, {"knobs": ONE, "features": "maps"}),
    ("attention", 0.7373513521, {"knobs": ONE | {"form": "paper"}, "features": "maps"}),
    ("similarity", 0.1115521940, {"knobs": ONE}),
    ("relational", 0.0262310190, {"knobs": {"distance": 1, "angle": 0}}),
    ("relational", 0.0070742796, {"knobs": {"distance": 0, "angle": 1}}),
    ("contrastive", 1.4252881306, {"knobs": ONE | {"cosine_temperature": 1}, "extras": EMBEDDED}),
    ("variational", 2.7808333333 / 2, {"knobs": ONE, "extras": doubt(1.0)}),
    ("variational", 1.0828022896, {"knobs": ONE, "extras": doubt(5.0)}),
    ("label_smoothing", 1.3519111565, {}),
    ("confidence_penalty", 1.1810230822, {}),
]
TO_TEN_DIGITS = {"abs": 1e-9, "rel": 0}


@pytest.mark.parametrize(("name", "number", "given"), GOLDEN)
def test_golden_number(name, number, given):
    assert term(name, **given) == pytest.approx(number, abs=1e-9 if number > 10 else 1.01e-10, rel=0)
