"""Events and what people did at them, as rows; and their steps counted a second time, as loops."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeAlias

from data.definitions import Definitions
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.facts import (
    TERMS,
    DraftWarehouse,
    Facts,
    Row,
    account,
    lead,
    opportunity,
    spend,
    touch,
)

STEPS = (
    "listed", "valid_contact", "reached", "registered", "attended", "high_value", "opportunity"
)  # fmt: skip

MAIL = {"email_sent": "sent", "email_delivered": "delivered", "email_bounce": "bounced"}
ANSWERS = {"email_open", "email_click", "reply"}
RINGS = {"call_no_answer", "call_voicemail"}
TALKS = {"call_connected", "callback_requested"}
REGISTERS = {"webinar_registered", "event_registered"}
COMES = {"webinar_attended", "event_attended"}
TAKES_PART = {"session_attended", "booth_visited"}

EVENT_TERMS = Definitions.model_validate(
    TERMS.model_dump()
    | {
        "touch": {
            "actions": [
                "form_submit", *sorted(ANSWERS | TALKS | REGISTERS | COMES | TAKES_PART)
            ],
            "high_value": [
                "form_submit", "callback_requested", *sorted(COMES | TAKES_PART)
            ],
            "outbound": ["email_sent"],
            "sales_channels": [],
        }
    }
)  # fmt: skip

START = datetime(2026, 1, 1, 9)


def did(number: int, day: float, person: str | None, action: str, event: str | None) -> Row:
    """Something a person did for an event, so many days after the first of January at nine."""
    return touch(
        f"I{number:04}",
        START + timedelta(days=day),
        person,
        action=action,
        channel=None,
        campaign_id=event,
    )


def random_events(seed: int) -> Facts:
    """Events that record this or that, run or are over, and people with and without leads."""
    pick = Random(seed)
    kinds = ("Webinar", "Webinar", "Fair", "Mailing", None)
    campaigns: list[Row] = [
        {
            "campaign_id": f"E{number}",
            "name": f"Event {number}",
            "kind": pick.choice(kinds),
            "channel": pick.choice(("Webinar", None)),
            "starts_on": pick.choice((None, START.date() + timedelta(days=pick.randint(0, 30)))),
            "ends_on": pick.choice((None, START.date() + timedelta(days=pick.randint(31, 220)))),
        }
        for number in range(8)
    ]
    people: list[Row] = [
        {"person_id": f"p{number}", "account_id": f"A{number % 6}"} for number in range(30)
    ]
    leads = [
        lead(
            f"L{number}",
            START + timedelta(days=pick.randint(-40, 150)),
            person_id=f"p{pick.randint(0, 19)}",
            channel=pick.choice(("Webinar", "Email", None)),
            region=pick.choice(("EMEA", "华东")),
            account_id=pick.choice((None, f"A{pick.randint(0, 5)}")),
        )
        for number in range(25)
    ]
    interactions: list[Row] = []
    for campaign in campaigns:
        ways = pick.sample(
            [*MAIL, *ANSWERS, *RINGS, "call_wrong_number", *TALKS, *REGISTERS, *COMES, *TAKES_PART],
            pick.randint(1, 9),
        )
        for _ in range(pick.randint(1, 50)):
            person = pick.choice([*(f"p{each}" for each in range(30)), "crm:7", None])
            event = pick.choice((campaign["campaign_id"], f"name:{campaign['name'].lower()}"))
            day = pick.choice((3, 20, 60, 60.5, 110, pick.uniform(0, 200)))
            interactions.append(did(len(interactions), day, person, pick.choice(ways), event))
    for _ in range(30):
        day = pick.choice((60, 61, pick.uniform(0, 200)))
        action = pick.choice(("form_submit", "session_attended", "email_open"))
        interactions.append(did(len(interactions), day, f"p{pick.randint(0, 29)}", action, None))
    deals = [
        opportunity(
            f"O{number}",
            pick.choice((None, START + timedelta(days=pick.randint(0, 210)))),
            account_id=pick.choice((None, f"A{pick.randint(0, 5)}")),
            primary_lead_id=pick.choice((None, f"L{pick.randint(0, 24)}")),
        )
        for number in range(pick.choice((0, 15, 15)))
    ]
    costs = [
        spend(f"E{pick.randint(0, 8)}", START.date() + timedelta(days=day), "12.50", currency)
        for day, currency in ((3, "USD"), (9, "USD"), (30, "XXX"), (150, "USD"), (190, "USD"))
    ]
    return Facts(
        account=tuple(account(f"A{number}", f"Company {number}") for number in range(6)),
        person=tuple(people),
        person_alias=(
            {
                "source_system": "crm",
                "source_record_id": "7",
                "person_id": "p3",
                "matched_by": "email",
                "confidence": 1.0,
            },
        ),
        campaign=tuple(campaigns),
        campaign_spend=tuple(
            {(each["campaign_id"], each["spend_on"]): each for each in costs}.values()
        ),
        interaction=tuple(interactions),
        lead=tuple(leads),
        opportunity=tuple(deals),
    )


def fairs() -> Facts:
    """Three fairs that are over and one that runs, of forty who were written to each.

    All but the last ten have a lead, by turns of EMEA and 华东.
    """
    pick = Random(3)
    campaigns: list[Row] = []
    done: list[Row] = []
    for number, first in enumerate((0, 30, 60, 330)):
        event = f"F{number}"
        campaigns.append(
            {
                "campaign_id": event,
                "name": f"Fair {number}",
                "kind": "Fair",
                "ends_on": date(2026, 3, 31) if number < 3 else date(2027, 1, 31),
            }
        )
        for person in range(40):
            name = f"p{40 * number + person}"
            done.append(did(len(done), first, name, "email_sent", event))
            done.append(did(len(done), first, name, "email_delivered", event))
            if pick.random() < 0.5:
                done.append(did(len(done), first + 2, name, "event_registered", event))
                if pick.random() < 0.5 and number < 3:
                    done.append(did(len(done), first + 20, name, "event_attended", event))
    return Facts(
        campaign=tuple(campaigns),
        campaign_spend=(spend("F0", date(2026, 1, 5), "1000"),),
        interaction=tuple(done),
        lead=tuple(
            lead(f"L{number}", START, person_id=f"p{number}", region=("EMEA", "华东")[number % 2])
            for number in range(150)
        ),
    )


def passes(row: Row, filters: tuple[Filter, ...]) -> bool:
    return all(row[each.dimension.value] in each.values for each in filters)


Tables = dict[str, list[Row]]


def tables_of(warehouse: DraftWarehouse) -> Tables:
    """The tables that the steps are counted from."""
    names = ("campaign", "deal", "interaction", "journey", "person_identity", "spend", "touch")
    return {name: warehouse.table(name) for name in names}


Did: TypeAlias = dict[str, dict[str, list[tuple[datetime, str]]]]
"""What people did for each event, and when: by event, then by person."""


def did_of(tables: Tables, scope: Scope) -> Did:
    """What was done by and to each person of each event until the last day observed."""
    meant = {each["reference"]: each["person_id"] for each in tables["person_identity"]}
    named = {f"name:{row['name'].lower()}": row for row in tables["campaign"]}
    known = {row["campaign_id"]: row for row in tables["campaign"]}
    found: Did = defaultdict(lambda: defaultdict(list))
    told = {*MAIL, *ANSWERS, *RINGS, "call_wrong_number", *TALKS, *REGISTERS, *COMES, *TAKES_PART}
    for row in tables["interaction"]:
        if row["campaign_id"] is None or row["person_id"] is None or row["action"] not in told:
            continue
        if row["occurred_at"].date() > scope.observed_until:
            continue
        record = named.get(row["campaign_id"]) or known.get(row["campaign_id"])
        event = record["campaign_id"] if record else row["campaign_id"]
        person = str(meant.get(row["person_id"], row["person_id"]))
        found[event][person].append((row["occurred_at"], row["action"]))
    return found


def earliest_leads(visible: list[Row]) -> dict[str, Row]:
    """The journey of each person's earliest lead."""
    first: dict[str, Row] = {}
    for row in sorted(
        visible,
        key=lambda row: (
            row["lead_on"] is None,
            row["lead_on"] or 0,
            row["lead_id"],
            row["episode"],
        ),
    ):
        first.setdefault(row["person_id"], row)
    return first


def counted(tables: Tables, scope: Scope, by: Dimension | None) -> list[Row]:
    """The steps of each event, method and segment, from the derived tables, person by person."""
    known = {row["campaign_id"]: row for row in tables["campaign"]}
    visible = [row for row in tables["journey"] if passes(row, scope.viewer.restrictions)]
    first = earliest_leads(visible)
    did_at = did_of(tables, scope)
    rows: list[Row] = []
    events = {
        event: event_of(event, known.get(event), people, scope) for event, people in did_at.items()
    }
    for event, people in did_at.items():
        rows += _rows(events, event, people, tables, scope, by, first, visible)
    return sorted(
        rows, key=lambda row: (row["starts_on"], row["campaign_id"], row["method"], row["segment"])
    )


def event_of(event: str, record: Row | None, people: Any, scope: Scope) -> Row:
    """What an event's records tell, whoever is asked for."""
    record = record or {}
    actions = {action for done in people.values() for _, action in done}
    days = [at.date() for done in people.values() for at, _ in done]
    end = record.get("ends_on") or max(*days, record.get("starts_on") or days[0])
    running = (
        end > scope.observed_until
        if record.get("ends_on")
        else (scope.observed_until - end).days < 14
    )
    return {
        "campaign_id": event,
        "campaign": record.get("name") or event,
        "kind": record.get("kind") or record.get("channel") or "Unassigned",
        "starts_on": record.get("starts_on") or min(days),
        "ends_on": end,
        "is_running": running,
        "actions": actions,
        "list": bool(actions & ({*MAIL} | RINGS | TALKS | {"call_wrong_number"})),
        "fates": bool(actions & {"email_delivered", "email_bounce"}),
        "opens": bool(actions & ANSWERS),
        "reached": bool(actions & (ANSWERS | TALKS)),
        "registered": bool(actions & REGISTERS),
        "attended": bool(actions & (COMES | TAKES_PART)),
        "followed": (scope.observed_until - end).days,
    }


def earliest(done: list[tuple[datetime, str]], actions: set[str]) -> datetime | None:
    """When one of the actions was done first."""
    return min((at for at, action in done if action in actions), default=None)


def bases_of(people: Any, *, attended_known: bool, registered: bool) -> dict[str, datetime]:
    """The moment per person from which on what followed counts."""
    from_here = (
        COMES | TAKES_PART if attended_known else REGISTERS if registered else ANSWERS | TALKS
    )
    found = {person: earliest(done, from_here) for person, done in people.items()}
    return {person: at for person, at in found.items() if at}


def credited_deals(
    deals: list[Row],
    bases: dict[str, datetime],
    tables: Tables,
    scope: Scope,
    visible: list[Row],
) -> dict[str, str]:
    """The person of an event that each of these deals is credited to."""
    companies: dict[str, str] = {}
    for row in (*tables["touch"], *tables["journey"]):
        if row["person_id"] and row["account_id"]:
            companies[row["person_id"]] = min(
                row["account_id"], companies.get(row["person_id"], row["account_id"])
            )
    people_of_leads = {row["lead_id"]: row["person_id"] for row in tables["journey"]}
    credited: dict[str, str] = {}
    for deal in deals:
        if deal["opened_on"] > scope.observed_until:
            continue
        if scope.viewer.restrictions and deal["lead_id"] not in {row["lead_id"] for row in visible}:
            continue
        fit = {
            person
            for person, base in bases.items()
            if 0 <= (deal["opened_on"] - base.date()).days <= 90
        }
        owner = people_of_leads.get(deal["lead_id"])
        if owner in fit:
            credited[deal["opportunity_id"]] = owner
            continue
        of_account = [
            person
            for person in fit
            if deal["account_id"] and companies.get(person) == deal["account_id"]
        ]
        if of_account:
            first = min(of_account, key=lambda person: (bases[person], person))
            credited[deal["opportunity_id"]] = first
    return credited


def _rows(
    events: dict[str, Row],
    event: str,
    people: Any,
    tables: Tables,
    scope: Scope,
    by: Dimension | None,
    first: dict[str, Row],
    visible: list[Row],
) -> list[Row]:
    this = events[event]
    if this["starts_on"] > scope.period.end or this["ends_on"] < scope.period.start:
        return []
    like = [each for each in events.values() if each["kind"] == this["kind"]]
    registered_known = this["registered"] or (
        any(each["registered"] for each in like)
        and not this["attended"]
        and (this["list"] or this["reached"])
    )
    attended_known = this["attended"] or (
        any(each["attended"] for each in like) and this["registered"] and not this["is_running"]
    )
    opens_known = this["opens"] or (
        any(each["opens"] for each in like) and not this["registered"] and not this["attended"]
    )
    fates_known = any(each["fates"] for each in like)
    values = [
        row
        for row in tables["touch"]
        if row["value_tier"] == "high"
        and row["action"] not in COMES
        and row["person_id"]
        and row["occurred_on"] <= scope.observed_until
    ]
    deals = [row for row in tables["deal"] if row["opened_on"]]

    bases = bases_of(people, attended_known=attended_known, registered=this["registered"])
    credited = set(credited_deals(deals, bases, tables, scope, visible).values())
    cost: Decimal | None = None
    paid = [
        row
        for row in tables["spend"]
        if row["campaign_id"] == event and row["spend_on"] <= scope.observed_until
    ]
    if paid and all(row["cost_amount"] is not None for row in paid):
        cost = sum((row["cost_amount"] for row in paid), Decimal(0))
    groups: dict[tuple[str, str], Row] = {}
    for person, done in people.items():
        whose = first.get(person)
        if (scope.filters or scope.viewer.restrictions) and not (
            whose and passes(whose, scope.filters)
        ):
            continue
        count = {name: sum(action == name for _, action in done) for _, name in done}
        mails = sum(count.get(each, 0) for each in MAIL)
        calls = sum(count.get(each, 0) for each in (*RINGS, *TALKS, "call_wrong_number"))
        came = earliest(done, COMES | TAKES_PART)
        signed = came or earliest(done, REGISTERS)
        answered = signed or earliest(done, ANSWERS | TALKS)
        arrived = (
            count.get("email_delivered", 0) > 0
            if "email_delivered" in this["actions"]
            else count.get("email_sent", 0) > count.get("email_bounce", 0)
        )
        callable_number = any(count.get(each) for each in (*RINGS, *TALKS))
        high = person in bases and any(
            row["person_id"] == person
            and row["occurred_at"] >= bases[person]
            and (row["occurred_on"] - bases[person].date()).days <= 30
            for row in values
        )
        method = (
            "unknown"
            if not this["list"]
            else "both"
            if mails and calls
            else "email"
            if mails
            else "call"
            if calls
            else "uninvited"
        )
        segment = (whose[by.value] if whose else "Unassigned") if by else "all"
        row = groups.setdefault(
            (method, segment),
            {
                **{name: this[name] for name in ("campaign_id", "campaign", "kind", "starts_on")},
                "ends_on": this["ends_on"],
                "is_running": this["is_running"],
                "method": method,
                "segment": segment,
                "mails": 0,
                "calls": 0,
                **dict.fromkeys(STEPS, 0),
                "cost_amount": None if cost is None else float(cost),
            },
        )
        row["mails"] += max(
            count.get("email_sent", 0),
            count.get("email_delivered", 0) + count.get("email_bounce", 0),
        )
        row["calls"] += calls
        for name, took in (
            ("listed", mails + calls > 0),
            ("valid_contact", bool(answered or (mails and arrived) or callable_number)),
            ("reached", bool(answered)),
            ("registered", bool(signed)),
            ("attended", bool(came)),
            ("high_value", high or person in credited),
            ("opportunity", person in credited),
        ):
            row[name] += took
    for (method, _), row in groups.items():
        by_mail = method in ("email", "both")
        known = {
            "listed": method not in ("unknown", "uninvited"),
            "valid_contact": method == "call" or (by_mail and fates_known),
            "reached": method == "call"
            or (by_mail and opens_known)
            or (method == "unknown" and this["reached"]),
            "registered": registered_known,
            "attended": attended_known,
        }
        is_followed = attended_known or this["registered"] or known["reached"]
        known["high_value"] = bool(values) and is_followed and this["followed"] >= 30
        known["opportunity"] = bool(deals) and is_followed and this["followed"] >= 90
        row.update({name: None for name, is_known in known.items() if not is_known})
    return list(groups.values())
