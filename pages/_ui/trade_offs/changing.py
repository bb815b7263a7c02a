"""The controls of a sweep and of a search: what they change goes into the address of this page."""

from kdcore.experiment import Experiment
from kdcore.words import _
from pages._ui import runs
from pages._ui.changing import Changing
from pages._ui.run_list import run_list
from pages._ui.trade_offs import address

_controls = Changing("trade", lambda: address.current().chosen, lambda chosen: address.choose(chosen))
change, problem, typed = _controls.change, _controls.problem, _controls.typed
setting, number = _controls.setting, _controls.number


def runs_to_take(experiment: Experiment) -> None:
    """A list of runs whose settings can be taken, but for those that the question needs."""
    able = [each for each in runs.finished() if not each.left_out and not each.controls]  # there are no lanes for these
    run_list(_("Experiment of the run"), experiment, able, "trade.run", _take)
    problem("run")


def _take(experiment: Experiment) -> None:
    _controls.take(experiment, address.usual(address.current().question).experiment)
