"""Command line of the data layer: sample, derive, definitions, forget, mend, notebook, backup."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from getpass import getpass
from pathlib import Path

from data.backup import Backup, back_up, restore
from data.definition_changes.command import add_commands
from data.errors import BackcastError, NotebookError, SampleError, did_you_mean
from data.forget.forget import Contact, ContactKind, Outcome, forget
from data.notebook.notebook import Notebook
from data.notebook.version import State
from data.privacy.keys import VARIABLE
from data.sample_company.families.nature import Family
from data.sample_company.write import SampleSize, write_interactions, write_sample
from data.sample_company.write_family import write_family
from data.storage.fallback import warn_of_fallback
from data.storage.rewriting import RewritingStore
from data.storage.store import Store
from data.storage.work_folders import sweep


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command named by the arguments."""
    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_sample(commands)
    _add_forget(commands)
    _add_notebook(commands)
    _add_backup(commands)
    add_commands(commands)
    meaning = "after damage: make the newest version of the data that can be read current"
    commands.add_parser("mend", help=meaning).set_defaults(run=_mend)
    options = parser.parse_args(arguments)
    sweep(Store.from_environment().path)
    warn_of_fallback(Store.from_environment())
    try:
        status: int = options.run(options)
    except BackcastError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return status


def _add_sample(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("sample", help="write the exports of a made-up company")
    command.add_argument("--leads", type=_positive, default=5_000, help="lead records (5000)")
    command.add_argument("--out", type=Path, required=True, help="directory to write into")
    command.add_argument("--seed", type=int, default=7, help="another seed, another company (7)")
    command.add_argument(
        "--until",
        "--as-of",
        type=date.fromisoformat,
        default=date.today(),
        help="last day, of which the exports are (today); another day, another company",
    )
    command.add_argument("--months", type=_positive, default=30, help="months of history (30)")
    kind = command.add_mutually_exclusive_group()
    kind.add_argument(
        "--only", choices=["interactions"], help="write only interactions.csv, for benchmarks"
    )
    kind.add_argument(
        "--family",
        choices=[each.value for each in Family],
        metavar="FAMILY",
        help="a company for calibration, whose future is known: "
        + ", ".join(each.value for each in Family),
    )
    command.add_argument(
        "--seen-on",
        type=date.fromisoformat,
        metavar="DAY",
        help="with --family: the exports of another day of the same life, to a year after --until",
    )
    command.set_defaults(run=_sample)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _sample(options: argparse.Namespace) -> int:
    size = SampleSize(options.leads, options.until, options.seed, options.months)
    if options.seen_on and not options.family:
        raise SampleError(
            "--seen-on is about the life of a company that --family makes: the sample without it is"
            " another company with each --until"
        )
    if options.only:
        rows = write_interactions(options.out, size)
        print(f"{options.out / 'interactions.csv'}: {rows:,} rows")
        return 0
    if options.family:
        write_family(options.out, Family(options.family), size, options.seen_on)
    else:
        write_sample(options.out, size)
    for path in sorted(options.out.iterdir()):
        print(path)
    return 0


def _add_forget(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser(
        "forget",
        help="erase a person from every kept version of the data",
        description="Erase a person from every kept version of the data. Without a value --email "
        "and --phone read it from standard input, so that it stays out of the shell's history. "
        "Exit status: 0 when nothing of the person is left, 1 when nobody is known by it.",
    )
    named = command.add_mutually_exclusive_group(required=True)
    named.add_argument("--email", nargs="?", const=_ASK, metavar="ADDRESS")
    named.add_argument("--phone", nargs="?", const=_ASK, metavar="NUMBER")
    command.add_argument(
        "--delete-other-versions",
        action="store_true",
        help="delete kept versions of the data that another release of Backcast wrote",
    )
    command.add_argument("--region", metavar="CC", help="country of a national number, such as CN")
    command.set_defaults(run=_forget)


_ASK = "-"
"""In place of a value: it is asked for or read from standard input."""


def _forget(options: argparse.Namespace) -> int:
    kind = ContactKind.EMAIL if options.email is not None else ContactKind.PHONE
    text = options.email if kind is ContactKind.EMAIL else options.phone
    if text == _ASK:
        question = f"{kind.value.capitalize()} of the person to erase: "
        text = getpass(question) if sys.stdin.isatty() else sys.stdin.readline()
    contact = Contact(kind, text, options.region)
    forgotten = forget(
        RewritingStore.from_environment(),
        contact,
        on_wait=print,
        delete_other_versions=options.delete_other_versions,
    )
    for generation in forgotten.damaged:
        print(
            f"Version {generation.name} of the data is damaged, so that nobody can say whether "
            "this person is in it. It stays until a person is erased, or until you delete "
            f"{generation.path}.",
            file=sys.stderr,
        )
    if forgotten.outcome is Outcome.UNKNOWN:
        print(f"Nobody is known by this {kind.value}; nothing was changed.", file=sys.stderr)
        return 1
    if forgotten.outcome is Outcome.ALREADY_ERASED:
        where = " in the versions of the data that can be read" if forgotten.damaged else ""
        print(f"This person was erased before; nothing of them is left{where}.")
        return 0
    for rewritten in forgotten.generations:
        print(f"version {rewritten.old} of the data, now {rewritten.new}:")
        for rows in rewritten.rows:
            print(f"  {rows.table}: {rows.deleted:,} rows erased, {rows.blanked:,} values blanked")
        if not rewritten.rows:
            print("  nothing of this person was in it")
    for name in forgotten.deleted:
        print(f"version {name} of the data: could not be rewritten and was deleted")
    return 0


def _mend(options: argparse.Namespace) -> int:
    store = Store.from_environment()
    if (mended := store.mend(on_wait=print)) is None:
        print(f"{store.path}: there is nothing to mend.")
        return 0
    print(f"{store.path}: version {mended.shown.name} of the data is current for good.")
    for generation in store.damaged():
        print(f"Set aside: {generation.path}, which cannot be read. Delete it when you wish.")
    print("Load the files again that were loaded later; those that are in are passed over.")
    return 0


def _add_notebook(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("notebook", help="list what people wrote, or show one entry")
    command.set_defaults(run=_notebook)
    shown = command.add_subparsers(metavar="COMMAND")
    show = shown.add_parser("show", help="print one entry as JSON")
    show.add_argument("id", help="as `python -m data notebook` lists it")
    show.add_argument("--version", type=_positive, metavar="N", help="not the newest but this one")
    show.set_defaults(run=_show)


def _notebook(_: argparse.Namespace) -> int:
    notebook = Notebook(Store.from_environment().path)
    entries = notebook.entries()
    for each in entries:
        state = "" if each.state is State.OPEN else f"  ({each.state.value})"
        print(
            f"{each.kind.value:8}  {each.moment}  version {each.number:<3}  {each.id}  "
            f"{each.name}{state}"
        )
    if not entries:
        print(f"Nothing has been written into {notebook.path} yet.")
    return 0


def _show(options: argparse.Namespace) -> int:
    notebook = Notebook(Store.from_environment().path)
    version = notebook.read(options.id, options.version)
    if version is None and (newest := notebook.read(options.id)) is not None:
        raise NotebookError(
            f"{newest} has no version {options.version}; the newest is {newest.number}."
        )
    if version is None:
        near = did_you_mean(options.id, [each.id for each in notebook.entries()])
        raise NotebookError(f"There is no entry {options.id}.{near}")
    said = {
        "kind": version.kind,
        "id": version.id,
        "belongs_to": version.belongs_to,
        "name": version.name,
        "version": version.number,
        "written_at": version.written_at.isoformat(),
        "state": version.state,
        "digest": version.digest,
        "body": json.loads(version.body),
    }
    print(json.dumps(said, ensure_ascii=False, indent=2))
    return 0


def _add_backup(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("backup", help="copy the store, with all that people wrote")
    command.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="a new folder")
    command.set_defaults(run=_backup)
    command = commands.add_parser("restore", help="fill an empty store from a backup")
    command.add_argument("--from", type=Path, required=True, metavar="FOLDER", dest="source")
    command.set_defaults(run=_restore)


def _backup(options: argparse.Namespace) -> int:
    backup = back_up(Store.from_environment(), options.to, datetime.now(UTC), on_wait=print)
    _list_files(backup)
    if backup.has_key:
        print("The key of the hashes is in it: keep it where nobody else can read it.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    store = Store.from_environment()
    backup = restore(options.source, store, on_wait=print)
    _list_files(backup)
    print(f"{store.path}: as it was on {backup.made_at:%Y-%m-%d %H:%M} UTC.")
    if not backup.has_key:
        print(f"The key of the hashes is not in it: set {VARIABLE} as it was, before you load.")
    return 0


def _list_files(backup: Backup) -> None:
    for each in backup.files:
        print(f"{each.path}: {each.size:,} bytes")


if __name__ == "__main__":
    raise SystemExit(main())
