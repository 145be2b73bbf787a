"""Who may be contacted, and who was contacted after withdrawing consent."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.named_tables import CAMPAIGNS, named_steps
from data.references import person_of_record_sql
from data.schema.contract import CONSENTS, UNASSIGNED, Timestamp
from data.schema.frames import DataFrame, pa
from data.spelling import Spelt
from data.sql import Query, Step
from metrics.reach.asked import contact_actions, listed, named
from metrics.reach.permission import (
    ALL,
    STATEMENTS,
    promotion_purposes,
    withdrawn_steps,
)


class ConsentCount(pa.DataFrameModel):
    """One row per consent state, all three, in the order granted, withdrawn, unknown."""

    consent: str = pa.Field(isin=CONSENTS)
    people: int = pa.Field(ge=0)
    do_not_contact: int = pa.Field(ge=0)
    reachable_by_email: int = pa.Field(ge=0)
    reachable_by_phone: int = pa.Field(ge=0)
    reachable_by_wechat: int = pa.Field(ge=0)
    undated: int = pa.Field(ge=0)
    people_contacted_after: int = pa.Field(ge=0)
    contacts_after: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class ContactAfterWithdrawal(pa.DataFrameModel):
    """One row per contact with a person whose consent had been withdrawn, the latest first.

    `purpose` is what was withdrawn from: `all`, or a purpose of promotions.
    """

    person_id: str
    records: str = pa.Field(nullable=True)
    withdrawn_at: Timestamp
    purpose: str
    interaction_id: str
    action: str
    occurred_at: Timestamp
    channel: str

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def consent(warehouse: Warehouse, definitions: Definitions) -> DataFrame[ConsentCount]:
    """How many people may be contacted, by what, and how many were after withdrawing consent?

    One row per consent state, also when nobody is in it. `people` are resolved persons with a
    record of their own. The other columns count those of them who must not be contacted, who are
    recorded as reachable by a channel (whatever their consent), and whose grant or withdrawal has
    no date, so that no contact can be placed after it. A state is of every way and purpose.
    `people_contacted_after` were contacted after a withdrawal, of one way or purpose too,
    `contacts_after` times in all: the rows of `contacts_after_withdrawal` with a record of theirs.
    """
    found = warehouse.query(
        Query(
            *_contact_steps(definitions),
            Step(
                "contacted_people",
                "SELECT person_id, count(*) AS contacts FROM contacts GROUP BY person_id",
            ),
            Step(
                "consent_counts",
                """
                SELECT people.consent, count(*) AS people,
                    CAST(sum(people.do_not_contact) AS BIGINT) AS do_not_contact,
                    CAST(sum(people.reachable_by_email) AS BIGINT) AS reachable_by_email,
                    CAST(sum(people.reachable_by_phone) AS BIGINT) AS reachable_by_phone,
                    CAST(sum(people.reachable_by_wechat) AS BIGINT) AS reachable_by_wechat,
                    count(CASE WHEN people.consent <> 'unknown' AND people.consent_at IS NULL
                        THEN 1 END) AS undated,
                    count(contacted_people.person_id) AS people_contacted_after,
                    CAST(coalesce(sum(contacted_people.contacts), 0) AS BIGINT) AS contacts_after
                FROM people
                LEFT JOIN contacted_people ON contacted_people.person_id = people.person_id
                GROUP BY people.consent
                """,
            ),
        )
    )
    every = pl.DataFrame({"consent": CONSENTS})
    counts = pl.exclude("consent").fill_null(0)
    frame = every.join(found, on="consent", how="left", maintain_order="left")
    return ConsentCount.validate(frame.with_columns(counts), lazy=True)


def contacts_after_withdrawal(
    warehouse: Warehouse, definitions: Definitions
) -> DataFrame[ContactAfterWithdrawal]:
    """Who was contacted after withdrawing consent, when, and by what?

    One row per interaction, the latest first: actions that the definitions call `outbound`, while a
    withdrawal was in force, by the rule of `opt_out_breaches` (times are UTC). A mailing that was
    sent and delivered is two of them. `records` are the person's references in their systems,
    `system:record`, with a blank between; nothing is in clear. A withdrawal without a date has no
    contact after it: `consent` counts these as `undated`. Who grants consent again later stays
    listed for what was done before.
    """
    found = warehouse.query(Query(*_contact_steps(definitions), *_record_steps()))
    columns = list(ContactAfterWithdrawal.to_schema().columns)
    contact = [name for name in columns if name != "records"]
    frame = (
        found.group_by(contact)
        .agg(records=pl.col("reference").drop_nulls().sort().str.join(" "))
        .with_columns(pl.col("records").replace("", None))
        .sort("occurred_at", "interaction_id", descending=[True, False])
        .select(columns)
    )
    return ContactAfterWithdrawal.validate(frame, lazy=True)


def _contact_steps(definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `contacts`, one row per action after a withdrawal; `people` is one of them."""
    lists = {
        "contact": contact_actions(definitions),
        "sales": named(definitions.touch.sales_channels),
        "promoted": promotion_purposes(definitions),
    }
    asked = [(kind, *name) for kind, names in lists.items() for name in names]
    channel = Spelt("channel", f"coalesce(interaction.channel, campaigns.channel, '{UNASSIGNED}')")
    row = "SELECT CAST(? AS VARCHAR) AS kind, CAST(? AS VARCHAR) AS name, CAST(? AS VARCHAR) AS"
    return (
        Step(
            "asked",
            "\nUNION ALL\n".join(f"{row} stands_for" for _ in asked),
            tuple(value for each in asked for value in each),
        ),
        *named_steps(CAMPAIGNS),
        STATEMENTS,
        *_people_steps(),
        Step(
            "outbound",
            f"""
            SELECT interaction.interaction_id AS contact_id,
                coalesce(person_identity.person_id, interaction.person_id) AS person_id,
                contact_list.stands_for AS way, interaction.action,
                interaction.occurred_at AS contact_at,
                coalesce(campaigns.name, interaction.campaign_id) AS campaign,
                {channel.shown} AS channel,
                sales_list.name IS NOT NULL AS is_sales
            FROM interaction
            JOIN {listed("contact")} ON contact_list.name = interaction.action
            LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
            LEFT JOIN campaigns ON campaigns.reference = interaction.campaign_id
            {channel.join}
            LEFT JOIN {listed("sales")} ON sales_list.name = {channel.shown}
            WHERE interaction.person_id IS NOT NULL
            """,
        ),
        *withdrawn_steps("outbound"),
        Step(
            "contacts",
            """
            SELECT outbound.person_id, withdrawn_contacts.withdrawn_at, withdrawn_contacts.purpose,
                outbound.contact_id AS interaction_id, outbound.action,
                outbound.contact_at AS occurred_at, outbound.channel
            FROM outbound
            JOIN withdrawn_contacts ON withdrawn_contacts.contact_id = outbound.contact_id
            """,
        ),
    )


def _people_steps() -> tuple[Step, ...]:
    """Steps that end in `people`, after `statements`: a row per person with what holds now.

    The newest dated statement on every way and purpose counts. Of statements of one moment, and of
    those without a date, a withdrawal counts before a grant. `unknown` is no statement.
    """
    return (
        Step(
            "person_records",
            """
            SELECT coalesce(person_identity.person_id, person.person_id) AS person_id,
                person.do_not_contact, person.reachable_by_email, person.reachable_by_phone,
                person.reachable_by_wechat
            FROM person
            LEFT JOIN person_identity ON person_identity.reference = person.person_id
            """,
        ),
        Step(
            "consent_statements",
            f"""
            SELECT person_id, state AS consent, changed_at AS consent_at,
                row_number() OVER (
                    PARTITION BY person_id
                    ORDER BY changed_at DESC NULLS LAST,
                        CASE state WHEN 'withdrawn' THEN 0 ELSE 1 END
                ) AS place
            FROM statements
            WHERE channel = '{ALL}' AND purpose = '{ALL}'
            """,
        ),
        Step(
            "people",
            """
            SELECT marks.person_id, coalesce(consent_statements.consent, 'unknown') AS consent,
                consent_statements.consent_at, marks.do_not_contact, marks.reachable_by_email,
                marks.reachable_by_phone, marks.reachable_by_wechat
            FROM (
                SELECT person_id,
                    max(CASE WHEN do_not_contact THEN 1 ELSE 0 END) AS do_not_contact,
                    max(CASE WHEN reachable_by_email THEN 1 ELSE 0 END) AS reachable_by_email,
                    max(CASE WHEN reachable_by_phone THEN 1 ELSE 0 END) AS reachable_by_phone,
                    max(CASE WHEN reachable_by_wechat THEN 1 ELSE 0 END) AS reachable_by_wechat
                FROM person_records
                GROUP BY person_id
            ) AS marks
            LEFT JOIN consent_statements
                ON consent_statements.person_id = marks.person_id AND consent_statements.place = 1
            """,
        ),
    )


def _record_steps() -> tuple[Step, ...]:
    """Steps after `contacts` to `contact_records`: one row per contact and record of its person."""
    record = person_of_record_sql("person_alias.source_system", "person_alias.source_record_id")
    return (
        Step(
            "source_records",
            f"""
            SELECT DISTINCT
                coalesce(person_identity.person_id, person_alias.person_id) AS person_id,
                {record} AS reference
            FROM person_alias
            LEFT JOIN person_identity ON person_identity.reference = person_alias.person_id
            """,
        ),
        Step(
            "contact_records",
            """
            SELECT contacts.person_id, contacts.withdrawn_at, contacts.interaction_id,
                contacts.purpose, contacts.action, contacts.occurred_at, contacts.channel,
                source_records.reference
            FROM contacts
            LEFT JOIN source_records ON source_records.person_id = contacts.person_id
            """,
        ),
    )
