"""Arrivals of open leads at their next stages: certain steps, worked out by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from metrics.period import Period
from metrics.plan.backward.arrivals import open_arrivals
from metrics.plan.past.history import OpenLeads
from metrics.scope import Stage
from tests.metrics.plan.histories import counts, some_history

MONTHS = (
    Period(date(2027, 1, 1), date(2027, 1, 31)),
    Period(date(2027, 2, 1), date(2027, 2, 28)),
    Period(date(2027, 3, 1), date(2027, 3, 31)),
)


def test_open_leads_go_on_step_by_step_from_their_age() -> None:
    # Half of all leads become MQL after 40 days, the others never; every MQL is SQL after 10 days,
    # and every SQL an opportunity after 30.
    history = some_history(
        counts(100, {90: 10}),
        counts(100, {90: 10}),
        open_leads=OpenLeads(
            segment=np.array([0, 1, 1]),
            stage=np.array(["lead", "lead", "mql"]),
            age=np.array([20, 41, 5]),
            leads=np.array([8, 5, 3]),
        ),
        next_step={
            Stage.LEAD: counts(100, {40: 50}),
            Stage.MQL: counts(100, {10: 100}),
            Stage.SQL: counts(100, {30: 100}),
        },
    )
    found = open_arrivals(history, MONTHS)
    # Segment 0: eight leads of 20 days; half are MQL on 20 January, SQL on 30 January, and an
    # opportunity on 1 March. Segment 1: at 41 days it is over for the five; three MQLs of 5 days
    # are SQL on 5 January and an opportunity on 4 February.
    assert found[Stage.MQL] == pytest.approx(np.array([[4.0, 0], [0, 0], [0, 0]]))
    assert found[Stage.SQL] == pytest.approx(np.array([[4.0, 3], [0, 0], [0, 0]]))
    assert found[Stage.OPPORTUNITY] == pytest.approx(np.array([[0.0, 0], [0, 3], [4, 0]]))
