"""Links between accounts that are one company by their website, name or mail domain."""

from __future__ import annotations

from data.definitions import IdentityTerms
from data.engine.draft import Draft
from data.identity.account_evidence import MOST_NAMES
from data.identity.working_tables import make
from data.references import is_named_sql
from data.sql import Query, Step

SAME_DOMAIN, SAME_NAME, NAME_ALONE = 0.99, 0.97, 0.5
"""Confidence that accounts of one domain, of one name, of one name with contradictions are one."""


def link_by_evidence(draft: Draft, terms: IdentityTerms) -> None:
    """Make the table `account_edge`: hub, spoke, matched_by, confidence.

    Accounts of one website are one company. The link is only proposed where the website stands
    with many names that its domain does not contain: it is somebody else's then, as a reseller's.
    Accounts of one name are one company too, unless their domains or, where a record has no
    domain, their countries contradict each other. A record then belongs to those of its domain or
    country, and every other link is only proposed. Reads `account_evidence`. Raises EngineError
    with the failing step.
    """
    make(draft, "account_edge", account_edges(terms))


def account_edges(terms: IdentityTerms) -> Query:
    """One row per link between two accounts, `hub` and `spoke`, by each reason for it."""
    return Query(
        *_website_steps(),
        *_name_steps(),
        *_mail_steps(terms),
        Step(
            "account_edges",
            """
            SELECT hub, spoke, matched_by, confidence
            FROM (
                SELECT hub, spoke, matched_by, confidence FROM website_edges
                UNION ALL
                SELECT hub, spoke, matched_by, confidence FROM name_edges
                UNION ALL
                SELECT hub, spoke, matched_by, confidence FROM mail_domain_edges
            ) AS edges
            WHERE hub <> spoke
            """,
        ),
    )


def _website_steps() -> tuple[Step, ...]:
    """Steps to `website_edges`: each account with a website, linked to the first of its domain."""
    return (
        Step(
            "borrowed_domains",
            f"""
            SELECT domain FROM account_evidence
            WHERE domain IS NOT NULL AND name_key IS NOT NULL
                AND NOT contains(replace(name_key, ' ', ''), label)
            GROUP BY domain HAVING count(DISTINCT name_key) > {MOST_NAMES}
            """,
        ),
        Step(
            "website_edges",
            f"""
            SELECT min(reference) OVER (PARTITION BY evidence.domain) AS hub, reference AS spoke,
                'domain' AS matched_by,
                CASE WHEN borrowed_domains.domain IS NULL THEN {SAME_DOMAIN} ELSE {NAME_ALONE} END
                    AS confidence
            FROM account_evidence AS evidence
            LEFT JOIN borrowed_domains ON borrowed_domains.domain = evidence.domain
            WHERE evidence.domain IS NOT NULL
            """,
        ),
    )


def _mail_steps(terms: IdentityTerms) -> tuple[Step, ...]:
    """Steps to `mail_domain_edges`: accounts without a website, linked by their people's domain."""
    return (
        Step(
            "accounts_by_mail",
            """
            SELECT reference, mail_domain AS domain, mail_share AS confidence
            FROM account_evidence
            WHERE domain IS NULL AND mail_domain IS NOT NULL AND name_key IS NOT NULL
                AND domains_of_name = 0
            """,
        ),
        Step(
            "domain_hubs",
            f"""
            SELECT domain, min(reference) AS hub
            FROM (
                SELECT domain, reference FROM account_evidence WHERE domain IS NOT NULL
                UNION ALL
                SELECT domain, reference FROM accounts_by_mail
                WHERE confidence >= {terms.apply_from:.6f}
            ) AS known
            GROUP BY domain
            """,
        ),
        Step(
            "mail_domain_edges",
            """
            SELECT domain_hubs.hub, accounts.reference AS spoke, 'email_domain' AS matched_by,
                accounts.confidence
            FROM accounts_by_mail AS accounts
            JOIN domain_hubs ON domain_hubs.domain = accounts.domain
            """,
        ),
    )


def _name_steps() -> tuple[Step, ...]:
    """Steps to `name_edges`, by way of `name_camps`: one row per account that shares its name.

    Accounts of one name and `camp` are one company. `camp` is null where
    a name has several companies and nothing says to which of them the account belongs. A name
    without a record (`name:`) means the company of that name wherever it was typed: its country
    separates companies only where records differ.
    """
    return (
        *_certain_steps(),
        Step(
            "bounded_accounts",
            """
            SELECT *, min(certain) OVER (PARTITION BY name_key) AS first_camp,
                max(certain) OVER (PARTITION BY name_key) AS last_camp
            FROM placed_accounts
            """,
        ),
        Step(
            "name_countries",
            """
            SELECT name_key, country, min(certain) AS certain FROM bounded_accounts
            WHERE certain IS NOT NULL AND country IS NOT NULL
            GROUP BY name_key, country HAVING min(certain) = max(certain)
            """,
        ),
        Step(
            "sorted_accounts",
            """
            SELECT accounts.reference, accounts.name_key, accounts.first_reference,
                CASE
                    WHEN first_camp IS NULL OR first_camp = last_camp THEN 'all'
                    WHEN accounts.certain IS NOT NULL THEN accounts.certain
                    WHEN label_mailed IS NOT NULL THEN 'domain ' || label_mailed
                    WHEN mail_label IS NOT NULL THEN NULL
                    ELSE name_countries.certain
                END AS camp
            FROM bounded_accounts AS accounts
            LEFT JOIN name_countries
                ON name_countries.name_key = accounts.name_key
                AND name_countries.country = accounts.country
            """,
        ),
        Step(
            "name_camps",
            """
            SELECT *, min(reference) OVER (PARTITION BY name_key, camp) AS first_of_camp
            FROM sorted_accounts
            """,
        ),
        Step(
            "name_edges",
            f"""
            SELECT CASE WHEN camp IS NULL THEN first_reference ELSE first_of_camp END AS hub,
                reference AS spoke, 'name_key' AS matched_by,
                CASE WHEN camp IS NULL THEN {NAME_ALONE} ELSE {SAME_NAME} END AS confidence
            FROM name_camps
            UNION ALL
            SELECT DISTINCT first_reference, first_of_camp, 'name_key', {NAME_ALONE}
            FROM name_camps WHERE camp IS NOT NULL
            """,
        ),
    )


def _certain_steps() -> tuple[Step, ...]:
    """Steps to `placed_accounts`: accounts that share a name; `certain` is what places each."""
    return (
        Step(
            "namesakes",
            f"""
            SELECT reference, name_key, label, mail_label, country,
                NOT {is_named_sql("reference")} AS is_record,
                min(reference) OVER one AS first_reference,
                min(label) OVER one AS first_label, max(label) OVER one AS last_label,
                count(label) OVER one - count(country) FILTER (label IS NOT NULL) OVER one
                    AS labels_anywhere
            FROM account_evidence
            WHERE name_key IN (
                SELECT name_key FROM account_evidence
                GROUP BY name_key HAVING count(*) > 1
            )
            WINDOW one AS (PARTITION BY name_key)
            """,
        ),
        Step(
            "country_labels",
            """
            SELECT name_key, country, min(label) AS label FROM namesakes
            WHERE label IS NOT NULL AND country IS NOT NULL
            GROUP BY name_key, country HAVING min(label) = max(label)
            """,
        ),
        Step(
            "name_labels",
            "SELECT DISTINCT name_key, label FROM namesakes WHERE label IS NOT NULL",
        ),
        Step(
            "placed_accounts",
            """
            SELECT accounts.*, mailing.label AS label_mailed,
                CASE
                    WHEN accounts.label IS NOT NULL THEN 'domain ' || accounts.label
                    WHEN NOT accounts.is_record OR accounts.country IS NULL THEN NULL
                    WHEN mailing.label IS NOT NULL THEN 'domain ' || mailing.label
                    WHEN country_labels.label IS NOT NULL THEN 'domain ' || country_labels.label
                    WHEN accounts.first_label = accounts.last_label AND accounts.labels_anywhere > 0
                        THEN 'domain ' || accounts.first_label
                    ELSE 'country ' || accounts.country
                END AS certain
            FROM namesakes AS accounts
            LEFT JOIN country_labels
                ON country_labels.name_key = accounts.name_key
                AND country_labels.country = accounts.country
            LEFT JOIN name_labels AS mailing
                ON mailing.name_key = accounts.name_key AND mailing.label = accounts.mail_label
            """,
        ),
    )
