"""Evidence: what is known of a channel before it is judged, from experiments down to credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from metrics.estimators.comparing.estimate import Estimate
from metrics.verdicts.deciding import DecidingTest

ALMOST_ALWAYS = 0.8
"""Share of a channel's conversions it must come last in to be called a harvester."""
MOSTLY_BRAND = 0.5
"""Share of spend on the company's own name from which a channel is called a harvester."""


class Kind(StrEnum):
    """How an experiment kept a channel away from some."""

    PERSONS = "hold-out of people"
    REGIONS = "test by regions"


@dataclass(frozen=True)
class Experiment:
    """What an experiment found, read from its arms."""

    name: str
    kind: Kind
    starts_on: date
    ends_on: date
    outcome: str
    """What was counted, as it is said after a number: MQLs."""
    incremental: Estimate
    """How many more of it there were because of the channel, over the whole test."""
    return_on_spend: Estimate | None = None
    """Gross margin of these ÷ spend of the test: 1 breaks even. None where it is not known."""
    problems: tuple[str, ...] = ()
    """Why it cannot be relied upon, such as people of the control arm whom the channel reached."""
    is_money: bool = False
    """Whether what was counted is an amount in the base currency."""


@dataclass(frozen=True)
class NaturalVariation:
    """What went with spend as it varied by itself, where the gate of response curves is open."""

    observed: str
    """What varied: 12 regions by 104 weeks."""
    marginal_return: Estimate
    """Gross margin that went with one more unit of spend: 1 breaks even."""


@dataclass(frozen=True)
class Harvest:
    """Whether a channel meets demand that others made; None where it is not known."""

    after_others: float | None
    """Share of its conversions in which it came only after other channels."""
    own_brand: float | None
    """Share of its spend on the company's own name."""
    begins: bool = False
    """Whether it surely begins paths about as often as chance would have it: what makes demand does
    so, and of few paths nobody knows."""

    @property
    def mostly(self) -> bool:
        """Whether most of its credit may be for what would have come anyway."""
        comes_last = self.after_others is not None and self.after_others >= ALMOST_ALWAYS
        return comes_last or (self.own_brand is not None and self.own_brand >= MOSTLY_BRAND)


@dataclass(frozen=True)
class Cost:
    """What one outcome costs in a channel, and in all others together."""

    outcome: str
    """In the singular: MQL."""
    own: Estimate
    others: Estimate


@dataclass(frozen=True)
class Evidence:
    """All that is known of one channel. Money is in the base currency."""

    channel: str
    spend: float
    spend_share: float
    """Of the spend on all channels."""
    credit_share: Estimate
    """Of all conversions, by the models that may be shown; NaN where no touch is on record."""
    at_stake: float
    """Money by which the verdicts are ordered: what a wrong one may cost."""
    costs: tuple[Cost, ...] = ()
    romi: Estimate | None = None
    """(Credited revenue × margin - spend) ÷ spend; None where it is not known yet."""
    won: int = 0
    """Won deals that the channel touched, on which the ROMI rests."""
    harvest: Harvest | None = None
    experiments: tuple[Experiment, ...] = ()
    variation: NaturalVariation | None = None
    deciding: DecidingTest | None = None
