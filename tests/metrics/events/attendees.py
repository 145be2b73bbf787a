"""People of events one by one, in plain Python: how far each went, and why no further."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

from metrics.scope import Dimension, Scope
from tests.metrics.facts import Facts, Row, change, consent
from tests.metrics.plan.events.made_up import (
    ANSWERS,
    COMES,
    MAIL,
    REGISTERS,
    RINGS,
    START,
    TAKES_PART,
    TALKS,
    Tables,
    bases_of,
    counted,
    credited_deals,
    did_of,
    earliest_leads,
    event_of,
    passes,
    random_events,
)

STEPS = (
    "listed", "valid_contact", "reached", "registered", "attended", "high_value", "opportunity",
    "won",
)  # fmt: skip

FINAL = {
    "e-mail bounced", "wrong number", "unsubscribed", "must not be contacted", "invalid address"
}  # fmt: skip


@dataclass
class Attendee:
    """One person of one event."""

    event: Row
    person: str
    method: str
    segment: str
    took: dict[str, bool]
    counts: bool
    known: dict[str, bool] = field(default_factory=dict)
    known_of_method: dict[str, bool] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    has_open_deal: bool = False
    refused: bool = False
    acted: bool = False
    """Whether something of high value followed, also where the step is not known."""

    def moves(self, known: dict[str, bool]) -> Iterator[tuple[str, str, str]]:
        """For each two known steps in turn: both, and what became of the person."""
        chain = [step for step in STEPS if known[step]]
        for before, after in pairwise(chain):
            if self.took[before] and not self.took[after]:
                final = self.why[after] in FINAL
                is_open = (self.event["is_running"] and not final) or (
                    after == "won" and self.has_open_deal
                )
                yield before, after, "open" if is_open else "lost"
            elif self.took[after] and not self.took[before]:
                yield before, after, "joined"
            elif self.took[after]:
                yield before, after, "went on"


def random_company(seed: int) -> Facts:
    """Random events, with refusals, invalid contacts, deals that end, and leads that leave."""
    pick = Random(f"company {seed}")
    facts = random_events(seed)
    people = tuple(
        row
        | {
            "email_state": pick.choice((None, "valid", "invalid", "bounced")),
            "do_not_contact": pick.choice((None, None, None, True)),
            "consent": (state := pick.choice((None, None, "withdrawn", "granted"))),
            "consent_at": pick.choice((None, START + timedelta(days=pick.randint(-9, 220))))
            if state
            else None,
        }
        for row in facts.person
    )
    deals = tuple(
        row
        | {
            "outcome": (outcome := pick.choice(("won", "lost", "lost", "open"))),
            "closed_at": row["created_at"] + timedelta(days=pick.randint(0, 90))
            if outcome != "open" and row["created_at"]
            else None,
            "lost_reason": pick.choice((None, "Price", "竞争对手")) if outcome == "lost" else None,
        }
        for row in facts.opportunity
    )
    exits = tuple(
        change(
            "lead", row["lead_id"], "disqualified",
            row["created_at"] + timedelta(days=pick.randint(1, 90)),
            reason=pick.choice((None, "No budget")),
        )
        for row in facts.lead
        if pick.random() < 0.6
    )  # fmt: skip
    said = {
        (row["person_id"], row["channel"], row["purpose"], row["changed_at"]): row
        for row in (
            consent(
                f"p{pick.randint(0, 29)}",
                START + timedelta(days=pick.randint(-5, 200)),
                pick.choice(("withdrawn", "withdrawn", "granted")),
                pick.choice(("all", "Email", "Telemarketing", "WeChat")),
                pick.choice(("all", "Marketing", "news")),
            )
            for _ in range(14)
        )
    }
    return replace(
        facts,
        person=people,
        opportunity=deals,
        stage_change=exits,
        consent_event=tuple(said.values()),
    )


def attendees(tables: Tables, facts: Facts, scope: Scope, by: Dimension | None) -> list[Attendee]:
    """Everybody of every event in the period, those who pass the scope's filters marked."""
    campaigns = {row["campaign_id"]: row for row in tables["campaign"]}
    visible = [row for row in tables["journey"] if passes(row, scope.viewer.restrictions)]
    first = earliest_leads(visible)
    did = did_of(tables, scope)
    told = counted(tables, replace(scope, filters=()), None)
    events = [event_of(event, campaigns.get(event), people, scope) for event, people in did.items()]
    found: list[Attendee] = []
    for event, people in did.items():
        rows = [row for row in told if row["campaign_id"] == event]
        if not rows:
            continue
        this = event_of(event, campaigns.get(event), people, scope)
        knows_attended = rows[0]["attended"] is not None
        bases = bases_of(people, attended_known=knows_attended, registered=this["registered"])
        deals = [row for row in tables["deal"] if row["opened_on"]]
        credited = credited_deals(deals, bases, tables, scope, visible)
        of_method = {row["method"]: _known(row) for row in rows}
        invited = [known for method, known in of_method.items() if method != "uninvited"]
        of_event = {
            step: all(known[step] for known in invited or of_method.values()) for step in STEPS
        }
        for person, done in people.items():
            whose = first.get(person)
            narrowed = bool(scope.filters or scope.viewer.restrictions)
            if scope.viewer.restrictions and not whose:
                continue
            seen = _seen(this, person, done, bases, tables, scope)
            own = [deal for deal in deals if credited.get(deal["opportunity_id"]) == person]
            ends = [_end(deal, scope.observed_until) for deal in own]
            seen["opportunity"] = bool(own)
            seen["high_value"] |= bool(own)
            seen["won"] = "won" in ends
            method = _method(this, done)
            if method == "uninvited":
                seen |= {"listed": False, "valid_contact": False, "reached": False}
            opens = _opens_known(this, events)
            why = _why(this, person, done, method, seen, opens, bases, tables, facts, scope)
            lost = [
                row["lost_reason"]
                for deal, end in zip(own, ends, strict=True)
                for row in facts.opportunity
                if end == "lost" and row["opportunity_id"] == deal["opportunity_id"]
            ]
            said = sorted(each for each in lost if each)
            acted = seen["high_value"]
            # What is not known of who came uninvited, they did not do.
            seen = {step: took and of_method[method][step] for step, took in seen.items()}
            why["won"] = f"deal lost: {said[0]}" if said else "unknown"
            passing = bool(whose and passes(whose, scope.filters)) if narrowed else True
            segment = (whose[by.value] if whose else "Unassigned") if by else "all"
            found.append(
                Attendee(
                    this, person, method, segment, seen, passing, of_event,
                    of_method[method], why, "open" in ends,
                    _refused(this, person, method, tables, facts, scope), acted,
                )
            )  # fmt: skip
    return found


def _known(row: Row) -> dict[str, bool]:
    known = {step: row[step] is not None for step in STEPS[:-1]}
    return known | {"won": known["opportunity"]}


def _method(this: Row, done: list[tuple[datetime, str]]) -> str:
    actions = {action for _, action in done}
    mailed = bool(actions & {*MAIL})
    called = bool(actions & (RINGS | TALKS | {"call_wrong_number"}))
    if not this["list"]:
        return "unknown"
    return ("both" if called else "email") if mailed else "call" if called else "uninvited"


def _seen(
    this: Row,
    person: str,
    done: list[tuple[datetime, str]],
    bases: dict[str, datetime],
    tables: Tables,
    scope: Scope,
) -> dict[str, bool]:
    """Which steps up to high value the person took, or a later one of coming."""
    actions = [action for _, action in done]
    came = bool({*actions} & (COMES | TAKES_PART))
    signed = came or bool({*actions} & REGISTERS)
    answered = signed or bool({*actions} & (ANSWERS | TALKS))
    mails = [action for action in actions if action in MAIL]
    arrived = bool(mails) and (
        "email_delivered" in mails
        if "email_delivered" in this["actions"]
        else mails.count("email_sent") > mails.count("email_bounce")
    )
    rang = bool({*actions} & (RINGS | TALKS))
    later = [row for row in _after(person, bases, tables, scope) if row["value_tier"] == "high"]
    return {
        "listed": bool(mails) or rang or "call_wrong_number" in actions,
        "valid_contact": answered or rang or arrived,
        "reached": answered,
        "registered": signed,
        "attended": came,
        "high_value": any(row["action"] not in COMES for row in later),
    }


def _after(person: str, bases: dict[str, datetime], tables: Tables, scope: Scope) -> list[Row]:
    """The person's touches within thirty days of what they are counted from."""
    if person not in bases:
        return []
    return [
        row
        for row in tables["touch"]
        if row["person_id"] == person
        and row["occurred_at"] >= bases[person]
        and (row["occurred_on"] - bases[person].date()).days <= 30
        and row["occurred_on"] <= scope.observed_until
    ]


def _end(deal: Row, observed: date) -> str:
    if (deal["closed_on"] or deal["opened_on"]) > observed:
        return "open"
    return str(deal["outcome"])


def _refused(
    this: Row, person: str, method: str, tables: Tables, facts: Facts, scope: Scope
) -> bool:
    """Whether the last that the person said by the end of the event was a refusal."""
    meant = {each["reference"]: each["person_id"] for each in tables["person_identity"]}
    channels = {"all"}
    channels |= {"email"} if method in ("email", "both") else set()
    channels |= {"telemarketing"} if method in ("call", "both") else set()
    said = [
        (row["consent_at"], row["consent"])
        for row in facts.person
        if row["person_id"] == person and row["consent_at"] and row["consent"] != "unknown"
    ]
    said += [
        (row["changed_at"], row["state"])
        for row in facts.consent_event
        if meant.get(row["person_id"], row["person_id"]) == person
        and row["channel"].lower() in channels
        and row["purpose"].lower() in ("all", "marketing", "events")
    ]
    until = min(this["ends_on"], scope.observed_until)
    by_then = [(at, state) for at, state in said if at.date() <= until]
    return bool(by_then) and max(by_then)[1] == "withdrawn"


def _why(
    this: Row,
    person: str,
    done: list[tuple[datetime, str]],
    method: str,
    seen: dict[str, bool],
    knows_opens: bool,
    bases: dict[str, datetime],
    tables: Tables,
    facts: Facts,
    scope: Scope,
) -> dict[str, str]:
    """For each step, why the person would not have taken it."""
    actions = {action for _, action in done}
    record = next((row for row in facts.person if row["person_id"] == person), {})
    no_contact = [
        (_refused(this, person, method, tables, facts, scope), "unsubscribed"),
        (bool(record.get("do_not_contact")), "must not be contacted"),
    ]
    by_mail = method in ("email", "both")
    if seen["valid_contact"]:
        signs = [
            *no_contact,
            (bool(actions & TALKS), "talked to us, went no further"),
            ("reply" in actions, "replied, went no further"),
            ("email_click" in actions, "clicked, went no further"),
            ("email_open" in actions, "opened, went no further"),
            ("call_voicemail" in actions, "voicemail only"),
            ("call_no_answer" in actions, "no answer to calls"),
            (by_mail and knows_opens, "did not open the e-mail"),
        ]
    else:
        signs = [
            ("email_bounce" in actions, "e-mail bounced"),
            ("call_wrong_number" in actions, "wrong number"),
            *no_contact,
            (record.get("email_state") in ("invalid", "bounced"), "invalid address"),
            (by_mail, "not delivered"),
        ]
    inviting = next((reason for holds, reason in signs if holds), "unknown")
    low = any(
        row["value_tier"] == "low" and row["occurred_at"] > bases[person]
        for row in _after(person, bases, tables, scope)
    )
    quiet = "did only things of low value" if low else "did nothing more"
    went = seen["reached"] or seen["registered"]
    return {
        "valid_contact": inviting,
        "reached": inviting,
        "registered": inviting,
        "attended": "registered, did not come" if seen["registered"] else inviting,
        "high_value": quiet if went else inviting,
        "opportunity": _left(person, bases, tables, scope),
    }


def _opens_known(this: Row, events: list[Row]) -> bool:
    like = any(each["opens"] for each in events if each["kind"] == this["kind"])
    return this["opens"] or (like and not this["registered"] and not this["attended"])


def _left(person: str, bases: dict[str, datetime], tables: Tables, scope: Scope) -> str:
    if person not in bases:
        return "no lead exists"
    leads = [
        row
        for row in tables["journey"]
        if row["person_id"] == person and row["lead_on"] and row["lead_on"] <= scope.observed_until
    ]
    reasons = sorted(
        row["exit_reason"]
        for row in leads
        if row["exit_reason"]
        and row["exit_on"]
        and bases[person].date() <= row["exit_on"] <= scope.observed_until
    )
    if not leads:
        return "no lead exists"
    return f"lead left: {reasons[0]}" if reasons else "unknown"


def funnel_of(found: list[Attendee], by: str | None = None) -> dict[tuple[str, ...], Row]:
    """The counts of each event, value of `by` and step; None where the step is unknown."""
    rows: dict[tuple[str, ...], Row] = {}
    for each in found:
        if not each.counts:
            continue
        known = each.known_of_method if by == "method" else each.known
        group = (each.event["campaign_id"],) + ((getattr(each, by),) if by else ())
        chain = [step for step in STEPS if known[step]]
        for step in STEPS:
            before = chain[chain.index(step) - 1] if step in chain and chain[0] != step else None
            row = rows.setdefault(
                (*group, step),
                dict.fromkeys(("people", "lost", "open", "joined"), 0 if known[step] else None)
                | {"previous": 0 if before else None, "previous_step": before},
            )
            if known[step]:
                row["people"] += each.took[step]
            if before:
                row["previous"] += each.took[before]
        for _, after, became in each.moves(known):
            if became != "went on":
                rows[*group, after][became] += 1
    return rows


def losses_of(found: list[Attendee]) -> dict[tuple[str, str, str], int]:
    """People lost by event, step and reason."""
    lost: dict[tuple[str, str, str], int] = defaultdict(int)
    for each in found:
        if each.counts:
            for _, after, became in each.moves(each.known):
                if became == "lost":
                    lost[each.event["campaign_id"], after, each.why[after]] += 1
    return dict(lost)
