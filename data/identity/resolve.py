"""Who is who: persons, companies and visitors resolved from the canonical rows, anew each time.

Nothing is merged in the canonical tables. The order in which files arrived leaves no trace, and
taking a load out takes out what it merged.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from data.definitions import Definitions
from data.engine.draft import Draft
from data.identity.accounts import resolve_accounts
from data.identity.domains import attach_lists
from data.identity.leads import match_leads
from data.identity.likely_people import propose_people
from data.identity.people import resolve_people
from data.identity.visitors import stitch_visitors


class Resolving(StrEnum):
    """What is found out, in this order, with the part of the work it usually takes."""

    part: float

    COMPANIES = "companies", 0.55
    PEOPLE = "people", 0.25
    LEADS = "leads and their people", 0.15
    VISITORS = "visitors", 0.05

    def __new__(cls, value: str, part: float) -> Resolving:
        """A text with the part beside it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.part = part
        return member


def _silent(what: Resolving, share: float) -> None:
    """Report the progress to nobody."""


def resolve(
    draft: Draft, definitions: Definitions, on_share: Callable[[Resolving, float], None] = _silent
) -> None:
    """Rebuild `account_identity`, `person_identity`, `lead_identity` and `person_proposal`.

    Also makes the temporary tables that the derived ones join: `person_account` (person_id,
    account_id), `person_fact` (what is known of each person) and `visitor_span` (whom a visitor
    turned out to be, and when). `on_share` receives what is at work and which part of all this
    is done, 0 to 1. Raises EngineError with the failing step.
    """
    before = 0.0
    for what in Resolving:

        def report(share: float, what: Resolving = what, before: float = before) -> None:
            on_share(what, before + what.part * share)

        report(0.0)
        match what:
            case Resolving.COMPANIES:
                attach_lists(draft)
                resolve_accounts(draft, definitions.identity, report)
            case Resolving.PEOPLE:
                resolve_people(draft, report)
            case Resolving.LEADS:
                match_leads(draft)
                report(0.6)
                propose_people(draft, definitions.identity.propose_from)
            case Resolving.VISITORS:
                stitch_visitors(draft)
        before += what.part
