"""The questions behind a return, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st

from data.terms.glossary import defined
from metrics.experiments.outcomes import Outcome
from metrics.experiments.results import experiment_results
from metrics.returns.budget_pace import budget_pace
from metrics.returns.cohort_returns import cohort_returns
from metrics.returns.keyword_returns import keyword_returns
from metrics.returns.known_by import UNANSWERED
from metrics.returns.monthly_returns import monthly_returns
from metrics.returns.route_costs import route_costs
from metrics.returns.step_costs import step_costs
from metrics.scope import Stage
from pages.controls.columns import bar, day, month, number, percent, score, short, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure, measure_all
from pages.controls.questions import show_questions
from pages.controls.tables import show_table, show_table_or
from pages.display.text import bullets
from pages.review.returns.asked import Asked


def show_behind(asked: Asked) -> None:
    """A tab per question; only the open one is asked."""
    st.header("Behind the return", anchor=False)
    show_questions(PARTS, asked, key="returns_part")


def _show_costs(asked: Asked) -> None:
    found = measure(step_costs, asked.scope, by=asked.by)
    st.caption(
        "Spend ÷ leads of the period that have reached the stage; bounds of 95% by how many "
        "came. Later steps of a young period cost more now than they will in the end."
    )
    columns = {
        "segment": text(asked.by.label.capitalize(), pinned=True), "stage": text("Stage"),
        "reached": number("Reached"), "cost": short(f"Cost of one, {asked.currency}"),
        "cost_low": short("95% low"), "cost_high": short("95% high"),
    }  # fmt: skip
    stages = {stage.value: stage.label for stage in Stage}
    show_table(
        found.select(list(columns)).with_columns(pl.col("stage").replace_strict(stages)),
        alt=f"What one of each stage cost, by {asked.by.label}",
        stem=file_stem("step_costs", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )


def _show_experiments(asked: Asked) -> None:
    found = measure_all(experiment_results)
    st.caption(
        "Of people: how many more it came of in the test arm than the control arm lets expect; of "
        "regions: how much more came. Bounds of 95%. What a test could have found: the effect "
        "that one as sharp finds in four of five cases."
    )
    words = {each.value: each.words.removeprefix("of ") for each in Outcome}
    columns = {
        "name": text("Experiment", pinned=True), "channel": text("Channel"),
        "kind": text("By"), "outcome": text("Counts"), "starts_on": day("From"),
        "counted_until": day("Counted until"), "test_members": number("In the test arm"),
        "test_outcome": short("Came there"), "control_members": number("In the control arm"),
        "control_outcome": short("Came there, control"), "incremental": short("Added"),
        "incremental_low": short("95% low"), "incremental_high": short("95% high"),
        "detectable": short("Could have found"), "problems": text("Against relying on it"),
    }  # fmt: skip
    show_table_or(
        "No experiment is registered. Load what was tested and who was in which arm, written down "
        "before it began: files `experiment` and `experiment_arm`.",
        found.select(list(columns)).with_columns(pl.col("outcome").replace_strict(words)),
        alt="Registered experiments and what they showed",
        stem=file_stem("experiments", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )


def _show_months(asked: Asked) -> None:
    found = measure(
        monthly_returns, asked.scope, definitions(), by=asked.by, model=asked.model
    ).sort("month_on", "segment", descending=[True, False])
    st.caption(
        "Realised: what the touches of the month have earned so far, whenever the deal was won. A "
        "month that is not mature will still earn."
    )
    columns = {
        "month_on": month("Month"), "segment": text(asked.by.label.capitalize()),
        "spend_amount": short(f"Spend, {asked.currency}"),
        "revenue_amount": short("Revenue of wins in it"),
        "realised_amount": short("Realised by its touches"),
        "realised_roi": score("Realised ÷ spend"), "realised_romi": percent("Realised ROMI"),
        "is_mature": tick("Mature", meaning=defined("Mature")),
    }  # fmt: skip
    show_table(
        found.select(list(columns)),
        alt=f"Spend and revenue by month and {asked.by.label}",
        stem=file_stem("monthly_returns", asked.scope.period),
        columns=columns,
    )


def _show_cohorts(asked: Asked) -> None:
    found = measure(cohort_returns, asked.scope, by=asked.by).sort(
        "month_on", "segment", descending=[True, False]
    )
    st.caption(
        "The leads of each month, and what their deals will have been won for in the end. Marked "
        "months are projected: some of their leads are still open. Bounds of 80%."
    )
    columns = {
        "month_on": month("Leads of"), "segment": text(asked.by.label.capitalize()),
        "lead": number("Leads"), "won": number("Won"), "undated": number("Won, day unknown"),
        "open": number("Open"),
        "spend_amount": short(f"Spend, {asked.currency}"),
        "cohort_amount": short("Won so far"), "projected_amount": short("In the end"),
        "projected_low": short("80% low"), "projected_high": short("80% high"),
        "projected_roi": score("In the end ÷ spend"),
        "is_projected": tick("Projected", meaning="Some of its leads may still be won"),
    }  # fmt: skip
    show_table(
        found.select(list(columns)),
        alt=f"Revenue of the leads of each month by {asked.by.label}, projected",
        stem=file_stem("cohort_returns", asked.scope.period),
        columns=columns,
    )


def _show_budget(asked: Asked) -> None:
    found = measure(budget_pace, asked.scope, by=asked.by)
    st.caption(
        "A budget is spent evenly over its run. At the end: spend to date, and the daily spend of "
        "the last 28 days for the days left."
    )
    columns = {
        "segment": text(asked.by.label.capitalize(), pinned=True), "state": text("Is"),
        "budget_amount": short(f"Budget, {asked.currency}"), "spend_amount": short("Spent"),
        "asked_amount": short("Its pace asks for"), "pace": bar("Spent ÷ pace"),
        "projected_amount": short("At the end"), "projected_share": percent("Of the budget"),
        "unbudgeted_amount": short("Without a budget"), "starts_on": day("From"),
        "ends_on": day("To"),
    }  # fmt: skip
    show_table(
        found.select(list(columns)),
        alt=f"Budget, spend and pace by {asked.by.label}",
        stem=file_stem("budget_pace", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )


def _show_keywords(asked: Asked) -> None:
    found = measure(keyword_returns, asked.scope, definitions(), model=asked.model)
    columns = {
        "keyword": text("Keyword", pinned=True), "touches": number("Touches"),
        "won_deals": number("Won deals"),
        "revenue_amount": short(f"Revenue credited, {asked.currency}"),
        "realised_amount": short("Realised by the period's touches"),
    }  # fmt: skip
    show_table(
        found.select(list(columns)),
        alt="Keywords by the revenue that they are credited with",
        stem=file_stem("keyword_returns", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )


def _show_routes(asked: Asked) -> None:
    found = measure(route_costs, asked.scope, definitions())
    st.caption(
        "Leads that entered in the period. Half of all assignments had an answer by the hours "
        "shown; those that wait count too. What came of a lead belongs to the last route that had "
        "it, what it costs to each. The cost of serving a lead is what the definitions state."
    )
    columns = {
        "route": text("Route", pinned=True), "leads": number("Leads"),
        "assignments": number("Assignments"), "accepted": number("Accepted"),
        "rejected": number("Rejected"), "waiting": number("Waiting"),
        "response_hours": number("Half answered, hours"),
        "response_90_hours": number("90% answered, hours"),
        "opportunity": number("Opportunities"), "won": number("Won"),
        "cost_amount": short(f"Cost to serve, {asked.currency}"),
        "cost_per_opportunity": short("Per opportunity"), "cost_per_won": short("Per win"),
    }  # fmt: skip
    show_table(
        found.select(list(columns)),
        alt="Response time, outcome and cost to serve by route",
        stem=file_stem("route_costs", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )


def _show_unanswered(_: Asked) -> None:
    st.caption("What is asked of returns, and what an answer would take.")
    st.markdown(bullets(f"{each.question}: {each.reason}" for each in UNANSWERED))


PARTS: dict[str, Callable[[Asked], None]] = {
    "Costs per step": _show_costs,
    "By month": _show_months,
    "By cohort, projected": _show_cohorts,
    "Budget and pace": _show_budget,
    "Experiments": _show_experiments,
    "Keywords": _show_keywords,
    "Routes": _show_routes,
    "Not known": _show_unanswered,
}
