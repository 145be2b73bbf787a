"""The log of closed months, held against plain Python over what each load reported of each lead."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.schema.bookkeeping import Load as LoadTable
from data.schema.canonical import Lead as LeadTable
from data.schema.contract import columns
from data.sql import Query, Step
from loaders.writing.into_table import merge_into
from tests.metrics.facts import TERMS

CHANNELS = ("Email", "Webinar", "Event")

CLOSED_BEFORE = date(2026, 6, 1)

BASE = datetime(2026, 6, 15)


Number = tuple[date, str]
"""A month and a channel, or `total`."""


@dataclass(frozen=True)
class Reported:
    """What a load says of a lead."""

    created_on: date
    channel: str


@dataclass(frozen=True)
class File:
    """A load: its rows by lead, its kind and when it was true."""

    load_id: str
    kind: str
    as_of: datetime
    rows: dict[str, Reported]


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Draft]:
    path = tmp_path_factory.mktemp("oracle") / "draft.duckdb"
    with Draft.open(path, memory_limit="500MB", threads=1) as draft:
        yield draft


def some_files(dice: Random) -> list[File]:
    """One file that is derived first, then up to three, of the same kind or another."""
    files = [File("base", "crm", BASE, _rows(dice, range(12)))]
    for number in range(dice.randint(1, 3)):
        as_of = BASE + timedelta(days=dice.choice((-9, -3, 2, 4, 8)), hours=number)
        kind = dice.choice(("crm", "forms", "events"))
        leads = dice.sample(range(20), dice.randint(2, 9))
        files.append(File(f"fresh-{number}", kind, as_of, _rows(dice, leads)))
    return files


def _rows(dice: Random, leads: Any) -> dict[str, Reported]:
    return {
        f"L{number}": Reported(date(2026, dice.choice((3, 4, 5, 6)), 10), dice.choice(CHANNELS))
        for number in leads
    }


def enter(draft: Draft, file: File) -> None:
    counts = dict.fromkeys(("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 0)
    texts = {"load_id": file.load_id, "file_name": "f", "sha256": "0", "mapping": file.kind}
    moments = dict.fromkeys(("as_of", "started_at", "finished_at"), file.as_of)
    draft.attach("reported", pl.DataFrame([texts | counts | moments], schema=columns(LoadTable)))
    draft.execute("INSERT INTO load SELECT * FROM reported")
    leads = [
        dict.fromkeys(columns(LeadTable))
        | {
            "lead_id": lead,
            "created_at": datetime.combine(reported.created_on, datetime.min.time()),
        }
        | {"channel": reported.channel, "load_id": file.load_id}
        for lead, reported in file.rows.items()
    ]
    draft.attach("reported", pl.DataFrame(leads, schema=columns(LeadTable)))
    merge_into(draft, "lead", Query(Step("reported_rows", "SELECT * FROM reported")), file.load_id)
    draft.detach("reported")


def counted(files: list[File]) -> Counter[Number]:
    """How many leads each number has: of every lead the newest file is believed."""
    newest: dict[str, Reported] = {}
    for file in sorted(files, key=lambda each: each.as_of):
        newest |= file.rows
    found: Counter[Number] = Counter()
    for reported in newest.values():
        found.update(_numbers(reported))
    return found


def _numbers(reported: Reported) -> list[Number]:
    month = reported.created_on.replace(day=1)
    return [(month, reported.channel), (month, "total")]


def reason(files: list[File], lead: str) -> tuple[str, str]:
    """Which load moved a lead, and why."""
    reporting = [file for file in sorted(files, key=lambda each: each.as_of) if lead in file.rows]
    if not any(file.load_id == "base" for file in reporting):
        return reporting[0].load_id, "new_rows" if reporting[0].kind == "crm" else "first_load"
    found = "nobody"
    for place, file in enumerate(reporting):
        other = reporting[place - 1] if place else reporting[1]
        if file.load_id != "base" and file.rows[lead] != other.rows[lead]:
            found = file.load_id
    return found, "changed_rows"


def expected(files: list[File]) -> dict[Number, Counter[tuple[str, str]]]:
    """By number that differs, the change that each load and cause makes."""
    before, after = counted(files[:1]), counted(files)
    parts: dict[Number, Counter[tuple[str, str]]] = defaultdict(Counter)
    for lead in {lead for file in files for lead in file.rows}:
        was, now = counted_alone(files[:1], lead), counted_alone(files, lead)
        for number in was.keys() | now.keys():
            if was[number] != now[number]:
                parts[number][reason(files, lead)] += now[number] - was[number]
    return {
        number: Counter({cause: change for cause, change in causes.items() if change})
        for number, causes in parts.items()
        if before[number] != after[number] and number[0] < CLOSED_BEFORE
    }


def counted_alone(files: list[File], lead: str) -> Counter[Number]:
    alone = [
        File(file.load_id, file.kind, file.as_of, {lead: file.rows[lead]})
        for file in files
        if lead in file.rows
    ]
    return counted(alone)


@pytest.mark.parametrize("seed", range(12))
def test_the_log_says_what_moved_each_number(draft: Draft, seed: int) -> None:
    files = some_files(Random(seed))
    for table in (
        "lead",
        "lead_version",
        "lead_reported_by",
        "load",
        "derived_load",
        "restatement",
    ):
        draft.execute(f"DELETE FROM {table}")
    rebuild(draft, TERMS)
    enter(draft, files[0])
    rebuild(draft, TERMS)
    for file in files[1:]:
        enter(draft, file)
    rebuild(draft, TERMS)

    logged: dict[Number, Counter[tuple[str, str]]] = defaultdict(Counter)
    chains: dict[Number, list[tuple[float, float]]] = defaultdict(list)
    rows = draft.query("FROM restatement WHERE metric = 'lead'").iter_rows(named=True)
    for row in rows:
        number = (row["month_on"], row["segment"])
        logged[number][row["load_id"], row["cause"]] += round(row["after"] - row["before"])
        chains[number].append((row["before"], row["after"]))
    assert logged == expected(files)
    before, after = counted(files[:1]), counted(files)
    for number, chain in chains.items():
        ends = [each for pair in chain for each in pair]
        assert ends[1:-1:2] == ends[2:-1:2], "each part goes on from the one before"
        assert (ends[0], ends[-1]) == (before[number], after[number])


def test_the_examples_have_every_cause() -> None:
    found = {
        cause
        for seed in range(12)
        for causes in expected(some_files(Random(seed))).values()
        for _, cause in causes
    }
    assert found == {"new_rows", "first_load", "changed_rows"}
