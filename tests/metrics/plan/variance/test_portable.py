"""Every query about a kept plan keeps to the SQL that other engines understand alike."""

from __future__ import annotations

import pytest

from data.notebook.plans import PlanLine
from metrics.plan.attainment.early_warning import early_warning
from metrics.plan.attainment.kept_plan import kept_plan
from metrics.plan.attainment.versus_actual import plan_versus_actual
from metrics.plan.variance.gap import revenue_gap
from metrics.scope import Dimension, Filter, Viewer
from tests.metrics.facts import TERMS, DraftWarehouse
from tests.metrics.plan.kept import PLANNED, company, keep, scope
from tests.metrics.test_portable_sql import RULES, RecordingWarehouse

RESTRICTED = scope(
    filters=(Filter(Dimension.CHANNEL, ("Email", "Webinar")),),
    viewer=Viewer("Ana", (Filter(Dimension.PRODUCT, ("Unassigned",)),)),
)
BY_CHANNEL = [
    PlanLine(month, "Email", metric, target)
    for month in PLANNED
    for metric, target in (("lead", 9.0), ("won", 1.0), ("revenue", 9_000.0))
]
DEALS = [PlanLine(month, "all", "opportunity", 6.0) for month in PLANNED]


@pytest.fixture(scope="module")
def recorded() -> RecordingWarehouse:
    warehouse = RecordingWarehouse(DraftWarehouse().hold(company()))
    for kept, asked in (
        (keep(), scope()),
        (keep(), RESTRICTED),
        (keep(*DEALS), scope()),
        (keep(*BY_CHANNEL), scope()),
    ):
        plan = kept_plan(warehouse, asked, kept)
        plan_versus_actual(warehouse, asked, plan)
        early_warning(warehouse, asked, plan)
        revenue_gap(warehouse, asked, plan, TERMS)
    return warehouse


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _ in RULES))
def test_it_keeps_each_rule(recorded: RecordingWarehouse, rule: object) -> None:
    assert callable(rule)
    assert len(recorded.asked) > 20
    for sql in recorded.asked:
        assert rule(sql) == [], sql


def test_values_are_bound_in_the_first_step(recorded: RecordingWarehouse) -> None:
    for query, _ in recorded.asked.values():
        assert not any(step.values for step in query.steps[1:])
        assert query.steps[0].sql.count("?") == len(query.values)
