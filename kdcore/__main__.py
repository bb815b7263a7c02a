"""The lab without a screen.

    python -m kdcore fit [experiment.json] [--keep FOLDER]
    python -m kdcore compress [compression.json] [--keep FOLDER]
    python -m kdcore sweep [sweep.json] [--keep FOLDER]
    python -m kdcore search [search.json] [--keep FOLDER]
    python -m kdcore transfer [transfer.json] [--keep FOLDER]
    python -m kdcore copy [--keep FOLDER]

Runs an experiment, compresses the teachers of one, draws a map over some of its settings, searches the best of many, or
lets families teach each other; without a file the default. `copy` runs the example of an article, which has no
settings: see `kdcore.copying`. Prints the events as JSON lines, and at last the table. With --keep the lines are also
kept in FOLDER under the order's key: so the lab's recordings are made, in pages/recordings.
Exit code 2: the settings are wrong; 1: the run did not finish.
"""

import argparse
import json
import sys
from pathlib import Path

from pydantic import ValidationError

from kdcore import order, recordings
from kdcore.articles import Copying
from kdcore.compression import Compression
from kdcore.data.download import DataUnavailable
from kdcore.events import Row, first, to_line
from kdcore.experiment import Experiment
from kdcore.figures import copies, importance, parallel, tables
from kdcore.grid import QUESTIONS, Sweep, notes
from kdcore.measure.verdict import sentence, verdict
from kdcore.order import Order
from kdcore.search import Search
from kdcore.settings import SettingProblem
from kdcore.transfer import Transfer
from kdcore.words import _

WRONG_SETTINGS, NOT_FINISHED = 2, 1


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        chosen = options.order.model_validate_json(options.file.read_bytes()) if options.file else options.default
    except ValidationError as error:
        print(*order.problems(error), sep="\n", file=sys.stderr)
        return WRONG_SETTINGS
    except OSError as error:
        print(_("{file} cannot be read: {why}").format(file=options.file, why=error.strerror), file=sys.stderr)
        return WRONG_SETTINGS
    if isinstance(chosen, Sweep):
        for note in notes(chosen, json.loads(options.file.read_bytes()) if options.file else None):
            print(note, file=sys.stderr)
    try:
        if options.keep:
            recordings.prepare(options.keep)
        rows = _run(chosen)
    except (SettingProblem, recordings.FolderProblem) as problem:
        print(problem, file=sys.stderr)
        return WRONG_SETTINGS
    if not first(rows, "finished"):
        return NOT_FINISHED
    if options.keep:
        recordings.keep(options.keep, rows)
    if isinstance(chosen, Compression):
        print(tables.variants(rows).to_string())
        return 0
    if isinstance(chosen, Sweep):
        print(tables.cells(rows).to_string())
        return 0
    if isinstance(chosen, Transfer):
        print(tables.transferred(rows).to_string(index=False))
        return 0
    if isinstance(chosen, Copying):
        print(copies.table(rows).to_string(index=False))
        return 0
    if isinstance(chosen, Search):
        _print_search(rows)
        return 0
    table = {line["lane"]: line["test_accuracy"] for line in first(rows, "finished")["table"]}
    print(tables.results(rows).to_string())
    print(sentence(verdict(table["scratch"], table["distilled"])))
    return 0


def _print_search(rows: list[Row]) -> None:
    """All trials, the best first; what its test examples say, and which setting matters most."""
    print(parallel.table(rows).to_string(index=False))
    print(parallel.reading(rows))
    if tested := first(rows, "finished")["test_accuracy"]:
        print(sentence(verdict(tested["scratch"], tested["distilled"])))
    if importance.shares(rows):
        print(importance.reading(rows))


def _run(chosen: Order) -> list[Row]:
    """Run and print; returns the rows, as far as they came."""
    from kdcore import work  # torch is loaded only now, so that a wrong setting is answered at once

    rows = []
    try:
        for row in work.rows(chosen):
            if row["event"] != "batch":
                print(to_line(row), flush=True)
                rows.append(row)
    except DataUnavailable as error:
        print(error, file=sys.stderr)
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kdcore", description=_("Distillery without a screen."))
    commands = parser.add_subparsers(required=True, metavar="command")
    for command, default, words in (
        ("fit", Experiment(), _("run an experiment: events as JSON lines, then the table")),
        ("compress", Compression(), _("make an experiment's teachers smaller: events as JSON lines, then the table")),
        ("sweep", QUESTIONS["map"].sweep, _("vary settings of an experiment: events as JSON lines, then the map")),
        ("search", Search(), _("try many settings of an experiment: events as JSON lines, then the trials")),
        ("transfer", Transfer(), _("let families teach each other: events as JSON lines, then the table")),
    ):
        added = commands.add_parser(command, help=words)
        added.add_argument("file", nargs="?", type=Path, help=_("what to do, as JSON; without it, the default"))
        added.set_defaults(order=type(default), default=default)
    copy = commands.add_parser("copy", help=_("run the example of an article: events as JSON lines, then the table"))
    copy.set_defaults(file=None, default=Copying())
    for each in commands.choices.values():
        each.add_argument("--keep", type=Path, metavar="FOLDER", help=_("also keep the lines there, as a recording"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
