"""Command line of the definitions: list the versions, check a file, preview it, save it."""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from data.definition_changes.differences import Change, differences
from data.definition_changes.history import Standing, history
from data.definition_changes.preview import Number, Preview, preview
from data.definition_changes.rederive import Report, rederive
from data.definition_changes.saving import checked, save
from data.definition_files import saved_versions
from data.definitions import Definitions, in_force
from data.errors import DefinitionError
from data.storage.store import Store


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `derive` and `definitions` to the commands of `python -m data`."""
    command = commands.add_parser(
        "derive", help="rebuild the derived tables, after the definitions changed"
    )
    _add_progress(command)
    command.set_defaults(run=_derive)
    command = commands.add_parser(
        "definitions", help="list the saved definitions, check, preview or save a file"
    )
    command.set_defaults(run=_list)
    parts = command.add_subparsers(metavar="COMMAND")
    check = parts.add_parser("check", help="say what is wrong in a file, or what it changes")
    check.add_argument("file", type=Path)
    check.set_defaults(run=_check)
    show = parts.add_parser("preview", help="say what a file does to the numbers; saves nothing")
    show.add_argument("file", type=Path)
    show.add_argument("--from", type=_month, dest="start", metavar="YYYY-MM", help="first month")
    show.add_argument("--to", type=_month, dest="end", metavar="YYYY-MM", help="last month")
    _add_progress(show)
    show.set_defaults(run=_preview)
    keep = parts.add_parser("save", help="save a file as the newest version, and derive if due")
    keep.add_argument("file", type=Path)
    keep.add_argument(
        "--since", type=date.fromisoformat, required=True, metavar="DATE", help="first day in force"
    )
    keep.add_argument(
        "--based-on",
        type=int,
        metavar="N",
        help="the version that the file was made from: refused when there is a newer one",
    )
    _add_progress(keep)
    keep.set_defaults(run=_save)


def _add_progress(command: argparse.ArgumentParser) -> None:
    command.add_argument("--progress", choices=["bar", "json"], default="bar")


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def _derive(options: argparse.Namespace) -> int:
    store = Store.from_environment()
    _rederive(store, options.progress)
    return 0


def _rederive(store: Store, progress: str) -> None:
    as_json = progress == "json"
    wait = (lambda text: _say("waiting", text=text)) if as_json else print
    rederive(store, _reporting(progress), wait)
    if not as_json:
        print(f"{store.path}: the derived tables follow the definitions in force now")


def _say(event: str, **content: object) -> None:
    """Print one event as a line of JSON, for a program that follows the command."""
    print(json.dumps({"event": event, **content}, ensure_ascii=False), flush=True)


def _reporting(progress: str) -> Report:
    """How a command reports: lines of JSON, a line on the terminal, or nothing."""
    if progress == "json":
        return lambda what, share: _say("progress", phase=what, share=share)
    if not sys.stderr.isatty():
        return lambda what, share: None
    return _on_terminal


def _on_terminal(what: str, share: float) -> None:
    print(f"\r\033[K{share:4.0%}  {what}", end="", file=sys.stderr, flush=True)


def _list(_: argparse.Namespace) -> int:
    source = in_force()
    if source.fixed_by:
        print(f"In force: {source.path}, which {source.fixed_by} names. Saved versions wait.")
    for each in history(Store.from_environment().path, date.today()):
        name = str(each.version) if each.version else "version 0, built in"
        standing = "" if source.fixed_by else f"  ({each.standing})"
        print(f"{name}{standing}")
        for line in [each.problem] if each.problem else each.changes:
            print(f"    {line}")
    return 0


def _check(options: argparse.Namespace) -> int:
    definitions = checked(_text(options.file), options.file)
    print(f"{options.file}: valid")
    _print_changes(differences(Definitions.load(), definitions))
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as failure:
        raise DefinitionError(f"{path}: cannot be read as UTF-8 text: {failure}") from failure


def _print_changes(changes: Iterable[Change]) -> None:
    for line in tuple(changes) or ("Nothing differs from the definitions in force.",):
        print(f"  {line}")


def _preview(options: argparse.Namespace) -> int:
    definitions = checked(_text(options.file), options.file)
    found = preview(Store.from_environment(), definitions, _reporting(options.progress))
    if options.progress == "json":
        _say("preview", preview=msgspec.to_builtins(found))
        return 0
    print()
    _print_changes(differences(Definitions.load(), definitions))
    if not found.rederived:
        print("Metrics alone read what differs: no number below is another. Compare a metric with")
        print(f"  BACKCAST_DEFINITIONS={options.file} python -m metrics METRIC")
    _print_numbers(found, options.start or date.min, options.end or date.max)
    return 0


def _print_numbers(found: Preview, start: date, end: date) -> None:
    for metric, before, after in totals(
        each for each in found.numbers if start <= each.month <= end
    ):
        print(f"{metric:12} {before:16,.0f} → {after:16,.0f}   {after - before:+,.0f}")
    for each in found.moved:
        print(f"{each.what}: {each.before:,} → {each.after:,}; {each.moved:,} differ")
    for named in found.renamed:
        label = named.dimension.replace("_", " ")
        leads = "1 lead" if named.leads == 1 else f"{named.leads:,} leads"
        print(f"{leads} by {label}: {named.before} → {named.after}")


def totals(numbers: Iterable[Number]) -> list[tuple[str, float, float]]:
    """Each metric's sum, old and new, in the order of the metrics' first numbers."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for each in numbers:
        sums[each.metric][0] += each.before
        sums[each.metric][1] += each.after
    return [(metric, before, after) for metric, (before, after) in sums.items()]


def _save(options: argparse.Namespace) -> int:
    store = Store.from_environment()
    newest = saved_versions(store.path)[-1:]
    based_on = options.based_on
    if based_on is None:
        based_on = newest[0].number if newest else 0
    saved = save(
        store.path,
        _text(options.file),
        options.file,
        since=options.since,
        saved_at=datetime.now(UTC),
        based_on=based_on,
    )
    print(f"Saved: {saved.version}")
    for each in saved.replaced:
        print(f"It replaces {each}, which will never be in force.")
    told = history(store.path, date.today())[-1]
    if told.standing is not Standing.IN_FORCE:
        print("On its day run `python -m data derive`, or load a file: both derive under it.")
    elif store.generations():
        _rederive(store, options.progress)
    return 0
