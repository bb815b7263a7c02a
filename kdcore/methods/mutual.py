"""Deep mutual learning: no teacher; two students who learn at the same time, from labels and from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdcore.methods.later import losses
from kdcore.methods.method import Method, Seen, Value, knob, register
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class MutualLearning(Method):
    """Say of every class what a peer says, who learns along with you; the peer does as much.

        term = D(peer, student) + CE(peer, y) + beta * D(student, peer),
        D(a, b) = T^2 * KL(softmax(z_a / T) || softmax(z_b / T)),   where z_a is taken as it is and only b learns

    Logits (..., batch, classes) -> (...,): the sum over classes, the mean over the batch, in nats. The first part
    concerns the student alone, the other two are what the peer learns. The peer is a network of the student's own shape
    with other first weights: its logits are `seen.peer`. It sees the student's batches, learns by the same rule and
    rate, and is thrown away. The student has its labels from the hard loss, in the share that all methods have; the
    peer adds up labels and student, as the paper does, whatever the share.
    Zhang, Xiang, Hospedales, Lu 2018, section 3. There T is 1, two networks take their steps in turn, the second from
    the first one's new answers, and both are of interest. Here both step at once from the same answers, and the student
    is the one that is measured. The paper also knows larger groups of peers.
    """

    name = "mutual"
    title = N_("Mutual learning")
    about = N_("Without a teacher: a peer of the student's own shape learns beside it, and each copies the other.")
    kind = "scheme"
    equation = (
        r"\text{student: } D(z_p, z_s),\quad \text{peer: } \mathrm{CE}(z_p, y) + \beta D(z_s, z_p),\quad "
        r"D(a, b) = T^2\, \mathrm{KL}\big(\sigma(a / T) \,\|\, \sigma(b / T)\big)"
    )
    paper = "Zhang, Xiang, Hospedales, Lu: Deep Mutual Learning, CVPR 2018"
    link = "https://arxiv.org/abs/1706.00384"
    needs = ("labels", "second net")
    has_peer = True
    copy_is_not_best = N_("It never sees a teacher: what it copies is the peer.")

    class Knobs(Value):
        peer: float = knob(
            1.0,
            N_("Peer's share"),
            N_("How much the student's answers weigh for the peer beside its labels; at 0 it has labels alone."),
            ge=0,
            le=10,
        )

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        labels = losses.hard_loss(seen.peer, losses.hard_labels(seen.labels, seen.peer))
        of_peer = labels + knobs.peer * copied(seen.student, seen.peer, seen.temperature)
        return copied(seen.peer, seen.student, seen.temperature) + of_peer


def copied(other: Tensor, own: Tensor, temperature: Tensor) -> Tensor:
    """How far one network's softened answer is from another's, which is cut loose: only the first one learns."""
    return losses.soft_loss(own, losses.soft_labels(other, temperature), temperature)
