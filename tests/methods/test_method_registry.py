"""The list of methods: what it tells without torch, and what it says to a wrong name."""

import pytest

from kdcore.methods import KINDS, METHODS, named, register


def test_the_canonical_method_comes_first_and_controls_last():
    kinds = [method.kind for method in METHODS.values()]
    assert next(iter(METHODS)) == "soft_targets"
    assert kinds == sorted(kinds, key=list(KINDS).index)


def test_a_wrong_name_gets_a_sentence():
    assert named("dkd") is METHODS["dkd"]
    with pytest.raises(ValueError, match=r"There is no method kdk. Did you mean dkd\? There are: soft_targets, logit"):
        named("kdk")
    with pytest.raises(ValueError, match=r"There is no method <script>. There are: soft_targets"):
        named("<script>")


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="two methods of the name 'dkd'"):
        register(type(METHODS["dkd"]))
