"""Who is who: persons, companies and visitors resolved from the canonical rows, anew each time.

Nothing is merged in the canonical tables. So the order in which files arrived can not be seen, and
taking a load out takes out what it merged.
"""

from __future__ import annotations

from data.definitions import Definitions
from data.draft import Draft
from data.identity_accounts import resolve_accounts
from data.identity_domains import attach_lists
from data.identity_leads import match_leads
from data.identity_likely_people import propose_people
from data.identity_people import resolve_people
from data.identity_visitors import stitch_visitors


def resolve(draft: Draft, definitions: Definitions) -> None:
    """Rebuild `account_identity`, `person_identity`, `lead_identity` and `person_proposal`.

    Also makes the temporary tables that the derived ones join: `person_account` (person_id,
    account_id), `person_fact` (what is known of each person) and `visitor_span` (whom a visitor
    turned out to be, and when).
    """
    attach_lists(draft)
    resolve_accounts(draft, definitions.identity)
    resolve_people(draft)
    match_leads(draft)
    propose_people(draft, definitions.identity.propose_from)
    stitch_visitors(draft)
