"""Who may be contacted, and who was although consent had been withdrawn."""

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

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class ContactAfterWithdrawal(pa.DataFrameModel):
    """One row per interaction by which somebody was contacted after withdrawing consent."""

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


def _people_steps() -> tuple[Step, ...]:
    """Steps that end in `people`: one row per person with what holds for them now.

    The newest dated word on consent counts; of words of one moment, and of words without a date,
    a withdrawal counts before a grant. That nothing is known is no word.
    """
    return (
        Step(
            "records",
            """
            SELECT coalesce(person_identity.person_id, person.person_id) AS person_id,
                person.consent, person.consent_at, person.do_not_contact,
                person.reachable_by_email, person.reachable_by_phone, person.reachable_by_wechat
            FROM person
            LEFT JOIN person_identity ON person_identity.reference = person.person_id
            """,
        ),
        Step(
            "words",
            """
            SELECT person_id, consent, consent_at,
                row_number() OVER (
                    PARTITION BY person_id
                    ORDER BY consent_at DESC NULLS LAST,
                        CASE consent WHEN 'withdrawn' THEN 0 ELSE 1 END
                ) AS place
            FROM records
            WHERE consent IN ('granted', 'withdrawn')
            """,
        ),
        Step(
            "people",
            """
            SELECT facts.person_id, coalesce(words.consent, 'unknown') AS consent,
                words.consent_at, facts.do_not_contact, facts.reachable_by_email,
                facts.reachable_by_phone, facts.reachable_by_wechat
            FROM (
                SELECT person_id,
                    max(CASE WHEN do_not_contact THEN 1 ELSE 0 END) AS do_not_contact,
                    max(CASE WHEN reachable_by_email THEN 1 ELSE 0 END) AS reachable_by_email,
                    max(CASE WHEN reachable_by_phone THEN 1 ELSE 0 END) AS reachable_by_phone,
                    max(CASE WHEN reachable_by_wechat THEN 1 ELSE 0 END) AS reachable_by_wechat
                FROM records
                GROUP BY person_id
            ) AS facts
            LEFT JOIN words ON words.person_id = facts.person_id AND words.place = 1
            """,
        ),
    )


def consent_counts(warehouse: Warehouse) -> DataFrame[ConsentCount]:
    """How many people may be contacted, and by what?

    One row per state of consent, also when nobody is in it. `people` are resolved persons with a
    record of their own; the other columns count those of them who are not to be contacted, who are
    recorded as reachable by a channel (whatever their consent), and whose grant or withdrawal has
    no date, so that nobody can tell what came after it.
    """
    found = warehouse.query(
        Query(
            *_people_steps(),
            Step(
                "counted",
                """
                SELECT consent, count(*) AS people,
                    CAST(sum(do_not_contact) AS BIGINT) AS do_not_contact,
                    CAST(sum(reachable_by_email) AS BIGINT) AS reachable_by_email,
                    CAST(sum(reachable_by_phone) AS BIGINT) AS reachable_by_phone,
                    CAST(sum(reachable_by_wechat) AS BIGINT) AS reachable_by_wechat,
                    count(CASE WHEN consent <> 'unknown' AND consent_at IS NULL THEN 1 END)
                        AS undated
                FROM people
                GROUP BY consent
                """,
            ),
        )
    )
    every = pl.DataFrame({"consent": CONSENTS})
    counts = pl.exclude("consent").fill_null(0)
    frame = every.join(found, on="consent", how="left", maintain_order="left")
    return DataFrame[ConsentCount](frame.with_columns(counts))


def contacts_after_withdrawal(
    warehouse: Warehouse, definitions: Definitions
) -> DataFrame[ContactAfterWithdrawal]:
    """Who was contacted after withdrawing consent, when, and by what?

    One row per interaction, the latest first, of people whose consent is withdrawn now: actions
    that the definitions call `outbound`, later than the withdrawal (times are UTC). `records` are
    the person's references in their systems, `system:record`, with a blank between; nothing is in
    clear. A withdrawal without a date tells nothing here: `consent_counts` says how many there
    are. Somebody who has since granted consent again is not listed.
    """
    actions = definitions.touch.outbound
    record = person_of_record_sql("person_alias.source_system", "person_alias.source_record_id")
    frame = warehouse.query(
        Query(
            Step(
                "outbound",
                " UNION ALL ".join("SELECT CAST(? AS VARCHAR) AS action" for _ in actions),
                actions,
            ),
            *_people_steps(),
            Step(
                "aliases",
                f"""
                SELECT person_id, string_agg(reference, ' ' ORDER BY reference) AS records
                FROM (
                    SELECT DISTINCT
                        coalesce(person_identity.person_id, person_alias.person_id) AS person_id,
                        {record} AS reference
                    FROM person_alias
                    LEFT JOIN person_identity
                        ON person_identity.reference = person_alias.person_id
                ) AS told
                GROUP BY person_id
                """,
            ),
            Step(
                "contacted",
                f"""
                SELECT people.person_id, aliases.records, people.consent_at AS withdrawn_at,
                    interaction.interaction_id, interaction.action, interaction.occurred_at,
                    coalesce(interaction.channel, '{UNASSIGNED}') AS channel
                FROM interaction
                JOIN outbound ON outbound.action = interaction.action
                LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
                JOIN people
                    ON people.person_id = coalesce(person_identity.person_id, interaction.person_id)
                    AND people.consent = 'withdrawn'
                    AND interaction.occurred_at > people.consent_at
                LEFT JOIN aliases ON aliases.person_id = people.person_id
                ORDER BY interaction.occurred_at DESC, interaction.interaction_id
                """,
            ),
        )
    )
    return DataFrame[ContactAfterWithdrawal](frame)
