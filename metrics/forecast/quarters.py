"""Calendar quarters: the one that is not over, those after it, and those before."""

from __future__ import annotations

from datetime import date, timedelta

from metrics.period import Period


def quarter_of(day: date) -> Period:
    """The quarter that a day lies in.

    >>> quarter_of(date(2026, 11, 29)).describe()
    '1 Oct 2026 to 31 Dec 2026'
    """
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    later = first + timedelta(days=93)
    return Period(first, later.replace(day=1) - timedelta(days=1))


def quarters_ahead(observed_until: date, number: int) -> tuple[Period, ...]:
    """The quarter that is not over when the data ends, and those after it.

    Where the data ends with a quarter, the first one is the next.

    >>> [quarter_name(each) for each in quarters_ahead(date(2026, 9, 30), 2)]
    ['Q4 2026', 'Q1 2027']
    """
    found = [quarter_of(observed_until + timedelta(days=1))]
    while len(found) < number:
        found.append(quarter_of(found[-1].end + timedelta(days=1)))
    return tuple(found)


def quarters_over(first: date, observed_until: date) -> tuple[Period, ...]:
    """The quarters that begin on or after a day and are over, in order.

    >>> [quarter_name(each) for each in quarters_over(date(2026, 2, 1), date(2026, 9, 30))]
    ['Q2 2026', 'Q3 2026']
    """
    each = quarter_of(first)
    if each.start < first:
        each = quarter_of(each.end + timedelta(days=1))
    found = []
    while each.end <= observed_until:
        found.append(each)
        each = quarter_of(each.end + timedelta(days=1))
    return tuple(found)


def quarter_name(quarter: Period) -> str:
    """A quarter as people call it.

    >>> quarter_name(quarter_of(date(2026, 11, 29)))
    'Q4 2026'
    """
    return f"Q{(quarter.start.month + 2) // 3} {quarter.start.year}"
