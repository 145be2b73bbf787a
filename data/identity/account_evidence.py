"""Evidence that two accounts are one company: domains, names, and the people of each account."""

from __future__ import annotations

from data.engine.draft import Draft
from data.identity.domains import domain_label, own_domain
from data.identity.working_tables import make
from data.sql import Query, Step

CHINESE = "[\u3400-\u9fff]"
"""Pattern of a Chinese character."""


MOST_NAMES = 8
"""A domain of more companies than this, none of which prevails, is nobody's own."""


_PREVAILING = 0.5

_DOUBTFUL = 0.5
"""Factor of the confidence in a domain that may be a mail provider's."""

_SIMILAR = 0.75


def gather_evidence(draft: Draft) -> None:
    """Make the tables `company_domain` and `account_evidence`.

    `company_domain` has one row per domain as written, with the domain in its one spelling.
    Needs the lists of `data.identity.domains` attached. Raises EngineError with the failing step.
    """
    make(draft, "company_domain", company_domains())
    make(draft, "account_evidence", account_evidence())


def company_domains() -> Query:
    """One row per domain as written that is a company's own: `written` and `domain`."""
    return Query(
        Step(
            "written_domains",
            """
            SELECT domain AS written FROM account WHERE domain IS NOT NULL
            UNION
            SELECT email_domain FROM person WHERE email_domain IS NOT NULL
            """,
        ),
        Step(
            "own_domains",
            f"SELECT written, {own_domain('written')} AS domain FROM written_domains",
        ),
        Step("company_domains", "SELECT written, domain FROM own_domains WHERE domain IS NOT NULL"),
    )


def account_evidence() -> Query:
    """One row per account: its place, its name key and its domains.

    `domain` is the domain of the account's website. `mail_domain` is the one from which most of
    its people write, and `mail_share` their share, reduced a little for few people. The share is
    halved where the domain may be one that anybody writes from: people of many companies do, or
    the domain belongs to no known website and to names that have nothing in common.
    """
    return Query(
        *_mail_domain_steps(),
        *_doubtful_domain_steps(),
        Step(
            "account_best_mail_domains",
            f"""
            SELECT reference, arg_max(domain, (people, domain)) AS domain,
                max(people) / sum(people) * (1 - 0.1 / max(people))
                    * CASE WHEN arg_max(doubtful, (people, domain)) THEN {_DOUBTFUL} ELSE 1 END
                    AS share
            FROM doubted_mail_domains
            GROUP BY reference
            """,
        ),
        Step(
            "account_evidence",
            f"""
            SELECT accounts.*, mail.domain AS mail_domain, mail.share AS mail_share,
                {domain_label("accounts.domain")} AS label,
                {domain_label("mail.domain")} AS mail_label,
                count(accounts.domain) OVER (PARTITION BY accounts.name_key) AS domains_of_name
            FROM account_domains AS accounts
            LEFT JOIN account_best_mail_domains AS mail ON mail.reference = accounts.reference
            """,
        ),
    )


def _mail_domain_steps() -> tuple[Step, ...]:
    """Steps to `account_mail_domains`: one row per account and domain its people write from."""
    return (
        Step(
            "account_domains",
            """
            SELECT account.account_id AS reference, account.country, account.city, site.domain,
                CASE WHEN account.name_key NOT IN (SELECT no_company.name_key FROM no_company)
                    THEN account.name_key END AS name_key
            FROM account
            LEFT JOIN company_domain AS site ON site.written = account.domain
            """,
        ),
        Step(
            "account_members",
            """
            SELECT person.account_id AS reference, person.person_id FROM person
            UNION
            SELECT lead.account_id, lead.person_id FROM lead
            WHERE lead.account_id IS NOT NULL AND lead.person_id IS NOT NULL
            """,
        ),
        Step(
            "account_mail_domains",
            """
            SELECT accounts.reference, accounts.name_key, accounts.domain IS NOT NULL AS has_site,
                mailbox.domain, count(*) AS people
            FROM account_domains AS accounts
            JOIN account_members ON account_members.reference = accounts.reference
            JOIN person ON person.person_id = account_members.person_id
            JOIN company_domain AS mailbox ON mailbox.written = person.email_domain
            WHERE person.email_state IS DISTINCT FROM 'disposable'
            GROUP BY accounts.reference, accounts.name_key, accounts.domain IS NOT NULL,
                mailbox.domain
            """,
        ),
    )


def _doubtful_domain_steps() -> tuple[Step, ...]:
    """Steps to `doubted_mail_domains`: the mail domains of accounts without a website.

    `doubtful` says that the domain may be one that anybody writes from.
    """
    return (
        Step(
            "domain_names",
            f"""
            SELECT domain, name_key, regexp_matches(name_key, '{CHINESE}') AS chinese,
                sum(people) AS people
            FROM account_mail_domains
            WHERE name_key IS NOT NULL
            GROUP BY domain, name_key
            """,
        ),
        Step(
            "ranked_domain_names",
            """
            SELECT *, row_number() OVER (PARTITION BY domain ORDER BY people DESC, name_key)
                AS place
            FROM domain_names
            """,
        ),
        Step(
            "crowded_domains",
            f"""
            SELECT domain FROM ranked_domain_names
            GROUP BY domain
            HAVING count(*) > {MOST_NAMES}
                AND sum(CASE WHEN place <= 2 THEN people END) < {_PREVAILING} * sum(people)
            """,
        ),
        Step(
            "prevailing_names",
            """
            SELECT domain, chinese, arg_max(name_key, (people, name_key)) AS name_key
            FROM domain_names
            WHERE domain NOT IN (
                SELECT account_domains.domain FROM account_domains
                WHERE account_domains.domain IS NOT NULL
            )
            GROUP BY domain, chinese
            """,
        ),
        Step(
            "doubted_mail_domains",
            f"""
            SELECT mail.reference, mail.domain, mail.people,
                crowded_domains.domain IS NOT NULL OR (prevailing.domain IS NOT NULL
                    AND jaro_winkler_similarity(prevailing.name_key, mail.name_key) < {_SIMILAR}
                    AND NOT contains(prevailing.name_key, mail.name_key)
                    AND NOT contains(mail.name_key, prevailing.name_key)) AS doubtful
            FROM account_mail_domains AS mail
            LEFT JOIN crowded_domains ON crowded_domains.domain = mail.domain
            LEFT JOIN prevailing_names AS prevailing
                ON prevailing.domain = mail.domain
                AND prevailing.chinese = regexp_matches(mail.name_key, '{CHINESE}')
            WHERE NOT mail.has_site
            """,
        ),
    )
