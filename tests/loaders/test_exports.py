"""Exports in the shape that each system writes: recognised as they are, loaded to exact rows.

`exports/SYSTEM/` holds small made-up exports. Beside each lies what it becomes: the mapping, the
rows of every canonical table without their missing values and the id of the load, and the refusals;
or another test of this folder says so by its name.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from data.hashing_key import VARIABLE
from data.tables import CANONICAL, columns
from loaders.mapping_file import BUILT_IN, read_mapping
from loaders.opening import open_recognised
from tests.loaders.loading import Loading, loading_in

KEY = "a key for the tests of exports only"
EXPORTS = Path(__file__).parent / "exports"
ROWS = ".rows.json"
FILES = sorted(path for path in EXPORTS.glob("*/*") if not path.name.endswith(ROWS))
WITH_ROWS = [path for path in FILES if path.with_name(path.name + ROWS).exists()]


def plain(value: object) -> object:
    """A value as JSON has it: times and decimals as text."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def canonical_rows(loading: Loading) -> dict[str, list[dict[str, Any]]]:
    """Every row of the canonical tables, without missing values and without the load."""
    told = {}
    for table, contract in CANONICAL.items():
        names = [name for name in columns(contract) if name != "load_id"]
        if rows := loading.rows(table, *names):
            told[table] = [
                {
                    name: plain(value)
                    for name, value in zip(names, row, strict=True)
                    if value is not None
                }
                for row in rows
            ]
    return told


def what_becomes_of(path: Path, folder: Path) -> dict[str, Any]:
    """What loading a file tells: mapping, rows, refusals."""
    with loading_in(folder) as loading:
        outcome = loading.load_path(path)
        return {
            "mapping": outcome.mapping,
            "refused": [list(reason) for reason in loading.reasons()],
            "rows": canonical_rows(loading),
        }


@pytest.mark.parametrize("path", WITH_ROWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_export_is_recognised_and_becomes_exactly_these_rows(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    expected = json.loads(path.with_name(path.name + ROWS).read_text(encoding="utf-8"))
    assert what_becomes_of(path, tmp_path) == expected


def test_every_built_in_mapping_has_an_export_that_is_recognised_as_of_its_kind(
    tmp_path: Path,
) -> None:
    mappings = {path.stem: read_mapping(path) for path in BUILT_IN.glob("*.toml")}
    recognised = {open_recognised(path, mappings, None, tmp_path)[0].name for path in FILES}
    assert recognised == set(mappings)


def test_of_every_export_some_test_says_what_it_becomes() -> None:
    tests = "".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_exports_*.py")
    )
    templates = {f"generic/{table}.csv" for table in CANONICAL}  # test_exports_generic has them all
    named = {f"{path.parent.name}/{path.name}" for path in FILES if path not in WITH_ROWS}
    assert {name for name in named - templates if f'"{name}"' not in tests} == set()
