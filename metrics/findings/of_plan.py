"""Findings of a plan: what is missed already, and what will be."""

from __future__ import annotations

import polars as pl

from data.errors import MetricError, MissingRateError
from data.notebook.plans import Plan
from data.notebook.shelf import Kept
from metrics.findings.finding import Finding, Link, Page, PlanFacts
from metrics.findings.question import FindingsQuestion
from metrics.plan.attainment.early_warning import early_warning
from metrics.plan.attainment.kept_plan import KeptPlan, kept_plan
from metrics.plan.target import plural
from metrics.plan.variance.gap import ACTUAL, PLANNED, VOLUME, revenue_gap
from metrics.plan.variance.words import sentence
from metrics.wording import formats


def plan_facts(question: FindingsQuestion, kept: Kept[Plan] | None) -> PlanFacts | None:
    """What findings of a kept plan rest on; None without one, or where it cannot be told."""
    if kept is None:
        return None
    try:
        plan = kept_plan(question.warehouse, question.everything, kept)
    except MetricError:
        return None
    gap = revenue_gap_of(question, plan)
    return None if gap is None else (plan, gap)


def revenue_gap_of(question: FindingsQuestion, plan: KeptPlan) -> pl.DataFrame | None:
    """`revenue_gap` of the plan's days so far; None where it cannot be told."""
    try:
        return revenue_gap(question.warehouse, question.everything, plan, question.definitions)
    except (MetricError, MissingRateError):
        return None


def missed_plan(question: FindingsQuestion, facts: PlanFacts | None) -> list[Finding]:
    """A plan that is missed by more than chance makes of it."""
    if facts is None:
        return []
    plan, gap = facts
    amounts = dict(gap.select("part", "amount").iter_rows())
    missing = float(amounts[PLANNED] - amounts[ACTUAL])
    if missing <= 0 or not gap["is_more_than_chance"].any():
        return []
    said = sentence(gap, f"{plan.name} so far", question.definitions.base_currency)
    return [Finding(said, missing, _versus(plan))]


def missing_entries(question: FindingsQuestion, facts: PlanFacts | None) -> list[Finding]:
    """Entries that are short of the plan by more than chance, before revenue misses them."""
    if facts is None:
        return []
    plan, gap = facts
    volume = gap.filter(part=VOLUME).row(0, named=True)
    if not volume["is_more_than_chance"] or volume["amount"] >= 0:
        return []
    short = early_warning(question.warehouse, question.everything, plan)
    if short.is_empty():
        return []
    money = float(short["amount"].sum()) if short["amount"].is_not_null().all() else None
    worst = short.sort("missing", descending=True).row(0, named=True)
    missing = formats.count(float(short["missing"].sum()))
    lost = (
        f"{formats.money(money, question.definitions.base_currency)} of revenue"
        if money is not None
        else f"{formats.count(float(short['deals'].sum()))} won deals"
    )
    return [
        Finding(
            f"{missing} {plural(plan.entry)} fewer than planned have entered, most of them in"
            f" {worst['entered_on']:%B %Y}. Unless they are made up for, {lost} will be missing,"
            f" most of it in {worst['worst_on']:%B %Y}.",
            money,
            _versus(plan),
        )
    ]


def _versus(plan: KeptPlan) -> Link:
    return Link(Page.PLAN_VERSUS_ACTUAL, (("versus_plan", plan.name),))
