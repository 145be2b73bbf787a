"""Who may be contacted, and who was contacted after withdrawing consent."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.references import person_of_record_sql
from data.schema.contract import CONSENTS, UNASSIGNED, Timestamp
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step


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
    """One row per contact with a person whose consent had been withdrawn, the latest first."""

    person_id: str
    records: str = pa.Field(nullable=True)
    withdrawn_at: Timestamp
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
    no date, so that no contact can be placed after it. `people_contacted_after` were contacted
    after their withdrawal, `contacts_after` times in all: the rows of `contacts_after_withdrawal`.
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

    One row per interaction, the latest first, of people whose consent is withdrawn now: actions
    that the definitions call `outbound`, later than the withdrawal (times are UTC). `records` are
    the person's references in their systems, `system:record`, with a blank between; nothing is in
    clear. A withdrawal without a date has no contact after it: `consent` counts these as
    `undated`. Somebody who has since granted consent again is not listed.
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
    """Steps to `contacts`, one row per contact after a withdrawal; `people` is one of them."""
    actions = definitions.touch.outbound
    return (
        Step(
            "outbound_actions",
            " UNION ALL ".join("SELECT CAST(? AS VARCHAR) AS action" for _ in actions),
            actions,
        ),
        *_people_steps(),
        Step(
            "contacts",
            f"""
            SELECT people.person_id, people.consent_at AS withdrawn_at,
                interaction.interaction_id, interaction.action, interaction.occurred_at,
                coalesce(interaction.channel, '{UNASSIGNED}') AS channel
            FROM interaction
            JOIN outbound_actions ON outbound_actions.action = interaction.action
            LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
            JOIN people
                ON people.person_id = coalesce(person_identity.person_id, interaction.person_id)
                AND people.consent = 'withdrawn'
                AND interaction.occurred_at > people.consent_at
            """,
        ),
    )


def _people_steps() -> tuple[Step, ...]:
    """Steps that end in `people`: one row per person with what holds for them now.

    The newest dated statement on consent counts. Of statements of one moment, and of those without
    a date, a withdrawal counts before a grant. `unknown` is no statement.
    """
    return (
        Step(
            "person_records",
            """
            SELECT coalesce(person_identity.person_id, person.person_id) AS person_id,
                person.consent, person.consent_at, person.do_not_contact,
                person.reachable_by_email, person.reachable_by_phone, person.reachable_by_wechat
            FROM person
            LEFT JOIN person_identity ON person_identity.reference = person.person_id
            """,
        ),
        Step(
            "consent_statements",
            """
            SELECT person_id, consent, consent_at,
                row_number() OVER (
                    PARTITION BY person_id
                    ORDER BY consent_at DESC NULLS LAST,
                        CASE consent WHEN 'withdrawn' THEN 0 ELSE 1 END
                ) AS place
            FROM person_records
            WHERE consent IN ('granted', 'withdrawn')
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
                contacts.action, contacts.occurred_at, contacts.channel, source_records.reference
            FROM contacts
            LEFT JOIN source_records ON source_records.person_id = contacts.person_id
            """,
        ),
    )
