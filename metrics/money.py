"""Money that is recorded in a currency without a rate: found in SQL, and refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.errors import MissingRateError
from metrics.period import in_words


def unconverted(condition: str, day: str) -> str:
    """Aggregates over the rows of a condition, whose amounts are recorded and have no rate.

    Columns of a SELECT: how many there are, one of their currencies, and from when to when they
    are. `refuse_unconverted` reads them.
    """
    return (
        f"count(CASE WHEN {condition} THEN 1 END) AS unconverted_rows,"
        f" min(CASE WHEN {condition} THEN coalesce(currency, '(none)') END)"
        " AS unconverted_currency,"
        f" min(CASE WHEN {condition} THEN {day} END) AS unconverted_from,"
        f" max(CASE WHEN {condition} THEN {day} END) AS unconverted_to"
    )


def refuse_unconverted(what: str, row: Mapping[str, Any]) -> None:
    """Raises MissingRateError when a row with the columns of `unconverted` has found any.

    >>> refuse_unconverted("won deals", {"unconverted_rows": 0})
    """
    if row["unconverted_rows"] == 0:
        return
    raise MissingRateError(
        f"{row['unconverted_rows']} {what} cannot be converted: no exchange rate, for example for"
        f" {row['unconverted_currency']} between {in_words(row['unconverted_from'])} and"
        f" {in_words(row['unconverted_to'])}. Load a file of exchange rates (currency, rate_on,"
        " rate) that covers these days."
    )
