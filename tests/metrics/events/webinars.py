"""Webinars by hand: who was written to, who registered, came and did something of high value."""

from __future__ import annotations

from datetime import date, timedelta

from tests.metrics.facts import Facts, Row, change, consent, lead, opportunity, touch
from tests.metrics.plan.events.made_up import START, did


def webinar(
    event: str,
    came: int,
    spoke: int,
    *,
    day: int = 20,
    registered: int | None = None,
    **more: object,
) -> Facts:
    """So many came to a webinar on a day, and so many of them left a form the day after."""
    signed = came if registered is None else registered
    rows: list[Row] = []
    for number in range(signed):
        who = f"{event}-{number}"
        rows.append(_did(event, len(rows), day - 1 - number % 30, who, "webinar_registered"))
        if number < came:
            rows.append(_did(event, len(rows), day, who, "webinar_attended"))
        if number < spoke:
            name = f"{event} {len(rows)}"
            at = START + timedelta(days=day + 1)
            rows.append(touch(name, at, who, action="form_submit", channel=None))
    known = {
        "campaign_id": event,
        "name": f"Webinar {event}",
        "kind": "Webinar",
        "ends_on": START.date() + timedelta(days=day),
    }
    return Facts(campaign=(known | more,), interaction=tuple(rows))


def to_come(
    event: str, begins: date, *, kind: str = "Webinar", seen: int = 40, **more: object
) -> Facts:
    """Ten were written to, one in vain; three registered, the last one on the day `seen`."""
    rows: list[Row] = []
    for number in range(10):
        who = f"{event}-{number}"
        rows.append(_did(event, len(rows), seen - 10, who, "email_sent"))
        fate = "email_bounce" if number == 9 else "email_delivered"
        rows.append(_did(event, len(rows), seen - 10, who, fate))
        if number < 3:
            rows.append(_did(event, len(rows), seen - number, who, "webinar_registered"))
    known = {"campaign_id": event, "name": f"Coming {event}", "kind": kind, "starts_on": begins}
    return Facts(campaign=(known | more,), interaction=tuple(rows))


def deals_after() -> Facts:
    """Dinners of three: a deal after each, another lead that left, and a third person without."""
    ends: dict[str, tuple[str, str | None]] = {
        "D1": ("lost", "价格"),
        "D2": ("lost", None),
        "D3": ("won", None),
        "D4": ("open", None),
    }
    at = START + timedelta(days=40)
    facts = Facts()
    for event, (outcome, reason) in ends.items():
        deal = opportunity(
            f"O{event}",
            at,
            primary_lead_id=f"L{event}0",
            outcome=outcome,
            closed_at=at + timedelta(days=20) if outcome != "open" else None,
            lost_reason=reason,
        )
        leads = tuple(lead(f"L{event}{n}", START, person_id=f"{event}-{n}") for n in (0, 1))
        left = change("lead", f"L{event}1", "disqualified", at, reason="No budget")
        more = Facts(lead=leads, stage_change=(left,), opportunity=(deal,))
        facts = facts.plus(webinar(event, 3, 3, kind="Dinner")).plus(more)
    return facts


REFUSALS: dict[str, tuple[tuple[int, str, str, str], ...]] = {
    "back": ((5, "withdrawn", "all", "all"), (8, "granted", "all", "all")),
    "off": ((5, "granted", "all", "all"), (8, "withdrawn", "all", "all")),
    "gone": ((2, "granted", "all", "all"), (9, "withdrawn", "all", "all")),
    "late": ((60, "withdrawn", "all", "all"),),
    "wechat": ((5, "withdrawn", "WeChat", "all"),),
    "news": ((5, "withdrawn", "Email", "product news"),),
    "email": ((5, "withdrawn", "Email", "Marketing"),),
    "phone": ((5, "withdrawn", "Telemarketing", "all"),),
}
"""What people said, on which day, by which channel and for what purpose."""


def refused() -> Facts:
    """A roadshow of forty days: people who were written to, and what is known of each."""
    known: dict[str, Row] = {
        "snapshot": {"consent": "withdrawn", "consent_at": START + timedelta(days=3)},
        "undated": {"consent": "withdrawn"},
        "stop": {"do_not_contact": True},
        "invalid": {"email_state": "invalid"},
        "silent": {},
        "opener": {},
    }
    known |= {name: {} for name in REFUSALS}
    rows: list[Row] = []
    for name in known:
        rows.append(_did("R", len(rows), 10, f"r-{name}", "email_sent"))
        if name not in ("invalid", "silent"):
            rows.append(_did("R", len(rows), 10, f"r-{name}", "email_delivered"))
    rows.append(_did("R", len(rows), 11, "r-opener", "email_open"))
    said = tuple(
        consent(f"r-{name}", START + timedelta(days=day), state, channel, purpose)
        for name, each in REFUSALS.items()
        for day, state, channel, purpose in each
    )
    return Facts(
        campaign=(
            {"campaign_id": "R", "name": "Roadshow", "kind": "Roadshow",
             "ends_on": START.date() + timedelta(days=40)},
        ),
        person=tuple({"person_id": f"r-{name}"} | more for name, more in known.items()),
        interaction=tuple(rows),
        consent_event=said,
    )  # fmt: skip


def _did(event: str, number: int, day: float, person: str, action: str) -> Row:
    return did(number, day, person, action, event) | {"interaction_id": f"{event} {number}"}
