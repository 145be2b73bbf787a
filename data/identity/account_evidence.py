"""What speaks for two references being one company: domains, names, and whom its people are."""

from __future__ import annotations

from data.definitions import IdentityTerms
from data.engine.draft import Draft
from data.identity.domains import domain_label, own_domain
from data.references import NAMED

SAME_DOMAIN, SAME_NAME, NAME_ALONE = 0.99, 0.97, 0.5


CHINESE = "[\u3400-\u9fff]"


_MOST_NAMES = 8
"""A domain from which people of more companies write, none of them prevailing, is nobody's own."""

_PREVAILING = 0.5

_DOUBTFUL = 0.5
"""What is left of the confidence in a domain that may be a provider's."""

_SIMILAR = 0.75


def gather_evidence(draft: Draft) -> None:
    """Tables `company_domain` and `account_evidence`: a row per account, with what is known of it.

    `domain` is that of its website, `mail_domain` the one most of its people write from, with their
    share, less a little for few people. The share counts for less where the domain may be one that
    anybody writes from: people of many companies do, or it belongs to no known website and to names
    that have nothing in common.
    """
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
            SELECT told.reference, told.name_key, told.domain IS NOT NULL AS sited,
                mailbox.domain, count(*) AS people
            FROM told
            JOIN members ON members.reference = told.reference
            JOIN person ON person.person_id = members.person_id
            JOIN company_domain AS mailbox ON mailbox.written = person.email_domain
            WHERE person.email_state IS DISTINCT FROM 'disposable'
            GROUP BY told.reference, told.name_key, told.domain IS NOT NULL, mailbox.domain
        ),
        named AS (
            SELECT domain, name_key, regexp_matches(name_key, '{CHINESE}') AS chinese,
                sum(people) AS people
            FROM mailed WHERE name_key IS NOT NULL GROUP BY domain, name_key
        ),
        ranked AS (
            SELECT *, row_number() OVER (PARTITION BY domain ORDER BY people DESC, name_key)
                AS place
            FROM named
        ),
        crowded AS (
            SELECT domain FROM ranked GROUP BY domain
            HAVING count(*) > {_MOST_NAMES}
                AND sum(CASE WHEN place <= 2 THEN people END) < {_PREVAILING} * sum(people)
        ),
        prevailing AS (
            SELECT domain, chinese, arg_max(name_key, (people, name_key)) AS name_key
            FROM named
            WHERE domain NOT IN (SELECT told.domain FROM told WHERE told.domain IS NOT NULL)
            GROUP BY domain, chinese
        ),
        weighed AS (
            SELECT mailed.reference, mailed.domain, mailed.people,
                crowded.domain IS NOT NULL OR (prevailing.domain IS NOT NULL
                    AND jaro_winkler_similarity(prevailing.name_key, mailed.name_key) < {_SIMILAR}
                    AND NOT contains(prevailing.name_key, mailed.name_key)
                    AND NOT contains(mailed.name_key, prevailing.name_key)) AS doubtful
            FROM mailed
            LEFT JOIN crowded ON crowded.domain = mailed.domain
            LEFT JOIN prevailing ON prevailing.domain = mailed.domain
                AND prevailing.chinese = regexp_matches(mailed.name_key, '{CHINESE}')
            WHERE NOT mailed.sited
        ),
        best AS (
            SELECT reference, arg_max(domain, (people, domain)) AS domain,
                max(people) / sum(people) * (1 - 0.1 / max(people))
                    * CASE WHEN arg_max(doubtful, (people, domain)) THEN {_DOUBTFUL} ELSE 1 END
                    AS share
            FROM weighed GROUP BY reference
        )
        SELECT told.*, best.domain AS mail_domain, best.share AS mail_share,
            {domain_label("told.domain")} AS label, {domain_label("best.domain")} AS mail_label,
            count(told.domain) OVER (PARTITION BY told.name_key) AS domains_of_name
        FROM told
        LEFT JOIN best ON best.reference = told.reference
        """
    )


def link_by_evidence(draft: Draft, terms: IdentityTerms) -> None:
    """Make the table `account_edge`: hub, spoke, matched_by, confidence.

    Accounts of one website are one, unless it stands with many names that its domain does not
    contain: then it is somebody else's, as a reseller's, and they are only proposed. Accounts of
    one name are one too, unless their domains or, where a record has no domain, their countries
    contradict each other. Then a record belongs to those of its domain or country, and what is
    left is only proposed.
    """
    _sort_names(draft)
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE account_edge AS
        WITH
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
        ),
        borrowed AS (
            SELECT domain FROM account_evidence
            WHERE domain IS NOT NULL AND name_key IS NOT NULL
                AND NOT contains(replace(name_key, ' ', ''), label)
            GROUP BY domain HAVING count(DISTINCT name_key) > {_MOST_NAMES}
        )
        SELECT min(reference) OVER (PARTITION BY evidence.domain) AS hub, reference AS spoke,
            'domain' AS matched_by,
            CASE WHEN borrowed.domain IS NULL THEN {SAME_DOMAIN} ELSE {NAME_ALONE} END
                AS confidence
        FROM account_evidence AS evidence
        LEFT JOIN borrowed ON borrowed.domain = evidence.domain
        WHERE evidence.domain IS NOT NULL
        UNION ALL
        SELECT CASE WHEN camp IS NULL THEN first_reference ELSE first_of_camp END, reference,
            'name_key', CASE WHEN camp IS NULL THEN {NAME_ALONE} ELSE {SAME_NAME} END
        FROM account_camp
        UNION ALL
        SELECT DISTINCT first_reference, first_of_camp, 'name_key', {NAME_ALONE}
        FROM account_camp WHERE camp IS NOT NULL
        UNION ALL
        SELECT hubs.hub, written.reference, 'email_domain', written.confidence
        FROM written JOIN hubs ON hubs.domain = written.domain
        """
    )
    draft.execute("DELETE FROM account_edge WHERE hub = spoke")
    draft.execute("DROP TABLE account_camp")


def _sort_names(draft: Draft) -> None:
    """Table `account_camp`: those of one name, and which of them nothing tells apart.

    Rows with the same name and `camp` are one company. It is null where a name has several and it
    can not be said to which one a row belongs. A name without a record (`name:`) means the company
    of that name wherever it was typed: its country tells apart only where records differ.
    """
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE account_camp AS
        WITH
        named AS (
            SELECT reference, name_key, label, mail_label, country,
                NOT starts_with(reference, '{NAMED}') AS is_record,
                min(reference) OVER one AS first_reference,
                min(label) OVER one AS first_label, max(label) OVER one AS last_label,
                min(country) FILTER (label IS NOT NULL) OVER one AS first_home,
                max(country) FILTER (label IS NOT NULL) OVER one AS last_home,
                count(label) OVER one - count(country) FILTER (label IS NOT NULL) OVER one
                    AS labels_anywhere
            FROM account_evidence
            WHERE name_key IN (
                SELECT name_key FROM account_evidence
                GROUP BY name_key HAVING count(*) > 1
            )
            WINDOW one AS (PARTITION BY name_key)
        ),
        labelled AS (
            SELECT name_key, country, min(label) AS label FROM named
            WHERE label IS NOT NULL AND country IS NOT NULL
            GROUP BY name_key, country HAVING min(label) = max(label)
        ),
        known AS (SELECT DISTINCT name_key, label FROM named WHERE label IS NOT NULL),
        placed AS (
            SELECT named.*, labelled.label AS label_here, mailing.label AS label_mailed,
                CASE
                    WHEN named.label IS NOT NULL THEN 'domain ' || named.label
                    WHEN NOT named.is_record OR named.country IS NULL THEN NULL
                    WHEN mailing.label IS NOT NULL THEN 'domain ' || mailing.label
                    WHEN labelled.label IS NOT NULL THEN 'domain ' || labelled.label
                    WHEN named.first_label = named.last_label AND named.labels_anywhere > 0
                        THEN 'domain ' || named.first_label
                    ELSE 'country ' || named.country
                END AS certain
            FROM named
            LEFT JOIN labelled
                ON labelled.name_key = named.name_key AND labelled.country = named.country
            LEFT JOIN known AS mailing
                ON mailing.name_key = named.name_key AND mailing.label = named.mail_label
        ),
        counted AS (
            SELECT *, min(certain) OVER (PARTITION BY name_key) AS first_camp,
                max(certain) OVER (PARTITION BY name_key) AS last_camp
            FROM placed
        ),
        countries AS (
            SELECT name_key, country, min(certain) AS certain FROM counted
            WHERE certain IS NOT NULL AND country IS NOT NULL
            GROUP BY name_key, country HAVING min(certain) = max(certain)
        ),
        sorted AS (
            SELECT counted.reference, counted.name_key, counted.first_reference,
                CASE
                    WHEN first_camp IS NULL OR first_camp = last_camp THEN 'all'
                    WHEN counted.certain IS NOT NULL THEN counted.certain
                    WHEN label_mailed IS NOT NULL THEN 'domain ' || label_mailed
                    WHEN mail_label IS NOT NULL THEN NULL
                    ELSE countries.certain
                END AS camp
            FROM counted
            LEFT JOIN countries
                ON countries.name_key = counted.name_key AND countries.country = counted.country
        )
        SELECT *, min(reference) OVER (PARTITION BY name_key, camp) AS first_of_camp FROM sorted
        """
    )
