"""Which company a person and a lead belong to, and what the records of one person say together."""

from __future__ import annotations

from data.engine.draft import Draft

_BY_PERSON, _BY_DOMAIN = 0.95, 0.9


def match_leads(draft: Draft) -> None:
    """Rebuild `lead_identity`, and make `person_account` and `person_fact`.

    A person's company is the one that the person's own records name, else one that a lead of the
    person names, else the one whose domain the person writes from. A lead's company is the one it
    names, else its person's. Of several the last by spelling counts. Reads `account_identity`,
    `person_identity`, and what `resolve_accounts` has gathered.
    """
    _domains(draft)
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE lead_told AS
        SELECT lead.lead_id,
            coalesce(person_identity.person_id, lead.person_id) AS person_id,
            coalesce(account_identity.account_id, lead.account_id) AS account_id,
            CASE
                WHEN lead.account_id NOT LIKE 'name:%' THEN 'record'
                WHEN lead.account_id IS NULL THEN NULL
                WHEN account_identity.matched_by = 'own' THEN 'name_key'
                ELSE coalesce(account_identity.matched_by, 'name_key')
            END AS matched_by,
            coalesce(account_identity.confidence, 1) AS confidence
        FROM lead
        LEFT JOIN person_identity ON person_identity.reference = lead.person_id
        LEFT JOIN account_identity
            ON account_identity.reference = lead.account_id AND account_identity.applied
        """
    )
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE person_account AS
        WITH
        told AS (
            SELECT person_identity.person_id, 0 AS priority,
                coalesce(account_identity.account_id, person.account_id) AS account_id
            FROM person
            JOIN person_identity ON person_identity.reference = person.person_id
            LEFT JOIN account_identity
                ON account_identity.reference = person.account_id AND account_identity.applied
            WHERE person.account_id IS NOT NULL
            UNION ALL
            SELECT person_id, 1, account_id FROM lead_told
            WHERE person_id IS NOT NULL AND account_id IS NOT NULL
            UNION ALL
            SELECT person_identity.person_id, 2, domain_account.account_id
            FROM person
            JOIN person_identity ON person_identity.reference = person.person_id
            JOIN company_domain AS mailbox ON mailbox.written = person.email_domain
            JOIN domain_account ON domain_account.domain = mailbox.domain
            WHERE person.account_id IS NULL
        ),
        best AS (
            SELECT person_id, priority, max(account_id) AS account_id
            FROM told GROUP BY person_id, priority
        )
        SELECT person_id, arg_min(account_id, priority) AS account_id, min(priority) AS priority
        FROM best GROUP BY person_id
        """
    )
    draft.execute("DELETE FROM lead_identity")
    draft.execute(
        f"""
        INSERT INTO lead_identity
        SELECT told.lead_id, told.person_id,
            coalesce(told.account_id, person_account.account_id),
            CASE WHEN told.account_id IS NOT NULL THEN told.matched_by
                WHEN person_account.priority < 2 THEN 'person'
                WHEN person_account.priority = 2 THEN 'person_domain' END,
            CASE WHEN told.account_id IS NOT NULL THEN told.confidence
                WHEN person_account.priority < 2 THEN {_BY_PERSON}
                WHEN person_account.priority = 2 THEN {_BY_DOMAIN} END
        FROM lead_told AS told
        LEFT JOIN person_account ON person_account.person_id = told.person_id
        """
    )
    _facts(draft)
    for table in ("lead_told", "domain_account", "company_domain", "account_evidence"):
        draft.execute(f"DROP TABLE {table}")


def _domains(draft: Draft) -> None:
    """Table `domain_account`: the one account that a domain belongs to."""
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE domain_account AS
        SELECT domain, min(account_id) AS account_id
        FROM (
            SELECT coalesce(evidence.domain, evidence.mail_domain) AS domain,
                identity.account_id, evidence.domain IS NOT NULL AS certain
            FROM account_evidence AS evidence
            JOIN account_identity AS identity
                ON identity.reference = evidence.reference AND identity.applied
            WHERE evidence.domain IS NOT NULL OR evidence.mail_share >= 0.9
        ) AS known
        WHERE domain IS NOT NULL
        GROUP BY domain HAVING count(DISTINCT account_id) = 1
        """
    )


def _facts(draft: Draft) -> None:
    """Table `person_fact`: per person, of several records the most complete values."""
    texts = ("job_title", "seniority", "department", "persona", "city", "region")
    own = ", ".join(texts)
    merged = ", ".join(
        f"coalesce(max({name}) FILTER (reference = identity.person_id), max({name})) AS {name}"
        for name in texts
    )
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE person_fact AS
        WITH several AS (
            SELECT DISTINCT person_id FROM person_identity WHERE matched_by <> 'own'
                AND reference IN (SELECT person.person_id FROM person)
        )
        SELECT person_id, {own}, created_at FROM person ANTI JOIN several USING (person_id)
        WHERE person_id IN (SELECT reference FROM person_identity WHERE matched_by = 'own')
        UNION ALL
        SELECT identity.person_id, {merged}, min(person.created_at)
        FROM person_identity AS identity
        SEMI JOIN several ON several.person_id = identity.person_id
        JOIN person ON person.person_id = identity.reference
        GROUP BY identity.person_id
        """
    )


def stitch_visitors(draft: Draft) -> None:
    """Make the table `visitor_span`: visitor_id, after_at, until_at, person_id.

    A visitor (a browser) is identified by interactions that carry a person as well. What it did
    anonymously after `after_at`, up to and including `until_at`, was that person. Where several
    persons use one browser, an anonymous interaction is the person's who is identified next, at
    that moment or later; after the last identification it is the person's who was identified
    last. Of persons identified in one moment the smallest by spelling counts. The spans of a
    visitor do not overlap and leave no gap. Reads `person_identity`.
    """
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE visitor_person AS
        SELECT interaction.visitor_id,
            coalesce(person_identity.person_id, interaction.person_id) AS person_id,
            interaction.occurred_at
        FROM interaction
        LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
        WHERE interaction.visitor_id IS NOT NULL AND interaction.person_id IS NOT NULL
        """
    )
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE visitor_span AS
        WITH
        shared AS (
            SELECT visitor_id FROM visitor_person
            GROUP BY visitor_id HAVING min(person_id) < max(person_id)
        ),
        moments AS (
            SELECT visitor_id, occurred_at, min(person_id) AS person_id
            FROM visitor_person SEMI JOIN shared USING (visitor_id)
            GROUP BY visitor_id, occurred_at
        )
        SELECT visitor_id, CAST('-infinity' AS TIMESTAMP) AS after_at,
            CAST('infinity' AS TIMESTAMP) AS until_at, min(person_id) AS person_id
        FROM visitor_person ANTI JOIN shared USING (visitor_id)
        GROUP BY visitor_id
        UNION ALL
        SELECT visitor_id,
            coalesce(lag(occurred_at) OVER sequence, CAST('-infinity' AS TIMESTAMP)),
            CASE WHEN lead(occurred_at) OVER sequence IS NULL THEN CAST('infinity' AS TIMESTAMP)
                ELSE occurred_at END,
            person_id
        FROM moments
        WINDOW sequence AS (PARTITION BY visitor_id ORDER BY occurred_at)
        """
    )
    draft.execute("DROP TABLE visitor_person")
