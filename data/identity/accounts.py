"""Which references are one company: by domain, name, its people's e-mails, or a close name."""

from __future__ import annotations

from collections.abc import Callable

from data.definitions import IdentityTerms
from data.engine.draft import Draft
from data.identity.account_evidence import CHINESE, SAME_NAME, gather_evidence, link_by_evidence
from data.identity.close_names import attach_sounds, close_names
from data.identity.components import connect
from data.references import NAMED


def resolve_accounts(draft: Draft, terms: IdentityTerms, on_share: Callable[[float], None]) -> None:
    """Rebuild `account_identity` from accounts, and from the e-mail domains of their people.

    Accounts are one when they have the same website domain, or the same name key; not where the
    domains or countries of two of the same name contradict each other, which is only proposed. An
    account known by no domain and no name of one that is joins the one whose domain its people
    write from: the confidence is their share, less a little for few people. What then still has
    no domain is compared with all others by name, its sound, place and country. A link of at least
    `terms.apply_from` is applied; one of at least `terms.propose_from` is kept as a proposal.

    The representative is the account with an id of a CRM, then the smallest id. Needs the lists of
    `data.identity.domains` attached. `on_share` is told now and then which part is done, 0 to 1.
    """
    gather_evidence(draft)
    link_by_evidence(draft, terms)
    on_share(0.3)
    connect(draft, _applied(terms), "account_component")
    _choose(draft)
    on_share(0.4)
    _link_close_names(draft, terms)
    on_share(0.9)
    connect(draft, _applied(terms), "account_component")
    _choose(draft)
    _write(draft, terms)


def _applied(terms: IdentityTerms) -> str:
    return (
        "(SELECT hub, spoke FROM account_edge "
        f"WHERE confidence >= {terms.apply_from:.6f}) AS applied"
    )


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
        CREATE OR REPLACE TEMP TABLE company_spelling AS
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
            regexp_replace(told.name_key, '[^0-9]', '', 'g') AS digits,
            regexp_extract(told.name_key, '[^ ]+$') AS last_word
        FROM told JOIN whole ON whole.account_id = told.account_id
        WHERE told.name_key IS NOT NULL
        ORDER BY unique_id
        """
    )
    attach_sounds(draft, "company_spelling")
    draft.execute(
        """
        CREATE OR REPLACE TEMP TABLE company_name AS
        WITH heard AS (
            SELECT company_spelling.*, name_sound.sound,
                regexp_replace(lower(city), '[^a-z]', '', 'g') AS place
            FROM company_spelling
            LEFT JOIN name_sound ON name_sound.name_key = company_spelling.name_key
        )
        SELECT * EXCLUDE (place), CASE
            WHEN place <> '' AND starts_with(sound, place) THEN substr(sound, length(place) + 1)
            ELSE sound
        END AS sound_here
        FROM heard
        """
    )
    draft.detach("name_sound")
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
    draft.execute("DROP TABLE company_spelling")


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
        SELECT '{NAMED}' || account.name_key, min(known.account_id), 'name_key', {SAME_NAME}, true
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
