"""A kept plan whose revenue is missed by more than chance makes of it."""

from __future__ import annotations

from dataclasses import replace

from data.alert_log import AlertState
from data.errors import MetricError
from data.terms.alerts import AlertRule
from metrics.alerts.reading import Asked, Reading
from metrics.findings.finding import Link, Page
from metrics.findings.of_plan import missed_plan
from metrics.findings.question import FindingsQuestion
from metrics.plan.attainment.kept_plan import find_plan, kept_plan
from metrics.plan.variance.gap import ACTUAL, PLANNED, revenue_gap
from metrics.report.question import ReportDays, plan_for, report_scope
from metrics.wording import formats


def plan_missed(asked: Asked, rule: AlertRule) -> tuple[Reading, ...]:
    """Is the plan missed so far, by more than chance?

    The plan that the rule names, else the one that a report would be held against. It holds when
    less was won than planned and a part of the gap is more than chance (`revenue_gap`): what the
    report and the page Plan versus actual say. Before the plan's first day it neither holds nor
    ends. Raises MetricError without such a plan, and what `revenue_gap` does.
    """
    scope = report_scope(asked.horizon, ReportDays.THIS_QUARTER, asked.definitions)
    if rule.plan is None:
        kept = plan_for(asked.notebook, scope, scope.period)
    else:
        kept = find_plan(asked.notebook, rule.plan)
    if kept is None:
        raise MetricError(
            "no plan without filters is kept: save one on the Backward plan page, or name "
            'another by plan = "…"'
        )
    question = FindingsQuestion(
        asked.warehouse, asked.definitions, asked.horizon, scope, asked.today
    )
    plan = kept_plan(asked.warehouse, question.everything, kept)
    link = Link(Page.PLAN_VERSUS_ACTUAL, (("versus_plan", plan.name),))
    if plan.won_from > asked.horizon.last:
        sentence = f"{plan.name} has not begun in the data."
        return (Reading(rule.name, AlertState.UNKNOWN, formats.NOTHING, sentence, link),)
    gap = revenue_gap(asked.warehouse, question.everything, plan, asked.definitions)
    found = missed_plan(question, (plan, gap))
    amounts = dict(gap.select("part", "amount").iter_rows())
    currency = asked.definitions.base_currency
    planned, actual = (formats.money(amounts[part], currency) for part in (PLANNED, ACTUAL))
    reading = Reading(
        rule.name,
        AlertState.FINE,
        f"{actual} of {planned}",
        f"{plan.name} so far: {actual} of {planned} was won, no more off than chance makes of it.",
        link,
    )
    if not found:
        return (reading,)
    return (replace(reading, state=AlertState.HOLDS, sentence=found[0].sentence),)
