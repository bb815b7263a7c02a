"""What a plane will cost: more of anything costs more, and what learns together shares its steps."""

import subprocess
import sys

import pytest

from kdcore import cost, shapes
from kdcore.compress import effort as module
from kdcore.compress.effort import effort
from kdcore.compress.run import compress
from kdcore.compression import Compression, read
from kdcore.experiment import Experiment, unflatten

SMALL = {"teacher.widths": "32", "teacher_training.epochs": 2, "seeds": 2}


def plane(*pipelines: str, seeds: int = 1, **settings) -> Compression:
    experiment = unflatten(SMALL | {name.replace("__", "."): value for name, value in settings.items()})
    return Compression(experiment=experiment, pipelines=pipelines, seeds=seeds)


def test_by_hand():
    """A teacher of two epochs, and what is rounded without learning on: 17 steps of 64 an epoch."""
    order = plane("quantize")
    layers = order.experiment.layers("teacher")
    assert order.experiment.facts.train == 1077
    found = effort(order)
    assert found.steps == module.STEPS * 2 * 17 + 2 * module.MEASURING_STEPS
    learning = 3 * 64 * 2 * 17 * shapes.flops(layers)
    measuring = module.ASKED * module.ASKING * shapes.flops(layers) + module.PER_PARAMETER * shapes.parameters(layers)
    assert found.operations == pytest.approx(learning + 2 * measuring)
    assert found.total == found.steps * cost.OVERHEAD_FLOPS + found.operations


def test_who_learns_together_shares_steps_but_no_operations():
    one, two, apart = (
        effort(plane("prune:epochs=4", *more)) for more in ((), ("share:epochs=4",), ("share:epochs=3",))
    )
    assert two.steps - one.steps == module.MEASURING_STEPS
    assert apart.steps - one.steps == module.MEASURING_STEPS + module.STEPS * 3 * 17
    assert two.operations > apart.operations > one.operations


@pytest.mark.parametrize(
    "less", ["prune:sparsity=0.5,scope=units", "low_rank:keep=0.1", "distil:widths=8,epochs=10", "prune:epochs=5"]
)
def test_smaller_networks_and_fewer_epochs_cost_less(less):
    assert effort(plane(less)).operations < effort(plane("prune:epochs=10")).operations


def test_more_teachers_and_rounds_cost_more():
    once = effort(plane("prune"))
    assert effort(plane("prune", seeds=2)).operations > once.operations
    assert effort(plane("prune:rounds=3")).steps == once.steps + module.STEPS * 2 * 10 * 17
    assert effort(plane("prune", teacher__widths="64")).operations > once.operations


@pytest.mark.parametrize(
    "text",
    [
        "prune:sparsity=0.5,scope=units",
        "low_rank:keep=0.4",
        "low_rank:keep=1",
        "distil:widths=9-7,epochs=1",
        "distil:widths=16,epochs=1+prune:sparsity=0.5,scope=units",
    ],
)
@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_layers_are_told_without_weights(text, kind):
    """Or almost: what was made of a network has as many operations."""
    text = text.replace("9-7", "6-4") if kind == "cnn" else text
    order = plane(text, teacher__kind=kind, teacher__widths="8-12" if kind == "cnn" else "32-16")
    made = [row for row in compress(order) if row["event"] in ("variant", "impossible")]
    if made[-1]["event"] == "variant":
        assert shapes.flops(module._layers(read(text), order.experiment)) == made[-1]["flops"]


def test_it_is_told_without_torch():
    script = "import sys, kdcore.compress.effort; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_plane_costs_more_than_the_run_that_its_teachers_come_from():
    assert effort(Compression()).total > cost.total(Experiment())
