"""A sweep as tasks for many workers: its outline first, then the teachers of each group, then parts of its students.

    outline --> teach group 0 --> learn part 0
            |                '--> learn part 1
            '-> teach group 1 --> learn part 0

The lab knows of one job: what its tasks tell becomes that job's rows and its progress. A value without Dask or clocks:
`Cluster` gives the tasks to workers, and says what became of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kdcore.events import Row

LOSSES = 2  # a task that has lost so many workers is what costs them


@dataclass(frozen=True)
class Task:
    """What a worker does for a job: all of its "rows", or of a sweep its "outline", to "teach" the teachers of a group,
    or to "learn": then `which` is the group, and the part of its students."""

    job: str
    kind: str
    which: tuple[int, ...] = ()


@dataclass
class _Account:
    """How much of the work a task is, how much of it is done, what that took, and how often its worker was lost."""

    share: float = 0.0
    progress: float = 0.0
    processor_s: float = 0.0
    losses: int = 0


@dataclass
class Parts:
    """A sweep under way: the tasks that may begin, those that should come first, and those that have begun."""

    job: str
    speed: float = 0.0
    paused: bool = False
    ready: list[Task] = field(default_factory=list)
    under_way: set[Task] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ready.append(Task(self.job, "outline"))
        self._accounts = {self.ready[0]: _Account()}
        self._learning: list[list[Task]] = []  # by group: the parts that have not ended
        self._taught: dict[int, Any] = {}  # by group: the answers of its teachers, as long as parts need them

    @property
    def may_begin(self) -> bool:
        """Whether there is a task to begin; where it is paused, only if it has none, so that there is one to step."""
        return bool(self.ready) and not (self.paused and self.under_way)

    def begin(self) -> tuple[Task, tuple[Any, ...]]:
        """The next task is given to a worker; beside it what it is to be told: which it is, and what teachers said."""
        task = self.ready.pop(0)
        self.under_way.add(task)
        return task, (task.which, self._taught[task.which[0]]) if task.kind == "learn" else (task.which,)

    def heard(self, task: Task, rows: Sequence[Row], progress: float, processor_s: float) -> Row:
        """A task's rows are the job's; the job's progress is that of all its tasks. Returns the job's message."""
        account = self._accounts[task]
        account.progress, account.processor_s = progress, processor_s
        done = sum(each.share * each.progress for each in self._accounts.values())
        rows = [row | {"progress": done} if "progress" in row else row for row in rows]
        return {"job": self.job, "rows": rows, "progress": done}

    def ended(self, task: Task, result: Any) -> Row | None:
        """A task has done its work. The outline results in what each group costs: its teachers, and each part; and
        teachers in their answers. Returns the job's last row where this was the last task."""
        self.under_way.discard(task)
        if task.kind == "outline":
            self._share_out(result)
        elif task.kind == "teach":  # the group's parts come before other groups, so that few answers are kept
            (group,) = task.which
            self._taught[group] = result
            self.ready[:0] = self._learning[group]
        else:
            group, _part = task.which
            self._learning[group].remove(task)
            if not self._learning[group]:
                del self._taught[group]
        if self.ready or self.under_way:
            return None
        spent = sum(each.processor_s for each in self._accounts.values())
        return {"event": "finished", "processor_s": round(spent, 2)}

    def lost(self, task: Task) -> bool:
        """A task has lost its worker; returns whether it may begin anew."""
        account = self._accounts[task]
        account.progress, account.losses = 0.0, account.losses + 1
        return account.losses < LOSSES

    def again(self, task: Task) -> None:
        """Begin a task anew, before all others."""
        self.under_way.discard(task)
        self.ready.insert(0, task)

    def _share_out(self, groups: Sequence[Sequence[float]]) -> None:
        total = sum(map(sum, groups))
        for group, (teachers, *parts) in enumerate(groups):
            learning = [Task(self.job, "learn", (group, part)) for part in range(len(parts))]
            teaching = Task(self.job, "teach", (group,))
            costs = zip((teaching, *learning), (teachers, *parts), strict=True)
            self._accounts |= {task: _Account(cost / total) for task, cost in costs}
            self._learning.append(learning)
            self.ready.append(teaching)
