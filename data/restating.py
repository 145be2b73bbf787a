"""What a load changed in months that were closed: the numbers before and after, and why.

A month is closed when it lies before the month of the newest export that the derived tables were
built from, in the reporting time zone. The log is a side product of deriving: the months' sums are
taken once from the derived tables as they were and once as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date

import polars as pl

from data.definitions import Definitions
from data.draft import Draft
from data.query import Query, Step
from data.tables import CANONICAL, STAGES, key

_ENTRIES = ("lead", "stage_change", "opportunity", "opportunity_lead")
_FACTS = {
    "journey": _ENTRIES,
    "deal": (*_ENTRIES, "exchange_rate"),
    "spend": ("campaign_spend", "exchange_rate", "campaign"),
}
"""The canonical tables whose rows make the numbers of a derived table."""

_NUMBERS = ["month_on", "metric", "dimension", "segment"]


@dataclass(frozen=True, slots=True)
class _Author:
    """The load that a change is entered under, and what it did."""

    load_id: str
    cause: str


@contextmanager
def restating(draft: Draft, definitions: Definitions) -> Iterator[None]:
    """Log what deriving in the block changes in closed months, under the loads that are new.

    Compares the leads, MQLs, SQLs, opportunities and won leads who reached the stage in each month,
    the won amount by closing date and the spend by day, in total and by channel. A derived table
    that was empty before has nothing to restate. Of several new loads a change is entered under the
    latest that changed rows of the number's tables, else that brought new ones.
    """
    closed_before = _open_month(draft, definitions)
    filled = [table for table in _FACTS if draft.one(f"SELECT EXISTS (FROM {table})")[0]]
    before = _numbers(draft)
    yield
    if closed_before is not None:
        changes = _changes(before, _numbers(draft), closed_before)
        _log(draft, definitions, changes.filter(pl.col("source").is_in(filled)))
    draft.execute("DELETE FROM derived_load")
    draft.execute(
        "INSERT INTO derived_load (load_id, definitions) SELECT load_id, ? FROM load",
        (_digest(definitions),),
    )


def _open_month(draft: Draft, definitions: Definitions) -> date | None:
    """The first day of the month that is still open; None before the first load was derived."""
    (newest,) = draft.one("SELECT max(as_of) FROM load SEMI JOIN derived_load USING (load_id)")
    if newest is None:
        return None
    day: date = newest.replace(tzinfo=UTC).astimezone(definitions.zone).date()
    return day.replace(day=1)


def _changes(before: pl.DataFrame, after: pl.DataFrame, open_month: date) -> pl.DataFrame:
    """The numbers of closed months that differ; a month or segment without rows has 0."""
    return (
        before.join(after, on=["source", *_NUMBERS], how="full", coalesce=True, suffix="_after")
        .with_columns(pl.col("number", "number_after").fill_null(0).cast(pl.Decimal(18, 2)))
        .filter(
            pl.col("month_on") < open_month,
            pl.col("number") != pl.col("number_after"),
        )
    )


def _log(draft: Draft, definitions: Definitions, changes: pl.DataFrame) -> None:
    for (source,), rows in changes.group_by("source", maintain_order=True):
        author = _author(draft, definitions, _FACTS[str(source)])
        if author is None:
            continue
        draft.attach("restated", rows)
        draft.execute(
            "INSERT INTO restatement (load_id, month_on, metric, dimension, segment, before, "
            'after, cause) SELECT ?, month_on, metric, dimension, segment, "number", '
            "number_after, ? FROM restated ORDER BY month_on, metric, dimension, segment",
            (author.load_id, author.cause),
        )
        draft.detach("restated")


def _author(draft: Draft, definitions: Definitions, facts: tuple[str, ...]) -> _Author | None:
    """Which of the loads that are not derived yet stands for a change of these tables' numbers.

    `merge` is the cause where none of them told anything of the tables: then records that were
    known have come to belong to another person, company or channel.
    """
    ranks = "CASE cause WHEN 'changed_rows' THEN 2 WHEN 'new_rows' THEN 1 ELSE 0 END"
    told = " ".join(
        f"""
        UNION ALL SELECT load_id, 'new_rows' FROM {table}
        UNION ALL SELECT load_id, 'changed_rows' FROM {table}_version
        UNION ALL SELECT load_id, 'changed_rows' FROM {table}_told
            SEMI JOIN {table}_version USING ({", ".join(key(CANONICAL[table]))})
        """
        for table in facts
    )
    found = draft.query(
        f"""
        SELECT load_id, cause FROM (
            SELECT load_id, 'merge' AS cause FROM load {told}
        ) AS told
        JOIN load USING (load_id) ANTI JOIN derived_load USING (load_id)
        ORDER BY {ranks} DESC, as_of DESC, sha256 DESC, load_id DESC LIMIT 1
        """
    )
    if found.is_empty():
        return None
    (digest,) = draft.one("SELECT max(definitions) FROM derived_load")
    load_id, cause = found.row(0)
    return _Author(load_id, cause if digest == _digest(definitions) else "definition")


def _numbers(draft: Draft) -> pl.DataFrame:
    """Each month's numbers: source, month_on, metric, dimension, segment, number."""
    stages = ", ".join(f"min({stage}_on) AS {stage}_on" for stage in STAGES)
    reached = " UNION ALL ".join(
        f"SELECT 'journey' AS source, '{stage}' AS metric, channel, "
        f"date_trunc('month', {stage}_on) AS month_on, CAST(count(*) AS DECIMAL(18, 2)) AS number "
        f"FROM reached WHERE {stage}_on IS NOT NULL "
        f"GROUP BY channel, date_trunc('month', {stage}_on)"
        for stage in STAGES
    )
    return draft.query(
        Query(
            Step(
                "reached",
                f"SELECT lead_id, channel, {stages} FROM journey GROUP BY lead_id, channel",
            ),
            Step(
                "by_channel",
                f"""
                {reached}
                UNION ALL
                SELECT 'deal', 'won_amount', channel, date_trunc('month', closed_on),
                    CAST(sum(amount) AS DECIMAL(18, 2))
                FROM deal WHERE outcome = 'won' AND closed_on IS NOT NULL
                GROUP BY channel, date_trunc('month', closed_on)
                UNION ALL
                SELECT 'spend', 'spend_amount', channel, date_trunc('month', spend_on),
                    CAST(sum(cost_amount) AS DECIMAL(18, 2))
                FROM spend GROUP BY channel, date_trunc('month', spend_on)
                """,
            ),
            Step(
                "numbers",
                """
                SELECT source, CAST(month_on AS DATE) AS month_on, metric, 'channel' AS dimension,
                    channel AS segment, number FROM by_channel
                UNION ALL
                SELECT source, CAST(month_on AS DATE), metric, 'total', 'total',
                    CAST(sum(number) AS DECIMAL(18, 2))
                FROM by_channel GROUP BY source, month_on, metric
                """,
            ),
        ).render()
    )


def _digest(definitions: Definitions) -> str:
    return hashlib.sha256(definitions.model_dump_json().encode()).hexdigest()
