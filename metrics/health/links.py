"""Links between rows: rows that refer to nothing, names without a meaning, names of companies."""

from __future__ import annotations

from typing import ClassVar

from data.engine.warehouse import Warehouse
from data.named_tables import unresolved_names
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step

SPEND = "days of spend whose campaign has no lead"

LEADS = "leads without any touch"

DEALS = "deals without an account"

TOUCHES = "touches without a person"

UNLINKED = "deals without a lead"

GUESSED = "deals whose lead is known by a name or the company alone"

LATE = "deals that were open before any of their leads came"

RELATIONS = (SPEND, LEADS, DEALS, UNLINKED, GUESSED, LATE, TOUCHES)


class _Result(pa.DataFrameModel):
    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class Orphans(_Result):
    """One row per kind of link, in the order of RELATIONS."""

    relation: str = pa.Field(isin=RELATIONS, unique=True)
    row_count: int = pa.Field(ge=0)
    orphans: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)


class Unresolved(_Result):
    """One row per name that rows refer to and that means no single campaign or asset."""

    refers_to: str = pa.Field(isin=("campaign", "content"))
    reference: str
    rows_referring: int = pa.Field(ge=1)
    rows_named: int = pa.Field(ge=0)


class CompanyLink(_Result):
    """One row per reference to a company by another name, the least sure first."""

    reference: str
    written: str = pa.Field(nullable=True)
    account_id: str
    account: str = pa.Field(nullable=True)
    matched_by: str
    confidence: float = pa.Field(ge=0, le=1)
    applied: bool


def orphans(warehouse: Warehouse) -> DataFrame[Orphans]:
    """Which share of the rows refers to nothing?

    `share` is `orphans` of `row_count`, null where there are no rows. A campaign is compared by its
    name in `spend` and `journey`; a lead's touches are those of its person, after identity; a
    touch by an unknown visitor has no person. How an opportunity finds a lead that it does not name
    is in the definitions (`deals.leads_by`).
    """
    found = warehouse.query(
        Query(
            Step("reached", "SELECT DISTINCT campaign FROM journey"),
            Step(
                "touched",
                """
                SELECT count(*) AS leads FROM lead_identity
                WHERE person_id IN (SELECT person_id FROM touch WHERE person_id IS NOT NULL)
                """,
            ),
            Step(
                "counted",
                f"""
                SELECT 1 AS place, '{SPEND}' AS relation, count(*) AS row_count,
                    count(*) - count(reached.campaign) AS orphans
                FROM spend
                LEFT JOIN reached ON reached.campaign = spend.campaign
                UNION ALL
                SELECT 2, '{LEADS}', count(*), count(*) - coalesce(max(touched.leads), 0)
                FROM lead_identity
                CROSS JOIN touched
                UNION ALL
                SELECT 3, '{DEALS}', count(*), count(*) - count(account_id) FROM deal
                UNION ALL
                SELECT 4, '{UNLINKED}', count(*), count(*) - count(lead_id) FROM deal
                UNION ALL
                SELECT 5, '{GUESSED}', count(*),
                    count(CASE WHEN linked_by IN ('name', 'account') THEN 1 END) FROM deal
                UNION ALL
                SELECT 6, '{LATE}', count(*), count(CASE WHEN came_late THEN 1 END) FROM deal
                UNION ALL
                SELECT 7, '{TOUCHES}', count(*), count(*) - count(person_id) FROM touch
                """,
            ),
            Step(
                "shared",
                """
                SELECT place, relation, row_count, orphans,
                    CASE WHEN row_count > 0
                        THEN CAST(orphans AS DOUBLE) / CAST(row_count AS DOUBLE) END AS share
                FROM counted
                """,
            ),
        )
    )
    return Orphans.validate(found.sort("place").drop("place"), lazy=True)


def unresolved_references(warehouse: Warehouse) -> DataFrame[Unresolved]:
    """Which names in the rows mean no campaign or asset, or more than one?

    `rows_named` says how many are called so: none, or too many.
    """
    found = warehouse.query(unresolved_names())
    ordered = found.sort("rows_referring", "reference", descending=[True, False])
    return Unresolved.validate(ordered, lazy=True)


def company_links(warehouse: Warehouse, limit: int | None = None) -> DataFrame[CompanyLink]:
    """Which spellings are taken, or proposed, to be one company?

    `written` and `account` are the names of the two. Where `applied` is false nothing is merged:
    a person is to judge. References by their own id are left out, and names that no record but the
    account's own has. With `limit` only so many rows are read.
    """
    found = warehouse.query(
        Query(
            Step(
                "linked",
                """
                SELECT account_identity.reference, other.name AS written,
                    account_identity.account_id, stands.name AS account,
                    account_identity.matched_by, account_identity.confidence,
                    account_identity.applied
                FROM account_identity
                LEFT JOIN account AS other ON other.account_id = account_identity.reference
                LEFT JOIN account AS stands ON stands.account_id = account_identity.account_id
                WHERE account_identity.matched_by <> 'own'
                    AND (other.account_id IS NOT NULL OR NOT account_identity.applied)
                """,
            ),
            Step(
                "listed",
                "SELECT * FROM linked ORDER BY applied, confidence, reference, account_id"
                + (f" LIMIT {int(limit)}" if limit is not None else ""),
            ),
        )
    )
    return CompanyLink.validate(found, lazy=True)
