"""Frequency: how often people are contacted against the cap, and what the nth contact does."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.chance import Part, share_changes
from metrics.rates import ratio, wilson
from metrics.reach.contacts import answered_steps, contact_steps
from metrics.scope import Scope

MOST_SHOWN = 20
"""Contacts beyond this number are counted as this one."""


class ContactFrequency(pa.DataFrameModel):
    """One row per number of contacts, the fewest first.

    `people` had so many contacts at most within any 30 days of the period, `contacts` is how many
    they had in all. The last row is of 20 and more. `is_over_cap`: more than the definitions allow.
    """

    most_in_30_days: int = pa.Field(ge=1, le=MOST_SHOWN)
    people: int = pa.Field(ge=1)
    share: float = pa.Field(gt=0, le=1)
    contacts: int = pa.Field(ge=1)
    is_over_cap: bool

    class Config:
        """Exactly these columns, one row per number."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["most_in_30_days"]


class NthContact(pa.DataFrameModel):
    """One row per way and place of a contact within 30 days, the first first.

    The place counts contacts by every way; the last row of a way is of 20 and more.

    `contacts` are those of which all days for an answer are observed, `young` are not counted yet.
    `response_rate` is answered ÷ contacts, with bounds of 95%. `opt_out_rate` is of contacts after
    which the person withdrew consent within the same days. `against_first` says whether the rate
    of response is another one than that of the first contact by the same way; null of the first.
    """

    way: str
    nth: int = pa.Field(ge=1, le=MOST_SHOWN)
    contacts: int = pa.Field(ge=0)
    young: int = pa.Field(ge=0)
    answered: int = pa.Field(ge=0)
    response_rate: float = pa.Field(ge=0, le=1, nullable=True)
    response_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    response_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    opted_out: int = pa.Field(ge=0)
    opt_out_rate: float = pa.Field(ge=0, le=1, nullable=True)
    against_first: str = pa.Field(nullable=True)
    is_over_cap: bool

    class Config:
        """Exactly these columns, one row per way and place."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["way", "nth"]


def contact_frequency(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ContactFrequency]:
    """How often were people contacted within 30 days, and how many more often than the cap?

    Of people with a contact in the period. A contact is one per person, way, campaign and day; it
    looks back over 30 days, also before the period begins. Days are those of UTC.
    """
    found = warehouse.query(
        Query(
            *contact_steps(scope, definitions),
            Step(
                "people",
                """
                SELECT person_id, max(nth) AS most, count(*) AS contacts
                FROM contacts WHERE in_period = 1
                GROUP BY person_id
                """,
            ),
            Step(
                "frequency",
                f"""
                SELECT least(most, {MOST_SHOWN}) AS most_in_30_days, count(*) AS people,
                    CAST(sum(contacts) AS BIGINT) AS contacts,
                    max(most) > {int(definitions.reach.contact_cap)} AS is_over_cap
                FROM people
                GROUP BY least(most, {MOST_SHOWN})
                """,
            ),
        )
    )
    rows = found.with_columns(
        pl.col("most_in_30_days").cast(pl.Int64), share=pl.col("people") / pl.col("people").sum()
    ).sort("most_in_30_days")
    names = list(ContactFrequency.to_schema().columns)
    return ContactFrequency.validate(rows.select(names), lazy=True)


def nth_contact(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[NthContact]:
    """Does the nth contact within 30 days still bring an answer, and does it drive people away?

    Of contacts in the period. An answer belongs to the last contact before it, within the days that
    the definitions give. Who is contacted often may be of another kind than who is not: the rates
    say what went together with the nth contact, not what one contact fewer would do. The
    comparisons with the first contact are corrected together for their number.

    Source: Wilson (1927) for the bounds; Newcombe (1998), Bonferroni for the comparison.
    """
    found = warehouse.query(
        Query(
            *answered_steps(scope, definitions),
            Step(
                "nths",
                f"""
                SELECT way, least(nth, {MOST_SHOWN}) AS nth,
                    CAST(sum(is_ripe) AS BIGINT) AS contacts,
                    CAST(sum(1 - is_ripe) AS BIGINT) AS young,
                    CAST(sum(is_ripe * is_answered) AS BIGINT) AS answered,
                    CAST(sum(is_ripe * drove_away) AS BIGINT) AS opted_out
                FROM answered_contacts
                GROUP BY way, least(nth, {MOST_SHOWN})
                """,
            ),
        )
    ).sort("way", "nth")
    low, high = wilson(pl.col("answered"), pl.col("contacts"))
    rows = found.with_columns(
        pl.col("nth").cast(pl.Int64),
        response_rate=ratio(pl.col("answered"), pl.col("contacts")),
        response_rate_low=low,
        response_rate_high=high,
        opt_out_rate=ratio(pl.col("opted_out"), pl.col("contacts")),
        against_first=pl.Series(_against_first(found), dtype=pl.String),
        is_over_cap=pl.col("nth") > definitions.reach.contact_cap,
    )
    return NthContact.validate(rows.select(list(NthContact.to_schema().columns)), lazy=True)


def _against_first(found: pl.DataFrame) -> list[str | None]:
    parts = {
        (way, nth): Part(answered, contacts)
        for way, nth, answered, contacts in found.select(
            "way", "nth", "answered", "contacts"
        ).iter_rows()
    }
    later = [key for key in parts if key[1] != 1]
    nothing = Part(None, None)
    verdicts = share_changes([(parts[key], parts.get((key[0], 1), nothing)) for key in later])
    said = dict(zip(later, map(str, verdicts), strict=True))
    return [said.get(key) for key in parts]
