"""A company with two years of steady months, and plans that are kept of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from data.notebook.plans import Assumption, Deadline, Deadlines, Plan, PlanLine, Target
from data.notebook.shelf import Kept
from data.notebook.version import Kind, State, Version
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.facts import Facts, Row, change, lead, opportunity, rate, spend
from tests.metrics.scopes import asked

SEEN = date(2026, 4, 10)
MADE_AT = datetime(2025, 12, 31, 18, tzinfo=UTC)
LEADS = 20
PLANNED = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1))
EUR = Decimal("1.25")


def company(euro_now: Decimal = EUR) -> Facts:
    """Twenty leads in each month from January 2024 on, half from webinars, half by e-mail.

    Of ten, six become MQLs after 5 days, four SQLs after 10, three deals after 15. Two deals of
    webinars and one of e-mails are won after 40 days, the others lost after 30; who does not go on
    leaves after 20. Deals of webinars are in euros, worth 8,000, of e-mails 10,000 dollars.
    """
    leads: list[Row] = []
    changes: list[Row] = []
    deals: list[Row] = []
    month = date(2024, 1, 1)
    while month <= SEEN:
        for number in range(LEADS):
            channel = "Webinar" if number % 2 else "Email"
            _add(leads, changes, deals, month, number, channel)
        month = (month + timedelta(days=31)).replace(day=1)
    rates = [rate("EUR", date(2023, 12, 1) + timedelta(days=30 * n), str(EUR)) for n in range(26)]
    later = [
        rate("EUR", date(2026, 1, 15) + timedelta(days=30 * n), str(euro_now)) for n in range(4)
    ]
    costs = [spend("c1", date(2026, 1, 10), "500.00"), spend("c1", date(2026, 4, 9), "70.00")]
    return Facts(
        lead=tuple(leads),
        stage_change=tuple(changes),
        opportunity=tuple(deals),
        exchange_rate=tuple(rates + later),
        campaign=({"campaign_id": "c1", "name": "Fair", "channel": "Webinar"},),
        campaign_spend=tuple(costs),
        as_of=datetime(2026, 4, 10, 12),
    )


def _add(
    leads: list[Row],
    changes: list[Row],
    deals: list[Row],
    month: date,
    number: int,
    channel: str,
) -> None:
    came = datetime(month.year, month.month, 1 + number, 9)
    name, place = f"L{month:%y%m}{number:02d}", number // 2

    def day(after: int) -> datetime:
        return came + timedelta(days=after)

    def enters(stage: str, after: int) -> None:
        if day(after).date() <= SEEN:
            changes.append(change("lead", name, stage, day(after)))

    leads.append(lead(name, came, channel=channel))
    if place < 6:
        enters("mql", 5)
    if place < 4:
        enters("sql", 10)
    if place < 3 and day(15).date() <= SEEN:
        wins = place < (2 if channel == "Webinar" else 1)
        after = 40 if wins else 30
        is_over = day(after).date() <= SEEN
        outcome = ("won" if wins else "lost") if is_over else "open"
        euros = channel == "Webinar"
        deals.append(
            opportunity(
                f"O{name}",
                day(15),
                primary_lead_id=name,
                outcome=outcome,
                closed_at=day(after) if is_over else None,
                original_amount=Decimal(8_000 if euros else 10_000),
                currency="EUR" if euros else "USD",
            )
        )
    if place >= 3:
        enters("disqualified", 20)


def scope(**more: object) -> Scope:
    return asked(Period(date(2024, 1, 1), SEEN), SEEN, **more)


def lines(*, leads: float = LEADS, revenue: float = 45_000.0) -> tuple[PlanLine, ...]:
    """As many leads as usual from either channel, and revenue in total."""
    found = []
    for month in PLANNED:
        found += [PlanLine(month, each, "lead", leads / 2) for each in ("Email", "Webinar")]
        found.append(PlanLine(month, "all", "revenue", revenue))
        found.append(PlanLine(month, "all", "spend", 600.0))
    return tuple(found)


def keep(*rows: PlanLine, name: str = "Plan 2026", **assumed: float) -> Kept[Plan]:
    """A plan of these lines, made on the last day of 2025."""
    plan = Plan(
        name=name,
        unit="lead",
        scope="",
        target=Target.REVENUE,
        currency="USD",
        first_day=date(2026, 1, 1),
        deadlines=(Deadline(date(2026, 5, 31), 225_000.0),),
        confidence=0.8,
        together=Deadlines.EACH,
        lines=rows or lines(),
        assumptions=tuple(Assumption(factor, value) for factor, value in assumed.items()),
        definitions_digest="0" * 64,
        generation="draft",
        seed=1,
        draws=1000,
    )
    entry = name.lower().replace(" ", "-")
    return Kept(Version(Kind.PLAN, entry, name, 1, MADE_AT, State.OPEN, b"{}"), plan)
