"""What an export of the tests becomes, and the file in which its expected rows are kept.

    python -m tests.loaders.mappings.expected_rows FILE…   write FILE.rows.json, to be proofread
    python -m tests.loaders.mappings.expected_rows --print FILE…   show it and write nothing

The command writes what the loaders make of a file today. That is a proposal, not the truth: compare
every row with the export by hand and correct what is wrong before it is kept. A file that is there
already is never replaced. Exit status: 0 when all is written, 1 when something was not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from data.errors import BackcastError
from data.privacy.keys import VARIABLE
from data.schema.contract import columns
from data.schema.tables import CANONICAL
from loaders.language.library import VARIABLE as OWN_MAPPINGS
from tests.loaders.loading import Loading, loading_in

KEY = "a key for the tests of exports only"

ROWS = ".rows.json"


def rows_file(path: Path) -> Path:
    """Where the expected rows of an export lie."""
    return path.with_name(path.name + ROWS)


def plain(value: object) -> object:
    """A value as JSON has it: times and decimals as text."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def canonical_rows(loading: Loading) -> dict[str, list[dict[str, Any]]]:
    """Every row of the canonical tables, without missing values and without the load."""
    found = {}
    for table, contract in CANONICAL.items():
        names = [name for name in columns(contract) if name != "load_id"]
        if rows := loading.rows(table, *names):
            found[table] = [
                {
                    name: plain(value)
                    for name, value in zip(names, row, strict=True)
                    if value is not None
                }
                for row in rows
            ]
    return found


def what_becomes_of(path: Path) -> dict[str, Any]:
    """What loading a file into an empty store gives: mapping, refusals, rows.

    With built-in mappings only, and the key of the tests.
    """
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        own = Path(folder, "mappings")
        own.mkdir()
        patch.setenv(VARIABLE, KEY)
        patch.setenv(OWN_MAPPINGS, str(own))
        with loading_in(Path(folder)) as loading:
            outcome = loading.load_path(path)
            return {
                "mapping": outcome.mapping,
                "refused": [list(reason) for reason in loading.reasons()],
                "rows": canonical_rows(loading),
            }


def as_text(expected: dict[str, Any]) -> str:
    """The expected rows as they are kept: a line for each row and each refusal.

    >>> print(as_text({"mapping": "leads", "refused": [], "rows": {"lead": [{"lead_id": "1"}]}}))
    {
      "mapping": "leads",
      "refused": [],
      "rows": {
        "lead": [
          {"lead_id": "1"}
        ]
      }
    }
    <BLANKLINE>
    """
    refused = _listed(expected["refused"], "  ")
    tables = ",\n".join(
        f"    {_json(table)}: {_listed(rows, '    ')}" for table, rows in expected["rows"].items()
    )
    rows = f"{{\n{tables}\n  }}" if tables else "{}"
    mapping = _json(expected["mapping"])
    return f'{{\n  "mapping": {mapping},\n  "refused": {refused},\n  "rows": {rows}\n}}\n'


def _listed(items: Sequence[object], indent: str) -> str:
    lines = ",\n".join(f"{indent}  {_json(item)}" for item in items)
    return f"[\n{lines}\n{indent}]" if lines else "[]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str] | None = None) -> int:
    """Write the expected rows of exports; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.loaders.mappings.expected_rows",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--print", action="store_true", help="show the rows, write nothing")
    options = parser.parse_args(arguments)
    failures = list(_failures(options.paths, only_shown=options.print))
    sys.stderr.writelines(f"{failure}\n" for failure in failures)
    return int(bool(failures))


def _failures(paths: Sequence[Path], *, only_shown: bool) -> Iterator[str]:
    """Why something was not written."""
    for path in paths:
        kept = rows_file(path)
        if kept.exists() and not only_shown:
            yield f"{kept} is there already. Correct it by hand; --print shows what differs today."
            continue
        try:
            text = as_text(what_becomes_of(path))
        except BackcastError as error:
            yield str(error)
            continue
        if only_shown:
            sys.stdout.write(text)
            continue
        with kept.open("x", encoding="utf-8") as file:
            file.write(text)
        sys.stdout.write(f"{kept} is written. Compare every row with {path.name} by hand.\n")


if __name__ == "__main__":
    sys.exit(main())
