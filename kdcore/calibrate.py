"""How fast is this machine? A run of half a second that says what steps of training cost here, before they are taken.

    seconds of a training = steps * overhead_s + operations / flops_per_s

`overhead_s` is what a step takes before it computes anything: a step of one linear student. `flops_per_s` is what a
cohort of middle size computes in the rest of its time. Operations are counted as in `cost`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from time import perf_counter, process_time, thread_time
from typing import Literal

from kdcore import cost, shapes
from kdcore.events import Row
from kdcore.experiment import Experiment, Training, Value, unflatten
from kdcore.plan import Group

RECIPE = 1  # part of the key: raise it when the measurement changes
SMALL = unflatten({"seeds": 1, "student.widths": "linear", "training.batch_size": 16})
MIDDLE = unflatten({"seeds": 16, "student.widths": "64-32", "training.batch_size": 64})  # four of each seed
COPIES = 4
EXAMPLES = 512
FOR_S = 0.15  # how long each of the two is watched


class Calibration(Value):
    """The order to measure. It is the same for everybody, so that one answer is kept; ask `again` for a new one."""

    calibrate: Literal[True] = True

    @property
    def key(self) -> str:
        """Sixteen hex digits that name it."""
        return hashlib.sha256(json.dumps(["calibrate", RECIPE]).encode()).hexdigest()[:16]


def calibrate(order: Calibration) -> Iterator[Row]:
    """Measure; yields `started`, and `finished` with the two numbers. Raises SettingProblem where there is no such
    device."""
    import torch  # here, so that pages can ask and calculate without it

    from kdcore.train import chosen_device, origin

    began, device = process_time(), chosen_device()
    torch.set_num_threads(1)
    yield {"event": "started", "key": order.key, "calibration": order.model_dump(mode="json"), **origin(device)}
    overhead_s = _step_s(SMALL, device, copies=1)
    yield {"event": "batch", "progress": 0.5}
    computing_s = max(_step_s(MIDDLE, device, COPIES) - overhead_s, 1e-9)
    members, batch = MIDDLE.seeds * COPIES, MIDDLE.training.batch_size
    flops = members * 3 * batch * shapes.flops(MIDDLE.layers("student"))
    measured = {"overhead_s": overhead_s, "flops_per_s": flops / computing_s}
    yield {"event": "finished", **measured, "processor_s": round(process_time() - began, 2)}


def seconds(groups: Iterable[Group], finished: Row) -> float:
    """How long the training of these groups may take on one core, where a calibration finished with this row."""
    steps = operations = 0.0
    for group in groups:
        steps += _steps(group.experiment.teacher_training, group.experiment.lessons)
        operations += cost.of_teachers(group.experiment)
        for part in group.parts:
            own, examples = part.experiment, part.experiment.labels + part.experiment.pool
            steps += _steps(own.training, examples) + sum(each.steps(own, examples) for each in part.rounds)
            operations += cost.of_part(part)
    return taken_s(steps, operations - steps * cost.OVERHEAD_FLOPS, finished)  # which stand for what was measured here


def taken_s(steps: float, operations: float, finished: Row) -> float:
    """How long so many steps, and operations beside what each step costs, may take on one core."""
    return steps * finished["overhead_s"] + operations / finished["flops_per_s"]


def _steps(training: Training, examples: int) -> int:
    return training.epochs * -(-examples // training.batch_size)


def _step_s(experiment: Experiment, device: str, copies: int) -> float:
    """Seconds that a step of so many students of each seed takes, in the mean over whole epochs but the first.

    On a processor they are its own, as others may be using it, too.
    """
    import torch

    from kdcore.cohort import Lesson, Member, train
    from kdcore.lesson import untrained

    facts, clock = experiment.facts, thread_time if device == "cpu" else perf_counter
    random = torch.Generator().manual_seed(0)
    x = torch.rand(EXAMPLES, *facts.shape, generator=random)
    y = torch.randint(len(facts.classes), (EXAMPLES,), generator=random)
    lesson = Lesson(x.to(device), y.to(device), len(facts.classes))
    members = [Member(seed, EXAMPLES, 1e-3) for seed in range(experiment.seeds) for _copy in range(copies)]
    cohort = untrained(experiment, "student", members, device)
    steps, start = -1, 0.0
    for step in train(cohort, members, experiment.training, lesson, wants_terms=False):
        steps += steps >= 0
        if step.terms is not None:
            cohort.matrix.sum().item()  # a device for itself has done all that it was told
            if steps < 0:  # warmed up
                steps, start = 0, clock()
            elif clock() - start > FOR_S:
                break
    return (clock() - start) / steps
