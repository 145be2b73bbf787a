"""Any bytes, any cut, any damaged cell: a message is the worst that comes of it."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import MappingError, SourceError
from loaders.language.library import read_mappings
from loaders.outcome import Outcome
from loaders.reading.source import ReadSettings
from loaders.writing.quarantine import NothingKeptError
from tests.loaders.loading import Loading, loading_in
from tests.loaders.reading.hostile.archive_files import packed
from tests.loaders.reading.hostile.other_files import parquet
from tests.loaders.reading.hostile.workbook_files import SHEET, workbook
from tests.loaders.reading.reading_files import Read, Reader, reader_in

Result = TypeVar("Result")

REFUSALS = (SourceError, MappingError, NothingKeptError)

FEW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    with (
        pytest.MonkeyPatch.context() as once,
        loading_in(tmp_path_factory.mktemp("fuzzed")) as made,
    ):
        # They are the same for each file, and reading them takes as long as loading one.
        mappings = read_mappings(None)
        once.setattr("loaders.writing.file.read_mappings", lambda _: mappings)
        yield made


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reader_in(tmp_path_factory.mktemp("cut")) as reader:
        yield reader


# Any bytes

STARTS = {
    "a.csv": b"lead_id,created_at,channel\nL1,2026-01-01,",
    "a.jsonl": b'{"lead_id": "L1", "created_at": "2026-01-01", "channel": ',
    "a.parquet": b"PAR1",
    "a.xlsx": b"PK\x03\x04\x14\0\0\0\x08\0",
    "a.csv.gz": b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
    "b.csv": b"\xff\xfe",
    "c.csv": b"",
}

ENDS = {"a.parquet": b"PAR1", "a.xlsx": b"PK\x05\x06" + bytes(18)}


NAMELESS = object()


def named_or_none(work: Callable[[], Result], name: str) -> Result | object | None:
    """What the work gives; None when a message that names the file refuses it."""
    try:
        return work()
    except REFUSALS as error:
        return None if name in str(error) else NAMELESS


def accounted(outcome: Outcome) -> bool:
    return outcome.rows_kept > 0 and outcome.rows_read == (
        outcome.rows_kept + outcome.rows_unchanged + outcome.rows_rejected
    )


@pytest.mark.parametrize("name", STARTS)
@given(body=st.binary(max_size=200))
@settings(parent=FEW, max_examples=50)
def test_any_bytes_are_refused_by_name_or_read(reader: Reader, name: str, body: bytes) -> None:
    path = reader.work / name
    path.write_bytes(STARTS[name] + body + ENDS.get(name, b""))
    assert named_or_none(lambda: reader.read(path), name) is not NAMELESS


# Any cut

ROWS = [
    (f"L{number}", "2026-01-01", channel) for number, channel in enumerate(["Zoë", "邮件", "b"])
]

HEADER = "lead_id,created_at,channel\n"

TEXT = HEADER + "".join(",".join(row) + "\n" for row in ROWS)

FRAME = pl.DataFrame(ROWS, schema=["lead_id", "created_at", "channel"], orient="row")

LINES = FRAME.write_ndjson()


CUT_TEXT = [
    ("cut.csv", TEXT, "utf-8", None, 1),
    ("cut.csv", TEXT, "utf-16", None, 1),
    ("cut.csv", TEXT, "utf-16-be", "utf-16-be", 1),
    ("cut.csv", TEXT.replace("Zoë", "上海"), "gb18030", "gb18030", 1),
    ("cut.jsonl", LINES, "utf-8", None, 0),
    ("cut.jsonl", LINES, "utf-16", None, 0),
]


@pytest.mark.parametrize(
    ("name", "text", "encoding", "declared", "before"),
    CUT_TEXT,
    ids=[f"{name} {encoding}" for name, _, encoding, _, _ in CUT_TEXT],
)
def test_text_cut_anywhere_keeps_its_whole_lines(
    reader: Reader, name: str, text: str, encoding: str, declared: str | None, before: int
) -> None:
    """Behind the header, of which `before` lines are; a cut one may be any."""
    content = text.encode(encoding)
    written = ReadSettings(encoding=declared)
    rows = written_and_read(reader, name, content, written)
    header = len(HEADER.encode(encoding)) if before else 0
    for cut in range(1, len(content)):
        lines = content[:cut].decode(encoding, "replace").split("\n")
        whole, rest = len(lines) - 1 - before, lines[-1].strip("\ufeff")
        reading = partial(written_and_read, reader, name, content[:cut], written)
        read = named_or_none(reading, name)
        if not isinstance(read, Read):
            assert read is None, cut
            assert whole < 1, cut
        elif cut > header:
            assert read.rows[:whole] == rows.rows[:whole], cut
            assert len(read.rows) + len(read.damaged) == whole + bool(rest), cut


def written_and_read(
    reader: Reader, name: str, content: bytes, settings: ReadSettings | None = None
) -> Read:
    path = reader.work / name
    path.write_bytes(content)
    return reader.read(path, settings)


CUT_PACKED = [
    ("cut.csv.gz", gzip.compress(TEXT.encode(), mtime=0)),
    ("cut.jsonl.gz", gzip.compress(LINES.encode(), mtime=0)),
    ("cut.zip", packed(("leads.csv", TEXT.encode()))),
    ("cut.xlsx", workbook(*ROWS)),
    ("cut.parquet", parquet(FRAME)),
    ("cut.json", FRAME.write_json().encode()),
]


@pytest.mark.parametrize(("name", "content"), CUT_PACKED)
def test_a_file_that_is_one_whole_is_refused_by_name_when_cut_anywhere(
    reader: Reader, name: str, content: bytes
) -> None:
    path = reader.work / name
    for cut in range(1, len(content)):
        path.write_bytes(content[:cut])
        with pytest.raises(SourceError, match=name):
            reader.read(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [("cut.csv", HEADER + "L1,2026-01-01,Zoë\n"), ("cut.jsonl", LINES.splitlines()[0])],
    ids=["csv", "jsonl"],
)
def test_of_a_file_cut_anywhere_every_row_is_accounted_for(
    loading: Loading, name: str, text: str
) -> None:
    content = text.encode()
    for cut in range(1, len(content) + 1):
        path = loading.folder / name
        path.write_bytes(content[:cut])
        loaded_or_refused(loading, path)


def loaded_or_refused(loading: Loading, path: Path) -> None:
    """The one with every row accounted for, or the other with a message that names the file."""
    outcome = named_or_none(lambda: loading.load_path(path), path.name)
    assert outcome is not NAMELESS
    if isinstance(outcome, Outcome):
        assert accounted(outcome)
        loading.undo(outcome.load_id)


with zipfile.ZipFile(io.BytesIO(workbook(*ROWS))) as book:
    PARTS = {name: book.read(name) for name in book.namelist()}


@pytest.mark.parametrize("name", ["changed.xlsx", "changed.parquet", "changed.zip"])
@given(data=st.data())
@settings(parent=FEW, max_examples=15)
def test_a_packed_file_changed_anywhere_is_refused_or_loaded(
    loading: Loading, name: str, data: st.DataObject
) -> None:
    path = loading.folder / name
    path.write_bytes(changed(PACKED[name], data))
    loaded_or_refused(loading, path)


@pytest.mark.parametrize(
    "part",
    ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml", SHEET],
)
@given(data=st.data())
@settings(parent=FEW, max_examples=40)
def test_a_workbook_with_a_part_changed_anywhere_is_refused_by_name_or_read(
    reader: Reader, part: str, data: st.DataObject
) -> None:
    content = packed(*(PARTS | {part: changed(PARTS[part], data)}).items())
    reading = partial(written_and_read, reader, "changed part.xlsx", content)
    assert named_or_none(reading, "changed part.xlsx") is not NAMELESS


def changed(content: bytes, data: st.DataObject) -> bytes:
    """The same with one to three other bytes in it."""
    letters = bytearray(content)
    for _ in range(data.draw(st.integers(1, 3))):
        letters[data.draw(st.integers(0, len(letters) - 1))] = data.draw(st.integers(0, 255))
    return bytes(letters)


PACKED = {
    "changed.xlsx": workbook(*ROWS),
    "changed.parquet": parquet(FRAME),
    "changed.zip": packed(("leads.csv", TEXT.encode()), method=zipfile.ZIP_STORED),
}


# Any damaged row


def lead_id(number: int) -> str:
    """Ids of which none becomes another by a letter more, less or other."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:12]


CHANNELS = ["Email", "Zoë", '"a, ""b"""', '"over\ntwo lines"', "Ads", ""]

GOOD = [f"{lead_id(number)},2026-01-01,{CHANNELS[number % 6]}\n".encode() for number in range(30)]

OBJECTS = [
    b'{"lead_id": "%b", "created_at": "2026-01-01", "channel": "Zo\xc3\xab \\"%d\\""}\n'
    % (lead_id(number).encode(), number)
    for number in range(30)
]

WOUNDS = [
    b'"',
    b"\n",
    b"\r",
    b"\r\n",
    b",",
    b";",
    b"\t",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\\",
    b"}",
]


@st.composite
def wounded(draw: st.DrawFn, row: bytes) -> bytes:
    """A row of which some bytes are cut out and others put in."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(row) - 1))
        stop = draw(st.integers(start, min(len(row) - 1, start + 4)))
        put = draw(st.one_of(st.sampled_from(WOUNDS), st.binary(max_size=3)))
        row = row[:start] + put + row[stop:]
    return row if row.endswith(b"\n") else row + b"\n"


@st.composite
def damaged_file(draw: st.DrawFn, rows: list[bytes]) -> tuple[int, bytes]:
    """Which of the rows was damaged, and all of them with it."""
    place = draw(st.integers(0, len(rows) - 1))
    return place, b"".join([*rows[:place], draw(wounded(rows[place])), *rows[place + 1 :]])


DAMAGED = [("damaged.csv", HEADER.encode(), GOOD), ("damaged.jsonl", b"", OBJECTS)]


@pytest.mark.parametrize(("name", "header", "rows"), DAMAGED)
@given(data=st.data())
@settings(parent=FEW, max_examples=100)
def test_one_damaged_row_costs_no_other(
    reader: Reader, name: str, header: bytes, rows: list[bytes], data: st.DataObject
) -> None:
    place, content = data.draw(damaged_file(rows))
    found = {row[0]: row[2] for row in written_and_read(reader, name, header + content).rows}
    others = [number for number in range(len(rows)) if number != place]
    assert [found.get(lead_id(number)) for number in others] == [
        expected(name, number) for number in others
    ]


@pytest.mark.parametrize(("name", "header", "rows"), DAMAGED)
@given(data=st.data())
@settings(parent=FEW, max_examples=12)
def test_of_a_file_with_a_damaged_row_every_row_is_accounted_for(
    loading: Loading, name: str, header: bytes, rows: list[bytes], data: st.DataObject
) -> None:
    (loading.folder / name).write_bytes(header + data.draw(damaged_file(rows))[1])
    outcome = loading.load_path(loading.folder / name)
    assert accounted(outcome)
    assert outcome.rows_kept >= len(rows) - 1
    loading.undo(outcome.load_id)


def expected(name: str, number: int) -> str | None:
    if name.endswith(".jsonl"):
        return f'Zoë "{number}"'
    return ["Email", "Zoë", 'a, "b"', "over\ntwo lines", "Ads", None][number % 6]
