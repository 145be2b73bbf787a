"""Who may be contacted, by which way and for which purpose, and why others may not."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.reach.asked import asked_steps, listed, ways_asked
from metrics.reach.permission import ALL, person_lists, person_steps, statement_steps
from metrics.scope import Scope

REASONS = (
    "granted",
    "do not contact",
    "withdrawn",
    "bad address",
    "nothing said",
    "no address known",
)
"""Why somebody may or may not be contacted, the first that holds after `granted`."""

_STATES = {
    "granted": "may",
    "do not contact": "may not",
    "withdrawn": "may not",
    "bad address": "may not",
    "nothing said": "unknown",
    "no address known": "unknown",
}


class Contactable(pa.DataFrameModel):
    """One row per way of contact, purpose and reason, ways as defined, the purpose `all` first.

    Also where nobody is: each way and purpose has all six reasons, whose `people` add up to
    `of_people`, everybody in scope. `state` is what the reason means: may, may not, unknown.
    """

    way: str
    purpose: str
    state: str = pa.Field(isin=("may", "may not", "unknown"))
    reason: str = pa.Field(isin=REASONS)
    people: int = pa.Field(ge=0)
    of_people: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per way, purpose and reason."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["way", "purpose", "reason"]


def contactable(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[Contactable]:
    """Who may be contacted by which way, for which purpose, and why may the others not?

    Of people with a record of their own, as things stood at the end of the scope's period; marks
    without a date, such as do not contact, hold as they are now. The newest statement on the way or
    on all, for the purpose or for all, decides; of one moment a withdrawal does. The purpose `all`
    is one that nobody named. Whose consent nobody recorded is unknown: what the law takes that for
    is not for a number to say. With a filter only people with a lead that passes it count.
    """
    ways = definitions.reach.way
    lists = {
        "way": ways_asked(definitions),
        **person_lists(definitions),
    }
    found = warehouse.query(
        Query(
            *asked_steps(scope, definitions, lists),
            *person_steps(scope),
            *statement_steps(),
            *_decided_steps(),
            Step(
                "counted",
                f"""
                SELECT judged.way, judged.purpose, {_REASON} AS reason, count(*) AS people
                FROM judged
                GROUP BY judged.way, judged.purpose, {_REASON}
                """,
            ),
        )
    )
    cells = found.select("way", "purpose").unique()
    reasons = pl.DataFrame({"reason": REASONS}, schema={"reason": pl.String})
    places = {way.name: place for place, way in enumerate(ways)}
    rows = (
        cells.join(reasons, how="cross")
        .join(found, on=["way", "purpose", "reason"], how="left")
        .with_columns(pl.col("people").fill_null(0))
        .with_columns(
            of_people=pl.col("people").sum().over("way", "purpose"),
            state=pl.col("reason").replace_strict(_STATES, return_dtype=pl.String),
        )
        .with_columns(share=pl.col("people") / pl.col("of_people"))
        .sort(
            pl.col("way").replace_strict(places, return_dtype=pl.Int64),
            pl.col("purpose") != ALL,
            "purpose",
            pl.col("reason").cast(pl.Enum(REASONS)),
        )
    )
    return Contactable.validate(rows.select(list(Contactable.to_schema().columns)), lazy=True)


_REASON = """
    CASE WHEN judged.do_not_contact = 1 THEN 'do not contact'
        WHEN judged.state = 'withdrawn' THEN 'withdrawn'
        WHEN judged.is_bad = 1 THEN 'bad address'
        WHEN judged.state IS NULL THEN 'nothing said'
        WHEN judged.has_address = 0 THEN 'no address known'
        ELSE 'granted' END
"""


def _decided_steps() -> tuple[Step, ...]:
    """Steps to `judged`: one row per person, way and purpose, with the statement that decides."""
    return (
        Step(
            "purposes",
            f"""
            SELECT DISTINCT purpose FROM statements
            UNION
            SELECT '{ALL}' AS purpose
            """,
        ),
        Step(
            "ranked_statements",
            f"""
            SELECT statements.person_id, way_list.name AS way, purposes.purpose,
                statements.state,
                row_number() OVER (
                    PARTITION BY statements.person_id, way_list.name, purposes.purpose
                    ORDER BY statements.changed_at DESC NULLS LAST,
                        CASE statements.state WHEN 'withdrawn' THEN 0 ELSE 1 END
                ) AS place
            FROM statements
            JOIN {listed("way")} ON statements.channel IN (lower(way_list.name), '{ALL}')
            JOIN purposes ON statements.purpose IN (purposes.purpose, '{ALL}')
            CROSS JOIN bounds
            WHERE statements.changed_at IS NULL OR statements.changed_at < bounds.end_at
            """,
        ),
        Step(
            "judged",
            f"""
            SELECT people.person_id, way_list.name AS way, purposes.purpose,
                people.do_not_contact, ranked_statements.state,
                CASE way_list.stands_for WHEN 'email' THEN people.has_email
                    WHEN 'phone' THEN people.has_phone ELSE people.has_wechat END AS has_address,
                CASE way_list.stands_for WHEN 'email' THEN people.bad_email
                    WHEN 'phone' THEN people.bad_phone ELSE people.bad_wechat END AS is_bad
            FROM people
            CROSS JOIN {listed("way")}
            CROSS JOIN purposes
            LEFT JOIN ranked_statements ON ranked_statements.person_id = people.person_id
                AND ranked_statements.way = way_list.name
                AND ranked_statements.purpose = purposes.purpose
                AND ranked_statements.place = 1
            """,
        ),
    )
