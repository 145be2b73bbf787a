"""Exports in the shape that each system writes: recognised as they are, loaded to exact rows.

`exports/SYSTEM/` holds small made-up exports. Beside each lies what it becomes: the mapping, the
rows of every canonical table without their missing values and the id of the load, and the refusals;
or another test of this folder says so by its name.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.schema.tables import CANONICAL
from loaders.language.library import read_mapping
from loaders.language.model import BUILT_IN
from loaders.language.opening import open_recognised
from tests.loaders.mappings.expected_rows import ROWS, rows_file, what_becomes_of

EXPORTS = Path(__file__).parent / "exports"

FILES = sorted(path for path in EXPORTS.glob("*/*") if not path.name.endswith(ROWS))

WITH_ROWS = [path for path in FILES if rows_file(path).exists()]


@pytest.mark.parametrize("path", WITH_ROWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_export_is_recognised_and_becomes_exactly_these_rows(path: Path) -> None:
    assert what_becomes_of(path) == json.loads(rows_file(path).read_text(encoding="utf-8"))


def test_every_built_in_mapping_has_an_export_that_is_recognised_as_of_its_kind(
    tmp_path: Path,
) -> None:
    mappings = {path.stem: read_mapping(path) for path in BUILT_IN.glob("*.toml")}
    recognised = {open_recognised(path, mappings, None, tmp_path).mapping.name for path in FILES}
    assert recognised == set(mappings)


def test_of_every_export_some_test_says_what_it_becomes() -> None:
    tests = "".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_exports_*.py")
    )
    templates = {f"generic/{table}.csv" for table in CANONICAL}  # test_exports_generic has them all
    named = {f"{path.parent.name}/{path.name}" for path in FILES if path not in WITH_ROWS}
    assert {name for name in named - templates if f'"{name}"' not in tests} == set()
