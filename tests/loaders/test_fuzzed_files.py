"""Any bytes, any cut, any damaged cell: a message is the worst that comes of it."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from typing import TypeVar

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import MappingError, SourceError
from loaders.file_load import NothingKeptError
from loaders.protocol import Outcome
from tests.loaders.hostile.archive_files import packed
from tests.loaders.hostile.other_files import parquet
from tests.loaders.hostile.workbook_files import workbook
from tests.loaders.loading import Loading, loading_in
from tests.loaders.reading_files import Read, Reader, reader_in

Result = TypeVar("Result")
REFUSALS = (SourceError, MappingError, NothingKeptError)
FEW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loading]:
    with loading_in(tmp_path_factory.mktemp("fuzzed")) as loading:
        yield loading


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
@settings(parent=FEW, max_examples=15)
def test_any_bytes_are_refused_by_name_or_read(reader: Reader, name: str, body: bytes) -> None:
    path = reader.work / name
    path.write_bytes(STARTS[name] + body + ENDS.get(name, b""))
    assert named_or_none(lambda: reader.read(path), name) is not NAMELESS


# Any cut

ROWS = [(f"L{number}", "2026-01-01", channel) for number, channel in enumerate(["Zoë", "a", "b"])]
LINES = ["lead_id,created_at,channel\n", *(",".join(row) + "\n" for row in ROWS)]
TEXT = "".join(LINES).encode()


def test_a_csv_file_cut_anywhere_keeps_its_whole_lines(reader: Reader) -> None:
    for cut in range(len(LINES[0]) + 1, len(TEXT)):
        keeps_whole_lines(reader, "cut.csv", TEXT[:cut], before=1)


def test_json_lines_cut_anywhere_keep_their_whole_lines(reader: Reader) -> None:
    objects = pl.DataFrame(ROWS, schema=["id", "at", "channel"], orient="row").write_ndjson()
    content = objects.encode()
    for cut in range(1, len(content)):
        keeps_whole_lines(reader, "cut.jsonl", content[:cut], before=0)


def keeps_whole_lines(reader: Reader, name: str, content: bytes, before: int) -> None:
    path = reader.work / name
    path.write_bytes(content)
    *lines, rest = content.split(b"\n")
    whole = len(lines) - before
    read = named_or_none(lambda: reader.read(path), name)
    if isinstance(read, Read):
        assert read.rows[:whole] == ROWS[:whole]
        assert len(read.rows) + len(read.damaged) == whole + bool(rest)
    else:
        assert read is None
        assert not whole


def cuts(content: bytes) -> Iterator[int]:
    """Every offset of a small file; of a larger one those near its ends and some between."""
    step = max(1, len(content) // 300)
    yield from (cut for cut in range(1, len(content)) if cut % step == 0 or len(content) - cut < 90)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.csv.gz", gzip.compress(TEXT, mtime=0)),
        ("cut.zip", packed(("leads.csv", TEXT))),
        ("cut.xlsx", workbook(*ROWS)),
        ("cut.parquet", parquet(pl.DataFrame(ROWS, schema=["id", "at", "channel"], orient="row"))),
    ],
)
def test_a_packed_file_cut_anywhere_is_refused_by_name(
    reader: Reader, name: str, content: bytes
) -> None:
    path = reader.work / name
    for cut in cuts(content):
        path.write_bytes(content[:cut])
        with pytest.raises(SourceError, match=name):
            reader.read(path)


@pytest.mark.parametrize("name", ["changed.xlsx", "changed.parquet", "changed.zip"])
@given(data=st.data())
@settings(parent=FEW, max_examples=12)
def test_a_packed_file_changed_anywhere_is_refused_or_loaded(
    loading: Loading, name: str, data: st.DataObject
) -> None:
    content = bytearray(PACKED[name])
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = loading.folder / name
    path.write_bytes(content)
    outcome = named_or_none(lambda: loading.load_path(path), name)
    assert outcome is not NAMELESS
    if isinstance(outcome, Outcome):
        assert accounted(outcome)
        loading.undo(outcome.load_id)


PACKED = {
    "changed.xlsx": workbook(*ROWS),
    "changed.parquet": parquet(
        pl.DataFrame(ROWS, schema=["lead_id", "created_at", "channel"], orient="row")
    ),
    "changed.zip": packed(("leads.csv", TEXT), method=zipfile.ZIP_STORED),
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


HEADER = b"lead_id,created_at,channel\n"
DAMAGED = [("damaged.csv", HEADER, GOOD), ("damaged.jsonl", b"", OBJECTS)]


@pytest.mark.parametrize(("name", "header", "rows"), DAMAGED)
@given(data=st.data())
@settings(parent=FEW, max_examples=100)
def test_one_damaged_row_costs_no_other(
    reader: Reader, name: str, header: bytes, rows: list[bytes], data: st.DataObject
) -> None:
    place, content = data.draw(damaged_file(rows))
    path = reader.work / name
    path.write_bytes(header + content)
    read = {row[0]: row[2] for row in reader.read(path).rows}
    others = [number for number in range(len(rows)) if number != place]
    assert [read.get(lead_id(number)) for number in others] == [
        expected(name, number) for number in others
    ]


@pytest.mark.parametrize(("name", "header", "rows"), DAMAGED)
@given(data=st.data())
@settings(parent=FEW, max_examples=8)
def test_of_a_file_with_a_damaged_row_every_row_is_accounted_for(
    loading: Loading, name: str, header: bytes, rows: list[bytes], data: st.DataObject
) -> None:
    _, content = data.draw(damaged_file(rows))
    path = loading.folder / name
    path.write_bytes(header + content)
    outcome = loading.load_path(path)
    assert accounted(outcome)
    assert outcome.rows_kept >= len(rows) - 1
    loading.undo(outcome.load_id)


def expected(name: str, number: int) -> str | None:
    if name.endswith(".jsonl"):
        return f'Zoë "{number}"'
    return ["Email", "Zoë", 'a, "b"', "over\ntwo lines", "Ads", None][number % 6]
