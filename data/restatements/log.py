"""What a load changed in months that were closed: the numbers before and after, and why.

A month is closed when it lies before the month of the newest export that the derived tables were
built from, in the reporting time zone. The log is a side product of deriving: the derived tables
of before are kept until the new ones have been compared with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date

import polars as pl

from data.definitions import Definitions
from data.engine.draft import Draft
from data.restatements.causes import explain
from data.restatements.numbers import BEFORE, SOURCES, numbers
from data.schema.bookkeeping import Cause
from data.sql import Query, Step, literal

_NUMBER = ["source", "metric", "month_on", "dimension", "segment"]

_ORDER = pl.Enum([cause.value for cause in Cause])


@contextmanager
def restating(draft: Draft, definitions: Definitions) -> Iterator[None]:
    """Log what deriving in the block changes in closed months, after files were loaded.

    Compares the leads, MQLs, SQLs, opportunities and won leads who reached the stage in each month,
    the won amount by closing date and the spend by day, in total and by channel. A derived table
    that was empty before has nothing to restate, and taking loads out restates nothing. Each part
    of a change is entered under the load and the cause that `data.restatements.causes` finds for
    the records behind it; what other definitions changed is entered under no load. Only
    `data.derive.rebuild` enters here.
    """
    _keep_before(draft)
    yield
    if draft.one("SELECT EXISTS (FROM load ANTI JOIN derived_load USING (load_id))")[0]:
        changed = _changes(draft, definitions)
        if not changed.is_empty():
            otherwise = Cause.MERGE if follows(draft, definitions) else Cause.DEFINITION
            _log(draft, changed, explain(draft, changed, otherwise))
    _finish(draft, definitions)


@contextmanager
def rederiving(draft: Draft, definitions: Definitions) -> Iterator[None]:
    """Log what deriving in the block changes in closed months when no file was loaded.

    The definitions are the cause then, or how this version of Backcast reads them.
    """
    _keep_before(draft)
    yield
    changed = _changes(draft, definitions)
    if not changed.is_empty():
        _log(
            draft,
            changed,
            changed.select(
                *_NUMBER,
                load_id=pl.lit(None, pl.String),
                place=pl.lit(None, pl.Int64),
                cause=pl.lit(Cause.DEFINITION.value),
                change=pl.col("after") - pl.col("before"),
            ),
        )
    _finish(draft, definitions)


def follows(draft: Draft, definitions: Definitions) -> bool:
    """Whether the derived tables were built under these definitions; also when never built."""
    (digest,) = draft.one("SELECT max(definitions) FROM derived_load")
    return digest is None or digest == definitions.digest


def _keep_before(draft: Draft) -> None:
    for table in SOURCES:
        draft.execute(f"ALTER TABLE {table} RENAME TO {table}{BEFORE}")


def _finish(draft: Draft, definitions: Definitions) -> None:
    for table in SOURCES:
        draft.execute(f"DROP TABLE {table}{BEFORE}")
    draft.execute("DELETE FROM derived_load")
    digest = literal(definitions.digest)
    loads = Step("derived_loads", f"SELECT load_id, {digest} AS definitions FROM load")
    draft.insert("derived_load", Query(loads), ("load_id", "definitions"))


def _changes(draft: Draft, definitions: Definitions) -> pl.DataFrame:
    """The numbers of closed months that differ: `before` and `after`, 0 where nothing counts."""
    open_month = _open_month(draft, definitions)
    filled = [table for table in SOURCES if draft.one(f"SELECT EXISTS (FROM {table}{BEFORE})")[0]]
    if open_month is None or not filled:
        return pl.DataFrame()
    before = draft.query(numbers(BEFORE)).rename({"number": "before"})
    after = draft.query(numbers()).rename({"number": "after"})
    return (
        before.join(after, on=_NUMBER, how="full", coalesce=True)
        .with_columns(pl.col("before", "after").fill_null(0))
        .filter(
            pl.col("before") != pl.col("after"),
            pl.col("source").is_in(filled),
            pl.col("month_on") < pl.lit(open_month, pl.Date),
        )
    )


def _open_month(draft: Draft, definitions: Definitions) -> date | None:
    """The first day of the month that is still open; None before the first load was derived."""
    (newest,) = draft.one("SELECT max(as_of) FROM load SEMI JOIN derived_load USING (load_id)")
    if newest is None:
        return None
    day: date = newest.replace(tzinfo=UTC).astimezone(definitions.zone).date()
    return day.replace(day=1)


def _log(draft: Draft, changed: pl.DataFrame, parts: pl.DataFrame) -> None:
    """Enter the parts of each change one after the other, from `before` to `after`."""
    steps = pl.col("change").cum_sum().over(_NUMBER)
    rows = (
        changed.join(parts, on=_NUMBER)
        .filter(pl.col("change") != 0)
        .sort(*_NUMBER, pl.col("cause").cast(_ORDER), "place", "load_id", nulls_last=True)
        .with_columns(after=pl.col("before") + steps)
        .with_columns(before=pl.col("after") - pl.col("change"))
    )
    draft.attach("restated", rows)
    # In a store of an older version no change was without a load.
    draft.execute("ALTER TABLE restatement ALTER load_id DROP NOT NULL")
    draft.insert("restatement", Query(Step("restated_numbers", "SELECT * FROM restated")))
    draft.detach("restated")
