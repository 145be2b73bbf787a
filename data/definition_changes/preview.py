"""What other definitions do to the numbers, seen on a copy of the current generation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec
import polars as pl

from data.definition_changes.differences import differences, follow_in_tables
from data.definition_changes.history import history, is_derived_under
from data.definitions import Definitions
from data.derive.rebuild import RebuildCause, rebuild
from data.engine.draft import Draft
from data.restatements.numbers import SOURCES, numbers
from data.sql import Query, Step
from data.storage.files import check_free_space, copy_closed
from data.storage.store import Store
from data.storage.work_folders import WorkFolder

_FREE_SPACE_FACTOR = 2.5

_OLD = "_old"

_RECORDS = {
    "Leads": ("journey", ("lead_id", "episode"), "channel, person_id, account_id, lead_on, mql_on,"
              " sql_on, opportunity_on, won_on, won_amount, persona, own_segment, tags"),
    "Leads by their level": ("lead_quality", ("lead_id",), "level"),
    "Leads by their score": ("lead_quality", ("lead_id",), "score"),
    "Deals": ("deal", ("opportunity_id",), "channel, opened_on, closed_on, amount,"
              " first_touch_at"),
    "Touches that can earn credit": ("touch", ("interaction_id",), "channel, value_tier,"
                                     " occurred_on, person_id, account_id"),
    "Days of spend": ("spend", ("campaign_id", "spend_on"), "channel, cost_amount"),
}  # fmt: skip
"""Of each kind of record its table, its key, and what of it numbers are made of."""

_PEOPLE = "Effective people"

_BY_RULE = ("persona", "own_segment", "tags")
"""Segments that rules of the definitions name."""

LEVEL = "level"
"""What leads are called by their tier or their points, beside those."""

_EXAMPLES = 20


class Number(msgspec.Struct, frozen=True):
    """A number of one channel and month, old and new. Amounts are in the base currency of each."""

    metric: str
    month: date
    channel: str
    before: float
    after: float


class Moved(msgspec.Struct, frozen=True):
    """How many records of a kind there are, old and new, and how many of them differ at all."""

    what: str
    before: int
    after: int
    moved: int


class Renamed(msgspec.Struct, frozen=True):
    """How many leads have one value of a segment by rule, or one level, now and another one then.

    `examples` are the first of them by their ids.
    """

    dimension: str
    before: str
    after: str
    leads: int
    examples: tuple[str, ...]


class Preview(msgspec.Struct, frozen=True):
    """What a change does: to the tables, or to metrics alone where `rederived` is false.

    `follows` is false where the tables of the current generation were not derived under the
    definitions in force: then part of what differs is theirs.
    """

    generation: str
    rederived: bool
    follows: bool
    numbers: tuple[Number, ...]
    moved: tuple[Moved, ...]
    renamed: tuple[Renamed, ...]


def preview(
    store: Store, definitions: Definitions, on_share: Callable[[str, float], None]
) -> Preview:
    """What would the definitions do to the numbers, beside what stands there now?

    The current generation is copied into a work folder and derived anew there; the store stays as
    it is. Where metrics alone read what differs nothing is derived, and old and new are the same.
    `on_share` receives what is at work and which part of it is done, 0 to 1. Raises EmptyStoreError
    when nothing is loaded, and StoreError when the disk is too full or fails.
    """
    generation = store.current()
    before = Definitions.load()
    in_tables = follow_in_tables(differences(before, definitions))
    with WorkFolder(store.path) as work:
        check_free_space(store.path, int(_FREE_SPACE_FACTOR * generation.path.stat().st_size))
        copy = work.path / "preview.duckdb"
        on_share("copying the data", 0.0)
        copy_closed(generation.path, copy)
        with Draft.open(copy) as draft:
            (digest,) = draft.one("SELECT max(definitions) FROM derived_load")
            up_to_date = is_derived_under(history(store.path, date.today()), digest, before)
            derives = in_tables or not up_to_date
            _keep_old(draft)
            if derives:
                rebuild(draft, definitions, RebuildCause.DEFINITIONS, on_share)
            on_share("comparing", 1.0)
            return Preview(
                generation.path.stem,
                derives,
                up_to_date,
                _numbers(draft),
                (*(_moved(draft, what) for what in _RECORDS), _people(draft)),
                _renamed(draft),
            )


def _keep_old(draft: Draft) -> None:
    for table in (*SOURCES, "touch", "content_use", "lead_quality"):
        draft.build(f"{table}{_OLD}", Query(Step("kept_rows", f"SELECT * FROM {table}")))


def _numbers(draft: Draft) -> tuple[Number, ...]:
    key = ["metric", "month_on", "segment"]
    before, after = (
        draft.query(numbers(suffix)).filter(pl.col("dimension") == "channel").select(*key, "number")
        for suffix in (_OLD, "")
    )
    both = before.join(after, on=key, how="full", coalesce=True, suffix="_after")
    rows = both.with_columns(pl.col("number", "number_after").cast(pl.Float64).fill_null(0.0))
    return tuple(Number(*row) for row in rows.sort(key).iter_rows())


def _moved(draft: Draft, what: str) -> Moved:
    table, key, columns = _RECORDS[what]
    listed = ", ".join(key)
    one_way = "SELECT {names} FROM {first} EXCEPT ALL SELECT {names} FROM {second}"
    names = f"{listed}, {columns}"
    gone = one_way.format(names=names, first=f"{table}{_OLD}", second=table)
    come = one_way.format(names=names, first=table, second=f"{table}{_OLD}")
    counted = draft.query(
        Query(
            Step("gone", gone),
            Step("come", come),
            Step("differing", f"SELECT {listed} FROM gone UNION SELECT {listed} FROM come"),
            Step(
                "counted",
                f"SELECT (SELECT count(*) FROM {table}{_OLD}) AS before, "
                f"(SELECT count(*) FROM {table}) AS after, "
                "(SELECT count(*) FROM differing) AS moved",
            ),
        )
    )
    return Moved(what, *counted.row(0))


def _renamed(draft: Draft) -> tuple[Renamed, ...]:
    """Leads by what they are called under both, where that differs; the most frequent first."""
    one_by_one = " UNION ALL ".join(
        f"SELECT '{name}' AS dimension, old.{name} AS before, journey.{name} AS after,"
        f" journey.lead_id FROM journey{_OLD} AS old"
        " JOIN journey ON journey.lead_id = old.lead_id AND journey.episode = old.episode"
        f" WHERE journey.episode = 1 AND journey.{name} <> old.{name}"
        for name in _BY_RULE
    )
    one_by_one += (
        f" UNION ALL SELECT '{LEVEL}', old.level, lead_quality.level, lead_quality.lead_id"
        f" FROM lead_quality{_OLD} AS old"
        " JOIN lead_quality ON lead_quality.lead_id = old.lead_id"
        " WHERE lead_quality.level <> old.level"
    )
    counted = draft.query(
        Query(
            Step("renamed_leads", one_by_one),
            Step(
                "counted",
                f"""
                SELECT dimension, before, after, count(*) AS leads,
                    list(lead_id ORDER BY lead_id)[1:{_EXAMPLES}] AS examples
                FROM renamed_leads
                GROUP BY dimension, before, after
                ORDER BY dimension, leads DESC, before, after
                """,
            ),
        )
    )
    return tuple(
        Renamed(dimension, before, after, leads, tuple(examples))
        for dimension, before, after, leads, examples in counted.iter_rows()
    )


def _people(draft: Draft) -> Moved:
    """People who did anything with content, by whether they are effective now."""
    judged = """
        SELECT person_id, max(CASE WHEN is_effective_now THEN 1 ELSE 0 END) AS is_effective
        FROM {table} WHERE person_id IS NOT NULL GROUP BY person_id
    """
    counted = draft.query(
        Query(
            Step("judged_before", judged.format(table=f"content_use{_OLD}")),
            Step("judged_after", judged.format(table="content_use")),
            Step(
                "judged",
                """
                SELECT coalesce(judged_before.is_effective, 0) AS before,
                    coalesce(judged_after.is_effective, 0) AS after
                FROM judged_before FULL JOIN judged_after
                    ON judged_before.person_id = judged_after.person_id
                """,
            ),
            Step(
                "counted",
                """
                SELECT CAST(coalesce(sum(before), 0) AS BIGINT) AS before,
                    CAST(coalesce(sum(after), 0) AS BIGINT) AS after,
                    count(CASE WHEN before <> after THEN 1 END) AS moved
                FROM judged
                """,
            ),
        )
    )
    return Moved(_PEOPLE, *counted.row(0))
