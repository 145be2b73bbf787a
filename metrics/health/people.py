"""People: who may be one person, and which leads come from a company with an owner already."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step

SAME_NAME = "same name at the same company"

TAKEN_OVER = "one record, later with another e-mail, name and phone"


class _Result(pa.DataFrameModel):
    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class LikelyPerson(_Result):
    """One row per two persons that may be one, the surest first."""

    account: str = pa.Field(nullable=True)
    records: str
    other_records: str
    evidence: str
    confidence: float = pa.Field(ge=0, le=1)
    person_id: str
    other_person_id: str
    account_id: str = pa.Field(nullable=True)


class Notice(_Result):
    """One row per lead from a company that somebody deals with, the newest first."""

    lead_on: pl.Date
    lead_id: str
    account: str = pa.Field(nullable=True)
    existing_relationship: str
    notify_owner: str = pa.Field(nullable=True)
    opportunity_id: str = pa.Field(nullable=True)
    account_id: str


def likely_people(warehouse: Warehouse) -> DataFrame[LikelyPerson]:
    """Which people may be one person, and what is the evidence?

    Nothing is merged: somebody who can see the records is to judge. A person is shown by the
    records of source systems, `system:record`, the first by spelling and how many more; by the
    keyed `person_id` alone where no system has a record. Names, e-mails and phones are not stored
    in clear and so not shown.
    """
    found = warehouse.query(
        Query(
            Step(
                "wanted",
                """
                SELECT person_id FROM person_proposal
                UNION
                SELECT reference AS person_id FROM person_proposal
                """,
            ),
            Step(
                "recorded",
                """
                SELECT person_identity.person_id, min(person_identity.reference) AS first_record,
                    count(*) AS records
                FROM person_identity
                JOIN wanted ON wanted.person_id = person_identity.person_id
                WHERE person_identity.reference LIKE '%:%'
                GROUP BY person_identity.person_id
                """,
            ),
            Step(
                "likely",
                """
                SELECT account.name AS account, one.first_record, one.records,
                    other.first_record AS other_first_record, other.records AS other_records,
                    proposal.matched_by, proposal.same_title, proposal.same_city,
                    proposal.private_mail, proposal.confidence, proposal.person_id,
                    proposal.reference AS other_person_id, proposal.account_id
                FROM person_proposal AS proposal
                LEFT JOIN account ON account.account_id = proposal.account_id
                LEFT JOIN recorded AS one ON one.person_id = proposal.person_id
                LEFT JOIN recorded AS other ON other.person_id = proposal.reference
                """,
            ),
        )
    ).sort("confidence", "person_id", "other_person_id", descending=[True, False, False])
    shown = found.select(
        "account",
        records=_records("first_record", "records", "person_id"),
        other_records=_records("other_first_record", "other_records", "other_person_id"),
        evidence=_evidence(),
        confidence="confidence",
        person_id="person_id",
        other_person_id="other_person_id",
        account_id="account_id",
    )
    return LikelyPerson.validate(shown, lazy=True)


def _records(first: str, count: str, person_id: str) -> pl.Expr:
    more = pl.format("{} and {} more", first, pl.col(count) - 1)
    return pl.coalesce(pl.when(pl.col(count) > 1).then(more).otherwise(pl.col(first)), person_id)


def _evidence() -> pl.Expr:
    return pl.concat_str(
        pl.when(pl.col("matched_by") == "id").then(pl.lit(TAKEN_OVER)).otherwise(pl.lit(SAME_NAME)),
        pl.when("same_title").then(pl.lit("same job title")),
        pl.when("same_city").then(pl.lit("same city")),
        pl.when("private_mail").then(pl.lit("one has a private e-mail")),
        separator="; ",
        ignore_nulls=True,
    )


def notices(warehouse: Warehouse) -> DataFrame[Notice]:
    """Which leads came from companies that somebody deals with, and who should hear of it?

    A lead is listed when its company was a customer, or had an open opportunity that the lead has
    no part in, on the day (reporting time zone) it came in. `notify_owner` is the owner of that
    opportunity, else of the account, else of the last deal won before; null when none is recorded.
    """
    found = warehouse.query(
        Query(
            Step(
                "noticed",
                """
                SELECT lead_notice.lead_on, lead_notice.lead_id, account.name AS account,
                    lead_notice.existing_relationship, lead_notice.notify_owner,
                    lead_notice.opportunity_id, lead_notice.account_id
                FROM lead_notice
                LEFT JOIN account ON account.account_id = lead_notice.account_id
                """,
            )
        )
    ).sort("lead_on", "lead_id", descending=[True, False])
    return Notice.validate(found, lazy=True)
