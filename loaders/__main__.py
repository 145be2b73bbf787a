"""Load exports into the warehouse, see what was refused and why, and undo.

    python -m loaders load FILE…      load files; exit status 0 when every file is in
    python -m loaders recognise FILE  which mapping fits, or a draft of one
    python -m loaders mappings        the mappings there are; --schema for editors
    python -m loaders history         what was loaded
    python -m loaders rejects LOAD    which rows of a load were refused, and why
    python -m loaders unresolved      names that mean no campaign or asset, or several
    python -m loaders watch FOLDER    load files as they are put into a folder
    python -m loaders undo LOAD       take a load out again
    python -m loaders undo --sample   take out all loads of the made-up company

The store is $BACKCAST_STORE, own mappings are in $BACKCAST_MAPPINGS or --mappings. Exit status: 0
when all is done, 1 when something was not loaded or not found, 2 when the command was wrong, 3 when
every file is in but the current generation was damaged, so that they were loaded on an older one.
With `--progress json` standard output is one JSON object per line: `progress` events while a file
is read or a load taken out, one `outcome` per file, and `published` with the generation's name (see
loaders/protocol.py). SIGTERM ends a command at once and leaves the store as it was; `watch` ends
after the file it is at.
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
from loaders.console import (
    progress_bar,
    show_loads,
    show_mappings,
    show_outcomes,
    show_recognised,
    show_rejected,
    show_unresolved,
)
from loaders.load import LoadOptions, load, undo
from loaders.outcome import Outcome, Status
from loaders.process.signals import stopping_on_signals, terminated_by_signal
from loaders.protocol import Loaded, Progress
from loaders.watching import Watch, watch

# The contracts and the engine take a second to import; `load` leaves them to its child process,
# so the commands that need them here import them themselves.

_REJECTS_SHOWN = 50
_WIDTH_WITHOUT_TERMINAL = 160
_LONGEST_WAIT_SECONDS = 86_400
_ON_FALLBACK = 3


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    console = Console(
        highlight=False, width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL
    )
    sweep(Store.from_environment().path)
    warn_of_fallback(Store.from_environment())
    try:
        with terminated_by_signal():
            return _run(options, console)
    except BackcastError as error:
        Console(stderr=True, highlight=False).print(
            without_contacts(str(error)), style="red", markup=False
        )
        return 1


def _run(options: argparse.Namespace, console: Console) -> int:
    match options.command:
        case "load":
            return _load(options, console)
        case "watch":
            return _watch(options)
        case "recognise":
            return _recognise(options, console)
        case "mappings":
            _mappings(options, console)
        case "history":
            _history(console)
        case "rejects":
            _rejects(options, console)
        case "unresolved":
            _unresolved(console)
        case "undo":
            _undo(options, console)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loaders",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    loading = commands.add_parser("load", help="load files")
    loading.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    loading.add_argument("--as", dest="mapping", metavar="NAME", help="mapping to use")
    loading.add_argument("--mappings", type=Path, metavar="DIR", help="folder of own mappings")
    loading.add_argument(
        "--as-of",
        type=_moment,
        metavar="DATETIME",
        help="when the files were true (UTC); default: when each was last changed",
    )
    loading.add_argument("--dry-run", action="store_true", help="do everything but publish")
    loading.add_argument("--progress", choices=("text", "json"), default="text")
    watching = commands.add_parser("watch", help="load files as they are put into a folder")
    watching.add_argument("folder", type=Path, metavar="FOLDER")
    watching.add_argument("--once", action="store_true", help="look twice, load, and end")
    watching.add_argument(
        "--every", type=_seconds, default=10.0, metavar="SECONDS", help="between two looks (10)"
    )
    watching.add_argument("--mappings", type=Path, metavar="DIR", help="folder of own mappings")
    recognising = commands.add_parser("recognise", help="say which mapping fits a file")
    recognising.add_argument("path", type=Path, metavar="FILE")
    recognising.add_argument("--mappings", type=Path, metavar="DIR", help="folder of own mappings")
    listing = commands.add_parser("mappings", help="list the mappings")
    listing.add_argument("--mappings", type=Path, metavar="DIR", help="folder of own mappings")
    listing.add_argument(
        "--schema", action="store_true", help="print the JSON schema of mapping files"
    )
    commands.add_parser("history", help="list what was loaded")
    refused = commands.add_parser("rejects", help="list refused rows")
    refused.add_argument("load", metavar="LOAD")
    refused.add_argument("--csv", type=Path, metavar="OUT", help="write all of them to a file")
    commands.add_parser("unresolved", help="list names that mean no campaign or asset")
    undoing = commands.add_parser("undo", help="take a load out again")
    undone = undoing.add_mutually_exclusive_group(required=True)
    undone.add_argument("load", nargs="?", metavar="LOAD")
    undone.add_argument("--sample", action="store_true", help="all loads of the made-up company")
    undoing.add_argument("--progress", choices=("text", "json"), default="text")
    return parser


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time such as 2024-01-31 or 2024-01-31T12:00:00Z"
        ) from None


def _load(options: argparse.Namespace, console: Console) -> int:
    chosen = LoadOptions(
        mapping=options.mapping,
        mappings=options.mappings,
        as_of=options.as_of,
        dry_run=options.dry_run,
    )
    store = Store.from_environment()
    fallback = store.fallback()
    with _told(options, options.paths) as (on_progress, on_wait):
        outcomes = load(store, options.paths, chosen, on_progress=on_progress, on_wait=on_wait)
    if options.progress == "json":
        for outcome in outcomes:
            print(Loaded(outcome=outcome).model_dump_json())
        if _published(outcomes) and not options.dry_run:
            _tell_published(store)
    else:
        show_outcomes(console, outcomes, dry_run=options.dry_run)
    return _status(all(outcome.status is not Status.FAILED for outcome in outcomes), fallback)


def _status(all_well: bool, fallback: Fallback | None) -> int:
    """The exit status of loading: a file that failed weighs more than a fallback."""
    if not all_well:
        return 1
    return _ON_FALLBACK if fallback else 0


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST_WAIT_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to a day")
    return seconds


def _watch(options: argparse.Namespace) -> int:
    with stopping_on_signals() as stopped:
        hands = Watch(
            wait=lambda: stopped.wait(options.every),
            stopped=stopped.is_set,
            tell=lambda line: print(line, flush=True),
        )
        chosen = LoadOptions(mappings=options.mappings)
        store = Store.from_environment()
        fallback = store.fallback()
        all_well = watch(options.folder, store, chosen, hands, once=options.once)
    return _status(all_well, fallback) if options.once else 0


@contextmanager
def _told(
    options: argparse.Namespace, paths: Sequence[Path]
) -> Iterator[tuple[Callable[[Progress], None], Callable[[str], None]]]:
    """Who is told of progress and of having to wait: a bar, or lines of JSON."""
    if options.progress == "json":
        yield (
            lambda event: print(event.model_dump_json(), flush=True),
            lambda text: print(json.dumps({"event": "waiting", "text": text}), flush=True),
        )
    else:
        shown = Console(stderr=True)
        with progress_bar(shown, paths) as on_progress:
            yield on_progress, shown.print


def _tell_published(store: Store) -> None:
    print(json.dumps({"event": "published", "generation": store.current().name}))


def _published(outcomes: list[Outcome]) -> bool:
    return any(outcome.status is Status.LOADED for outcome in outcomes)


def _recognise(options: argparse.Namespace, console: Console) -> int:
    # Here alone: a load starts sooner without it.
    from loaders.preview import preview

    found = preview(options.path, mappings=options.mappings, rows=0)
    if found.mapping is None:
        Console(stderr=True, highlight=False).print(found.message, style="yellow", markup=False)
        print(found.draft, end="")
        return 1
    show_recognised(console, found)
    return 0


def _mappings(options: argparse.Namespace, console: Console) -> None:
    from loaders.language.library import read_mappings
    from loaders.language.schema import mapping_schema

    if options.schema:
        print(json.dumps(mapping_schema(), ensure_ascii=False, indent=2))
        return
    show_mappings(console, read_mappings(options.mappings))


def _history(console: Console) -> None:
    from loaders.history import loads

    frame = loads(Store.from_environment())
    if frame.is_empty():
        console.print("Nothing has been loaded yet.")
    else:
        show_loads(console, frame)


def _rejects(options: argparse.Namespace, console: Console) -> None:
    from loaders.history import find_load, loads, rejected, write_rejected

    store = Store.from_environment()
    load_id = find_load(store, options.load)
    if options.csv:
        frame = rejected(store, load_id)
        write_rejected(frame, options.csv)
        console.print(f"{frame.height:,} refusals written to {options.csv}", markup=False)
        return
    (file_name,) = loads(store).filter(load_id=load_id)["file_name"]
    frame = rejected(store, load_id, _REJECTS_SHOWN + 1)
    if frame.is_empty():
        console.print(f"No row of {file_name} was refused.", markup=False)
    show_rejected(console, frame.head(_REJECTS_SHOWN), file_name)
    if frame.height > _REJECTS_SHOWN:
        console.print(f"… and more: python -m loaders rejects {load_id} --csv OUT", markup=False)


def _unresolved(console: Console) -> None:
    from loaders.history import unresolved

    frame = unresolved(Store.from_environment())
    if frame.is_empty():
        console.print("Every name means one campaign or asset.")
    else:
        show_unresolved(console, frame)


def _undo(options: argparse.Namespace, console: Console) -> None:
    from loaders.history import find_load, sample_loads

    store = Store.from_environment()
    load_ids = sample_loads(store) if options.sample else [find_load(store, options.load)]
    if not load_ids:
        raise BackcastError(
            "There is no sample to take out: no load came from the made-up company. "
            "`python -m loaders history` lists the loads there are."
        )
    with _told(options, ()) as (on_progress, on_wait):
        undo(store, *load_ids, on_progress=on_progress, on_wait=on_wait)
    if options.progress == "json":
        _tell_published(store)
    else:
        what = f"The sample ({len(load_ids)} loads)" if options.sample else load_ids[0]
        console.print(f"{what} was taken out; generation {store.current().name} is published.")


if __name__ == "__main__":
    sys.exit(main())
