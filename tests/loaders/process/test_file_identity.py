"""The file that was read is the file that is remembered, whatever happens to it meanwhile."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from tests.loaders.process.changing_files import Case, Change, Ended, Place, Point, digest, happened

HEADER = ("lead_id", "created_at", "channel", "company", "first_name", "email")
ROWS, FEWER, MORE = 40, 20, 60
REFUSAL = "changed while it was read"
LONG_AGO = 1_767_225_600

PHASES = ("reading", "standardising company", "checking", "writing lead")
FORMATS = ("csv", "csv.gz", "zip", "xlsx", "jsonl", "parquet")
OPENINGS = (1, 2, 4)


def content(name: str, rows: int = ROWS, channel: str = "Email") -> bytes:
    """A file of leads, in the format that its name says."""
    written = [
        (f"{name} {row}", "2026-01-01", channel, f"Acme {row}", "Ann", f"ann{row}@acme.com")
        for row in range(rows)
    ]
    text = "".join(f"{','.join(cells)}\n" for cells in [HEADER, *written]).encode()
    packed = io.BytesIO()
    match name.partition(".")[2]:
        case "csv.gz":
            return gzip.compress(text, mtime=0)
        case "zip":
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr(zipfile.ZipInfo("leads.csv"), text)
        case "xlsx":
            with xlsxwriter.Workbook(packed, {"in_memory": True}) as book:
                sheet = book.add_worksheet("Leads")
                for number, cells in enumerate([HEADER, *written]):
                    sheet.write_row(number, 0, cells)
        case "jsonl":
            lines = (json.dumps(dict(zip(HEADER, cells, strict=True))) for cells in written)
            return "".join(f"{line}\n" for line in lines).encode()
        case "parquet":
            pl.DataFrame(written, schema=HEADER, orient="row").write_parquet(packed)
        case _:
            return text
    return packed.getvalue()


@dataclass(frozen=True)
class Folder:
    """Where the files are, and the cases of a test."""

    path: Path

    def put(self, name: str, before: bytes) -> Path:
        path = self.path / name
        path.write_bytes(before)
        os.utime(path, (LONG_AGO, LONG_AGO))
        return path

    def case(self, name: str, change: Change, point: Point) -> Case:
        """A new file of this name and what becomes of it."""
        before = content(name)
        after = {
            Change.REPLACED: lambda: content(name, FEWER, "Ads"),
            Change.DISGUISED: lambda: content(name, channel="Event"),
            Change.REWRITTEN: lambda: content(name, channel="Event"),
            Change.CUT: lambda: content(name, FEWER),
            Change.APPENDED: lambda: content(name, MORE),
        }[change]()
        rows = {digest(before): ROWS}
        rows[digest(after)] = {
            Change.CUT: FEWER,
            Change.REPLACED: FEWER,
            Change.APPENDED: MORE,
        }.get(change, ROWS)
        return Case(self.put(name, before), change, point, after, rows)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "in").mkdir()
    return Folder(tmp_path / "in")


def in_phases(folder: Folder) -> Iterator[Case]:
    """One format in every phase, every format in one phase, and every change."""
    for phase in PHASES:
        yield folder.case(f"{phase[:4]}.csv", Change.REPLACED, Point(phase=phase))
    for format_ in FORMATS:
        yield folder.case(f"early.{format_}", Change.REPLACED, Point(phase="reading"))
    for change in Change:
        yield folder.case(f"{change.value}.csv", change, Point(phase="checking"))
        yield folder.case(f"{change.value}.jsonl", change, Point(phase="reading"))


def at_openings(folder: Folder) -> Iterator[Case]:
    for opening in OPENINGS:
        for format_ in FORMATS:
            name = f"o{opening}.{format_}"
            yield folder.case(name, Change.REPLACED, Point(opening=opening))


def load(place: Place, cases: Sequence[Case], *more: Path) -> Ended:
    paths = [*(str(case.path) for case in cases), *map(str, more)]
    return place.run("load", "--progress", "json", *paths, cases=cases)


def mixtures(place: Place, cases: Sequence[Case]) -> dict[str, tuple[str, int]]:
    """Loads with the digest of no state of their file, or with the rows of another one."""
    loads = place.loads()
    found = {str(case): (case, loads.get(case.path.name)) for case in cases}
    return {
        name: load
        for name, (case, load) in found.items()
        if load is not None and case.rows.get(load[0]) != load[1]
    }


def unlike_now(place: Place, cases: Sequence[Case]) -> dict[str, tuple[str, int] | None]:
    """Loads that are not of what their file holds after its change."""
    loads = place.loads()
    return {
        str(case): loads.get(case.path.name)
        for case in cases
        if loads.get(case.path.name) != (digest(case.after), case.rows[digest(case.after)])
    }


def test_a_file_that_changes_in_any_phase_is_refused_and_loaded_whole_by_the_next_command(
    place: Place, folder: Folder
) -> None:
    cases = [*in_phases(folder)]
    quiet = folder.put("quiet.csv", content("quiet.csv"))
    ended = load(place, cases, quiet)
    assert [str(case) for case in cases if not happened(case)] == []
    outcomes = ended.outcomes()
    assert outcomes["quiet.csv"]["status"] == "loaded"
    surprises = {
        str(case): f"{outcome['status']}: {outcome['message']}"
        for case in cases
        for outcome in [outcomes[case.path.name]]
        if outcome["status"] != "failed" or f"{case.path.name} {REFUSAL}" not in outcome["message"]
    }
    assert surprises == {}
    assert ended.status == 1
    assert place.loads().keys() == {"quiet.csv"}
    again = place.run("load", "--progress", "json", *(str(case.path) for case in cases))
    assert again.status == 0, again
    assert unlike_now(place, cases) == {}


def test_hash_and_rows_are_of_one_file_whenever_it_is_replaced(
    place: Place, folder: Folder
) -> None:
    """A file replaced before the first look at it is simply another file."""
    cases = [*at_openings(folder)]
    ended = load(place, cases)
    assert sum(map(happened, cases)) >= len(FORMATS), (
        "the file is never opened where a test can see"
    )
    assert mixtures(place, cases) == {}
    outcomes = ended.outcomes()
    surprises = {
        str(case): outcomes[case.path.name]["message"]
        for case in cases
        if outcomes[case.path.name]["status"] == "failed"
        and REFUSAL not in outcomes[case.path.name]["message"]
    }
    assert surprises == {}


def test_a_file_keeps_the_time_of_the_content_that_was_read(place: Place, folder: Folder) -> None:
    """Replaced before it is opened, it is not dated as the file that stood there before."""
    case = folder.case("early.csv", Change.REPLACED, Point(opening=1))
    newer = LONG_AGO + 86_400
    aside = case.path.with_name(f".{case.path.name}.after")
    aside.write_bytes(case.after)
    os.utime(aside, (newer, newer))
    ended = load(place, [case])
    status = ended.outcomes()["early.csv"]["status"]
    as_of = place.as_of("early.csv")
    changed = happened(case)
    assert changed
    assert (status, as_of) in {("failed", None), ("loaded", newer)}


def test_a_watched_file_that_changes_while_it_is_read_is_read_again(
    place: Place, folder: Folder
) -> None:
    cases = [
        folder.case(f"{change.value}.csv", change, Point(phase="standardising company"))
        for change in Change
    ]
    arguments = ("watch", str(folder.path), "--once", "--every", "0.1")
    first = place.run(*arguments, cases=cases)
    assert [str(case) for case in cases if not happened(case)] == []
    lines = first.out.splitlines()
    for case in cases:
        (line,) = [line for line in lines if case.path.name in line]
        assert line.startswith("failed: ")
        assert REFUSAL in line
    assert first.status == 1
    assert place.run(*arguments).status == 0
    assert unlike_now(place, cases) == {}


def test_a_file_that_changes_while_it_is_previewed_is_refused(place: Place, folder: Folder) -> None:
    case = folder.case("early.csv", Change.REPLACED, Point(opening=4))
    ended = place.run("recognise", str(case.path), cases=[case])
    changed = happened(case)
    assert changed
    assert ended.status == 1
    assert f"early.csv {REFUSAL}" in " ".join(ended.error.split())


def test_a_file_that_nobody_touches_is_loaded_from_every_format(
    place: Place, folder: Folder
) -> None:
    paths = [folder.put(f"still.{format_}", content(f"still.{format_}")) for format_ in FORMATS]
    ended = place.run("load", "--progress", "json", *map(str, paths))
    assert ended.status == 0, ended
    assert place.loads() == {path.name: (digest(path.read_bytes()), ROWS) for path in paths}
