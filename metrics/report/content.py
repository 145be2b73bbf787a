"""What a report says, as numbers: nothing in it is formatted yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from metrics.chance import Verdict
from metrics.findings.finding import Finding
from metrics.period import Period

Number = int | float | Decimal


class Kind(Enum):
    """What a figure is: `TIMES` is a ratio of two amounts, such as a return of 3.2."""

    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    TIMES = "times"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the period, and the same of the days it is compared with.

    None is what the data cannot tell. `verdict` says what may be claimed of the change.
    """

    label: str
    value: Number | None
    before: Number | None
    kind: Kind
    meaning: str
    verdict: Verdict = Verdict.UNTESTED


@dataclass(frozen=True, slots=True)
class WonMonth:
    """The won revenue of a month; `days_seen` of its days are in the data."""

    month_on: date
    days: int
    days_seen: int
    won: Number | None


@dataclass(frozen=True, slots=True)
class PlannedMonth:
    """A month of the plan, as the page Plan versus actual has it.

    A month that has not begun has no actual. What it may end at is null where it is not drawn.
    """

    month_on: date
    target: float
    actual: float | None
    projected: float | None
    projected_low: float | None
    projected_high: float | None
    hit_chance: float | None


@dataclass(frozen=True, slots=True)
class PlanSoFar:
    """A kept plan against what came in the months of the report.

    In the base currency, or in won deals where the plan has no revenue. Wins count from `won_from`.
    `explained` says in a sentence how far it is and what of that is more than chance.
    """

    name: str
    is_money: bool
    won_from: date
    months: tuple[PlannedMonth, ...]
    explained: str | None


@dataclass(frozen=True, slots=True)
class QuarterLanding:
    """Where the quarter that is not over may land: in the base currency, or in deals.

    `target` is what the plan called `plan` wants of it, `hit_chance` the share of the draws that
    reach it. `basis` says what the range rests on.
    """

    quarter: Period
    is_money: bool
    won_so_far: float
    low: float
    middle: float
    high: float
    plan: str | None
    target: float | None
    hit_chance: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class ChannelShare:
    """What a channel earns of the won revenue by the report's model.

    `share_low` and `share_high` are the least and the most that any told model gives it.
    """

    channel: str
    credit: Decimal
    share: float
    share_low: float
    share_high: float


@dataclass(frozen=True, slots=True)
class Credit:
    """The credit for the won revenue of a period by channel, the largest first, which add up to it.

    What no touch earned is called `Unattributed` and comes last.
    """

    period: Period
    model: str
    channels: tuple[ChannelShare, ...]


@dataclass(frozen=True, slots=True)
class ReportContent:
    """Everything that a report says.

    `seen_until` is the last day of the data, `days` and `compared_days` name the days in words; the
    latter is None where there is nothing to compare with. `notes` say what the data cannot tell.
    """

    period: Period
    seen_until: date
    days: str
    compared_days: str | None
    currency: str
    figures: tuple[Figure, ...]
    stages: tuple[Figure, ...]
    won_months: tuple[WonMonth, ...]
    plan: PlanSoFar | None
    landing: QuarterLanding | None
    credit: Credit | None
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
