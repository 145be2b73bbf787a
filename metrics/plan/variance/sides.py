"""Both sides of a gap, made of the same factors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from metrics.period import Period
from metrics.plan.target import Assumptions
from metrics.plan.variance.factors import Cohorts
from metrics.plan.variance.learned import Learned
from metrics.plan.variance.restated import Restated
from metrics.plan.variance.split import Revenue
from metrics.scope import Stage

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The planned and the actual revenue of a period, and what they are made of.

    `target` is the plan's won revenue of the period, None where it has none, `total` the actual
    one; `seen` is the last day of the data. `steps` are the stages
    that the steps lead to, `openings` draws of what was in flight before the plan's entries.
    """

    period: Period
    seen: date
    segments: tuple[str, ...]
    steps: tuple[Stage, ...]
    planned: Revenue
    actual: Revenue
    target: float | None
    total: float
    cohorts: Cohorts
    known: Learned
    assumed: Assumptions
    openings: Floats
    restated: Restated
