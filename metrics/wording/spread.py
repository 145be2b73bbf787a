"""What is said of spend that is known only for longer periods than are asked for."""

from __future__ import annotations

from typing import Any

from metrics.wording import formats

_REACHES = {
    "period": "beyond the period: of each the days in the period count, as if all its days had "
    "cost the same",
    "month": "over several months: what stands in a month is its share of the days, not what "
    "was spent in it",
    "day": "over several days: what stands in a day or week is an average",
}


def spread_sentence(row: dict[str, Any], currency: str) -> str:
    """A row of `spread_spend` as a sentence.

    >>> row = {"grain": "day", "spread_amount": 900, "share": 0.5, "longest_days": 31}
    >>> spread_sentence(row, "EUR")[:17]
    '€900 of the spend'
    """
    amount = formats.money(row["spread_amount"], currency)
    share = f" ({formats.share(row['share'])})" if row["share"] is not None else ""
    return (
        f"{amount} of the spend{share} is known from reports alone that reach "
        f"{_REACHES[row['grain']]}. The longest is of {row['longest_days']} days. A report by day "
        "would tell."
    )
