"""Load exports into the warehouse, see what was refused and why, and undo.

    python -m loaders load FILE…      load files; exit status 0 when every file is in
    python -m loaders recognise FILE  which mapping fits, or a proposal of one, --draft to edit it
    python -m loaders mappings        the mappings there are; --schema for editors
    python -m loaders history         what was loaded
    python -m loaders rejects LOAD    which rows of a load were refused, and why
    python -m loaders unresolved      names that mean no campaign or asset, or several
    python -m loaders watch FOLDER    load files as they are put into a folder
    python -m loaders undo LOAD       take a load out again
    python -m loaders undo --sample   take out all loads of the made-up company

The store is $BACKCAST_STORE, own mappings are in $BACKCAST_MAPPINGS or --mappings. Exit status: 0
when all is done, 1 when something was not loaded or not found, 2 when the command was wrong, 3 when
every file is in but the current version of the data was damaged, and an older one got them.
With `--progress json` standard output is one JSON object per line: `progress` events while a file
is read or a load taken out, one `outcome` per file, `published` with the version of the data, and
`alerts` with what checking them found (loaders/protocol.py). SIGTERM ends a command at once and
leaves the store as it was; `watch` ends after the file it is at.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console

from data.errors import BackcastError
from data.privacy.contacts import without_contacts
from data.storage.fallback import warn_of_fallback
from data.storage.generations import Fallback
from data.storage.store import Store
from data.storage.work_folders import sweep
from loaders.alerts import checked_alerts
from loaders.console import output, progress_bar, show_outcomes
from loaders.inspecting import (
    Commands,
    add_history,
    add_mappings,
    add_mappings_option,
    add_recognise,
    add_rejects,
    add_said_options,
    add_unresolved,
)
from loaders.load import LoadOptions, load, undo
from loaders.outcome import Outcome, Said, Status
from loaders.process.signals import stopping_on_signals, terminated_by_signal
from loaders.protocol import Loaded, Progress
from loaders.watching import Watch, watch

_LONGEST_WAIT_SECONDS = 86_400
_ON_FALLBACK = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command named by the arguments; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m loaders",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _add_load, add_recognise, add_mappings, add_history, add_rejects, add_unresolved,
        _add_watch, _add_undo,
    ):  # fmt: skip
        add(commands)
    options = parser.parse_args(arguments)
    sweep(Store.from_environment().path)
    warn_of_fallback(Store.from_environment())
    try:
        with terminated_by_signal():
            status: int = options.run(options)
    except BackcastError as error:
        Console(stderr=True, highlight=False).print(
            without_contacts(str(error)), style="red", markup=False
        )
        return 1
    return status


def _add_load(commands: Commands[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("load", help="load files")
    command.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    command.add_argument("--as", dest="mapping", metavar="NAME", help="mapping to use")
    add_mappings_option(command)
    command.add_argument(
        "--as-of",
        type=_moment,
        metavar="DATETIME",
        help="when the files were true (UTC); default: what each says itself, else the day in its "
        "name, else when it was last changed",
    )
    add_said_options(command)
    command.add_argument(
        "--full-export",
        action="store_true",
        help="the files have every record of their kind: one that they lack has vanished",
    )
    command.add_argument("--dry-run", action="store_true", help="do everything but publish")
    _add_progress_option(command)
    command.set_defaults(run=_load)


def _add_progress_option(command: argparse.ArgumentParser) -> None:
    command.add_argument("--progress", choices=("text", "json"), default="text")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time such as 2024-01-31 or 2024-01-31T12:00:00Z"
        ) from None


def _load(options: argparse.Namespace) -> int:
    chosen = LoadOptions(
        mapping=options.mapping,
        mappings=options.mappings,
        as_of=options.as_of,
        full_export=options.full_export,
        dry_run=options.dry_run,
        said=Said(
            dates=tuple(options.dates),
            decimal=options.decimal,
            columns=tuple(options.column),
            sheet=options.sheet,
        ),
    )
    store = Store.from_environment()
    fallback = store.fallback()
    with _reporting(options, options.paths) as (on_progress, on_wait):
        outcomes = load(store, options.paths, chosen, on_progress=on_progress, on_wait=on_wait)
    if options.progress == "json":
        for outcome in outcomes:
            print(Loaded(outcome=outcome).model_dump_json())
        if _published(outcomes) and not options.dry_run:
            _print_published(store)
    else:
        show_outcomes(output(), outcomes, dry_run=options.dry_run)
    if _published(outcomes) and not options.dry_run:
        _check_alerts(store, options)
    return _status(all(outcome.status is not Status.FAILED for outcome in outcomes), fallback)


def _status(all_well: bool, fallback: Fallback | None) -> int:
    """The exit status of loading: a file that failed weighs more than a fallback."""
    if not all_well:
        return 1
    return _ON_FALLBACK if fallback else 0


@contextmanager
def _reporting(
    options: argparse.Namespace, paths: Sequence[Path]
) -> Iterator[tuple[Callable[[Progress], None], Callable[[str], None]]]:
    """Where progress and waiting are reported: on a bar, or as lines of JSON."""
    if options.progress == "json":
        yield (
            lambda event: print(event.model_dump_json(), flush=True),
            lambda text: print(json.dumps({"event": "waiting", "text": text}), flush=True),
        )
    else:
        shown = Console(stderr=True)
        with progress_bar(shown, paths) as on_progress:
            yield on_progress, shown.print


def _print_published(store: Store) -> None:
    print(json.dumps({"event": "published", "generation": store.current().name}))


def _check_alerts(store: Store, options: argparse.Namespace) -> None:
    """Have the alerts checked, which are none where no rule is defined, and say what was found."""
    if options.progress == "json":
        begins = Progress(file_name="", phase="checking alerts").model_dump_json()
        if lines := checked_alerts(store, lambda: print(begins, flush=True)):
            print(json.dumps({"event": "alerts", "lines": lines}), flush=True)
        return
    for line in checked_alerts(store):
        output().print(line, markup=False, soft_wrap=True)


def _published(outcomes: list[Outcome]) -> bool:
    return any(outcome.status is Status.LOADED for outcome in outcomes)


def _add_watch(commands: Commands[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("watch", help="load files as they are put into a folder")
    command.add_argument("folder", type=Path, metavar="FOLDER")
    command.add_argument("--once", action="store_true", help="look twice, load, and end")
    command.add_argument(
        "--every", type=_seconds, default=10.0, metavar="SECONDS", help="between two looks (10)"
    )
    add_mappings_option(command)
    command.set_defaults(run=_watch)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_WAIT_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to a day")
    return seconds


def _watch(options: argparse.Namespace) -> int:
    store = Store.from_environment()
    with stopping_on_signals() as stopped:
        hands = Watch(
            wait=lambda: stopped.wait(options.every),
            stopped=stopped.is_set,
            say=lambda line: print(line, flush=True),
            after_load=lambda: checked_alerts(store),
        )
        chosen = LoadOptions(mappings=options.mappings)
        fallback = store.fallback()
        all_well = watch(options.folder, store, chosen, hands, once=options.once)
    return _status(all_well, fallback) if options.once else 0


def _add_undo(commands: Commands[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("undo", help="take a load out again")
    undone = command.add_mutually_exclusive_group(required=True)
    undone.add_argument("load", nargs="?", metavar="LOAD")
    undone.add_argument("--sample", action="store_true", help="all loads of the made-up company")
    _add_progress_option(command)
    command.set_defaults(run=_undo)


def _undo(options: argparse.Namespace) -> int:
    # Here alone: a load starts sooner without the engine.
    from loaders.history import find_load, sample_loads

    store = Store.from_environment()
    load_ids = sample_loads(store) if options.sample else [find_load(store, options.load)]
    if not load_ids:
        raise BackcastError(
            "There is no sample to take out: no load came from the made-up company. "
            "`python -m loaders history` lists the loads there are."
        )
    with _reporting(options, ()) as (on_progress, on_wait):
        undo(store, *load_ids, on_progress=on_progress, on_wait=on_wait)
    if options.progress == "json":
        _print_published(store)
    else:
        what = f"The sample ({len(load_ids)} loads)" if options.sample else load_ids[0]
        output().print(
            f"{what} was taken out; version {store.current().name} of the data is published."
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
