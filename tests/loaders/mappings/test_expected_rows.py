"""The command that writes the expected rows of an export, and what it must not do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.loaders.mappings.expected_rows import as_text, main, rows_file
from tests.loaders.mappings.test_exports import EXPORTS, WITH_ROWS

EXPORT = EXPORTS / "hubspot" / "deal_stage.csv"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return Path(shutil.copy(EXPORT, tmp_path))


def test_the_rows_written_are_those_that_are_kept(export: Path) -> None:
    assert main([str(export)]) == 0
    assert rows_file(export).read_text("utf-8") == rows_file(EXPORT).read_text("utf-8")


def test_the_rows_shown_are_those_that_are_kept(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--print", str(export)]) == 0
    assert capsys.readouterr().out == rows_file(EXPORT).read_text("utf-8")
    assert not rows_file(export).exists()


def test_rows_that_are_kept_already_are_not_replaced(
    export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows_file(export).write_text("corrected by hand", encoding="utf-8")
    assert main([str(export)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert rows_file(export).read_text("utf-8") == "corrected by hand"


def test_a_file_that_no_mapping_fits_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = tmp_path / "unknown.csv"
    unknown.write_text("this,that\n1,2\n", encoding="utf-8")
    assert main([str(unknown)]) == 1
    assert "no mapping fits" in capsys.readouterr().err
    assert not rows_file(unknown).exists()


@pytest.mark.parametrize("path", WITH_ROWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_all_expected_rows_are_kept_in_the_form_that_is_written(path: Path) -> None:
    text = rows_file(path).read_text("utf-8")
    assert as_text(json.loads(text)) == text
