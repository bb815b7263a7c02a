"""The losses of distillation, for tensors (..., batch, classes).

Each reduces the last two axes only, so the same function serves one student and a cohort of them: logits of shape
(batch, classes) give a scalar, (members, batch, classes) give (members,). All logarithms are natural: nats.

Both terms are the same thing, `surprise`: how many nats the right label, or the teacher's softened opinion, costs
under the student's answer. What depends on labels and teacher alone, the targets, is computed once before training.
"""

from typing import NamedTuple

import torch
from scipy.optimize import brentq
from scipy.special import entr
from torch import Tensor
from torch.nn.functional import one_hot


def distillation_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    labels: Tensor,
    temperature: float | Tensor,
    soft_weight: float | Tensor,
    label_smoothing: float = 0.0,
) -> Tensor:
    """What the student is told: partly the right label, partly the teacher's whole opinion.

        (1 - soft_weight) * CE(z_s, y) + soft_weight * T^2 * KL(softmax(z_t / T) || softmax(z_s / T))

    temperature and soft_weight may be numbers, or tensors (...,) with one for each member of a cohort.
    Hinton, Vinyals, Dean 2015, section 2. Known code differs: torchdistill weights the *hard* loss by its alpha and
    drops T^2 without labels; Keras applies T^2 only to KL; TextBrewer never does.
    """
    hard = hard_loss(student_logits, hard_labels(labels, student_logits, label_smoothing))
    soft = soft_loss(student_logits, soft_labels(teacher_logits, temperature), temperature)
    return (1 - soft_weight) * hard + soft_weight * soft


def hard_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """How surprised the network is by the right label: cross-entropy.

        CE = - sum_c y_c log softmax(z)_c

    logits (..., batch, classes), targets as of `hard_labels` -> (...,), the mean over the batch, in nats.
    """
    return surprise(logits, targets).mean(-1)


def hard_labels(labels: Tensor, logits: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Labels (..., batch) as probabilities (..., batch, classes), as many and in the precision of `logits`.

    (1 - smoothing) * one_hot(y) + smoothing / classes          (Szegedy et al. 2016, section 7)
    """
    classes = logits.shape[-1]
    return (1 - label_smoothing) * one_hot(labels, classes).to(logits.dtype) + label_smoothing / classes


class SoftLabels(NamedTuple):
    """A teacher's softened opinion p (..., batch, classes), and its entropy - sum p log p (..., batch)."""

    p: Tensor
    entropy: Tensor


def soft_labels(teacher_logits: Tensor, temperature: float | Tensor) -> SoftLabels:
    """What the teacher believes of each class: p = softmax(z_t / T). No gradient reaches the teacher."""
    log_p = (teacher_logits.detach() / _aligned(temperature)).mT.log_softmax(-2).mT
    return SoftLabels(log_p.exp(), -(log_p.exp() * log_p).sum(-1))


def smoothed(soft: SoftLabels, labels: Tensor) -> SoftLabels:
    """Labels smoothed as much as the teacher's opinion is soft, but evenly: all wrong classes alike.

        p = (1 - e) * one_hot(y) + e / classes,   e such that the entropy of p is the mean entropy of the soft labels

    One e for all examples, as in label smoothing. soft (batch, classes), labels (batch,). A control: a student that
    learns as well from these has learned nothing from the teacher's likenesses.
    """
    classes = soft.p.shape[-1]

    def entropy(e: float) -> float:
        return entr(1 - e + e / classes) + (classes - 1) * entr(e / classes)

    wanted = min(soft.entropy.double().mean().item(), entropy(1))  # more there cannot be but by rounding
    e = brentq(lambda e: entropy(e) - wanted, 0, 1)
    return SoftLabels(hard_labels(labels, soft.p, e), torch.full_like(soft.entropy, entropy(e)))


def shuffled(soft: SoftLabels, labels: Tensor, random: torch.Generator) -> SoftLabels:
    """The teacher's opinion with the probabilities of the wrong classes exchanged at random, for each example anew.

    soft (batch, classes), labels (batch,). The right class keeps its own, and entropy and confidence are those of the
    teacher. A control: what is lost is only which wrong classes are likely, Hinton's dark knowledge.
    """
    is_right = one_hot(labels, soft.p.shape[-1])
    chance = torch.rand(soft.p.shape, generator=random).to(soft.p)
    wrong = is_right.argsort(stable=True)[:, :-1]  # the wrong classes of each example, in their order
    another = (chance + is_right).argsort()[:, :-1]  # the same in any order: chance is below 1
    return SoftLabels(soft.p.scatter(1, wrong, soft.p.gather(1, another)), soft.entropy)


def soft_loss(student_logits: Tensor, target: SoftLabels, temperature: float | Tensor) -> Tensor:
    """How far the student's softened answer is from the teacher's.

        T^2 * KL(p || q) = T^2 * sum_c p_c (log p_c - log q_c),   p = softmax(z_t / T),   q = softmax(z_s / T)

    (..., batch, classes) -> (...,): the sum over classes, the mean over the batch, in nats. Its gradient in a student
    logit is T (q - p) / batch: as T grows q - p shrinks as 1 / T, so that T^2 keeps the soft term's pull as strong as
    the hard one's. Never negative, and 0 exactly where the logits differ by a constant.
    Hinton, Vinyals, Dean 2015, section 2; haitongli's and TAKD's code average over the classes too, which makes it
    smaller by their number.
    """
    divergence = surprise(student_logits / _aligned(temperature), target.p) - target.entropy
    return temperature**2 * divergence.mean(-1)


def surprise(logits: Tensor, targets: Tensor) -> Tensor:
    """- sum_c t_c log softmax(z)_c: what the targets, a probability for each class, cost under the logits' answer.

    (..., batch, classes) -> (..., batch), in nats.
    """
    return _Surprise.apply(logits, targets)


@torch.no_grad()
def surprise_gradient(logits: Tensor, targets: Tensor) -> Tensor:
    """The gradient of `surprise` in the logits, which is as short as a formula can be: softmax(z) - t.

    (..., batch, classes) -> the same. Fastest where the examples of a class, not the classes of an example, are
    neighbours in memory: softmax over few classes then goes through long rows.
    """
    return logits.mT.softmax(-2).sub_(targets.mT).mT


class _Surprise(torch.autograd.Function):
    """Surprise with that gradient, so that a loss can be built on it."""

    @staticmethod
    def forward(ctx, logits: Tensor, targets: Tensor) -> Tensor:
        ctx.save_for_backward(logits, targets)
        return -(targets.mT * logits.mT.log_softmax(-2)).sum(-2)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient.unsqueeze(-1) * surprise_gradient(*ctx.saved_tensors), None


def _aligned(temperature: float | Tensor) -> float | Tensor:
    """One temperature for all, or one a member (...,) lined up with (..., batch, classes)."""
    return temperature[..., None, None] if isinstance(temperature, Tensor) else temperature
