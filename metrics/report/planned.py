"""The plan's part of a report: each month against what came, and where the quarter lands."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.notebook.plans import Plan
from data.notebook.shelf import Kept
from metrics.forecast.back_test import back_test
from metrics.forecast.landing import landing
from metrics.forecast.planned import planned_quarter
from metrics.forecast.widening import Widening, widening_of
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.attainment.versus_actual import plan_versus_actual
from metrics.plan.backward.table import REVENUE
from metrics.plan.draws import draw
from metrics.plan.past.entry_steps import EVERYTHING
from metrics.plan.past.history import History, history
from metrics.plan.variance.words import sentence
from metrics.report.content import PlannedMonth, PlanSoFar, QuarterLanding
from metrics.report.question import ReportQuestion
from metrics.scope import Stage
from metrics.wording import formats


def plan_so_far(
    question: ReportQuestion, plan: KeptPlan, gap: pl.DataFrame | None
) -> PlanSoFar | None:
    """How far is the plan in the months of the report? None where it has none of them.

    `gap` is that of `revenue_gap_of`. Raises what `plan_versus_actual` does.
    """
    targets = set(plan.targets["metric"])
    metric = REVENUE if REVENUE in targets else Stage.WON.value
    months = question.scope.period.months()
    if metric not in targets or not set(months) & set(plan.targets["month_on"]):
        return None
    compared = plan_versus_actual(question.warehouse, question.everything, plan).filter(
        pl.col("month_on").is_in(months), segment=EVERYTHING, metric=metric
    )
    names = PlannedMonth.__dataclass_fields__
    name = f"{plan.name} so far"
    return PlanSoFar(
        name=plan.name,
        is_money=metric == REVENUE,
        won_from=plan.won_from,
        months=tuple(PlannedMonth(*row) for row in compared.select(list(names)).iter_rows()),
        explained=None if gap is None else sentence(gap, name, question.definitions.base_currency),
    )


def quarter_landing(question: ReportQuestion) -> QuarterLanding:
    """Where does the quarter that is not over land, and how likely is what the plan wants of it?

    As the page Forecast draws it, with ranges as wide as past ones should have been. Raises
    MetricError where nothing was won that could be learned from.
    """
    past = history(question.warehouse, question.everything)
    learnt = widening_of(back_test(question.warehouse, question.everything))
    landed = landing(past, draw(past)).widened(learnt.factor)
    quarter, drawn = landed.quarters[0], landed.total[0]
    deals, amount = past.deals.won.within(quarter)
    low, middle, high = np.percentile(drawn, [10, 50, 90]).tolist()
    currency = question.definitions.base_currency if landed.has_amounts else None
    wanted = planned_quarter(question.kept.value, quarter) if question.kept else None
    if wanted is not None and wanted.currency != currency:
        wanted = None
    return QuarterLanding(
        quarter=quarter,
        is_money=landed.has_amounts,
        won_so_far=amount if landed.has_amounts else float(deals),
        low=low,
        middle=middle,
        high=high,
        plan=wanted.plan if wanted else None,
        target=wanted.amount if wanted else None,
        hit_chance=float((drawn >= wanted.amount).mean()) if wanted else None,
        basis=_basis(past, learnt),
    )


def untold_chance(kept: Kept[Plan], found: QuarterLanding, currency: str) -> str | None:
    """Why it is not told how likely the plan is reached; None where it is."""
    if found.target is not None:
        return None
    name, quarter = kept.value.name, found.quarter.name
    wanted = planned_quarter(kept.value, found.quarter)
    if wanted is None:
        return f"{name} does not have all of {quarter}, so its chance is not told."
    said, told = wanted.currency or "deals", currency if found.is_money else "deals"
    return f"{name} is in {said} and the landing in {told}, so the plan's chance is not told."


def _basis(past: History, learnt: Widening) -> str:
    learned = f"Learned from {formats.counted(past.wins, 'win')}."
    return f"{learned} {learnt.reason}" if learnt.quarters else learned
