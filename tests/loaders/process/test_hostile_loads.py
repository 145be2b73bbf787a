"""Files made to do harm go the way of every file, in a process with little room, and do none."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl
import psutil
import pytest

from data.engine.warehouse import open_current
from data.sql import Query, Step
from data.storage.store import Store
from loaders.load import LoadOptions, load
from loaders.outcome import Outcome, Status
from loaders.process.worker import WorkerLimits
from loaders.protocol import Loaded, Progress
from tests.loaders.reading.hostile.archive_files import ARCHIVES, zeros
from tests.loaders.reading.hostile.case import GOOD, Read, Refused, make
from tests.loaders.reading.hostile.other_files import DISGUISED, JSON, PARQUET
from tests.loaders.reading.hostile.text_files import ENCODINGS, LINES, VALUES, hole
from tests.loaders.reading.hostile.workbook_files import WORKBOOKS

CASES = [*ARCHIVES, *WORKBOOKS, *JSON, *PARQUET, *DISGUISED, *LINES, *ENCODINGS, *VALUES]

REFUSED = [case for case in CASES if isinstance(case, Refused)]

READ = [case for case in CASES if isinstance(case, Read)]


BYTES = 10**9
"""Of memory in use; the limit counts what was only asked for too, hence three times as much."""


# A file that needs more than this ends otherwise than its case says: its process is ended.
NARROW = LoadOptions(
    limits=WorkerLimits(deriving_memory="500MB", process_bytes=3 * BYTES, task_seconds=30.0)
)


KINDS = {
    "far-apart cells": "far apart.xlsx",
    "giant shared string": "giant string.xlsx",
    "sheet of 50 million rows": "50 M rows.xlsx",
    "deep JSON": "deep.jsonl",
    "unterminated quote": "open quote at once.csv",
    "zip bomb": "bomb.zip",
    "gzip bomb": "bomb.csv.gz",
    "Parquet of a billion rows": "billion.parquet",
    "entity bomb": "entities.xlsx",
    "external link": "external.xlsx",
    "path traversal": "traversal.zip",
}
"""What the corpus must never lose; a line of two gigabytes has a test of its own."""


def message_of(outcome: Outcome) -> str:
    counts = f"kept {outcome.rows_kept}, rejected {outcome.rows_rejected}"
    first = outcome.reasons[0].sentence(outcome.file_name) if outcome.reasons else ""
    return f"{outcome.status}: {outcome.message or counts} {first}"


def is_as_expected(case: Refused | Read, outcome: Outcome) -> bool:
    if isinstance(case, Refused):
        named = case.name in outcome.message
        return (
            outcome.status is Status.FAILED
            and named
            and bool(re.search(case.said, outcome.message.replace(case.name, "")))
        )
    counts = (outcome.rows_kept, outcome.rows_rejected)
    return outcome.status is Status.LOADED and counts == (case.kept, case.rejected)


def surprises(cases: Sequence[Refused | Read], outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        case.name: message_of(outcome)[:400]
        for case, outcome in zip(cases, outcomes, strict=True)
        if not is_as_expected(case, outcome)
    }


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    path = tmp_path / "before.csv"
    path.write_bytes(GOOD.replace(b"L1", b"L0"))
    load(store, [path])
    return store


def rows(store: Store, sql: str) -> pl.DataFrame:
    with open_current(store) as warehouse:
        return warehouse.query(Query(Step("asked", sql)))


def test_there_are_many_of_every_kind_and_no_two_of_one_name() -> None:
    names = {case.name for case in CASES}
    assert len(names) == len(CASES) > 100
    assert set(KINDS.values()) <= names


class Peak:
    """The most memory that a loader's child of this process had in use at any of its events.

    A child that reports nothing more, because it was ended, is bounded by its limit.
    """

    def __init__(self) -> None:
        self.bytes = 0

    def look(self, _: Progress) -> None:
        for child in psutil.Process().children(recursive=True):
            with suppress(FileNotFoundError, ProcessLookupError):
                process = Path(f"/proc/{child.pid}")
                if b"loaders.process.server" not in (process / "cmdline").read_bytes():
                    continue  # another test's, such as an engine that it shares
                status = (process / "status").read_text()
                found = re.search(r"VmHWM:\s+(\d+) kB", status)
                self.bytes = max(self.bytes, 1024 * int(found[1]) if found else 0)


def loaded(
    store: Store, cases: Sequence[Refused | Read], folder: Path
) -> tuple[list[Outcome], dict[str, str]]:
    """What became of the files within the limits, and which of them did not as they should."""
    peak = Peak()
    files = [make(case, folder) for case in cases]
    outcomes = load(store, files, NARROW, on_progress=peak.look)
    assert 0 < peak.bytes < BYTES
    return outcomes, surprises(cases, outcomes)


def test_what_can_not_be_trusted_is_refused_by_name_and_the_store_stays(
    store: Store, tmp_path: Path
) -> None:
    before = store.current()
    content = before.path.read_bytes()
    assert loaded(store, REFUSED, tmp_path)[1] == {}
    assert store.current() == before
    assert before.path.read_bytes() == content


def test_what_can_be_read_is_read_and_every_row_accounted_for(store: Store, tmp_path: Path) -> None:
    outcomes, otherwise = loaded(store, READ, tmp_path)
    assert otherwise == {}
    for outcome in outcomes:
        assert outcome.rows_read == (
            outcome.rows_kept + outcome.rows_unchanged + outcome.rows_rejected
        )
        assert outcome.rows_kept > 0
    stored = rows(store, "SELECT load_id, rows_kept FROM load")
    assert dict(stored.rows()).items() >= {
        (outcome.load_id, outcome.rows_kept) for outcome in outcomes
    }


def test_what_is_no_plain_file_is_refused_by_name(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    os.mkfifo("pipe.csv")
    Path("device.csv").symlink_to("/dev/zero")
    Path("dangling.csv").symlink_to("gone")
    Path("loop.csv").symlink_to("loop.csv")
    Path(os.fsdecode(b"\xff.csv")).write_bytes(GOOD)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.csv")
        said = {
            "pipe.csv": "is not a plain file",
            "device.csv": "is not a plain file",
            "socket.csv": "is not a plain file",
            "dangling.csv": "there is no such file",
            "before.csv/under.csv": "there is no such file",
            "loop.csv": "cannot be read: Too many levels",
            "x" * 300: "cannot be read: File name too long",
            "nul\0.csv": "is no name of a file",
            os.fsdecode(
                b"\xff.csv"
            ): r"^\\udcff.csv has a name, or a folder, that is not valid UTF-8",
        }
        outcomes = load(store, [Path(name) for name in said], NARROW)
    for outcome, words in zip(outcomes, said.values(), strict=True):
        assert outcome.status is Status.FAILED
        assert re.search(words, outcome.message), outcome.message
        assert Loaded(outcome=outcome).model_dump_json()  # as `--progress json` prints it


def test_a_name_is_text_whatever_stands_in_it(store: Store, tmp_path: Path) -> None:
    names = ["new\nline.csv", "[red].csv", "a*?[b]{c}.csv", "\u202egnp.csv", "-x.csv", "q'q\"q.csv"]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(GOOD.replace(b"L1", b"N%d" % number))
    outcomes = load(store, [tmp_path / name for name in names], NARROW)
    assert {outcome.file_name: outcome.rows_kept for outcome in outcomes} == dict.fromkeys(names, 1)


def test_a_file_that_exhausts_the_engine_does_not_fail_the_next_one(
    store: Store, tmp_path: Path
) -> None:
    cases: list[Refused | Read] = [
        Read("first.csv", GOOD, kept=1),
        Refused(
            "hungry.csv",
            GOOD + b"L2,2026-01-01," + b"x" * 16_000_000 + b"\n",
            r"could not be read within 4,096 MB of memory, or broke the reader",
        ),
        Read("next.csv", GOOD.replace(b"L1", b"L3"), kept=1),
    ]
    starved = LoadOptions(limits=WorkerLimits(engine_memory="30MB"))
    outcomes = load(store, [make(case, tmp_path) for case in cases], starved)
    assert surprises(cases, outcomes) == {}
    leads = rows(store, "SELECT lead_id FROM lead ORDER BY lead_id")
    assert leads["lead_id"].to_list() == ["L0", "L1", "L3"]


@pytest.mark.slow
def test_a_line_of_two_gigabytes_and_a_bomb_of_two_are_refused(
    store: Store, tmp_path: Path
) -> None:
    cases = [hole(2), Refused("gigabytes.gz", zeros(2), "more than 100 times its size")]
    assert loaded(store, cases, tmp_path)[1] == {}
