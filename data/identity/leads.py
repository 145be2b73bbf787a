"""Decides which company each person and lead belongs to, and combines a person's records."""

from __future__ import annotations

from data.engine.draft import Draft
from data.identity.working_tables import make
from data.references import is_named_sql
from data.sql import Query, Step

_BY_PERSON, _BY_DOMAIN = 0.95, 0.9


def match_leads(draft: Draft) -> None:
    """Rebuild `lead_identity`, and make `person_account` and `person_fact`.

    A person's company is the one that the person's own records name, else one that a lead of the
    person names, else the one whose domain the person writes from. A lead's company is the one it
    names, else its person's. Of several companies the last by spelling counts. Reads
    `account_identity`, `person_identity`, and what `resolve_accounts` has gathered. Raises
    EngineError with the failing step.
    """
    make(draft, "domain_account", domain_accounts())
    make(draft, "lead_reference", lead_references())
    make(draft, "person_account", person_accounts())
    draft.execute("DELETE FROM lead_identity")
    if draft.has_any("lead"):
        draft.insert("lead_identity", _lead_identities())
    make(draft, "person_fact", person_facts())
    for table in ("lead_reference", "domain_account", "company_domain", "account_evidence"):
        draft.execute(f"DROP TABLE {table}")


def domain_accounts() -> Query:
    """One row per domain that belongs to one account."""
    return Query(
        Step(
            "account_domains",
            """
            SELECT coalesce(evidence.domain, evidence.mail_domain) AS domain, identity.account_id
            FROM account_evidence AS evidence
            JOIN account_identity AS identity
                ON identity.reference = evidence.reference AND identity.applied
            WHERE evidence.domain IS NOT NULL OR evidence.mail_share >= 0.9
            """,
        ),
        Step(
            "domain_accounts",
            """
            SELECT domain, min(account_id) AS account_id FROM account_domains
            WHERE domain IS NOT NULL
            GROUP BY domain HAVING count(DISTINCT account_id) = 1
            """,
        ),
    )


def lead_references() -> Query:
    """One row per lead: the person and the company that it names, resolved."""
    return Query(
        Step(
            "lead_references",
            f"""
            SELECT lead.lead_id,
                coalesce(person_identity.person_id, lead.person_id) AS person_id,
                coalesce(account_identity.account_id, lead.account_id) AS account_id,
                CASE
                    WHEN NOT {is_named_sql("lead.account_id")} THEN 'record'
                    WHEN lead.account_id IS NULL THEN NULL
                    WHEN account_identity.matched_by = 'own' THEN 'name_key'
                    ELSE coalesce(account_identity.matched_by, 'name_key')
                END AS matched_by,
                coalesce(account_identity.confidence, 1) AS confidence
            FROM lead
            LEFT JOIN person_identity ON person_identity.reference = lead.person_id
            LEFT JOIN account_identity
                ON account_identity.reference = lead.account_id AND account_identity.applied
            """,
        )
    )


def person_accounts() -> Query:
    """One row per person whose company is known; `priority` 0 own record, 1 lead, 2 domain."""
    return Query(
        Step(
            "person_companies",
            """
            SELECT person_identity.person_id, 0 AS priority,
                coalesce(account_identity.account_id, person.account_id) AS account_id
            FROM person
            JOIN person_identity ON person_identity.reference = person.person_id
            LEFT JOIN account_identity
                ON account_identity.reference = person.account_id AND account_identity.applied
            WHERE person.account_id IS NOT NULL
            UNION ALL
            SELECT person_id, 1, account_id FROM lead_reference
            WHERE person_id IS NOT NULL AND account_id IS NOT NULL
            UNION ALL
            SELECT person_identity.person_id, 2, domain_account.account_id
            FROM person
            JOIN person_identity ON person_identity.reference = person.person_id
            JOIN company_domain AS mailbox ON mailbox.written = person.email_domain
            JOIN domain_account ON domain_account.domain = mailbox.domain
            WHERE person.account_id IS NULL
            """,
        ),
        Step(
            "last_person_companies",
            """
            SELECT person_id, priority, max(account_id) AS account_id
            FROM person_companies GROUP BY person_id, priority
            """,
        ),
        Step(
            "person_accounts",
            """
            SELECT person_id, arg_min(account_id, priority) AS account_id,
                min(priority) AS priority
            FROM last_person_companies GROUP BY person_id
            """,
        ),
    )


def _lead_identities() -> Query:
    return Query(
        Step(
            "lead_identities",
            f"""
            SELECT named.lead_id, named.person_id,
                coalesce(named.account_id, person_account.account_id) AS account_id,
                CASE WHEN named.account_id IS NOT NULL THEN named.matched_by
                    WHEN person_account.priority < 2 THEN 'person'
                    WHEN person_account.priority = 2 THEN 'person_domain' END
                    AS account_matched_by,
                CASE WHEN named.account_id IS NOT NULL THEN named.confidence
                    WHEN person_account.priority < 2 THEN {_BY_PERSON}
                    WHEN person_account.priority = 2 THEN {_BY_DOMAIN} END
                    AS account_confidence
            FROM lead_reference AS named
            LEFT JOIN person_account ON person_account.person_id = named.person_id
            """,
        )
    )


def person_facts() -> Query:
    """One row per person: of several records the most complete values."""
    texts = ("job_title", "seniority", "department", "persona", "city", "region")
    own = ", ".join(texts)
    merged = ", ".join(
        f"coalesce(max({name}) FILTER (reference = identity.person_id), max({name})) AS {name}"
        for name in texts
    )
    return Query(
        Step(
            "people_of_several_rows",
            """
            SELECT DISTINCT person_id FROM person_identity WHERE matched_by <> 'own'
                AND reference IN (SELECT person.person_id FROM person)
            """,
        ),
        Step(
            "person_facts",
            f"""
            SELECT person_id, {own}, created_at
            FROM person ANTI JOIN people_of_several_rows USING (person_id)
            WHERE person_id IN (SELECT reference FROM person_identity WHERE matched_by = 'own')
            UNION ALL
            SELECT identity.person_id, {merged}, min(person.created_at)
            FROM person_identity AS identity
            SEMI JOIN people_of_several_rows AS several
                ON several.person_id = identity.person_id
            JOIN person ON person.person_id = identity.reference
            GROUP BY identity.person_id
            """,
        ),
    )
