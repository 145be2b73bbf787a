"""A scope in words: who is counted, on which days, and what they are compared with."""

from __future__ import annotations

from metrics.period import in_words
from metrics.scope import Basis, Counting, Scope, Unit


def describe(scope: Scope) -> str:
    """The scope in one English sentence, the caption under a title."""
    who = f"{scope.unit.value.capitalize()}s"
    came = "were opened" if scope.unit is Unit.DEAL else "entered"
    if scope.basis is Basis.COHORT:
        what = f"{who} that {came} {scope.period.describe()}, followed until "
        what += in_words(scope.observed_until)
        if scope.window_days is not None:
            what += f", each for {scope.window_days} days at most"
    else:
        what = f"{who} that entered each stage {scope.period.describe()}"
    parts = [what]
    if scope.counting is Counting.STRICT:
        parts.append("only those that entered every stage in order")
    whose = "earliest lead of " if scope.unit is Unit.ACCOUNT else ""
    parts.extend(whose + each.describe() for each in scope.filters)
    if scope.viewer.restrictions:
        shown = " and ".join(each.describe() for each in scope.viewer.restrictions)
        parts.append(f"restricted for you to {shown}")
    sentence = "; ".join(parts) + "."
    compared, compared_days = scope.compared(), compared_days_named(scope)
    if compared is not None and compared_days is not None:
        sentence += f" {days_named(scope)} against {compared_days}"
        if scope.basis is Basis.COHORT:
            sentence += f", as it stood on {in_words(compared.observed_until)}"
        sentence += "."
    return sentence


def days_named(scope: Scope) -> str:
    """Which days are counted: the period, and how much of it has passed in the data.

    >>> from datetime import date
    >>> from metrics.period import Period
    >>> days_named(Scope(Period(date(2026, 10, 1), date(2026, 12, 31)), date(2026, 11, 29)))
    'Q4 2026 to date (60 of 92 days)'
    """
    if scope.seen is None:
        return f"{scope.period.name}, of which no day has passed in the data"
    if scope.seen == scope.period:
        return scope.period.name
    return f"{scope.period.name} to date ({scope.seen.days} of {scope.period.days} days)"


def compared_days_named(scope: Scope) -> str | None:
    """Which days they are compared with: the whole earlier period, or so many of its days.

    >>> from datetime import date
    >>> from metrics.period import Period
    >>> from metrics.scope import Comparison
    >>> quarter = Period(date(2026, 10, 1), date(2026, 12, 31))
    >>> scope = Scope(quarter, date(2026, 11, 29), comparison=Comparison.PREVIOUS_PERIOD)
    >>> compared_days_named(scope)
    'the first 60 days of Q3 2026'
    """
    if (compared := scope.compared()) is None or compared.seen is None:
        return None
    if compared.seen == compared.period:
        return compared.period.name
    return f"the first {compared.seen.days} days of {compared.period.name}"
