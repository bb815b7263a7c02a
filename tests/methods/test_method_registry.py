"""The list of methods: what it tells without torch, and what it says to a wrong name."""

import subprocess
import sys

import pytest

from kdcore.methods import KINDS, METHODS, named, register


def test_methods_are_listed_and_described_without_torch():
    script = (
        "import sys, inspect, kdcore.methods as m; "
        "told = [(each.title, each.equation, each.Knobs().model_dump_json(), inspect.getsource(each.term), "
        "each.problem((), (), 2, 1, each.Knobs())) for each in m.METHODS.values()]; "
        "print(len(told), {'torch', 'sklearn', 'streamlit'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{len(METHODS)} set()"


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
