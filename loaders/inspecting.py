"""Commands that only look: which mapping fits a file, what was loaded, and what was refused."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from data.storage.store import Store
from loaders.console import (
    output,
    show_loads,
    show_mappings,
    show_recognised,
    show_rejected,
    show_unresolved,
)

# The contracts and the engine take a second to import; `load` leaves them to its child process, so
# the commands that need them here import them themselves.

Commands = argparse._SubParsersAction
"""What argparse calls the set of commands."""

_REJECTS_SHOWN = 50


def add_mappings_option(command: argparse.ArgumentParser) -> None:
    """The option of every command that looks for a mapping."""
    command.add_argument("--mappings", type=Path, metavar="DIR", help="folder of own mappings")


def add_said_options(command: argparse.ArgumentParser) -> None:
    """What can be said of files that can be read in two ways."""
    command.add_argument(
        "--dates",
        type=_date_format,
        action="append",
        default=[],
        metavar="FORMAT",
        help='how dates are written, such as "%%d/%%m/%%Y"; may be repeated',
    )
    command.add_argument(
        "--decimal", choices=(".", ","), metavar="MARK", help='the decimal mark: "." or ","'
    )
    command.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="HEADER",
        help='which of several columns with one name is read, such as "Amount_2"; may be repeated',
    )
    _add_sheet_option(command)


def _add_sheet_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--sheet", metavar="NAME", help="the sheet of a workbook to read; default: its first one"
    )


def _date_format(text: str) -> str:
    from loaders.language.column import is_date_format

    if text in ("excel", "excel-1904") or is_date_format(text):
        return text
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a format such as %d/%m/%Y or %m/%d/%Y %H:%M, nor excel or excel-1904"
    )


def add_recognise(commands: Commands[argparse.ArgumentParser]) -> None:
    """`recognise FILE`: the mapping that fits, or a proposal; exit status 1 when none fits."""
    command = commands.add_parser("recognise", help="say which mapping fits a file")
    command.add_argument("path", type=Path, metavar="FILE")
    command.add_argument(
        "--draft", action="store_true", help="write the mapping that fits as a text to correct"
    )
    add_mappings_option(command)
    _add_sheet_option(command)
    command.set_defaults(run=_recognise)


def _recognise(options: argparse.Namespace) -> int:
    from loaders.outcome import Said
    from loaders.preview import preview

    said = Said(sheet=options.sheet)
    found = preview(options.path, mappings=options.mappings, rows=0, said=said, draft=options.draft)
    if found.draft_of:
        sys.stdout.write(found.proposed_toml)
        return 0
    if found.mapping is None:
        Console(stderr=True, highlight=False).print(found.message, style="yellow", markup=False)
        sys.stdout.write(found.proposed_toml)
        return 1
    show_recognised(output(), found)
    return 0


def add_mappings(commands: Commands[argparse.ArgumentParser]) -> None:
    """`mappings`: all mappings there are, or the JSON schema of their files."""
    command = commands.add_parser("mappings", help="list the mappings")
    add_mappings_option(command)
    command.add_argument(
        "--schema", action="store_true", help="print the JSON schema of mapping files"
    )
    command.set_defaults(run=_mappings)


def _mappings(options: argparse.Namespace) -> int:
    from loaders.language.library import read_mappings
    from loaders.language.schema import mapping_schema

    if options.schema:
        sys.stdout.write(json.dumps(mapping_schema(), ensure_ascii=False, indent=2) + "\n")
    else:
        show_mappings(output(), read_mappings(options.mappings))
    return 0


def add_history(commands: Commands[argparse.ArgumentParser]) -> None:
    """`history`: every load of the store."""
    command = commands.add_parser("history", help="list what was loaded")
    command.set_defaults(run=_history)


def _history(options: argparse.Namespace) -> int:
    from loaders.history import loads

    frame = loads(Store.from_environment())
    if frame.is_empty():
        output().print("Nothing has been loaded yet.")
    else:
        show_loads(output(), frame)
    return 0


def add_rejects(commands: Commands[argparse.ArgumentParser]) -> None:
    """`rejects LOAD`: the first refused rows of a load, or all of them as a file."""
    command = commands.add_parser("rejects", help="list refused rows")
    command.add_argument("load", metavar="LOAD")
    command.add_argument("--csv", type=Path, metavar="OUT", help="write all of them to a file")
    command.set_defaults(run=_rejects)


def _rejects(options: argparse.Namespace) -> int:
    from loaders.history import find_load, loads, rejected, write_rejected

    store, console = Store.from_environment(), output()
    load_id = find_load(store, options.load)
    if options.csv:
        frame = rejected(store, load_id)
        write_rejected(frame, options.csv)
        console.print(f"{frame.height:,} refusals written to {options.csv}", markup=False)
        return 0
    (file_name,) = loads(store).filter(load_id=load_id)["file_name"]
    frame = rejected(store, load_id, _REJECTS_SHOWN + 1)
    if frame.is_empty():
        console.print(f"No row of {file_name} was refused.", markup=False)
    show_rejected(console, frame.head(_REJECTS_SHOWN), file_name)
    if frame.height > _REJECTS_SHOWN:
        console.print(f"… and more: python -m loaders rejects {load_id} --csv OUT", markup=False)
    return 0


def add_unresolved(commands: Commands[argparse.ArgumentParser]) -> None:
    """`unresolved`: names in rows that mean no single campaign or asset."""
    command = commands.add_parser("unresolved", help="list names that mean no campaign or asset")
    command.set_defaults(run=_unresolved)


def _unresolved(options: argparse.Namespace) -> int:
    from loaders.history import unresolved

    frame = unresolved(Store.from_environment())
    if frame.is_empty():
        output().print("Every name matches one campaign or asset.")
    else:
        show_unresolved(output(), frame)
    return 0
