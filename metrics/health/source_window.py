"""Source windows: from which day on the loaded files tell of each kind of outcome at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import reduce
from operator import add
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import EXITS, STAGES
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.health.beginning import Entries, begun

KINDS = (*STAGES[1:], *EXITS)
"""The kinds of entries that are asked about: all stages after the first, then the exits."""


class SourceWindow(pa.DataFrameModel):
    """One row per kind of entry, the stages in funnel order and then the exits.

    `record_count` is the leads and deals of which such an entry is told.
    `told_by` lists of whom and how the entries are told: by an export of changes (`lead history`,
    `opportunity history`), by dates on the records (`lead dates`), by a comparison of snapshots
    (`lead snapshots`), or by a deal's own opening and closing (`opportunity record`).
    `records_from` is the first day of any lead or deal. `first_on` and `last_on` are the first and
    the last day with an entry, strays included. `observed_from` is the day from which on such
    entries are told; `begins_late` says that this is after `records_from`. Without any entry of the
    kind these four are null: whether there was none or nobody told is not known.
    """

    kind: str = pa.Field(isin=KINDS, unique=True)
    record_count: int = pa.Field(ge=0)
    told_by: str
    records_from: pl.Date = pa.Field(nullable=True)
    first_on: pl.Date = pa.Field(nullable=True)
    last_on: pl.Date = pa.Field(nullable=True)
    observed_from: pl.Date = pa.Field(nullable=True)
    begins_late: bool = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def source_window(warehouse: Warehouse, definitions: Definitions) -> DataFrame[SourceWindow]:
    """From which day on do the sources tell of each kind of outcome?

    One row per kind. Of a lead that is older than `observed_from` nobody knows what it did before:
    it is at risk only from age `observed_from` − day of entry. What decides is where entries begin,
    not how a file is called:

    - Dates on records and deals reach back as far as the records, so that old entries count. An
      export of changes begins with its first entry of any kind, and a comparison of snapshots with
      the first snapshot: entries before are missing, although the records are older.
    - From that day on, a kind is told from its first entry when the days before are too empty for
      chance: its n entries would leave a gap of g days, less the days that a record takes to get
      there on average, before the T days that follow with the probability (T ÷ (g + T))ⁿ; under
      1% is no chance. Else it is told from the beginning: three wins that come late are few, not
      unrecorded. Up to 1% of the entries, before a gap of 90 days or more, are taken for mistyped
      dates.
    - Where several ways tell of a kind, the latest beginning counts of those without which some
      record would be missing.

    In doubt the day is too late, which costs data, rather than too early, which would take outcomes
    that nobody told for none.
    """
    zone = definitions.zone
    told = _told(warehouse, zone)
    ways = warehouse.query(Query(_TOLD, *_WAYS))
    alone = ways.filter("is_alone").select("kind", "subject", "told_by")
    needed = set(alone.iter_rows())
    counts = dict(ways.group_by("kind").agg(pl.col("records").sum()).iter_rows())
    started = warehouse.query(Query(_STARTED)).row(0, named=True)
    records_from = _day(started["first_record_at"], zone)
    rows = [
        {"kind": kind, "record_count": counts.get(kind, 0)}
        | _window(kind, told, needed, records_from, started, zone)
        for kind in KINDS
    ]
    schema = {name: each.dtype.type for name, each in SourceWindow.to_schema().columns.items()}
    return SourceWindow.validate(pl.DataFrame(rows, schema=schema), lazy=True)


def told_from(windows: pl.DataFrame) -> dict[str, date]:
    """From which day on is it told that a stage was reached, or that a record left before it?

    By stage, of those of which one or the other begins late; `windows` are those of
    `source_window`. A rate needs both: without exits all would seem to be still open.
    """
    late = dict(windows.filter("begins_late").select("kind", "observed_from").iter_rows())
    exits = [late[kind] for kind in ("disqualified", "lost") if kind in late]
    found = {stage: max([*exits, late.get(stage, date.min)]) for stage in STAGES[1:]}
    return {stage: since for stage, since in found.items() if since > date.min}


_Told = Mapping[tuple[str, str, str], Entries]
"""Entries day by day, by kind, whose they are, and how they are told."""


def _window(
    kind: str,
    told: _Told,
    needed: set[tuple[str, str, str]],
    records_from: date | None,
    started: Mapping[str, Any],
    zone: ZoneInfo,
) -> dict[str, Any]:
    """How, and from when on, a kind is told."""
    own = {way: days for way, days in told.items() if way[0] == kind}
    row: dict[str, Any] = {
        "told_by": ", ".join(sorted(_in_words(way) for way in own)),
        "records_from": records_from,
    }
    if records_from is None or not own:
        return row | dict.fromkeys(("first_on", "last_on", "observed_from", "begins_late"))
    until = max(each.last_on.max() for each in told.values()).astype(date)
    froms = {
        way: begun(each, _beginning(way, told, records_from, until, started, zone), until)
        for way, each in own.items()
    }
    alone = [since for way, since in froms.items() if way in needed]
    observed_from = max(alone) if alone else min(froms.values())
    return row | {
        "first_on": min(each.first_on.min() for each in own.values()).astype(date),
        "last_on": max(each.last_on.max() for each in own.values()).astype(date),
        "observed_from": observed_from,
        "begins_late": observed_from > records_from,
    }


def _beginning(
    way: tuple[str, str, str],
    told: _Told,
    records_from: date,
    until: date,
    started: Mapping[str, Any],
    zone: ZoneInfo,
) -> date:
    """The day before which nothing is told in this way, of whatever kind."""
    _, subject, told_by = way
    if told_by == "status_diff":
        first = _day(started[f"{subject}_snapshot_at"], zone)
        return max(records_from, first) if first else records_from
    if told_by != "history":
        return records_from
    of_any_kind = (entries for each, entries in told.items() if each[1:] == way[1:])
    return begun(reduce(add, of_any_kind), records_from, until)


def _in_words(way: tuple[str, str, str]) -> str:
    _, subject, told_by = way
    return f"{subject} {_WORDS[told_by]}"


_WORDS = {
    "history": "history",
    "date_column": "dates",
    "status_diff": "snapshots",
    "record": "record",
}


def _day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    """The day of a UTC moment in the reporting time zone."""
    return None if moment is None else moment.replace(tzinfo=UTC).astimezone(zone).date()


def _told(warehouse: Warehouse, zone: ZoneInfo) -> _Told:
    daily = warehouse.query(Query(*_ENTRIES, _DAILY)).sort("first_at")
    local = pl.col("first_at", "last_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone.key)
    days = daily.with_columns(local.dt.date()).drop_nulls(["first_at", "last_at"])
    parts = days.partition_by("kind", "subject", "told_by", maintain_order=True, as_dict=True)
    columns = ("first_at", "last_at", "entries", "waited_days")
    return {
        (kind, subject, told_by): Entries(*(part[name].to_numpy() for name in columns))
        for (kind, subject, told_by), part in parts.items()
    }


_TOLD = Step(
    "told",
    """
    SELECT stage AS kind, subject_kind AS subject, inferred_from AS told_by, subject_id,
        entered_at
    FROM stage_change
    UNION ALL
    SELECT stage, subject_kind, 'status_diff', subject_id, entered_at FROM stage_difference
    UNION ALL
    SELECT 'opportunity', 'opportunity', 'record', opportunity_id, created_at
    FROM opportunity WHERE created_at IS NOT NULL
    UNION ALL
    SELECT outcome, 'opportunity', 'record', opportunity_id, closed_at
    FROM opportunity WHERE outcome IN ('won', 'lost') AND closed_at IS NOT NULL
    """,
)

_ENTRIES = (
    Step(
        "records",
        """
        SELECT 'lead' AS subject, lead_id AS subject_id, CAST(created_at AS DATE) AS record_on
        FROM lead
        UNION ALL
        SELECT 'opportunity', deal.opportunity_id,
            CAST(coalesce(lead.created_at, deal.opened_at) AS DATE)
        FROM deal
        LEFT JOIN lead ON lead.lead_id = deal.lead_id
        """,
    ),
    _TOLD,
    Step(
        "entries",
        """
        SELECT told.*, CAST(told.entered_at AS DATE) AS entered_on, records.record_on
        FROM told
        LEFT JOIN records
            ON records.subject = told.subject AND records.subject_id = told.subject_id
        """,
    ),
)

_DAILY = Step(
    "daily",
    """
    SELECT kind, subject, told_by, count(*) AS entries, min(entered_at) AS first_at,
        max(entered_at) AS last_at,
        CAST(coalesce(sum(CASE WHEN record_on < entered_on
            THEN date_diff('day', record_on, entered_on) END), 0) AS BIGINT) AS waited_days
    FROM entries
    GROUP BY kind, subject, told_by, entered_on
    """,
)

_WAYS = (
    Step(
        "ways_of_records",
        """
        SELECT kind, subject, subject_id, min(told_by) AS told_by,
            min(told_by) = max(told_by) AS is_alone
        FROM told
        GROUP BY kind, subject, subject_id
        """,
    ),
    Step(
        "ways",
        """
        SELECT kind, subject, told_by, is_alone, count(*) AS records
        FROM ways_of_records
        GROUP BY kind, subject, told_by, is_alone
        """,
    ),
)
"""How many leads and deals are told of in one way alone, which it is, or in several."""

_STARTED = Step(
    "started",
    """
    SELECT
        (SELECT min(created_at) FROM (
            SELECT min(created_at) AS created_at FROM lead
            UNION ALL SELECT min(created_at) FROM opportunity
        ) AS records) AS first_record_at,
        (SELECT min(seen_before_at) FROM stage_difference WHERE subject_kind = 'lead')
            AS lead_snapshot_at,
        (SELECT min(seen_before_at) FROM stage_difference WHERE subject_kind = 'opportunity')
            AS opportunity_snapshot_at
    """,
)
