"""The parts of the page Plan versus actual: which plan, its numbers, and their words."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from data.engine.warehouse import Warehouse
from data.notebook.plans import Plan, plans
from data.notebook.shelf import Kept
from data.terms.glossary import defined
from metrics.period import Period, in_words
from metrics.plan.attainment.early_warning import early_warning
from metrics.plan.attainment.kept_plan import SPEND, KeptPlan, find_plan, kept_plan
from metrics.plan.attainment.standing import standing
from metrics.plan.attainment.versus_actual import plan_versus_actual
from metrics.plan.backward.table import REVENUE
from metrics.plan.variance.gap import RESERVE, revenue_gap, revenue_gap_leaves
from metrics.plan.variance.words import PART_LABELS, sentence
from metrics.plan.working_days import WorkingDays
from metrics.scope import Scope, Stage
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.captions import show_uncounted
from pages.controls.columns import month, number, percent, score, text, tick
from pages.controls.kept import notebook
from pages.controls.measure import current_warehouse, definitions, measure
from pages.display.text import escape
from pages.plan.backward.saved import PLAN_PAGE
from pages.plan.drawn import draws_of, history_of

SO_FAR = "All months so far"

METRIC_LABELS = {
    "lead": "Leads",
    "mql": "MQLs",
    "sql": "SQLs",
    "opportunity": "Opportunities",
    "won": "Won deals",
    "revenue": "Won revenue",
    "spend": "Spend",
}

PART_MEANINGS = {
    RESERVE: "what the plan's own entries bring on average beyond its target, for its confidence",
    "opening": "deals of earlier entries, and of no lead, against what was expected of them",
    "volume": "more or fewer entries than planned",
    "mix": "other segments than planned, which convert better or worse",
    "timing": "wins that come later or earlier than planned: late, not lost",
    "size": "what a won deal brings, at the plan's exchange rates",
    "currency": "exchange rates other than on the day of the plan",
    "restatement": "what loads changed in closed months since the plan was made",
}


TABLE_COLUMNS = {
    "month_on": month("Month"), "segment": text("Segment"), "metric": text("Metric"),
    "target": number("Target"), "actual": number("Actual"), "variance": number("Variance"),
    "attainment": percent("Attainment"), "pace": percent("Pace"),
    "projected": number("May end at"), "projected_low": number("10% low"),
    "projected_high": number("90% high"), "hit_chance": percent("Chance to hit"),
}  # fmt: skip

GAP_COLUMNS = {
    "label": text("Part", pinned=True), "amount": number("Amount"),
    "low": number("From"), "high": number("To"), "p_value": score("p"),
    "is_more_than_chance": tick("More than chance", meaning=defined("More than chance")),
    "reason": text("Why it is 0"),
}  # fmt: skip

WARNING_COLUMNS = {
    "entered_on": month("Entered in"), "due": number("Due by now"), "entered": number("Entered"),
    "missing": number("Missing"), "deals": score("Deals lost in the end"),
    "amount": number("Revenue lost in the end"), "first_on": month("Felt from", pinned=False),
    "worst_on": month("Worst in", pinned=False), "last_on": month("Until", pinned=False),
    "worst_amount": number("Lost in the worst month"),
}  # fmt: skip


def choose_kept_plan() -> Kept[Plan] | None:
    """One of the kept plans, the newest first; None, and how to save one, where there is none."""
    known = sorted(plans(notebook()).all(), key=lambda kept: kept.version.written_at, reverse=True)
    if not known:
        st.info(
            "No plan is kept yet. On the Backward plan page, set a target and press “Save "
            "plan”: from then on this page tells whether you are on it, and why not.",
            icon=":material/save:",
        )
        st.page_link(PLAN_PAGE, label="Make a plan", icon=":material/flag:")
        return None
    by_name = {kept.value.name: kept for kept in known}
    return by_name[choose_one("Plan", by_name, key="versus_plan", width=320)]


def plan_of(scope: Scope, kept: Kept[Plan]) -> KeptPlan:
    """What the plan says, in the terms of what came."""
    return kept_plan(current_warehouse(), scope, kept)


def compared(
    warehouse: Warehouse,
    scope: Scope,
    entry: str,
    number: int,
    working: WorkingDays,
    widening: float,
) -> pl.DataFrame:
    """`plan_versus_actual` of a version of a kept plan."""
    plan = find_version(warehouse, scope, entry, number)
    asked = scope, None, plan.learns_from
    return plan_versus_actual(
        warehouse,
        scope,
        plan,
        working,
        lambda: (history_of(*asked), draws_of(*asked)),
        widening=widening,
    )


def warned(
    warehouse: Warehouse, scope: Scope, entry: str, number: int, working: WorkingDays
) -> pl.DataFrame:
    """`early_warning` of a version of a kept plan."""
    return early_warning(warehouse, scope, find_version(warehouse, scope, entry, number), working)


def explained(
    warehouse: Warehouse,
    scope: Scope,
    entry: str,
    number: int,
    period: Period | None,
    working: WorkingDays,
) -> pl.DataFrame:
    """`revenue_gap` of a version of a kept plan."""
    plan = find_version(warehouse, scope, entry, number)
    return revenue_gap(warehouse, scope, plan, definitions(), period, working)


def leaves(
    warehouse: Warehouse,
    scope: Scope,
    entry: str,
    number: int,
    period: Period | None,
    working: WorkingDays,
) -> pl.DataFrame:
    """`revenue_gap_leaves` of a version of a kept plan."""
    plan = find_version(warehouse, scope, entry, number)
    return revenue_gap_leaves(warehouse, scope, plan, definitions(), period, working)


def find_version(warehouse: Warehouse, scope: Scope, entry: str, number: int) -> KeptPlan:
    """A version of a kept plan; the number is the version that the answer is remembered for."""
    kept = plans(notebook()).read(entry, number)
    return kept_plan(warehouse, scope, kept or find_plan(notebook(), entry))


def of_plan(metric: Any, scope: Scope, kept: Kept[Plan], *more: object) -> pl.DataFrame:
    """One of the frames above, computed once per state of the data and version of the plan."""
    return measure(metric, scope, kept.version.id, kept.version.number, *more)


def choose_month(plan: KeptPlan, seen: date) -> Period | None:
    """A month of the plan that has begun; None for all of them."""
    begun = {f"{month.start:%B %Y}": month for month in plan.months if month.start <= seen}
    names = [SO_FAR, *reversed(begun)]
    return begun.get(choose_one("Which days?", names, key="versus_days", width=220))


def standing_words(found: pl.DataFrame, month: Period | None, currency: str) -> pl.DataFrame:
    """The standing of each metric with its label and its words."""
    rows = standing(found, month.start if month else None)  # type: ignore[arg-type]
    words = [_standing(row, currency) for row in rows.iter_rows(named=True)]
    labels = rows["metric"].replace_strict(METRIC_LABELS, return_dtype=pl.String)
    return rows.with_columns(label=labels, words=pl.Series(words, dtype=pl.String))


def _standing(row: dict[str, Any], currency: str) -> str:
    def written(value: float) -> str:
        if row["metric"] in ("revenue", "spend"):
            return formats.money(value, currency)
        return formats.count(value)

    text = f"{written(row['actual'])} of {written(row['target'])}"
    if row["attainment"] is not None:
        text += f", {100 * row['attainment']:.0f}%"
    if row["hit_chance"] is not None and 0 < row["hit_chance"] < 1:
        text += f", chance {formats.chance(row['hit_chance'])}"
    return text


def name_of(month: Period | None, plan: KeptPlan) -> str:
    """What the sentence is about."""
    return f"{month.start:%B %Y}" if month else f"{plan.name} so far"


def labelled(gap: pl.DataFrame) -> pl.DataFrame:
    """The gap with the name of each part; for plans from a later stage there are fewer."""
    labels = gap["part"].replace_strict(PART_LABELS, return_dtype=pl.String)
    return gap.with_columns(label=labels)


def meaning(part: str) -> str:
    """What a part is, in words."""
    if part.startswith("rate_"):
        stage = Stage(part.removeprefix("rate_"))
        return f"the share that reaches {stage.label} in the end: who has left is lost"
    return PART_MEANINGS[part]


def show_sentence(gap: pl.DataFrame, name: str, currency: str) -> None:
    """The answer, first thing on the page."""
    st.markdown(escape(sentence(gap, name, currency)))


def rounded(frame: pl.DataFrame) -> pl.DataFrame:
    """As a table shows it: money to whole units, counts to one decimal, shares as they are."""
    numbers = [
        name
        for name, dtype in frame.schema.items()
        if dtype == pl.Float64 and name not in ("attainment", "pace", "hit_chance", "p_value")
    ]
    money = [name for name in numbers if name in ("amount", "worst_amount", "low", "high")]
    found = frame.with_columns(
        pl.col(money).round(0), pl.col([name for name in numbers if name not in money]).round(1)
    )
    if "metric" not in frame.columns:
        return found
    is_money = pl.col("metric").is_in([REVENUE, SPEND])
    return found.with_columns(
        *(
            pl.when(is_money).then(pl.col(name).round(0)).otherwise(name).alias(name)
            for name in numbers
        ),
        metric=pl.col("metric").replace_strict(METRIC_LABELS, return_dtype=pl.String),
    )


def show_caption(plan: KeptPlan, scope: Scope) -> None:
    """What is compared: the plan's days and the filters."""
    filters = "; ".join(each.describe() for each in scope.filters)
    until = min(scope.observed_until, plan.months[-1].end)
    text = (
        f"Entries count from {in_words(plan.entries_from)}, wins from {in_words(plan.won_from)},"
        f" both until {in_words(until)}."
    )
    if filters:
        text += f" Only {filters}; the plan's targets are not filtered."
    st.caption(escape(text))
    show_uncounted("journey", "deal", "spend")


def show_gap_notes(gap: pl.DataFrame, confidence: float) -> None:
    """What the bars mean, and what a reader would ask first."""
    amounts = dict(gap.select("part", "amount").iter_rows())
    notes = [
        "Bars go from the plan up to the last day of the data to what came; each is what one cause"
        " adds."
    ]
    if amounts[RESERVE]:
        notes.append(
            f"Reserve: the plan was made to be met with {100 * confidence:.0f}%, so that its"
            " entries bring another amount on average than its target."
        )
    notes.append("Late: still open, or won after these days. Lost: has left.")
    st.caption(escape(" ".join(notes)))
