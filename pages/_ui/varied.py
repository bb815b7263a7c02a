"""An experiment in the address of a page that begins with one of its own: what differs from that is told."""

from collections.abc import Mapping

from kdcore.experiment import Experiment, Problem, flatten
from kdcore.experiment import written as value_written


def read(like: Experiment, told: Mapping[str, str]) -> tuple[Experiment, list[Problem]]:
    """The page's own experiment with these settings changed. What could not be read is as the page has it."""
    mine = like.to_query()
    found, ignored = Experiment.from_query(mine | told)
    if ignored:
        wrong = {problem.field for problem in ignored}
        found, _again = Experiment.from_query(mine | {name: told[name] for name in told.keys() - wrong})
    return found, ignored


def written(chosen: Experiment, like: Experiment) -> dict[str, str]:
    """The settings that differ from those of the page's own."""
    before = flatten(like)
    return {name: value_written(value) for name, value in flatten(chosen).items() if value != before[name]}
