"""What variants say of a claim: seed by seed, and only where both ways were measured."""

from kdcore.claims import CLAIMS, findings
from kdcore.compression import Compression, name, read


def variant(way: str, *accuracies: float) -> dict:
    return {"event": "variant", "name": name(read(way)), "test_accuracy": list(accuracies)}


def test_a_claim_holds_where_every_seed_says_so():
    _claim, (this, other), _source = CLAIMS[0]
    (found,) = findings([variant(this, 0.95, 0.96, 0.94), variant(other, 0.85, 0.87, 0.84)])
    assert found.says == "holds"
    assert 0.09 < found.difference.mean < 0.11
    (found,) = findings([variant(other, 0.95, 0.96, 0.94), variant(this, 0.85, 0.87, 0.84)])
    assert found.says == "the opposite"


def test_seeds_that_disagree_show_no_difference():
    _claim, (this, other), _source = CLAIMS[0]
    (found,) = findings([variant(this, 0.95, 0.85, 0.94), variant(other, 0.85, 0.97, 0.90)])
    assert found.says == "no difference shown"


def test_nothing_is_said_of_what_was_not_measured():
    assert findings([variant(CLAIMS[0][1][0], 0.9, 0.8)]) == []


def test_the_default_plane_speaks_of_most_claims():
    rows = [{"event": "variant", "name": name(each), "test_accuracy": [0.9, 0.8]} for each in Compression().variants()]
    assert len(findings(rows)) >= 5
