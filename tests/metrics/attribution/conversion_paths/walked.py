"""Every conversion's touches, walked one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from data.engine.warehouse import Warehouse
from metrics.attribution.question import PathKind, Question, Worth
from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage
from tests.metrics.attribution import oracle
from tests.metrics.attribution.trail_oracle import collapsed

SCOPE = Scope(Period(date(2024, 2, 1), date(2025, 12, 31)), date(2026, 1, 31))
QUESTIONS = (
    Question(SCOPE, event=Stage.MQL, worth=Worth.COUNT),
    Question(SCOPE, event=Stage.OPPORTUNITY),
    Question(SCOPE, by=Dimension.CAMPAIGN, lookback_days=200),
)


@dataclass(frozen=True)
class Walked:
    """A conversion and its touches in order."""

    conversion: oracle.Row
    touches: list[oracle.Row]
    segments: list[str]
    days: list[int]
    worth: Decimal | None

    @property
    def path(self) -> tuple[str, ...]:
        """Its segments, of those that follow one another one."""
        return collapsed(self.segments)


def walked(warehouse: Warehouse, question: Question) -> list[Walked]:
    """The conversions of the period."""
    everyone, touches = oracle.conversions(warehouse, question), oracle.rows(warehouse, "touch")
    every = replace(question, path=PathKind.EVERY)
    per_unit = 1_000_000 if question.worth is Worth.COUNT else 100
    found = []
    for one in oracle.in_period(question, everyone):
        path = oracle.path(every, one, everyone, touches)
        found.append(
            Walked(
                one,
                path,
                [each[question.by.value] for each in path],
                [(one["day"] - each["occurred_on"]).days for each in path],
                None if one["units"] is None else Decimal(one["units"]) / per_unit,
            )
        )
    return found


def worth_of(walks: list[Walked]) -> Decimal:
    """What they are worth together; those without an amount nothing."""
    return sum((each.worth for each in walks if each.worth is not None), Decimal(0))
