"""A file is opened once: its head is laid out once, its headers are looked up once."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loaders.language.library import read_mappings
from loaders.language.model import Mapping
from loaders.language.opening import open_recognised
from loaders.language.recognise import headers
from loaders.protocol import PreviewTask
from loaders.reading.delimited_layout import layout_of
from loaders.reading.encodings import encoding_of
from loaders.reading.file import SourceFile
from loaders.reading.source import ReadSettings
from loaders.reading.workbook import checked_sheet, parsed_sheet
from loaders.writing.trial import try_out
from tests.loaders.loading import AMERICAN, loading_in, own_mapping

TABLE = '[[table]]\ninto = "lead"\nlead_id = "{id}"\ncreated_at = "2024-01-01"\n'

ROWS = "id,Grade\n1,A\n1,B\n2,C\n3,no grade\n"
"""A row that is refused, and a key that is there twice: every way through a load is taken."""


def counted(
    monkeypatch: pytest.MonkeyPatch, called: Callable[..., Any], name: Callable[..., str]
) -> Counter[str]:
    """How often a function is called from wherever it is imported, by what `name` makes of it."""
    calls: Counter[str] = Counter()

    def counting(*arguments: Any) -> Any:
        calls[name(*arguments)] += 1
        return called(*arguments)

    for module in [each for each in sys.modules.values() if each.__name__.startswith("loaders.")]:
        if getattr(module, called.__name__, None) is called:
            monkeypatch.setattr(module, called.__name__, counting)
    return calls


def mapping_name(mapping: Mapping, columns: object) -> str:
    return mapping.name


def leads(folder: Path) -> Path:
    return own_mapping(folder, f'grade = "Grade"\n{TABLE}grade = "{{grade}}"\n')


@pytest.mark.parametrize("named", [None, "own"])
def test_headers_are_looked_up_once_for_each_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    calls = counted(monkeypatch, headers, mapping_name)
    with loading_in(tmp_path, leads(tmp_path)) as loading:
        outcome = loading.load("a.csv", ROWS, mapping=named)
        assert outcome.rows_rejected == 2
    assert calls["own"] == 1
    assert set(calls.values()) == {1}
    assert len(calls) == (1 if named else len(read_mappings(tmp_path / "mappings")))


def test_a_trial_looks_up_headers_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = leads(tmp_path)
    calls = counted(monkeypatch, headers, mapping_name)
    with loading_in(tmp_path) as loading:
        task = PreviewTask(path=loading.write("a.csv", ROWS), mappings=own, rows=5)
        assert try_out(loading.draft, task, AMERICAN).rows_rejected == 2
    assert calls["own"] == 1


@pytest.mark.parametrize("named", [None, "own"])
def test_the_head_of_a_file_is_laid_out_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    laid_out = counted(monkeypatch, layout_of, lambda text, settings, name: name)
    detected = counted(monkeypatch, encoding_of, lambda path, name, declared: name)
    with loading_in(tmp_path, leads(tmp_path)) as loading:
        loading.load("a.csv", ROWS, mapping=named)
    assert laid_out == {"a.csv": 1}
    assert detected == {"a.csv": 1}


def test_a_declared_delimiter_is_laid_out_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b,c\n1;2,3\n", encoding="utf-8")
    file = SourceFile(path, tmp_path)
    laid_out = counted(monkeypatch, layout_of, lambda text, settings, name: name)
    assert file.columns(ReadSettings(delimiter=",")) == ("a;b", "c")
    assert file.columns(ReadSettings(delimiter=";")) == ("a", "b,c")
    assert file.read(ReadSettings(delimiter=",")).columns == ("a;b", "c")
    assert laid_out["a.csv"] == 2


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_is_counted_once(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(mark + b"id,Grade\n1,A\n2,B\n")
    file = SourceFile(path, tmp_path)
    assert file.columns(ReadSettings()) == ("id", "Grade")
    assert [file.read(ReadSettings()).rows for _ in range(2)] == [2, 2]


def test_a_workbook_is_checked_and_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    pl.DataFrame({"id": ["1"], "Grade": ["A"]}).write_excel(path)
    checked = counted(monkeypatch, checked_sheet, lambda name, *_: name)
    parsed = counted(monkeypatch, parsed_sheet, lambda name, *_: name)
    opened = open_recognised(path, read_mappings(leads(tmp_path)), None, tmp_path)
    assert opened.mapping.name == "own"
    assert checked == {"a.xlsx": 1}
    assert parsed == {"a.xlsx": 1}


def test_columns_that_begin_further_down_are_among_the_headers(tmp_path: Path) -> None:
    """The beginning of JSON lines need not show every column that the mapping knows."""
    own = leads(tmp_path)
    path = tmp_path / "a.jsonl"
    first = '{"id": "1"}\n' * 2000
    path.write_text(f'{first}{{"id": "2", "Grade": "A"}}\n', encoding="utf-8")
    opened = open_recognised(path, read_mappings(own), "own", tmp_path)
    assert opened.headers == {"id": ("id",), "grade": ("Grade",)}
    recognised = open_recognised(path, {"own": opened.mapping}, None, tmp_path)
    assert recognised.headers == opened.headers
