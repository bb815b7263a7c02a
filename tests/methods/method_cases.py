"""What methods are tried on: made-up batches, of one student or of several."""

import torch
from torch import Tensor

from kdcore.methods import Method, Seen

MLP = ((5,), (4,)), ((7,), (6,), (8,))  # hidden layers of a student and of its teacher
CNN = ((3, 4, 4), (2, 2, 2)), ((5, 6, 6), (4, 3, 3), (6, 2, 2))
NETS = {"mlp": MLP, "cnn": CNN, "mlp of cnn": (MLP[0], CNN[1]), "cnn of mlp": (CNN[0], MLP[1])}
TEMPERATURES = (1.0, 4.0, 9.0)


def batch(
    seed: int,
    nets: tuple,
    members: int | None = None,
    examples: int = 6,
    classes: int = 4,
    spread: float = 2.0,
    dtype: torch.dtype = torch.float64,
) -> Seen:
    """What student and teacher of these shapes say, at random; every tensor of theirs waits for a gradient.

    In memory examples come last, as in the lab's training.
    """
    random = torch.Generator().manual_seed(seed)
    cohort = () if members is None else (members,)

    def said(*shape: int) -> Tensor:
        return spread * torch.randn(*cohort, *shape, examples, dtype=dtype, generator=random).movedim(-1, len(cohort))

    student, teacher = said(classes), said(classes)
    layers = [tuple(leaf(said(*shape).relu()) for shape in shapes) for shapes in nets]
    temperature = torch.tensor(TEMPERATURES[:members] if cohort else TEMPERATURES[1], dtype=dtype)
    labels = (torch.arange(examples) % classes).expand(*cohort, -1)
    return Seen(leaf(student), leaf(teacher), labels, temperature, *layers, peer=leaf(said(classes)))


def leaf(tensor: Tensor) -> Tensor:
    """The same numbers, waiting for a gradient."""
    return tensor.detach().requires_grad_()


def extras(method: Method, nets: tuple, knobs, members: int | None = None, dtype=torch.float64, classes=4) -> dict:
    """The method's extras, those of members stacked, each drawn from its own seed."""
    drawn = [method.extras(*nets, classes, torch.Generator().manual_seed(seed), knobs) for seed in range(members or 1)]
    stacked = {name: torch.stack([each[name] for each in drawn]) for name in drawn[0]}
    return {name: leaf((each if members else each[0]).to(dtype)) for name, each in stacked.items()}


def member(seen: Seen, m: int) -> Seen:
    """One of several, alone."""
    return Seen(
        leaf(seen.student[m]),
        seen.teacher[m],
        seen.labels[m],
        seen.temperature[m],
        tuple(leaf(layer[m]) for layer in seen.features),
        tuple(layer[m] for layer in seen.teacher_features),
        peer=leaf(seen.peer[m]),
    )


def within(seen: Seen) -> Seen:
    """The same with one more dimension in front."""
    names = ("student", "teacher", "labels", "temperature", "peer")
    named = {name: getattr(seen, name).unsqueeze(0) for name in names}
    layers = {
        name: tuple(each.unsqueeze(0) for each in getattr(seen, name)) for name in ("features", "teacher_features")
    }
    return Seen(**named, **layers)
