"""Which references are one company: by domain, name, its people's e-mails, or a close name."""

from __future__ import annotations

from collections.abc import Callable

from data.definitions import IdentityTerms
from data.engine.draft import Draft
from data.identity.account_evidence import CHINESE, gather_evidence
from data.identity.account_links import SAME_NAME, link_by_evidence
from data.identity.close_names import close_names
from data.identity.components import connect
from data.identity.name_sounds import attach_sounds
from data.identity.working_tables import make, two_of
from data.references import is_named_sql, named_sql
from data.sql import Query, Step


def resolve_accounts(draft: Draft, terms: IdentityTerms, on_share: Callable[[float], None]) -> None:
    """Rebuild `account_identity` from accounts, and from the e-mail domains of their people.

    Accounts are one company when they have the same website domain or the same name key. Accounts
    of one name whose domains or countries contradict each other are only proposed. An account
    without a domain, whose name no other account with a domain has, joins the company whose domain
    its people write from: the confidence is their share, reduced a little for few people. An
    account that still has no domain is compared with all others by name, sound of the name, city
    and country. A link of at least `terms.apply_from` is applied; one of at least
    `terms.propose_from` is kept as a proposal.

    The representative is the account with an id of a CRM, then the smallest id. Needs the lists of
    `data.identity.domains` attached. `on_share` receives now and then the part that is done, 0 to
    1. Raises EngineError with the failing step.
    """
    gather_evidence(draft)
    link_by_evidence(draft, terms)
    on_share(0.3)
    _choose(draft, terms)
    on_share(0.4)
    if draft.has_any(NAMES_TO_COMPARE) and _link_close_names(draft, terms):
        on_share(0.9)
        _choose(draft, terms)
    _write(draft, terms)


NAMES_TO_COMPARE = two_of("account_evidence WHERE name_key IS NOT NULL")
"""Where this has no row there are no two names of which one could be close to the other."""


def _choose(draft: Draft, terms: IdentityTerms) -> None:
    """Table `account_choice`: for each connected reference the account that stands for it."""
    draft.build("applied_edge", Query(_applied_edges(terms)))
    connect(draft, "applied_edge", "account_component")
    draft.execute("DROP TABLE applied_edge")
    make(draft, "account_choice", account_choices())


def account_choices() -> Query:
    """One row per connected reference: the account that stands for its component."""
    return Query(
        Step(
            "chosen_accounts",
            f"""
            SELECT label, arg_min(
                node, CASE WHEN {is_named_sql("node")} THEN '1' ELSE '0' END || node
            ) AS account_id
            FROM account_component GROUP BY label
            """,
        ),
        Step(
            "account_choices",
            """
            SELECT component.node AS reference, chosen_accounts.account_id
            FROM account_component AS component
            JOIN chosen_accounts ON chosen_accounts.label = component.label
            """,
        ),
    )


def _applied_edges(terms: IdentityTerms) -> Step:
    return Step(
        "applied_edges",
        "SELECT hub, spoke, matched_by, confidence FROM account_edge "
        f"WHERE confidence >= {terms.apply_from:.6f}",
    )


def _link_close_names(draft: Draft, terms: IdentityTerms) -> bool:
    """Add edges between companies of close names, of which at least one has no domain.

    Returns whether there are any.
    """
    draft.build("company_spelling", company_spellings())
    attach_sounds(draft, "company_spelling")
    draft.build("company_name", company_names())
    draft.detach("name_sound")
    close = close_names(draft, "company_name", terms.propose_from)
    draft.execute("DROP TABLE company_name")
    draft.execute("DROP TABLE company_spelling")
    if close.is_empty():
        return False
    draft.attach("close_name", close)
    draft.build(
        "account_edge",
        Query(
            Step(
                "close_name_edges",
                """
                SELECT hub, spoke, 'linkage' AS matched_by, max(confidence) AS confidence
                FROM close_name GROUP BY hub, spoke
                """,
            ),
            Step(
                "account_edges",
                """
                SELECT hub, spoke, matched_by, confidence FROM account_edge
                UNION ALL
                SELECT hub, spoke, matched_by, confidence FROM close_name_edges
                """,
            ),
        ),
    )
    draft.detach("close_name")
    return True


def company_spellings() -> Query:
    """One row per company, by `account_choice`, and name key of one of its accounts."""
    return Query(
        Step(
            "chosen_evidence",
            """
            SELECT coalesce(choice.account_id, evidence.reference) AS account_id, evidence.*
            FROM account_evidence AS evidence
            LEFT JOIN account_choice AS choice ON choice.reference = evidence.reference
            """,
        ),
        Step(
            "company_places",
            """
            SELECT account_id, max(coalesce(domain, mail_domain)) AS domain,
                max(country) AS country, max(city) AS city
            FROM chosen_evidence GROUP BY account_id
            """,
        ),
        Step(
            "company_spellings",
            f"""
            SELECT DISTINCT company_places.account_id || ' ' || evidence.name_key AS unique_id,
                company_places.*, evidence.name_key,
                regexp_matches(evidence.name_key, '{CHINESE}') AS chinese,
                regexp_replace(evidence.name_key, '[^0-9]', '', 'g') AS digits,
                regexp_extract(evidence.name_key, '[^ ]+$') AS last_word
            FROM chosen_evidence AS evidence
            JOIN company_places ON company_places.account_id = evidence.account_id
            WHERE evidence.name_key IS NOT NULL
            ORDER BY unique_id
            """,
        ),
    )


def company_names() -> Query:
    """The rows of `company_spelling` with their sound, and their sound without their city's."""
    return Query(
        Step(
            "sounding_names",
            """
            SELECT company_spelling.*, name_sound.sound,
                regexp_replace(lower(city), '[^a-z]', '', 'g') AS place
            FROM company_spelling
            LEFT JOIN name_sound ON name_sound.name_key = company_spelling.name_key
            """,
        ),
        Step(
            "company_names",
            """
            SELECT unique_id, account_id, domain, country, city, name_key, chinese, digits,
                last_word, sound, CASE
                    WHEN place <> '' AND starts_with(sound, place)
                        THEN substr(sound, length(place) + 1)
                    ELSE sound
                END AS sound_here
            FROM sounding_names
            """,
        ),
    )


def _write(draft: Draft, terms: IdentityTerms) -> None:
    """Fill `account_identity`: each account, then names without an id, then proposals."""
    draft.execute("DELETE FROM account_identity")
    if draft.has_any("account"):
        draft.insert("account_identity", applied_accounts(terms))
        draft.insert("account_identity", named_accounts())
    if draft.has_any("account_edge"):
        draft.insert("account_identity", proposed_accounts(terms))


def applied_accounts(terms: IdentityTerms) -> Query:
    """One row per account: the company it is, and the best reason of a link to it."""
    return Query(
        _applied_edges(terms),
        Step(
            "account_reasons",
            """
            SELECT reference, arg_max(matched_by, (confidence, matched_by)) AS matched_by,
                max(confidence) AS confidence
            FROM (
                SELECT spoke AS reference, matched_by, confidence FROM applied_edges
                UNION ALL
                SELECT hub, matched_by, confidence FROM applied_edges
            ) AS ends
            GROUP BY reference
            """,
        ),
        Step(
            "applied_accounts",
            """
            SELECT account.account_id AS reference,
                coalesce(choice.account_id, account.account_id) AS account_id,
                CASE WHEN choice.account_id <> account.account_id THEN reasons.matched_by
                    ELSE 'own' END AS matched_by,
                CASE WHEN choice.account_id <> account.account_id THEN reasons.confidence
                    ELSE 1 END AS confidence,
                true AS applied
            FROM account
            LEFT JOIN account_choice AS choice ON choice.reference = account.account_id
            LEFT JOIN account_reasons AS reasons ON reasons.reference = account.account_id
            """,
        ),
    )


def named_accounts() -> Query:
    """One row per name key that means one company: a row without an id refers to it by name."""
    return Query(
        Step(
            "named_accounts",
            f"""
            SELECT {named_sql("account.name_key")} AS reference,
                min(known.account_id) AS account_id, 'name_key' AS matched_by,
                {SAME_NAME} AS confidence, true AS applied
            FROM account
            JOIN account_identity AS known
                ON known.reference = account.account_id AND known.applied
            WHERE account.name_key IS NOT NULL
                AND {named_sql("account.name_key")} NOT IN (SELECT account_id FROM account)
            GROUP BY account.name_key
            HAVING min(known.account_id) = max(known.account_id)
            """,
        )
    )


def proposed_accounts(terms: IdentityTerms) -> Query:
    """One row per two companies that may be one, by the best link between their accounts."""
    return Query(
        Step(
            "company_links",
            f"""
            SELECT greatest(spoke.account_id, hub.account_id) AS reference,
                least(spoke.account_id, hub.account_id) AS account_id,
                edge.matched_by, edge.confidence
            FROM account_edge AS edge
            JOIN account_identity AS hub ON hub.reference = edge.hub AND hub.applied
            JOIN account_identity AS spoke ON spoke.reference = edge.spoke AND spoke.applied
            WHERE edge.confidence >= {terms.propose_from:.6f}
                AND spoke.account_id <> hub.account_id
            """,
        ),
        Step(
            "proposed_accounts",
            """
            SELECT reference, account_id,
                arg_max(matched_by, (confidence, matched_by)) AS matched_by,
                max(confidence) AS confidence, false AS applied
            FROM company_links
            GROUP BY reference, account_id
            """,
        ),
    )
