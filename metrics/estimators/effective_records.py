"""Effective records: as how many fully observed ones censored records are worth."""

from __future__ import annotations

import numpy as np

from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.incidence import incidence


def effective_records(counts: AgeCounts, age: int) -> tuple[float, float]:
    """How many of how many records, all seen to this age, would tell the share as surely?

    Conversions and records n = F(1 − F) ÷ Var F, so that the intervals and tests of proportions
    hold for an incidence. Without censoring or late entry they are the counts themselves. Where
    none or all have converted the variance is 0 and the records are those at risk at that age, and
    those that had left by conversion or exit.

    Source: the delta method with multinomial hazards, as Greenwood (1926) for one kind of exit.

    >>> counts = AgeCounts.of([0, 3, 9], entered=[9, 0, 0], converted=[0, 3, 0],
    ...                       exited=[0, 1, 0], censored=[0, 0, 5], horizon=9)
    >>> [round(each, 9) for each in effective_records(counts, 5)]
    [3.0, 9.0]
    """
    age = min(age, counts.horizon)
    curve = incidence(counts)
    n = np.maximum(counts.at_risk[: age + 1], 1)
    converting, exiting = counts.converted[: age + 1] / n, counts.exited[: age + 1] / n
    share = float(curve.converted[age])
    staying = 1 - converting - exiting
    before = np.concatenate(([1.0], curve.open[:age]))
    rest = share - curve.converted[: age + 1]
    # What a hazard at an age takes away from all conversions after it; nobody is left to lose any.
    lost = np.divide(rest, staying, out=np.zeros(age + 1), where=staying > 0)
    gain = before - lost
    mean = converting * gain - exiting * lost
    variance = float(((converting * gain**2 + exiting * lost**2 - mean**2) / n).sum())
    if not 1e-12 < share < 1 - 1e-12:
        seen = counts.converted[: age + 1].sum() + counts.exited[: age + 1].sum()
        left_then = counts.converted[age] + counts.exited[age]
        records = float(counts.at_risk[age] + seen - left_then)
        return share * records, records
    records = share * (1 - share) / variance
    return share * records, records
