"""Rules about several columns of a row, as SQL conditions, beside the checks of each column."""

from __future__ import annotations

from dataclasses import dataclass

from data.schema.bookkeeping import RejectionKind


@dataclass(frozen=True, slots=True)
class RowRule:
    """What a row of a table keeps; `column` is the one to look at where it does not.

    >>> RULES["path"][0].broken({"conversions": "c", "value_amount": "v"})
    'NOT (v IS NULL OR v = 0 OR c > 0)'
    """

    column: str
    holds: str
    """SQL with the table's columns in braces."""
    words: str
    kind: RejectionKind = RejectionKind.OUT_OF_RANGE

    def broken(self, values: dict[str, str]) -> str:
        """The SQL condition that is true for a row that breaks the rule."""
        return f"NOT ({self.holds.format(**values)})"


RULES: dict[str, tuple[RowRule, ...]] = {
    "campaign_spend": (
        RowRule(
            column="spend_until",
            holds="{spend_until} IS NULL OR {spend_until} >= {spend_on}",
            words="ends the period before it begins",
        ),
        RowRule(
            column="covers_to",
            holds="{covers_to} IS NULL OR {covers_from} IS NULL OR {covers_to} >= {covers_from}",
            words="ends the report before it begins",
        ),
    ),
    "path": (
        RowRule(
            column="value_amount",
            holds="{value_amount} IS NULL OR {value_amount} = 0 OR {conversions} > 0",
            words="is the value of no conversions: give the path its conversions, or no value",
        ),
    ),
}
"""The rules of the tables that have any."""
