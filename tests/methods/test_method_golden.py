"""The numbers of every method, worked out by hand or with other people's code, and those of the classic mistakes."""

from math import expm1, log

import pytest
import torch

from kdcore.methods import METHODS, Method, Seen
from tests.test_losses import MISTAKES


def numbers(rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64)


STUDENT = numbers([[1, 2, 3, -1], [0.5, -1, 2.5, 0], [-2, 0.3, 0.7, 1.1]])
TEACHER = numbers([[2, 1, 0, -3], [0, 1, 4, -1], [0.2, -0.4, 3, 0.6]])
LABELS = torch.tensor([0, 2, 2])
MAPS = (
    numbers([[[1, 2, 3, 4], [0, 1, -1, 2]], [[2, 0, 1, 1], [1, -2, 0, 3]]]).view(2, 2, 2, 2),
    numbers([[[2, 1, 0, 1], [1, 1, 1, 1], [0, 3, 1, -2]], [[1, 0, 0, 2], [0, 1, 2, 1], [-1, 1, 1, 0]]]).view(
        2, 3, 2, 2
    ),
)
FEATURES = {"logits": (STUDENT, TEACHER), "maps": MAPS}  # of one hidden layer each

IDENTITY = {"weight0": torch.eye(4, dtype=torch.float64), "bias0": torch.zeros(4, dtype=torch.float64)}
EMBEDDED = {f"{who}_{name}": each for who in ("student", "teacher") for name, each in IDENTITY.items()}


JUDGE = {  # sees (4,) as it is, and takes a large second number for the teacher
    "inner_weight": IDENTITY["weight0"],
    "inner_bias": IDENTITY["bias0"],
    "outer_weight": numbers([[1, 2, 0, -1]]),
    "outer_bias": numbers([0.5]),
}


def doubt(variance: float) -> dict[str, torch.Tensor]:
    """The identity as regressor, and this variance for all channels."""
    return IDENTITY | {"scale0": torch.full((4,), log(expm1(variance - 1e-5)), dtype=torch.float64)}


def seen(features: str = "logits", temperature: float = 4.0, progress: float = 0.0) -> Seen:
    """These logits or maps; a peer says what the teacher says."""
    student, teacher = FEATURES[features]
    size = len(student)
    logits, peer = (STUDENT[:size], TEACHER[:size]), TEACHER[:size]
    return Seen(*logits, LABELS[:size], numbers(temperature), (student,), (teacher,), progress, peer)


def measured(method: Method, knobs=None, extras=None, **given) -> float:
    """The method's term of what is `seen`."""
    return method.term(seen(**given), method.Knobs(**(knobs or {})), extras or {}).item()


ONE = {"strength": 1}
GOLDEN = [  # method, number, what else is given
    ("soft_targets", 0.9687842027, {}),
    ("logit_matching", 2.7808333333, {}),
    ("dkd", 0.5699093378, {"knobs": {"target": 1, "others": 0}}),
    ("dkd", 0.6949934291, {"knobs": {"target": 0, "others": 1}}),
    ("dkd", 6.1298567705, {"knobs": {"target": 1, "others": 8}}),
    ("dkd", 6.1298567705 / 4, {"knobs": {"warmup": 0.4}, "progress": 0.1}),
    ("dkd", 6.1298567705, {"knobs": {"warmup": 0.4}, "progress": 0.5}),
    ("dist", 0.6847593349, {"knobs": {"intra": 0}, "temperature": 1.0}),
    ("dist", 0.5811324428, {"knobs": {"inter": 0}, "temperature": 1.0}),
    ("dist", 1.2658917777, {"temperature": 1.0}),
    ("dist", 0.4737519860, {"knobs": {"inter": 1 / 16, "intra": 0}}),
    ("dist", 0.6263767106, {"knobs": {"inter": 0, "intra": 1 / 16}}),
    ("dist", 17.6020591455, {}),
    ("standardised", 0.3112432898, {"knobs": ONE, "temperature": 2.0}),
    ("hints", 2.7808333333, {"knobs": ONE, "extras": IDENTITY}),
    ("hints", 2.7808333333, {"knobs": ONE | {"stage": 0.5}, "extras": IDENTITY, "progress": 0.49}),
    ("hints", 0.9687842027, {"knobs": ONE | {"stage": 0.5}, "extras": IDENTITY, "progress": 0.5}),
    ("attention", 0.1390504612, {"knobs": ONE, "features": "maps"}),
    ("attention", 0.7373513521, {"knobs": ONE | {"form": "paper"}, "features": "maps"}),
    ("similarity", 0.1115521940, {"knobs": ONE}),
    ("relational", 0.0262310190, {"knobs": {"distance": 1, "angle": 0}}),
    ("relational", 0.0070742796, {"knobs": {"distance": 0, "angle": 1}}),
    ("contrastive", 1.4252881306, {"knobs": ONE | {"cosine_temperature": 1}, "extras": EMBEDDED}),
    ("variational", 1.3904166667, {"knobs": ONE, "extras": doubt(1.0)}),
    ("variational", 1.0828022896, {"knobs": ONE, "extras": doubt(5.0)}),
    ("structure", 0.9687842027, {}),
    ("structure", 1.2710778231, {"knobs": {"then": "labels"}}),
    ("annealed", 0.9687842027, {}),
    ("annealed", 0.9228598627, {"progress": 0.5}),
    ("annealed", 0.6565182510, {"progress": 0.5, "knobs": {"fall": 0.4}}),
    ("annealed", 7.2558333333, {"knobs": {"form": "scaled"}}),
    ("annealed", 7.2414583333, {"knobs": {"form": "scaled"}, "progress": 0.5}),
    ("adversarial", 1.4553151525, {"extras": JUDGE}),
    ("adversarial", 1.5832369166, {"extras": JUDGE, "knobs": {"strength": 0}}),
    ("adversarial", -0.9751983651, {"extras": JUDGE, "knobs": {"strength": 2}}),
    ("adversarial", 1.5110504091, {"extras": JUDGE | IDENTITY, "knobs": {"look": "features"}}),
    ("mutual", 2.1590131653, {}),
    ("mutual", 1.1867542684, {"knobs": {"peer": 0}}),
    ("born_again", 0.9687842027, {}),
    ("several", 0.9687842027, {}),
    ("early_teacher", 0.9687842027, {}),
    ("label_smoothing", 1.3519111565, {}),
    ("confidence_penalty", 1.1810230822, {}),
]


@pytest.mark.parametrize(("name", "number", "given"), GOLDEN)
def test_golden_number(name, number, given):
    assert measured(METHODS[name], **given) == pytest.approx(number, abs=6e-11, rel=0)


def test_every_method_has_a_golden_number():
    assert {name for name, *_rest in GOLDEN} == set(METHODS)


def p_and_log_q(temperature: float = 4.0):
    return (TEACHER / temperature).softmax(-1), (STUDENT / temperature).log_softmax(-1)


@pytest.mark.filterwarnings("ignore:reduction")
@pytest.mark.parametrize("name", MISTAKES)
def test_no_method_makes_a_classic_mistake(name):
    number, formula = MISTAKES[name]
    assert formula(*p_and_log_q()).item() == pytest.approx(number, abs=6e-11, rel=0)
    for golden, _number, given in GOLDEN:
        assert measured(METHODS[golden], **given) != pytest.approx(number, rel=1e-3), golden
