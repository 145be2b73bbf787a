"""The meaning of cohorts a second time: plain Python over canonical rows, no SQL."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from math import ceil

from metrics.scope import Scope
from tests.metrics.facts import Row
from tests.metrics.oracle.numbers import Subject, entered, is_undated, stages_of


def cells(subjects: Sequence[Subject], scope: Scope, start: str, end: str) -> list[Row]:
    """`cohort_table`, row by row."""
    rows: list[Row] = []
    everybody = _by_month(subjects, scope, start)
    for month, members in sorted(_by_month(_dated(subjects, scope, end), scope, start).items()):
        is_told = not untold(everybody[month], scope, start, end)
        last = month.replace(day=monthrange(month.year, month.month)[1])
        first, last = max(month, scope.period.start), min(last, scope.period.end)
        for since in range(1, 25):
            if (scope.observed_until - first).days <= 30 * (since - 1):
                break
            lags = [_lag(each, scope, start, end) for each in members]
            converted = sum(lag is not None and lag <= 30 * since for lag in lags)
            rows.append(
                {
                    "month_on": month,
                    "entered": len(members),
                    "months_since": since,
                    "days": 30 * since,
                    "converted": converted,
                    "rate": converted / len(members) if is_told else None,
                    "is_mature": (scope.observed_until - last).days >= 30 * since,
                }
            )
    return rows


def finals(
    subjects: Sequence[Subject], scope: Scope, start: str, end: str
) -> list[tuple[date, int, int, int, float | None]]:
    """`cohort_projection` without its interval: month, entered, converted, open, projected."""
    all_months = _by_month(subjects, scope, start)
    subjects = _dated(subjects, scope, end)
    everybody = [
        _fate(each, scope, start, end)
        for each in subjects
        if (day := each.days[stages_of(scope).index(start)]) is not None
        and day <= scope.observed_until
    ]
    horizon = last_age(everybody)
    share, still_open = curve(everybody, horizon)
    seen = sum(kind == "converted" and age <= horizon for age, kind in everybody)
    rows: list[tuple[date, int, int, int, float | None]] = []
    for month, members in sorted(_by_month(subjects, scope, start).items()):
        known = [_fate(each, scope, start, end) for each in members]
        converted = sum(kind == "converted" for _, kind in known)
        if seen < 5 or untold(all_months[month], scope, start, end):
            waiting = sum(kind == "open" for _, kind in known)
            rows.append((month, len(known), converted, waiting, None))
            continue
        ages = [age for age, kind in known if kind == "open" and age < horizon]
        later = sum(
            (share[horizon] - share[age]) / still_open[age] for age in ages if still_open[age] > 0
        )
        rows.append((month, len(known), converted, len(ages), (converted + later) / len(known)))
    return rows


def curve(fates: Sequence[tuple[int, str]], horizon: int) -> tuple[list[float], list[float]]:
    """Shares converted and still open at the end of each age, by the product of daily chances."""
    share, still_open = [], []
    converted, remaining = 0.0, 1.0
    for age in range(horizon + 1):
        at_risk = sum(each >= age for each, _ in fates)
        won = sum(each == age and kind == "converted" for each, kind in fates)
        gone = sum(each == age and kind == "left" for each, kind in fates)
        if at_risk:
            converted += remaining * won / at_risk
            remaining *= 1 - (won + gone) / at_risk
        share.append(converted)
        still_open.append(remaining)
    return share, still_open


def last_age(fates: Sequence[tuple[int, str]]) -> int:
    """The last age at which ten are at risk, or a tenth where fewer than a hundred came."""
    enough = max(1, min(10, ceil(len(fates) / 10)))
    oldest_first = sorted((age for age, _ in fates), reverse=True)
    return max(1, oldest_first[enough - 1]) if fates else 1


def fates(subjects: Sequence[Subject], scope: Scope, start: str, end: str) -> list[tuple[int, str]]:
    """Of everyone that reached the first stage in the period, at which age what became of it."""
    return [
        _fate(each, scope, start, end)
        for each in _dated(subjects, scope, end)
        if entered(each.days[stages_of(scope).index(start)], scope)
    ]


def untold(subjects: Sequence[Subject], scope: Scope, start: str, end: str) -> bool:
    """Whether over a tenth of those known to have gone the way did so on an unknown day."""
    stages = stages_of(scope)
    members = [each for each in subjects if entered(each.days[stages.index(start)], scope)]
    hidden = sum(is_undated(each, stages.index(end), scope) for each in members)
    told = sum(_lag(each, scope, start, end) is not None for each in members)
    return hidden * 10 > hidden + told


def _dated(subjects: Sequence[Subject], scope: Scope, end: str) -> list[Subject]:
    """Without those who went on on a day that nobody recorded: they have no age."""
    place = stages_of(scope).index(end)
    return [each for each in subjects if not is_undated(each, place, scope)]


def _by_month(subjects: Sequence[Subject], scope: Scope, start: str) -> dict[date, list[Subject]]:
    months: dict[date, list[Subject]] = {}
    for each in subjects:
        day = each.days[stages_of(scope).index(start)]
        if day is not None and entered(day, scope):
            months.setdefault(day.replace(day=1), []).append(each)
    return months


def _lag(subject: Subject, scope: Scope, start: str, end: str) -> int | None:
    age, kind = _fate(subject, scope, start, end)
    return age if kind == "converted" else None


def _fate(subject: Subject, scope: Scope, start: str, end: str) -> tuple[int, str]:
    """At which age what became of it; what came before counts at age 0."""
    first, last = (subject.days[stages_of(scope).index(stage)] for stage in (start, end))
    assert first is not None
    if last is not None and last <= scope.observed_until:
        return max(0, (last - first).days), "converted"
    if subject.left is not None and subject.left <= scope.observed_until:
        return max(0, (subject.left - first).days), "left"
    return (scope.observed_until - first).days, "open"
