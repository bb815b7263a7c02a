"""What the literature claims of ways to compress, and what the paired seeds of a compression say of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from kdcore.compression import Compression, name, read
from kdcore.events import Row, first
from kdcore.interval import Interval
from kdcore.measure.verdict import verdict
from kdcore.words import N_

CLAIMS = (  # what is claimed to keep more accuracy, this way and the other, and by whom
    (
        N_("Pruning the smallest weights keeps more than pruning any."),
        ("prune:sparsity=0.9", "prune:sparsity=0.9,scope=random"),
        "Han 2015",
    ),
    (
        N_("With 3 bits, learning on for ten epochs while rounded keeps more than rounding alone."),
        ("quantize:bits=3,epochs=10", "quantize:bits=3"),
        "Choi 2018",
    ),
    (
        N_("With 2 bits, learning on for ten epochs while rounded keeps more than rounding alone."),
        ("quantize:bits=2,epochs=10", "quantize:bits=2"),
        "Choi 2018",
    ),
    (
        N_("With 4 bits, a scale for each output keeps more than one for the layer."),
        ("quantize:bits=4", "quantize:bits=4,per=tensor"),
        "Krishnamoorthi 2018",
    ),
    (
        N_("Pruning in rounds keeps more than at once, learning on equally long."),
        ("prune:sparsity=0.95,rounds=4", "prune:sparsity=0.95,epochs=40"),
        "Han 2015",
    ),
    (
        N_("A pruned network that is taught by its teacher keeps more than one taught by labels."),
        ("prune:sparsity=0.9,taught=true", "prune:sparsity=0.9"),
        "Sanh 2020",
    ),
)
SAYS = {
    "helps": N_("holds"),
    "hurts": N_("the opposite"),
    "no_difference": N_("no difference shown"),
    "one_seed": N_("only one seed"),
}


ORDER = Compression(pipelines=sorted({way for _claim, ways, _source in CLAIMS for way in ways}), seeds=5)  # judges all


@dataclass(frozen=True)
class Finding:
    """A claim and what was found: test accuracies of both ways seed by seed, and their difference."""

    claim: str
    source: str
    this: Sequence[float]
    other: Sequence[float]
    difference: Interval
    says: str


def findings(rows: Sequence[Row]) -> list[Finding]:
    """What these variants say, claim by claim, as far as both ways are among them."""
    found = []
    for claim, ways, source in CLAIMS:
        measured = [first(rows, "variant", name=name(read(way))) for way in ways]
        if all(measured):
            this, other = (row["test_accuracy"] for row in measured)
            judged = verdict(other, this)
            found.append(Finding(claim, source, this, other, judged.difference, SAYS[judged.outcome]))
    return found
