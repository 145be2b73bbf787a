"""Opting out: who is suppressed, who has withdrawn, and who was contacted all the same."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Timestamp
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step, kept_step
from metrics.rates import ratio, wilson
from metrics.reach.asked import asked_steps, everywhere, narrowed_step, ways_asked
from metrics.reach.contacts import contact_steps
from metrics.reach.keyed import reference_steps, with_records
from metrics.reach.permission import (
    ALL,
    IS_WITHDRAWN,
    NEWEST,
    STATEMENTS,
    everybody_step,
    in_force_step,
    promotion_purposes,
    withdrawn_steps,
)
from metrics.scope import Scope


class Suppressed(pa.DataFrameModel):
    """One row per way of contact, in the order of their names.

    Of `people` with a record of their own: `suppressed` are marked as not to be contacted,
    `opted_out` had withdrawn from this way by the end of the period, `opted_out_in_period` did so
    in it; `bad_address` cannot be reached by it. Somebody can be in several. `contacts` of the
    period were made by the way, `contacts_after` of these after the person had opted out, with
    `people_contacted_after`; `breach_rate` is contacts_after ÷ contacts, with bounds of 95%.
    """

    way: str
    people: int = pa.Field(ge=0)
    suppressed: int = pa.Field(ge=0)
    opted_out: int = pa.Field(ge=0)
    opted_out_in_period: int = pa.Field(ge=0)
    bad_address: int = pa.Field(ge=0)
    contacts: int = pa.Field(ge=0)
    contacts_after: int = pa.Field(ge=0)
    people_contacted_after: int = pa.Field(ge=0)
    breach_rate: float = pa.Field(ge=0, le=1, nullable=True)
    breach_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    breach_rate_high: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per way."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["way"]


class OptOutBreach(pa.DataFrameModel):
    """One row per contact of the period with somebody who had opted out of its way, latest first.

    `opted_out_at` is the statement in force at the moment of the contact (UTC), and `purpose` what
    it was for: `all`, or one of promotions. `records` are the person's references in their systems,
    `system:record`, with a blank between; nothing is in clear.
    """

    person_id: str
    records: str = pa.Field(nullable=True)
    way: str
    purpose: str
    opted_out_at: Timestamp = pa.Field(nullable=True)
    contact_at: Timestamp
    contact_id: str
    channel: str
    campaign: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def suppressed(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[Suppressed]:
    """Who is suppressed or has opted out, and how many contacts went to them all the same?

    A contact is a breach where the newest statement before it, on its way or on all, is a
    withdrawal; of one moment a withdrawal counts. Statements for every purpose count, and of a
    promotion those for the purposes that the definitions give promotions: what else a contact was
    for nothing says. A withdrawal without a day is left out: it proves nothing. `opted_out` is of
    every purpose.

    Source: Wilson (1927) for the bounds.
    """
    query = Query(
        everybody_step(scope, definitions),
        _known_breaches_step(scope, definitions),
        in_force_step(scope, definitions),
        *contact_steps(scope, definitions, way=ways_asked(definitions)),
        narrowed_step("people", "everybody", scope),
        narrowed_step("said", "in_force", scope),
        narrowed_step("breaches", "known_breaches", scope),
        *_SUMS,
    )
    found = warehouse.query(query).sort("way")
    low, high = wilson(pl.col("contacts_after"), pl.col("contacts"))
    rows = found.with_columns(
        breach_rate=ratio(pl.col("contacts_after"), pl.col("contacts")),
        breach_rate_low=low,
        breach_rate_high=high,
    )
    return Suppressed.validate(rows.select(list(Suppressed.to_schema().columns)), lazy=True)


def opt_out_breaches(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[OptOutBreach]:
    """Who was contacted after opting out, when, and by what?

    The contacts that `suppressed` counts as `contacts_after`.
    """
    steps = (
        _known_breaches_step(scope, definitions),
        *asked_steps(scope, definitions, {}),
        narrowed_step("breaches", "known_breaches", scope),
    )
    found = warehouse.query(Query(*steps))
    references = warehouse.query(Query(*steps, *reference_steps("breaches")))
    rows = with_records(found, references).sort(
        "contact_at", "contact_id", descending=[True, False]
    )
    return OptOutBreach.validate(rows.select(list(OptOutBreach.to_schema().columns)), lazy=True)


def _known_breaches_step(scope: Scope, definitions: Definitions) -> Step:
    """Step `known_breaches`, kept: contacts of the period with whoever had opted out of their way,
    whatever the scope's filters."""
    known = Query(
        *contact_steps(everywhere(scope), definitions, promoted=promotion_purposes(definitions)),
        STATEMENTS,
        Step("contacts_of_period", "SELECT * FROM contacts WHERE in_period = 1"),
        *withdrawn_steps("contacts_of_period"),
        Step(
            "breaches_of_all",
            """
            SELECT contacts_of_period.contact_id, contacts_of_period.person_id,
                contacts_of_period.way, withdrawn_contacts.purpose,
                withdrawn_contacts.withdrawn_at AS opted_out_at, contacts_of_period.contact_at,
                contacts_of_period.channel, contacts_of_period.campaign
            FROM contacts_of_period
            JOIN withdrawn_contacts
                ON withdrawn_contacts.contact_id = contacts_of_period.contact_id
            """,
        ),
    )
    return kept_step("known_breaches", known)


_WAYS = "(SELECT name, stands_for FROM asked WHERE kind = 'way')"

_SUMS = (
    Step(
        "breach_counts",
        """
        SELECT way, count(*) AS contacts_after, count(DISTINCT person_id) AS people_contacted_after
        FROM breaches GROUP BY way
        """,
    ),
    Step(
        "contact_counts",
        "SELECT way, count(*) AS contacts FROM contacts WHERE in_period = 1 GROUP BY way",
    ),
    Step(
        "ways",
        f"""
        SELECT ways_asked.name AS way, ways_asked.stands_for FROM {_WAYS} AS ways_asked
        UNION
        SELECT contact_counts.way, CAST(NULL AS VARCHAR)
        FROM contact_counts
        LEFT JOIN {_WAYS} AS ways_known ON ways_known.name = contact_counts.way
        WHERE ways_known.name IS NULL
        """,
    ),
    Step(
        "newest_statements",
        f"""
        SELECT said.person_id, ways.way, {NEWEST}
        FROM said
        JOIN ways ON said.channel IN (lower(ways.way), '{ALL}')
        WHERE said.purpose = '{ALL}'
        GROUP BY said.person_id, ways.way
        """,
    ),
    Step(
        "people_out",
        f"""
        SELECT newest_statements.way, count(*) AS opted_out,
            count(CASE WHEN newest_statements.withdrawn_at >= bounds.start_at THEN 1 END)
                AS opted_out_in_period
        FROM newest_statements
        JOIN people ON people.person_id = newest_statements.person_id
        CROSS JOIN bounds
        WHERE {IS_WITHDRAWN}
        GROUP BY newest_statements.way
        """,
    ),
    Step(
        "people_sums",
        """
        SELECT count(*) AS people, CAST(coalesce(sum(do_not_contact), 0) AS BIGINT) AS suppressed,
            CAST(coalesce(sum(bad_email), 0) AS BIGINT) AS bad_email,
            CAST(coalesce(sum(bad_phone), 0) AS BIGINT) AS bad_phone,
            CAST(coalesce(sum(bad_wechat), 0) AS BIGINT) AS bad_wechat
        FROM people
        """,
    ),
    Step(
        "suppressed",
        """
        SELECT ways.way, people_sums.people, people_sums.suppressed,
            coalesce(people_out.opted_out, 0) AS opted_out,
            coalesce(people_out.opted_out_in_period, 0) AS opted_out_in_period,
            CASE ways.stands_for WHEN 'email' THEN people_sums.bad_email
                WHEN 'phone' THEN people_sums.bad_phone WHEN 'wechat' THEN people_sums.bad_wechat
                ELSE 0 END AS bad_address,
            coalesce(contact_counts.contacts, 0) AS contacts,
            coalesce(breach_counts.contacts_after, 0) AS contacts_after,
            coalesce(breach_counts.people_contacted_after, 0) AS people_contacted_after
        FROM ways
        CROSS JOIN people_sums
        LEFT JOIN people_out ON people_out.way = ways.way
        LEFT JOIN contact_counts ON contact_counts.way = ways.way
        LEFT JOIN breach_counts ON breach_counts.way = ways.way
        """,
    ),
)
