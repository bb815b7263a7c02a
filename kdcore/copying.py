"""The second source article's example, as it stands there: a network learns to copy its input, and a smaller one to
answer as it does.

    teacher   10 -> 20 -> 10    is to answer with its input x
    student   10 -> 10 -> 10    is to answer as the teacher does (distilled), or with x itself (scratch)

    loss = mean over the ten numbers of (answer - target)^2        one random row a step, Adam, 1000 steps

Nothing bends between the layers. So two layers are one matrix, and both shapes could copy without any error:

    answer = W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2),       W2 W1 = I,  W2 b1 + b2 = 0

The article has neither the second student nor a second seed, and does not say how long Adam's steps are: here are their
usual length and ten times that. Students of a seed start alike and see the same rows. All seeds learn at once.
"""

from collections.abc import Iterator
from itertools import product
from time import process_time

import torch
from torch import Tensor, nn

from kdcore.articles import HIDDEN, RATES, SEEDS, STEPS, WIDTH, Copying
from kdcore.events import LANES, Row
from kdcore.train import origin

EVERY = 50  # after how many steps the networks are looked at
TEST_ROWS = 1000
DIGITS = 4  # of an entry of a matrix that is kept

Networks = list[Tensor]  # weight (members, outputs, inputs), bias (members, outputs), weight, bias


def copying(order: Copying) -> Iterator[Row]:
    """Train, at each rate, the teachers and then both kinds of students of every seed. Yields `started`; `batch` after
    each step; `copy` rows with a lane's mean squared error on test rows, per seed; and `finished` with the table.

    The networks are so small that the processor trains them fastest, whatever the device of the settings.
    """
    began = process_time()
    torch.set_num_threads(1)
    told = {"key": order.key, "copying": order.model_dump(mode="json"), **origin("cpu")}
    yield {"event": "started", **told, "seeds": list(range(SEEDS)), "rates": list(RATES), "steps": STEPS}
    test = torch.randn(TEST_ROWS, WIDTH, generator=torch.Generator().manual_seed(SEEDS))
    lanes: dict[str, Networks] = {}
    table, turns = [], list(product(RATES, LANES))
    for turn, (rate, lane) in enumerate(turns):
        lanes[lane] = untrained("teacher" if lane == "teacher" else "student")
        for step in train(lanes[lane], rate, lanes["teacher"] if lane == "distilled" else None):
            yield {"event": "batch", "progress": (turn + step / STEPS) / len(turns)}
            if step % EVERY == 0:
                error = distance(answers(lanes[lane], test), test)
                yield {"event": "copy", "rate": rate, "lane": lane, "step": step, "error": error}
        table.append({"rate": rate, "lane": lane} | _measured(lanes[lane], lanes["teacher"], test))
    yield {"event": "finished", "table": table, "processor_s": round(process_time() - began, 2)}


def untrained(who: str) -> Networks:
    """The teacher or the student of every seed, with the weights that torch draws after `torch.manual_seed(seed)`."""
    nets = []
    for seed in range(SEEDS):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            nets.append(nn.Sequential(nn.Linear(WIDTH, HIDDEN[who]), nn.Linear(HIDDEN[who], WIDTH)))
    weights = zip(*(net.parameters() for net in nets), strict=True)
    return [torch.stack(own).detach().requires_grad_() for own in weights]


def train(networks: Networks, rate: float, teachers: Networks | None = None) -> Iterator[int]:
    """Teach networks, in place, to copy their rows, or where there are teachers to answer as these do. Yields 0 before
    the first step, and then the number of each step.

    The sum over members has each member's own gradient, and Adam moves every number by itself: none disturbs another.
    """
    optimizer = torch.optim.Adam(networks, rate)
    draws = [torch.Generator().manual_seed(seed) for seed in range(SEEDS)]
    rows = torch.stack([torch.randn(STEPS, 1, WIDTH, generator=draw) for draw in draws], 1)
    yield 0
    for step, x in enumerate(rows, 1):
        target = answers(teachers, x).detach() if teachers else x
        loss = (answers(networks, x) - target).square().mean((1, 2)).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield step


def answers(networks: Networks, x: Tensor) -> Tensor:
    """What each network says of its own rows (members, rows, 10), or of the same (rows, 10): (members, rows, 10)."""
    weight1, bias1, weight2, bias2 = networks
    return (x @ weight1.mT + bias1[:, None]) @ weight2.mT + bias2[:, None]


def distance(answered: Tensor, target: Tensor) -> list[float]:
    """The mean squared distance over rows and numbers, of each member."""
    return (answered - target).square().mean((1, 2)).tolist()


def _measured(own: Networks, teachers: Networks, test: Tensor) -> Row:
    """How far the answers are from the rows, and from the teachers' answers, per seed; how many numbers were learned;
    and the one matrix that the two layers of seed 0 are."""
    matrix = (own[2][0] @ own[0][0]).tolist()
    return {
        "error": distance(answers(own, test), test),
        "to_teacher": None if own is teachers else distance(answers(own, test), answers(teachers, test)),
        "parameters": sum(each[0].numel() for each in own),
        "matrix": [[round(entry, DIGITS) for entry in line] for line in matrix],
    }
