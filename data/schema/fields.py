"""A contract's checks as SQL conditions, each with the kind and the reason of its refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from data.references import SYSTEM
from data.schema.bookkeeping import RejectionKind
from data.schema.contract import columns, sql_type
from data.schema.tables import CANONICAL
from data.sql import literal


@dataclass(frozen=True, slots=True)
class Check:
    """One rule that a canonical column's value keeps.

    >>> check = field("exchange_rate", "rate").checks[0]
    >>> check.words, check.broken("x")
    ('must be above 0', 'NOT (x > 0)')
    """

    words: str
    holds: str
    kind: RejectionKind
    """What is wrong with a value that breaks the rule."""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    """What the whole text must match, where the rule is about that."""

    def broken(self, expression: str) -> str:
        """The SQL condition that is true for a value that breaks the rule."""
        return f"NOT ({self.holds.replace('?', expression)})"


@dataclass(frozen=True, slots=True)
class Field:
    """A canonical column as its contract declares it."""

    table: str
    name: str
    dtype: pl.DataType
    nullable: bool
    checks: tuple[Check, ...]

    @property
    def sql_type(self) -> str:
        """The type of the column in the warehouse."""
        return sql_type(self.dtype)

    @property
    def allowed(self) -> tuple[str, ...]:
        """The only values it may have; empty when any is fine."""
        return next((check.allowed for check in self.checks if check.allowed), ())


@cache
def fields(table: str) -> dict[str, Field]:
    """Every column of a canonical table by name, in the contract's order."""
    contract = CANONICAL[table]
    declared = contract.to_schema().columns
    return {
        name: Field(
            table=table,
            name=name,
            dtype=dtype() if isinstance(dtype, type) else dtype,
            nullable=bool(declared[name].nullable),
            checks=(
                *(
                    _RULES[str(check.name)](check.statistics or {})
                    for check in declared[name].checks
                ),
                *((_IN_OUR_TIME,) if dtype.is_temporal() else ()),
            ),
        )
        for name, dtype in columns(contract).items()
    }


def field(table: str, name: str) -> Field:
    """One column of a canonical table."""
    return fields(table)[name]


def _compared(operator: str, statistic: str, words: str) -> Callable[[Mapping[str, Any]], Check]:
    def rule(statistics: Mapping[str, Any]) -> Check:
        bound = statistics[statistic]
        return Check(
            words=f"must be {words} {bound}",
            holds=f"? {operator} {bound}",
            kind=RejectionKind.OUT_OF_RANGE,
        )

    return rule


def _one_of(statistics: Mapping[str, Any]) -> Check:
    allowed = tuple(str(value) for value in statistics["allowed_values"])
    return Check(
        words=f"must be one of {', '.join(allowed)}",
        holds=f"? IN ({', '.join(literal(value) for value in allowed)})",
        kind=RejectionKind.NOT_ALLOWED,
        allowed=allowed,
    )


def _matches(statistics: Mapping[str, Any]) -> Check:
    pattern = str(statistics["pattern"])
    return Check(
        words=_PATTERN_WORDS.get(pattern, f"must match {pattern}"),
        holds=f"regexp_matches(?, {literal(pattern)})",
        kind=RejectionKind.MALFORMED,
        pattern=pattern,
    )


_PATTERN_WORDS = {
    r"^[A-Z]{3}$": "must be a currency code of three capital letters such as USD",
    SYSTEM: "must be a system's name in small letters, digits and _ such as salesforce",
}


_IN_OUR_TIME = Check(
    words="must be in the years 1900 to 2199",
    holds="? >= DATE '1900-01-01' AND ? < DATE '2200-01-01'",
    kind=RejectionKind.OUT_OF_RANGE,
)
"""Of every date: one that stands for "never" would be the last day observed for all others."""


_RULES: dict[str, Callable[[Mapping[str, Any]], Check]] = {
    "greater_than_or_equal_to": _compared(">=", "min_value", "at least"),
    "greater_than": _compared(">", "min_value", "above"),
    "less_than_or_equal_to": _compared("<=", "max_value", "at most"),
    "less_than": _compared("<", "max_value", "below"),
    "isin": _one_of,
    "str_matches": _matches,
}
