"""How a report writes a number, a range and a name from data."""

from __future__ import annotations

from metrics.report.content import Kind, Number
from metrics.wording import formats

LONGEST_NAME = 60
"""A name from data is cut here: the report has to fit a page."""


def short(name: str) -> str:
    """A name from data on one line, cut where it is longer than a report has room for.

    >>> short("Plan  2027"), len(short("a" * 100))
    ('Plan 2027', 60)
    """
    line = " ".join(name.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def number(value: Number | None, kind: Kind, currency: str) -> str:
    """A figure as a tile of the pages has it.

    >>> number(1234.5, Kind.MONEY, "EUR"), number(None, Kind.COUNT, "EUR")
    ('€1.23K', '—')
    """
    if kind is Kind.MONEY:
        return formats.money(value, currency)
    if kind is Kind.SHARE:
        return formats.share(value)
    if kind is Kind.TIMES:
        return formats.times(None if value is None else float(value))
    return formats.count(value)


def amount(value: float | None, *, is_money: bool, currency: str) -> str:
    """Money, or a number of deals.

    >>> amount(1234.5, is_money=True, currency="EUR"), amount(3, is_money=False, currency="EUR")
    ('€1.23K', '3')
    """
    return number(value, Kind.MONEY if is_money else Kind.COUNT, currency)


def span(low: str, high: str) -> str:
    """Two bounds in words; where they are written alike, one of them.

    >>> span("5%", "7%"), span("5%", "5%")
    ('5% to 7%', '5%')
    """
    return low if low == high else f"{low} to {high}"
