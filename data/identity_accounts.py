"""Which references are one company: by domain, name, its people's e-mails, or a close name."""

from __future__ import annotations

from data.definitions import IdentityTerms
from data.draft import Draft
from data.identity_close_names import close_names
from data.identity_components import connect
from data.identity_domains import domain_label, own_domain
from data.names import NAMED

_SAME_DOMAIN, _SAME_NAME, _NAME_ALONE = 0.99, 0.97, 0.5

CHINESE = "[\u3400-\u9fff]"


def resolve_accounts(draft: Draft, terms: IdentityTerms) -> None:
    """Rebuild `account_identity` from accounts, and from the e-mail domains of their people.

    Accounts are one when they have the same website domain, or the same name key; not where the
    domains of two of the same name contradict each other, which is only proposed. An account known
    by no domain and no name of one that is joins the one whose domain its people write from: the
    confidence is their share, less a little for few people. What then still has no domain is
    compared with all others by name, place and country. A link of at least `terms.apply_from` is
    applied; one of at least `terms.propose_from` is kept as a proposal.

    The representative is the account with an id of a CRM, then the smallest id. Needs the lists of
    `data.identity_domains` attached.
    """
    _gather(draft)
    _link_by_evidence(draft, terms)
    connect(draft, _applied(terms), "account_component")
    _choose(draft)
    _link_close_names(draft, terms)
    connect(draft, _applied(terms), "account_component")
    _choose(draft)
    _write(draft, terms)


def _applied(terms: IdentityTerms) -> str:
    return (
        "(SELECT hub, spoke FROM account_edge "
        f"WHERE confidence >= {terms.apply_from:.6f}) AS applied"
    )


def _gather(draft: Draft) -> None:
    """Table `account_evidence`: a row per account, with what may be told from its people."""
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE company_domain AS
        SELECT written, {own_domain("written")} AS domain
        FROM (
            SELECT domain AS written FROM account WHERE domain IS NOT NULL
            UNION SELECT email_domain FROM person WHERE email_domain IS NOT NULL
        ) AS domains
        """
    )
    draft.execute("DELETE FROM company_domain WHERE domain IS NULL")
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE account_evidence AS
        WITH
        told AS (
            SELECT account.account_id AS reference, account.country, account.city, site.domain,
                CASE WHEN account.name_key NOT IN (SELECT no_company.name_key FROM no_company)
                    THEN account.name_key END AS name_key
            FROM account
            LEFT JOIN company_domain AS site ON site.written = account.domain
        ),
        members AS (
            SELECT person.account_id AS reference, person.person_id FROM person
            UNION
            SELECT lead.account_id, lead.person_id FROM lead
            WHERE lead.account_id IS NOT NULL AND lead.person_id IS NOT NULL
        ),
        mailed AS (
            SELECT told.reference, mailbox.domain, count(*) AS people
            FROM told
            JOIN members ON members.reference = told.reference
            JOIN person ON person.person_id = members.person_id
            JOIN company_domain AS mailbox ON mailbox.written = person.email_domain
            WHERE told.domain IS NULL AND person.email_state IS DISTINCT FROM 'disposable'
            GROUP BY told.reference, mailbox.domain
        ),
        best AS (
            SELECT reference, arg_max(domain, (people, domain)) AS domain,
                max(people) / sum(people) * (1 - 0.1 / max(people)) AS share
            FROM mailed GROUP BY reference
        )
        SELECT told.*, best.domain AS mail_domain, best.share AS mail_share,
            {domain_label("told.domain")} AS label, {domain_label("best.domain")} AS mail_label,
            count(told.domain) OVER (PARTITION BY told.name_key) AS domains_of_name
        FROM told
        LEFT JOIN best ON best.reference = told.reference
        """
    )


def _link_by_evidence(draft: Draft, terms: IdentityTerms) -> None:
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE account_edge AS
        WITH
        named AS (
            SELECT reference, name_key, label, coalesce(label, mail_label) AS any_label,
                min(label) OVER one AS first_label, max(label) OVER one AS last_label,
                min(reference) OVER one AS first_reference
            FROM account_evidence
            WHERE name_key IN (
                SELECT name_key FROM account_evidence
                GROUP BY name_key HAVING count(*) > 1
            )
            WINDOW one AS (PARTITION BY name_key)
        ),
        contradicting AS (
            SELECT *, min(reference) OVER (PARTITION BY name_key, any_label) AS first_of_label,
                max(label) OVER (PARTITION BY name_key, any_label) IS NOT NULL AS known_label
            FROM named WHERE first_label < last_label
        ),
        written AS (
            SELECT reference, mail_domain AS domain, mail_share AS confidence
            FROM account_evidence
            WHERE domain IS NULL AND mail_domain IS NOT NULL AND name_key IS NOT NULL
                AND domains_of_name = 0
        ),
        hubs AS (
            SELECT domain, min(reference) AS hub
            FROM (
                SELECT domain, reference FROM account_evidence WHERE domain IS NOT NULL
                UNION ALL
                SELECT domain, reference FROM written WHERE confidence >= {terms.apply_from:.6f}
            ) AS known
            GROUP BY domain
        )
        SELECT min(reference) OVER (PARTITION BY domain) AS hub, reference AS spoke,
            'domain' AS matched_by, CAST({_SAME_DOMAIN} AS DOUBLE) AS confidence
        FROM account_evidence WHERE domain IS NOT NULL
        UNION ALL
        SELECT first_reference, reference, 'name_key', {_SAME_NAME}
        FROM named WHERE first_label = last_label OR first_label IS NULL
        UNION ALL
        SELECT CASE WHEN known_label THEN first_of_label ELSE first_reference END, reference,
            'name_key', CASE WHEN known_label THEN {_SAME_NAME} ELSE {_NAME_ALONE} END
        FROM contradicting
        UNION ALL
        SELECT DISTINCT first_reference, first_of_label, 'name_key', {_NAME_ALONE}
        FROM contradicting WHERE known_label
        UNION ALL
        SELECT hubs.hub, written.reference, 'email_domain', written.confidence
        FROM written JOIN hubs ON hubs.domain = written.domain
        """
    )
    draft.execute("DELETE FROM account_edge WHERE hub = spoke")


def _choose(draft: Draft) -> None:
    """Table `account_choice`: for each connected reference the account that stands for it."""
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE account_choice AS
        WITH chosen AS (
            SELECT label, arg_min(
                node, CASE WHEN node LIKE 'name:%' THEN '1' ELSE '0' END || node
            ) AS account_id
            FROM account_component GROUP BY label
        )
        SELECT node AS reference, account_id FROM account_component JOIN chosen USING (label)
        """
    )


def _link_close_names(draft: Draft, terms: IdentityTerms) -> None:
    """Add edges between companies of close names, of which at least one has no domain."""
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE company_name AS
        WITH told AS (
            SELECT coalesce(choice.account_id, evidence.reference) AS account_id, evidence.*
            FROM account_evidence AS evidence
            LEFT JOIN account_choice AS choice ON choice.reference = evidence.reference
        ),
        whole AS (
            SELECT account_id, max(coalesce(domain, mail_domain)) AS domain,
                max(country) AS country, max(city) AS city
            FROM told GROUP BY account_id
        )
        SELECT DISTINCT whole.account_id || ' ' || told.name_key AS unique_id, whole.*,
            told.name_key, regexp_matches(told.name_key, '{CHINESE}') AS chinese,
            regexp_replace(told.name_key, '[^0-9]', '', 'g') AS digits
        FROM told JOIN whole ON whole.account_id = told.account_id
        WHERE told.name_key IS NOT NULL
        ORDER BY unique_id
        """
    )
    found = close_names(draft, "company_name", terms.propose_from)
    draft.attach("close_name", found)
    draft.execute(
        """
        INSERT INTO account_edge (hub, spoke, matched_by, confidence)
        SELECT hub, spoke, 'linkage', max(confidence) FROM close_name GROUP BY hub, spoke
        """
    )
    draft.detach("close_name")
    draft.execute("DROP TABLE company_name")


def _write(draft: Draft, terms: IdentityTerms) -> None:
    draft.execute("DELETE FROM account_identity")
    draft.execute(
        f"""
        INSERT INTO account_identity
        WITH reasons AS (
            SELECT reference, arg_max(matched_by, (confidence, matched_by)) AS matched_by,
                max(confidence) AS confidence
            FROM (
                SELECT spoke AS reference, matched_by, confidence FROM account_edge
                WHERE confidence >= {terms.apply_from:.6f}
                UNION ALL
                SELECT hub, matched_by, confidence FROM account_edge
                WHERE confidence >= {terms.apply_from:.6f}
            ) AS ends
            GROUP BY reference
        )
        SELECT account.account_id, coalesce(choice.account_id, account.account_id),
            CASE WHEN choice.account_id <> account.account_id THEN reasons.matched_by
                ELSE 'own' END,
            CASE WHEN choice.account_id <> account.account_id THEN reasons.confidence ELSE 1 END,
            true
        FROM account
        LEFT JOIN account_choice AS choice ON choice.reference = account.account_id
        LEFT JOIN reasons ON reasons.reference = account.account_id
        """
    )
    # A row that names a company without an id means the one that has the name.
    draft.execute(
        f"""
        INSERT INTO account_identity
        SELECT '{NAMED}' || account.name_key, min(known.account_id), 'name_key', {_SAME_NAME}, true
        FROM account
        JOIN account_identity AS known ON known.reference = account.account_id AND known.applied
        WHERE account.name_key IS NOT NULL
            AND '{NAMED}' || account.name_key NOT IN (SELECT account_id FROM account)
        GROUP BY account.name_key
        HAVING min(known.account_id) = max(known.account_id)
        """
    )
    draft.execute(
        f"""
        INSERT INTO account_identity
        SELECT reference, account_id, arg_max(matched_by, (confidence, matched_by)),
            max(confidence), false
        FROM (
            SELECT greatest(spoke.account_id, hub.account_id) AS reference,
                least(spoke.account_id, hub.account_id) AS account_id,
                edge.matched_by, edge.confidence
            FROM account_edge AS edge
            JOIN account_identity AS hub ON hub.reference = edge.hub AND hub.applied
            JOIN account_identity AS spoke ON spoke.reference = edge.spoke AND spoke.applied
            WHERE edge.confidence >= {terms.propose_from:.6f}
                AND spoke.account_id <> hub.account_id
        ) AS proposed
        GROUP BY reference, account_id
        """
    )
