"""Tables that identity needs only while it works, and what the rows of each come from.

To plan a long query takes longer than to run it on few rows. Where nothing can come of one, its
table is made by its columns alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.engine.draft import Draft
from data.sql import Query


@dataclass(frozen=True, slots=True)
class WorkingTable:
    """The columns of a table, as its query gives them, and the relations its rows come from.

    Where none of the relations has a row the query gives none either.
    """

    columns: str
    rows_come_from: tuple[str, ...]


def two_of(relation: str) -> str:
    """A relation that is empty unless another has two rows, as a link between rows needs."""
    return f"(SELECT 1 FROM {relation} HAVING count(*) > 1)"


_EDGE = "hub VARCHAR, spoke VARCHAR, matched_by VARCHAR"

WORKING_TABLES = {
    "company_domain": WorkingTable(
        "written VARCHAR, domain VARCHAR",
        ("account WHERE domain IS NOT NULL", "person WHERE email_domain IS NOT NULL"),
    ),
    "account_evidence": WorkingTable(
        "reference VARCHAR, country VARCHAR, city VARCHAR, domain VARCHAR, name_key VARCHAR, "
        "mail_domain VARCHAR, mail_share DOUBLE, label VARCHAR, mail_label VARCHAR, "
        "domains_of_name BIGINT",
        ("account",),
    ),
    "account_edge": WorkingTable(f"{_EDGE}, confidence DOUBLE", (two_of("account_evidence"),)),
    "account_choice": WorkingTable("reference VARCHAR, account_id VARCHAR", ("account_component",)),
    "person_record": WorkingTable(
        "reference VARCHAR, person_id VARCHAR, phone_key VARCHAR, name_key VARCHAR",
        ("person_alias", "person_alias_version"),
    ),
    "person_merged": WorkingTable(
        "hub VARCHAR, spoke VARCHAR",
        ("retired_record WHERE subject_kind = 'person' AND survivor_id IS NOT NULL",),
    ),
    "person_of_record": WorkingTable(
        "reference VARCHAR, person_id VARCHAR, name_key VARCHAR, phone_key VARCHAR, "
        "email_key VARCHAR",
        (two_of("person_record"),),
    ),
    "person_taken_over": WorkingTable("reference VARCHAR", ("person_of_record",)),
    "shared_contact": WorkingTable(
        "person_id VARCHAR, contact_key VARCHAR, matched_by VARCHAR, name_key VARCHAR, "
        "whom VARCHAR",
        (
            "person WHERE phone_key IS NOT NULL OR email_state = 'role'",
            "person_record WHERE phone_key IS NOT NULL",
        ),
    ),
    "person_edge": WorkingTable(
        f"{_EDGE}, confidence DECIMAL(3, 2)",
        (two_of("person"), "person_record", "person_merged", "person_of_record", "shared_contact"),
    ),
    "person_choice": WorkingTable(
        "reference VARCHAR, person_id VARCHAR, matched_by VARCHAR, confidence DOUBLE",
        ("person_component",),
    ),
    "domain_account": WorkingTable("domain VARCHAR, account_id VARCHAR", ("account_evidence",)),
    "lead_reference": WorkingTable(
        "lead_id VARCHAR, person_id VARCHAR, account_id VARCHAR, matched_by VARCHAR, "
        "confidence DOUBLE",
        ("lead",),
    ),
    "person_account": WorkingTable(
        "person_id VARCHAR, account_id VARCHAR, priority INTEGER",
        (
            "person WHERE account_id IS NOT NULL",
            "lead_reference WHERE person_id IS NOT NULL AND account_id IS NOT NULL",
            "domain_account",
        ),
    ),
    "person_fact": WorkingTable(
        "person_id VARCHAR, job_title VARCHAR, seniority VARCHAR, department VARCHAR, "
        "persona VARCHAR, city VARCHAR, region VARCHAR, created_at TIMESTAMP",
        ("person",),
    ),
    "person_named": WorkingTable(
        "person_id VARCHAR, name_key VARCHAR, account_id VARCHAR",
        ("person WHERE name_key IS NOT NULL", "person_alias WHERE name_key IS NOT NULL"),
    ),
    "visitor_span": WorkingTable(
        "visitor_id VARCHAR, after_at TIMESTAMP, until_at TIMESTAMP, person_id VARCHAR",
        ("interaction WHERE visitor_id IS NOT NULL AND person_id IS NOT NULL",),
    ),
}


def make(draft: Draft, name: str, query: Query) -> None:
    """Make a working table of a query's rows, in place of an earlier one of that name.

    Raises EngineError with the failing step, or StoreError when the disk fails.
    """
    table = WORKING_TABLES[name]
    if draft.has_any(*table.rows_come_from):
        draft.build(name, query)
    else:
        draft.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({table.columns})")
