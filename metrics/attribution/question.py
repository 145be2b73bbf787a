"""What attribution is asked: which conversions, worth what, and whose touches may earn credit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data.errors import MetricError
from metrics.attribution.models import DATA_DRIVEN, LONGER_MEMORY, RULES, Rule
from metrics.scope import Dimension, Scope, Stage


class Worth(StrEnum):
    """What credit is in: conversions, or money in the base currency."""

    COUNT = "count"
    AMOUNT = "amount"


class Touched(StrEnum):
    """Whose touches count: those of everyone at the account, or of the lead's person alone."""

    ACCOUNT = "account"
    PERSON = "person"


class Sharing(StrEnum):
    """Touches before an earlier conversion of the same account: used up by it, or counted again."""

    RESET = "reset"
    SHARED = "shared"


class PathKind(StrEnum):
    """Which touches of a path count.

    Collapsed: of touches of one channel that follow one another, the first. Every: each touch.
    First and last of each: one touch of each channel.
    """

    COLLAPSED = "collapsed"
    EVERY = "every"
    FIRST_OF_EACH = "first_of_each"
    LAST_OF_EACH = "last_of_each"


EVENTS = (Stage.MQL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON)
"""What can be credited. A lead is what touches bring in; what it becomes is the conversion."""

CREDITED = (Dimension.CHANNEL, Dimension.CAMPAIGN, Dimension.CONTENT)
"""What touches are recorded by."""


@dataclass(frozen=True, slots=True)
class Question:
    """The conversions of a scope's period, and the touches that may earn credit for them.

    The scope's filters are about the deals or leads that convert, not about touches. Touches count
    from `lookback_days` before the conversion on; None counts all of them. `by` is what earns
    credit. `own_rules` are the models of the business's own, beside those that everybody knows.

    Raises MetricError for an event or a dimension that cannot be credited, and a lookback of less
    than a day.
    """

    scope: Scope
    event: Stage = Stage.WON
    worth: Worth = Worth.AMOUNT
    touched: Touched = Touched.ACCOUNT
    sharing: Sharing = Sharing.RESET
    path: PathKind = PathKind.COLLAPSED
    lookback_days: int | None = None
    by: Dimension = Dimension.CHANNEL
    own_rules: tuple[Rule, ...] = ()

    def __post_init__(self) -> None:
        if self.event not in EVENTS:
            names = ", ".join(each.word for each in EVENTS)
            raise MetricError(f"a {self.event.word} is no conversion: use one of {names}")
        if self.by not in CREDITED:
            names = ", ".join(each.label for each in CREDITED)
            raise MetricError(f"touches are not recorded by {self.by.label}: use one of {names}")
        if self.lookback_days is not None and self.lookback_days < 1:
            raise MetricError(
                f"a lookback of {self.lookback_days} days holds no touch: use 1 or more"
            )

    @property
    def is_of_deals(self) -> bool:
        """Whether deals convert, whether or not a lead is known of them; else leads do."""
        return self.event in (Stage.OPPORTUNITY, Stage.WON)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every model by which touches share a conversion without learning from others."""
        return (*RULES, *self.own_rules)

    @property
    def models(self) -> tuple[str, ...]:
        """The names of all models in their order: the rules, then those that learn.

        Chains of a longer memory are among them for channels only.
        """
        of_channels = self.by is Dimension.CHANNEL
        learning = (each for each in DATA_DRIVEN if of_channels or each not in LONGER_MEMORY)
        return (*(rule.name for rule in self.rules), *learning)

    def describe(self) -> str:
        """The conversions in one sentence, the caption under a title.

        >>> from datetime import date
        >>> from metrics.period import Period
        >>> march = Period(date(2026, 3, 1), date(2026, 3, 31))
        >>> Question(Scope(march, date(2026, 3, 31)), event=Stage.SQL).describe()
        'Leads that became SQLs 1 Mar 2026 to 31 Mar 2026.'
        """
        came = {
            Stage.WON: "Deals that were won",
            Stage.OPPORTUNITY: "Deals that were opened",
        }.get(self.event, f"Leads that became {self.event.word}s")
        scope = self.scope
        parts = [f"{came} {scope.period.describe()}", *(each.describe() for each in scope.filters)]
        if scope.viewer.restrictions:
            shown = " and ".join(each.describe() for each in scope.viewer.restrictions)
            parts.append(f"restricted for you to {shown}")
        return "; ".join(parts) + "."
