"""Arrivals: when open leads will reach their next stages, whatever is planned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.incidence import Incidence, incidence
from metrics.period import Period
from metrics.plan.past.history import History
from metrics.scope import Stage


def open_arrivals(history: History, months: Sequence[Period]) -> dict[Stage, NDArray[np.float64]]:
    """How many of the leads that are open now reach each later stage in each month? Means.

    Per stage up to opportunity, [months, segments]. A lead goes on from its latest stage at its age
    in it, then step by step; the curves of the steps are those of all segments together. Stages
    after a step of which nobody tells when it is made are not there.
    """
    days = (months[-1].end - history.observed_until).days
    order = list(Stage)
    passed = order[order.index(history.entry) : order.index(Stage.OPPORTUNITY)]
    arriving = np.zeros((days, len(history.segments)))
    found: dict[Stage, NDArray[np.float64]] = {}
    for stage in passed:
        if stage not in history.next_step:
            break
        curve = incidence(history.next_step[stage])
        onward = _going_on(history, stage, curve, days)
        daily = np.diff(curve.at(np.arange(days)), prepend=0)
        for segment in range(arriving.shape[1]):
            onward[:, segment] += np.convolve(arriving[:, segment], daily)[:days]
        arriving = onward
        found[order[order.index(stage) + 1]] = _by_month(history, arriving, months)
    return found


def _going_on(history: History, stage: Stage, curve: Incidence, days: int) -> NDArray[np.float64]:
    """[days, segments]: open leads of a stage that reach the next one on each day ahead."""
    found = np.zeros((days, len(history.segments)))
    leads = history.open_leads
    here = leads.stage == stage.value
    for age in np.unique(leads.age[here]):
        still_open = float(curve.open_at([age])[0])
        if still_open <= 0:
            continue
        chance = np.diff(curve.at(np.arange(age, age + days + 1))) / still_open
        of_age = here & (leads.age == age)
        by_segment = np.bincount(
            leads.segment[of_age], weights=leads.leads[of_age], minlength=found.shape[1]
        )
        found += chance[:, None] * by_segment
    return found


def _by_month(
    history: History, arriving: NDArray[np.float64], months: Sequence[Period]
) -> NDArray[np.float64]:
    rows = []
    for month in months:
        first = (month.start - history.observed_until).days - 1
        last = (month.end - history.observed_until).days
        rows.append(arriving[max(0, first) : max(0, last)].sum(axis=0))
    return np.stack(rows)
