"""Annealed distillation: the teacher's opinion is soft at first, and becomes sharper as the student learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kdcore.methods.later import losses
from kdcore.methods.method import Method, Seen, Value, knob, register
from kdcore.words import N_

if TYPE_CHECKING:
    from torch import Tensor

    from kdcore.methods.method import Extras


@register
class Annealed(Method):
    """Begin with what is easy to copy, a nearly even opinion, and end with all that the teacher says.

        T' = 1 + (T - 1) * max(0, 1 - progress / fall),   progress from 0 to 1, a step an epoch
        softened:  term = T'^2 * KL(softmax(z_t / T') || softmax(z_s / T'))
        scaled:    term = mean over examples of |z_s - a z_t|^2,   a = 1 - (T' - 1) / T

    Logits (..., batch, classes) -> (...,): the sum over classes, the mean over the batch; softened in nats. T is the
    experiment's temperature, where the fall begins (one below 1 rises to 1). T'^2 keeps the pull of all temperatures
    alike, see `losses.soft_loss`.
    Jafari et al. 2021, section 3. Kept of it are the fall of the temperature to 1 and, as *scaled*, its loss: the
    student's logits, whole, beside the teacher's, at first 1 / T of them. The paper lets T' fall by whole numbers in a
    first stage without labels, and takes the labels alone in a second one; here both are told all the time, in the
    shares that all methods have. *Softened* is the same fall of the lab's own soft targets.
    """

    name = "annealed"
    title = N_("Annealed temperature")
    about = N_("Soft targets whose temperature falls to 1 while the student learns: easy ones first.")
    kind = "scheme"
    equation = (
        r"T'^2\, \mathrm{KL}\big(\sigma(z_t / T') \,\|\, \sigma(z_s / T')\big),\quad "
        r"T' = 1 + (T - 1) \max\left(0, 1 - \tfrac{\text{progress}}{\text{fall}}\right)"
    )
    paper = "Jafari, Rezagholizadeh, Sharma, Ghodsi: Annealing Knowledge Distillation, EACL 2021"
    link = "https://arxiv.org/abs/2104.07163"
    needs = ("second net",)

    class Knobs(Value):
        form: Literal["softened", "scaled"] = knob(
            "softened",
            N_("Form"),
            N_("softened: soft targets at the falling temperature. scaled: the paper's squares of scaled logits."),
        )
        fall: float = knob(
            1.0,
            N_("Fall"),
            N_("Share of the training in which the temperature falls to 1, where it stays."),
            ge=0.05,
            le=1,
        )

    def term(self, seen: Seen, knobs: Knobs, extras: Extras) -> Tensor:
        temperature = 1 + (seen.temperature - 1) * max(0.0, 1 - seen.progress / knobs.fall)
        if knobs.form == "softened":
            return losses.soft_loss(seen.student, losses.soft_labels(seen.teacher, temperature), temperature)
        scale = 1 - (temperature - 1) / seen.temperature
        return (seen.student - scale[..., None, None] * seen.teacher).square().sum(-1).mean(-1)
