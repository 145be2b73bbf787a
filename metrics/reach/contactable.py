"""Who may be contacted, by which way and for which purpose, and why others may not."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.reach.asked import asked_steps, listed, narrowed_step, ways_asked
from metrics.reach.permission import (
    ALL,
    IS_WITHDRAWN,
    NEWEST,
    everybody_step,
    in_force_step,
)
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
    found = warehouse.query(
        Query(
            everybody_step(scope, definitions),
            in_force_step(scope, definitions),
            *asked_steps(scope, definitions, {"way": ways_asked(definitions)}),
            narrowed_step("people", "everybody", scope),
            narrowed_step("said", "in_force", scope),
            *_decided_steps(),
            Step(
                "counted",
                f"""
                SELECT judged.way, judged.purpose, {_REASON} AS reason,
                    CAST(sum(judged.people) AS BIGINT) AS people
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
    """Steps to `judged`: people by way, purpose, the statement that decides, and their addresses.

    People are counted before they meet ways and purposes: as if nobody had said anything, and those
    who did are taken out of there. So a row may take away.
    """
    return (
        Step(
            "purposes",
            f"""
            SELECT DISTINCT purpose FROM in_force
            UNION
            SELECT '{ALL}' AS purpose
            """,
        ),
        Step(
            "newest_statements",
            f"""
            SELECT said.person_id, way_list.name AS way, purposes.purpose, {NEWEST}
            FROM said
            JOIN {listed("way")} ON said.channel IN (lower(way_list.name), '{ALL}')
            JOIN purposes ON said.purpose IN (purposes.purpose, '{ALL}')
            GROUP BY said.person_id, way_list.name, purposes.purpose
            """,
        ),
        Step(
            "kinds",
            f"SELECT {_KIND}, count(*) AS people FROM people GROUP BY {_KIND}",
        ),
        Step(
            "told",
            f"""
            SELECT way, purpose,
                CASE WHEN {IS_WITHDRAWN} THEN 'withdrawn' ELSE 'granted' END AS state,
                {_KIND}, count(*) AS people
            FROM newest_statements
            JOIN people ON people.person_id = newest_statements.person_id
            GROUP BY way, purpose, CASE WHEN {IS_WITHDRAWN} THEN 'withdrawn' ELSE 'granted' END,
                {_KIND}
            """,
        ),
        Step(
            "people_cells",
            f"""
            SELECT way_list.name AS way, purposes.purpose, CAST(NULL AS VARCHAR) AS state,
                {_KIND}, kinds.people
            FROM kinds
            CROSS JOIN {listed("way")}
            CROSS JOIN purposes
            UNION ALL
            SELECT told.way, told.purpose, CASE signs.sign WHEN 1 THEN told.state END, {_KIND},
                signs.sign * told.people
            FROM told
            CROSS JOIN (SELECT 1 AS sign UNION ALL SELECT -1) AS signs
            """,
        ),
        Step(
            "judged",
            f"""
            SELECT people_cells.way, people_cells.purpose, people_cells.state,
                people_cells.do_not_contact, people_cells.people,
                CASE way_list.stands_for WHEN 'email' THEN has_email
                    WHEN 'phone' THEN has_phone ELSE has_wechat END AS has_address,
                CASE way_list.stands_for WHEN 'email' THEN bad_email
                    WHEN 'phone' THEN bad_phone ELSE bad_wechat END AS is_bad
            FROM people_cells
            JOIN {listed("way")} ON way_list.name = people_cells.way
            """,
        ),
    )


_KIND = "do_not_contact, has_email, has_phone, has_wechat, bad_email, bad_phone, bad_wechat"
