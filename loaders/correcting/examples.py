"""What a value of a column will be read as, to be seen before the file is loaded."""

from __future__ import annotations

from decimal import Decimal

from loaders.language.column import Kind
from loaders.language.spellings import currency_among
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.readings import date_readings, number_readings

_NUMBERS = frozenset({Kind.MONEY, Kind.NUMBER, Kind.INTEGER, Kind.PERCENT})


def example(evidence: Evidence, kind: Kind | None) -> str:
    """A value of the column and what it becomes; empty where it stays as it is, or is asked for.

    >>> from loaders.proposing.evidence import evidence
    >>> example(evidence(["1.234,50 €", "12,00 €"]), Kind.MONEY)
    '1.234,50 € → 1,234.50 EUR'
    >>> example(evidence(["03.03.2026"]), None)
    '03.03.2026 → 3 March 2026'
    >>> example(evidence(["Berlin"]), None), example(evidence(["1.500"]), Kind.NUMBER)
    ('', '')
    """
    if evidence.look is Look.DATE:
        readings = date_readings(evidence)
        is_known = len(readings) == 1 and readings[0].means
        return f"{readings[0].example} → {readings[0].means}" if is_known else ""
    if kind not in _NUMBERS and evidence.look is not Look.AMOUNT:
        return ""
    readings = number_readings([evidence])
    if len(readings) != 1:
        return ""
    value = f"{Decimal(readings[0].means):,}"
    unit = "%" if kind is Kind.PERCENT else currency_among(readings[0].example) or ""
    read = f"{value}{unit}" if unit == "%" else f"{value} {unit}".strip()
    return "" if read == readings[0].example else f"{readings[0].example} → {read}"
