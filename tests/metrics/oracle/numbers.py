"""The meaning of each number a second time: plain Python over canonical rows, no SQL.

Written from the definitions of the metrics and the contracts, without looking at the queries. It is
slow and says everything as loops over leads, so that it can be read beside the definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt

from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Unit
from tests.metrics.facts import Row
from tests.metrics.oracle.stages import STAGES, earliest
from tests.metrics.oracle.world import Deal, Lead, World

Days = tuple[date | None, ...]
"""The day each of the unit's stages was reached, or None."""


@dataclass(frozen=True)
class Subject:
    """One who is counted: a lead, an account, or a deal."""

    days: Days
    segments: dict[str, str]
    left: date | None
    """The day of being disqualified or lost for good."""
    account_id: str | None
    known: Days
    """The day by which each stage was reached for certain: where nobody recorded one, a later."""


def wilson(successes: float, trials: float) -> tuple[float, float]:
    """Wilson (1927), as in the textbooks: the roots of (p − p̂)² = z² p (1 − p) ÷ n."""
    z = 1.959963984540054
    share = successes / trials
    a = 1 + z * z / trials
    b = -2 * share - z * z / trials
    c = share * share
    root = sqrt(max(0.0, b * b - 4 * a * c))
    return max(0.0, (-b - root) / (2 * a)), min(1.0, (-b + root) / (2 * a))


def flow_interval(numerator: int, denominator: int) -> tuple[float, float]:
    """The ratios x ÷ y whose x is a share of x + y that Wilson's interval has: odds of a share."""
    low, high = wilson(numerator, numerator + denominator)
    return low / (1 - low), high / (1 - high)


def stages_of(scope: Scope) -> tuple[str, ...]:
    """A deal is opened, and won; whoever else is counted comes in before."""
    return STAGES[3:] if scope.unit is Unit.DEAL else STAGES


def subjects(world: World, scope: Scope) -> list[Subject]:
    """Who is counted in the scope, with the day each stage was reached."""
    if scope.unit is Unit.DEAL:
        return [
            Subject(
                _days_of_deal(world, deal, scope),
                deal.segments,
                deal.closed_on if deal.outcome == "lost" else None,
                deal.account_id,
                _days_of_deal(world, deal, scope),
            )
            for deal in world.deals
            if _passes(deal.segments, scope)
        ]
    visible = _visible(world, scope)
    found = (
        [
            Subject(
                _days(world, lead, scope),
                lead.segments,
                _left(world, lead),
                lead.account_id,
                _known(world, lead, scope),
            )
            for lead in visible
        ]
        if scope.unit is Unit.LEAD
        else _accounts(world, visible, scope)
    )
    return [each for each in found if has(each.segments, scope.filters)]


def _visible(world: World, scope: Scope) -> list[Lead]:
    """Leads that the viewer may see and of which any date is known."""
    return [
        lead
        for lead in world.leads.values()
        if lead.episodes and has(lead.segments, scope.viewer.restrictions)
    ]


def _by_company(leads: Sequence[Lead]) -> list[list[Lead]]:
    companies: dict[str, list[Lead]] = {}
    for lead in leads:
        if lead.account_id is not None:
            companies.setdefault(lead.account_id, []).append(lead)
    return list(companies.values())


def _accounts(world: World, visible: list[Lead], scope: Scope) -> list[Subject]:
    """Each account with its leads, and with its deals that none of them led to."""
    companies = {str(leads[0].account_id): leads for leads in _by_company(visible)}
    deals: dict[str, list[Deal]] = {}
    for deal in world.deals:
        is_seen = has(deal.segments, scope.viewer.restrictions)
        if scope.counting is Counting.STRICT or deal.account_id is None or not is_seen:
            continue
        if not world.led_to(deal.opportunity_id) and _is_not_older(world, deal):
            deals.setdefault(deal.account_id, []).append(deal)
    return [
        _account(world, companies.get(name, []), deals.get(name, []), scope)
        for name in dict.fromkeys([*companies, *deals])
    ]


def _is_not_older(world: World, deal: Deal) -> bool:
    """Whether a lead of the deal's company was there when it was opened; where none is, it is."""
    first, opened = _first_lead(world, deal), _open_by(world, deal)
    return first is None or opened is None or bool(opened >= first - timedelta(days=1))


def _first_lead(world: World, deal: Deal) -> date | None:
    """The day on which the first lead of the deal's company came."""
    came: date | None = earliest(
        world.day(lead.episodes[0].reached[0])
        for lead in world.leads.values()
        if lead.account_id == deal.account_id and lead.episodes
    )
    return came


def _open_by(world: World, deal: Deal) -> date | None:
    closed = deal.closed_on if deal.outcome in ("won", "lost") else None
    found: date | None = earliest([world.day(deal.opened_at), closed])
    return found


def _account(world: World, leads: list[Lead], deals: list[Deal], scope: Scope) -> Subject:
    has_leads = bool(deals) and _first_lead(world, deals[0]) is not None
    of_deals: list[Days] = []
    for deal in deals:
        opened, won = _open_by(world, deal), deal.closed_on if deal.outcome == "won" else None
        qualified = opened if has_leads else None
        of_deals.append((None, qualified, qualified, opened, won))
    days = [_days(world, lead, scope) for lead in leads] + of_deals
    known = [_known(world, lead, scope) for lead in leads] + of_deals
    leaving = [_left(world, lead) for lead in leads]
    if leads:
        first = min(
            leads, key=lambda lead: (_days(world, lead, scope)[0] or date.max, lead.lead_id)
        )
        segments, account_id = first.segments, first.account_id
    else:
        earliest_deal = min(
            deals, key=lambda deal: (_open_by(world, deal) or date.max, deal.opportunity_id)
        )
        segments, account_id = earliest_deal.segments, earliest_deal.account_id
    return Subject(
        tuple(earliest(each) for each in zip(*days, strict=True)),
        segments,
        None if None in leaving else max((day for day in leaving if day), default=None),
        account_id,
        tuple(earliest(each) for each in zip(*known, strict=True)),
    )


def _known(world: World, lead: Lead, scope: Scope) -> Days:
    """The lead's days, with that on which an undated stage and those before it are known."""
    days = _days(world, lead, scope)
    if scope.counting is Counting.STRICT or lead.undated is None:
        return days
    rank, known_on = STAGES.index(lead.undated), world.known_on()
    return tuple(
        known_on if day is None and 0 < step <= rank else day for step, day in enumerate(days)
    )


def _left(world: World, lead: Lead) -> date | None:
    """An exit counts when nothing came after it; a recycled lead may come back."""
    last = lead.episodes[-1].exit
    return world.day(last.at) if last and last.stage in ("disqualified", "lost") else None


def _days(world: World, lead: Lead, scope: Scope) -> Days:
    each = [
        episode.reached if scope.counting is Counting.REACHED else episode.strict
        for episode in lead.episodes
    ]
    return tuple(world.day(earliest(stage)) for stage in zip(*each, strict=True))


def _days_of_deal(world: World, deal: Deal, scope: Scope) -> Days:
    """Opened and won; a deal that was closed was opened, though nobody may know when."""
    opened = world.day(deal.opened_at)
    won = deal.closed_on if deal.outcome == "won" else None
    lost = deal.closed_on if deal.outcome == "lost" else None
    if scope.counting is Counting.STRICT:
        in_order = won is not None and opened is not None and opened <= won
        return opened, won if in_order else None
    return min((day for day in (opened, won, lost) if day is not None), default=None), won


def _passes(segments: dict[str, str], scope: Scope) -> bool:
    return has(segments, (*scope.filters, *scope.viewer.restrictions))


def has(segments: dict[str, str], filters: Sequence[Filter]) -> bool:
    """Of tags, which stand in one text, any may be asked for."""
    return all(
        {*segments[each.dimension.value].split(" · ")} & {*each.values}
        if each.dimension is Dimension.TAGS
        else segments[each.dimension.value] in each.values
        for each in filters
    )


def entered(day: date | None, scope: Scope) -> bool:
    """The day is in the period and was seen."""
    return (
        day is not None
        and scope.period.start <= day <= scope.period.end
        and day <= scope.observed_until
    )


def went_on(start: date | None, end: date | None, scope: Scope) -> bool:
    """From one stage to the other within the window, and it was seen."""
    if start is None or end is None or end > scope.observed_until:
        return False
    return scope.window_days is None or (end - start).days <= scope.window_days


def _usual_days(scope: Scope, step: int, *, from_first: bool) -> int:
    """How long a cohort of the step needs to mature."""
    if scope.window_days is not None:
        return scope.window_days
    windows = [getattr(scope.windows, stage) for stage in stages_of(scope)[1:]]
    return sum(windows[:step]) if from_first else int(windows[step - 1])


def _matured(starts: Sequence[date], usual_days: int, scope: Scope) -> float | None:
    if not starts:
        return None
    had = sum((scope.observed_until - start).days >= usual_days for start in starts)
    return had / len(starts)


def _share(
    numerator: int, denominator: int, *, of_cohort: bool
) -> tuple[float | None, float | None, float | None]:
    if not denominator:
        return None, None, None
    interval = wilson if of_cohort else flow_interval
    return numerator / denominator, *interval(numerator, denominator)


def conversion(subjects: Sequence[Subject], scope: Scope) -> list[Row]:
    """`stage_conversion`, row by row."""
    cohort = scope.basis is Basis.COHORT
    days = [subject.days for subject in subjects]
    members = [each for each in days if entered(each[0], scope)]
    undated = [0] * len(stages_of(scope))
    for subject in subjects:
        for step in range(len(undated)):
            known = subject.known[step] if subject.days[step] is None else None
            is_seen = known is not None and known <= scope.observed_until
            first = subject.days[0]
            if is_seen and (not cohort or (entered(first, scope) and went_on(first, known, scope))):
                undated[step] += 1
    if cohort:
        reached = [
            sum(
                went_on(each.days[0], each.known[step], scope)
                for each in subjects
                if entered(each.days[0], scope)
            )
            for step in range(len(stages_of(scope)))
        ]
    else:
        reached = [
            sum(entered(each[step], scope) for each in days)
            for step in range(len(stages_of(scope)))
        ]
    rows: list[Row] = []
    for step, stage in enumerate(stages_of(scope)):
        row: Row = dict.fromkeys(CONVERSION_COLUMNS)
        row |= {"stage": stage, "reached": reached[step], "undated": undated[step]}
        if step:
            going = [each for each in subjects if entered(each.days[step - 1], scope)]
            before = [each.days for each in going]
            went = (
                sum(went_on(each.days[step - 1], each.known[step], scope) for each in going)
                if cohort
                else reached[step]
            )
            row |= {"previous_reached": len(before), "previous_converted": went}
            row |= _rates("rate_previous", _share(went, len(before), of_cohort=cohort))
            if cohort:
                same = _share(reached[step], reached[step - 1], of_cohort=True)
                row |= _rates("rate_cohort", same)
        row |= _rates("rate_first", _share(reached[step], reached[0], of_cohort=cohort))
        if not step:
            row |= {"rate_first_low": None, "rate_first_high": None}
        if step and cohort:
            starts = [day for each in before if (day := each[step - 1]) is not None]
            firsts = [day for each in members if (day := each[0]) is not None]
            usual = _usual_days(scope, step, from_first=False)
            row["matured_share"] = _matured(starts, usual, scope)
            usual = _usual_days(scope, step, from_first=True)
            row["matured_share_first"] = _matured(firsts, usual, scope)
        rows.append(row)
    return rows


CONVERSION_COLUMNS = (
    "stage",
    "reached",
    "previous_reached",
    "previous_converted",
    "rate_cohort",
    "rate_cohort_low",
    "rate_cohort_high",
    "rate_previous",
    "rate_previous_low",
    "rate_previous_high",
    "rate_first",
    "rate_first_low",
    "rate_first_high",
    "matured_share",
    "matured_share_first",
    "undated",
)


def _rates(name: str, share: tuple[float | None, float | None, float | None]) -> Row:
    return dict(zip((name, f"{name}_low", f"{name}_high"), share, strict=True))


def conversion_by(subjects: Sequence[Subject], scope: Scope, by: Dimension) -> dict[str, list[Row]]:
    """`stage_conversion_by`: the rows of each segment."""
    groups: dict[str, list[Subject]] = {}
    for subject in subjects:
        groups.setdefault(subject.segments[by.value], []).append(subject)
    return {segment: conversion(members, scope) for segment, members in groups.items()}


def trend(subjects: Sequence[Subject], scope: Scope) -> list[Row]:
    """`stage_trend`, row by row."""
    cohort = scope.basis is Basis.COHORT
    rows: list[Row] = []
    for month in scope.period.months():
        following = [month + timedelta(days=offset) for offset in range(31)]
        days_in_month = [each for each in following if each.month == month.month]
        days_seen = sum(entered(each, scope) for each in days_in_month)
        if not days_seen:
            continue
        own = [each for each in subjects if _in_month(each.days[0], month, scope)]
        for step, stage in enumerate(stages_of(scope)):
            if cohort:
                reached = sum(went_on(each.days[0], each.known[step], scope) for each in own)
            else:
                reached = sum(_in_month(each.days[step], month, scope) for each in subjects)
            row: Row = {
                "month_on": month,
                "days_seen": days_seen,
                "days_in_month": len(days_in_month),
                "stage": stage,
                "reached": reached,
                "entered": len(own),
            }
            row |= _rates("rate_first", _share(reached, len(own), of_cohort=cohort))
            if not step:
                row |= {"rate_first_low": None, "rate_first_high": None}
            row["matured_share"] = None
            if step and cohort:
                starts = [day for each in own if (day := each.days[0]) is not None]
                usual = _usual_days(scope, step, from_first=True)
                row["matured_share"] = _matured(starts, usual, scope)
            rows.append(row)
    return rows


def _in_month(day: date | None, month: date, scope: Scope) -> bool:
    return day is not None and entered(day, scope) and day.replace(day=1) == month


def headline(world: World, scope: Scope) -> Row:
    """`headline`, row by row."""
    counted = subjects(world, scope)
    counts: dict[str, int | None] = dict.fromkeys(STAGES)
    for step, stage in enumerate(stages_of(scope)):
        counts[stage] = sum(entered(each.days[step], scope) for each in counted)
    came_in = counts[stages_of(scope)[0]]
    won = [
        deal
        for deal in world.deals
        if deal.outcome == "won"
        and entered(deal.closed_on, scope)
        and _passes(deal.segments, scope)
    ]
    amounts = [deal.amount for deal in won if deal.amount is not None]
    sourced = [deal for deal in won if _sourced(deal)]
    spent, unconverted_days = _spend_amount(world, scope)
    known = amounts or (world.deals and not won)
    won_amount = sum(amounts, Decimal(0)) if known else None
    row: Row = {
        **counts,
        "won_deals": len(won),
        "unpriced_deals": sum(deal.original_amount is None for deal in won),
        "unconverted_deals": sum(
            deal.original_amount is not None and deal.amount is None for deal in won
        ),
        "won_undated": sum(
            deal.outcome == "won" and deal.closed_on is None and _passes(deal.segments, scope)
            for deal in world.deals
        ),
        "won_amount": won_amount,
        "spend_amount": spent,
        "unconverted_days": unconverted_days,
        "cost_per_lead_amount": None,
        "sourced_deals": None,
        "sourced_amount": None,
        "marketing_sourced_share": None,
    }
    if spent is not None and came_in and not unconverted_days:
        row["cost_per_lead_amount"] = float(spent) / came_in
    if world.touches:
        ours = sum((deal.amount for deal in sourced if deal.amount is not None), Decimal(0))
        row["sourced_deals"] = len(sourced)
        row["sourced_amount"] = ours if won_amount is not None else None
        if won_amount:
            row["marketing_sourced_share"] = float(ours / won_amount)
    return row


def _sourced(deal: Deal) -> bool:
    return (
        deal.first_touch_at is not None
        and deal.opened_at is not None
        and deal.first_touch_at < deal.opened_at
    )


def _spend_amount(world: World, scope: Scope) -> tuple[Decimal | None, int]:
    filters: tuple[Filter, ...] = (*scope.filters, *scope.viewer.restrictions)
    recorded = ("channel", "campaign", "product", "tool")
    if any(each.dimension.value not in recorded for each in filters):
        return None, 0
    spends = [
        each
        for each in world.spends
        if entered(each.spend_on, scope) and _passes(each.segments, scope)
    ]
    amounts = [each.amount for each in spends if each.amount is not None]
    known = amounts or (world.spends and not spends)
    return sum(amounts, Decimal(0)) if known else None, len(spends) - len(amounts)


def deal_records(world: World, scope: Scope, stage: str) -> set[str]:
    """`deal_records`: the deals that are counted."""
    step = stages_of(scope).index(stage)
    found = set()
    for deal in world.deals:
        days = _days_of_deal(world, deal, scope)
        counted = (
            entered(days[0], scope) and went_on(days[0], days[step], scope)
            if scope.basis is Basis.COHORT
            else entered(days[step], scope)
        )
        if counted and _passes(deal.segments, scope):
            found.add(deal.opportunity_id)
    return found


def deal_links(world: World, scope: Scope) -> Row:
    """`deal_links`: of all deals that the viewer may see, and of those won in the period."""
    seen = [each for each in world.deals if has(each.segments, scope.viewer.restrictions)]
    won = [each for each in seen if each.outcome == "won" and entered(each.closed_on, scope)]
    return {
        "leads": len(_visible(world, scope)),
        "deals": len(seen),
        "linked_deals": sum(each.lead_id is not None for each in seen),
        "undated_deals": sum(
            each.opened_at is None and not (each.outcome == "won" and each.closed_on)
            for each in seen
        ),
        "won_deals": len(won),
        "linked_won_deals": sum(each.lead_id is not None for each in won),
        "late_won_deals": sum(each.came_late for each in won),
        "guessed_won_deals": sum(each.is_guessed for each in won),
    }


def records(world: World, scope: Scope, stage: str) -> set[str]:
    """`stage_records`: the leads that are counted, or all leads of the accounts that are."""
    step = STAGES.index(stage)
    cohort = scope.basis is Basis.COHORT

    def counted(days: Days, known: Days) -> bool:
        if cohort:
            return entered(days[0], scope) and went_on(days[0], known[step], scope)
        return entered(days[step], scope)

    visible = _visible(world, scope)
    if scope.unit is Unit.LEAD:
        return {
            lead.lead_id
            for lead in visible
            if has(lead.segments, scope.filters)
            and counted(_days(world, lead, scope), _known(world, lead, scope))
        }
    accounts = {
        account.account_id
        for account in _accounts(world, visible, scope)
        if has(account.segments, scope.filters) and counted(account.days, account.known)
    }
    return {lead.lead_id for lead in visible if lead.account_id in accounts}


def is_undated(subject: Subject, stage: int, scope: Scope) -> bool:
    """Whether a stage was reached for certain by the last day observed, but on an unknown day."""
    day, known = subject.days[stage], subject.known[stage]
    has_day = day is not None and day <= scope.observed_until
    return not has_day and known is not None and known <= scope.observed_until


def ages(
    world: World, scope: Scope, told_from: dict[str, date] | None = None
) -> dict[tuple[str, str, int], list[int]]:
    """Per way from a stage to a later one and age: came, converted, exited, still open, undated.

    What is told late is followed from then on; who had left before is not there. Who went on on a
    day that nobody recorded only counts as undated, at the age at which it would have come.
    """
    stages = stages_of(scope)
    found: dict[tuple[str, str, int], list[int]] = {}

    def add(way: tuple[str, str], age: int, place: int) -> None:
        found.setdefault((*way, max(0, age)), [0, 0, 0, 0, 0])[place] += 1

    for subject in subjects(world, scope):
        for first, start in enumerate(subject.days):
            if start is None or not entered(start, scope):
                continue
            for later in range(first + 1, len(stages)):
                way = stages[first], stages[later]
                end = subject.days[later]
                if end is not None and end <= scope.observed_until:
                    gone, how = end, 1
                elif subject.left is not None and subject.left <= scope.observed_until:
                    gone, how = subject.left, 2
                else:
                    gone, how = scope.observed_until, 3
                since = (told_from or {}).get(stages[later], date.min)
                if gone >= since and is_undated(subject, later, scope):
                    add(way, (since - start).days, 4)
                elif gone >= since:
                    add(way, (since - start).days, 0)
                    add(way, (gone - start).days, how)
    return found
