"""What questions need to be loaded: rows of a kind, how they are counted, and what to load."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from data.definitions import Definitions


@dataclass(frozen=True, slots=True)
class Need:
    """Rows without which a question has no answer.

    `sql` is a SELECT with one column `present`, any row of which will do. `actions` are bound to
    its one list, where it has one. `missing` says in sentences what is not there, and what to load.
    """

    sql: str
    missing: str
    actions: Callable[[Definitions], Iterable[str]] | None = None


def _outbound(definitions: Definitions) -> Iterable[str]:
    return definitions.touch.outbound


def _mails(definitions: Definitions) -> Iterable[str]:
    mail = definitions.reach.mail
    return (*mail.sent, *mail.delivered, *mail.bounced, *mail.opened, *mail.clicked)


_OF_ACTIONS = (
    "SELECT action AS present FROM interaction WHERE person_id IS NOT NULL AND action IN ({})"
)

ASSETS_MET = Need(
    "SELECT content_id AS present FROM content_use",
    "No content is loaded. Load what people did with the asset that it was about (web analytics,"
    " downloads, e-mail, video or session exports with a column for `content_id`), and a list of"
    " the assets with title, kind, topic and persona.",
)

EVENTS = Need(
    "SELECT campaign_id AS present FROM interaction"
    " WHERE campaign_id IS NOT NULL AND person_id IS NOT NULL",
    "Nobody is on record for any event or campaign. Load e-mail, call, webinar or badge exports"
    " that name their campaign and the person.",
)

PEOPLE = Need(
    "SELECT person_id AS present FROM person",
    "No person is loaded. Load contacts with what they agreed to (consent, whether they can be"
    " reached by e-mail, phone or WeChat).",
)

CONTACTS = Need(
    _OF_ACTIONS,
    "No contact is loaded: no file says what was sent to people, or whom somebody called. Load the"
    " sends of the mail system, or the calls of the CRM.",
    _outbound,
)

MAILS = Need(
    _OF_ACTIONS,
    "No mail is loaded. Load the sends, openings and clicks of the mail system.",
    _mails,
)

TOUCHES = Need(
    "SELECT person_key AS present FROM touch",
    "Nothing that people did is loaded. Load web analytics, forms, downloads, webinar, event or"
    " e-mail exports.",
)

ACTIONS = Need(
    "SELECT person_id AS present FROM interaction WHERE person_id IS NOT NULL",
    "Nothing that people did, or that was done to them, is loaded. Load e-mail, call, web, webinar"
    " or event exports.",
)

LEADS = Need(
    "SELECT lead_id AS present FROM journey",
    "No lead is loaded. Load the leads of the CRM or of the marketing system.",
)

LEADS_OF_ACCOUNTS = Need(
    "SELECT account_id AS present FROM journey WHERE account_id IS NOT NULL",
    "No lead of a known company is loaded. Load leads with their company, or contacts that say at"
    " which company each lead is.",
)

PARENTS = Need(
    "SELECT account_id AS present FROM account WHERE parent_id IS NOT NULL",
    "No company with a parent is loaded. Load accounts with a column for the parent account.",
)

IN_PLAY = Need(
    "SELECT account_id AS present FROM target_account"
    " UNION ALL SELECT account_id FROM opportunity WHERE account_id IS NOT NULL",
    "Neither a list of target accounts nor a deal of a known company is loaded. Load a file of the"
    " kind `generic_target_account` (list, account, tier), or deals with their company.",
)

ORDERS = Need(
    "SELECT account_id AS present FROM account_order",
    "No orders are loaded. Load a file of the kind `generic_account_order` (order, account,"
    " product, day).",
)

TARGETS = Need(
    "SELECT account_id AS present FROM target_account",
    "No list of target accounts is loaded. Load a file of the kind `generic_target_account` (list,"
    " account, tier).",
)

DEALS_OF_ACCOUNTS = Need(
    "SELECT account_id AS present FROM opportunity WHERE account_id IS NOT NULL",
    "No deal of a known company is loaded. Load deals with their company.",
)

LINKED_DEALS = Need(
    "SELECT opportunity_id AS present FROM deal WHERE lead_id IS NOT NULL",
    "No deal is linked to a lead, so that nobody knows what became of the accounts whose leads came"
    " in. Load deals with their lead, or a file of the kind `generic_opportunity_lead`"
    " (opportunity, lead).",
)

_FAMILIES: dict[str, tuple[Need, ...]] = {
    "content": (ASSETS_MET,),
    "events": (EVENTS,),
    "reach": (CONTACTS,),
    "activity": (TOUCHES,),
    "journeys": (LEADS,),
}
"""What every metric of a room needs, unless it is named below."""

_METRICS: dict[str, tuple[Need, ...]] = {
    "contactable": (PEOPLE,),
    "suppressed": (PEOPLE,),
    "mail_funnel": (MAILS,),
    "reach_overlap": (ACTIONS,),
    "utm_coverage": (TOUCHES,),
    "bad_contacts": (LEADS, PEOPLE),
    "account_roll_up": (PARENTS,),
    "account_group_members": (PARENTS,),
    "buying_roles": (IN_PLAY, PEOPLE, TOUCHES),
    "account_roles": (IN_PLAY, PEOPLE, TOUCHES),
    "half_year_potential": (LEADS_OF_ACCOUNTS, LINKED_DEALS),
    "installed_base": (ORDERS,),
    "promotion_conflicts": (DEALS_OF_ACCOUNTS, CONTACTS),
    "target_accounts": (TARGETS,),
    "target_account_list": (TARGETS,),
}


def needs_of(name: str, family: str) -> tuple[Need, ...]:
    """What a metric needs to be loaded, by its name and the room that it is in.

    >>> [each.missing[:20] for each in needs_of("mail_funnel", "reach")]
    ['No mail is loaded. L']
    >>> needs_of("headline", "")
    ()
    """
    return _METRICS.get(name, _FAMILIES.get(family, ()))
