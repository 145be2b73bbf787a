"""Ceilings and a budget of a backward plan: what they allow, what binds, and what it costs."""

from __future__ import annotations

import numpy as np
import polars as pl
import streamlit as st
from numpy.typing import NDArray

from data.errors import MetricError
from metrics.period import in_words
from metrics.plan.backward.cost import costs_of, entry_cost
from metrics.plan.backward.limits import limited
from metrics.plan.backward.plan import BackwardPlan
from metrics.plan.draws import Draws
from metrics.plan.target import TargetKind
from metrics.scope import Dimension, Scope, Stage
from metrics.wording import formats
from pages.controls.columns import number, percent, text
from pages.controls.measure import measure
from pages.controls.tables import show_table
from pages.display.text import escape

COLUMNS = {
    "segment": text("Segment"),
    "share": percent("Share of plan"),
    "entries": number("Entries"),
    "cost_each": number("Cost each, average"),
    "cost": number("Cost"),
    "cost_per_win": number("Cost per win in time"),
    "allowed": number("Within the limits"),
}


def show_limits(plan: BackwardPlan, draws: Draws, scope: Scope, by: Dimension | None) -> None:
    """The budget that the plan takes by segment, and what ceilings and a budget leave of it."""
    with st.container(border=True):
        st.header("What does it cost, and what is possible?", anchor=False)
        if plan.entry is Stage.OPPORTUNITY:
            st.info(
                "Spend brings leads. This plan starts from deals, which have no cost of their own.",
                icon=":material/payments:",
            )
            return
        if by is None:
            st.info(
                "Choose Channel under Segments to see what the plan costs by channel, and to set"
                " ceilings and a budget.",
                icon=":material/payments:",
            )
            return
        costs = _costs(scope, by, plan)
        ceilings, budget = _choose(plan)
        allowed = None
        if ceilings or budget is not None:
            try:
                found = limited(plan, draws, ceilings, budget, costs)
            except MetricError as error:
                st.warning(escape(error), icon=":material/rule:")
            else:
                allowed = found.entries.sum(axis=0)
                _say(plan, found.reachable, found.hit_chance, found.binding)
        show_table(
            _table(plan, draws, costs, allowed),
            alt="Cost and limits by segment",
            stem="plan_cost",
            columns=COLUMNS,
        )
        st.caption(
            f"Cost each: spend ÷ entries of the 365 days to {in_words(scope.observed_until)}. It is"
            " an average; the next entry may cost more."
        )


def _costs(scope: Scope, by: Dimension, plan: BackwardPlan) -> dict[str, float]:
    try:
        frame = measure(entry_cost, scope, by, plan.entry)
    except MetricError as error:
        st.caption(escape(error))
        return {}
    return dict(costs_of(frame))


def _choose(plan: BackwardPlan) -> tuple[dict[str, float], float | None]:
    with st.expander("Ceilings and budget", icon=":material/rule:"):
        budget = st.number_input(
            "Budget for all months",
            min_value=0.0,
            value=None,
            step=10_000.0,
            key="plan_budget",
            placeholder="No limit",
            width=220,
        )
        with st.grid(4, min_column_width=160):
            given = {
                name: st.number_input(
                    f"{name}, most a month",
                    min_value=0.0,
                    value=None,
                    step=10.0,
                    key=f"plan_most_{place}",
                    placeholder="No limit",
                )
                for place, name in enumerate(plan.segments)
            }
    return {name: most for name, most in given.items() if most is not None}, budget


def _say(plan: BackwardPlan, reachable: float, chance: float, binding: tuple[str, ...]) -> None:
    revenue = plan.target.kind is TargetKind.REVENUE
    most = formats.count(reachable) if revenue else f"{reachable:,.0f} deals"
    what = f" What binds: {', '.join(binding)}." if binding else ""
    text_shown = (
        f"Within these limits the target is met in {formats.share(chance)} of the possible futures;"
        f" {most} can be reached at {100 * plan.target.confidence:.0f}%.{what}"
    )
    if chance >= plan.target.confidence:
        st.success(escape(text_shown), icon=":material/check_circle:")
    else:
        st.error(escape(f"Out of reach. {text_shown}"), icon=":material/block:")


def _table(
    plan: BackwardPlan,
    draws: Draws,
    costs: dict[str, float],
    allowed: NDArray[np.float64] | None,
) -> pl.DataFrame:
    volume = plan.volume if plan.is_reachable else 0.0
    rates = draws.rates.mean(axis=0)
    in_time = float(plan.in_time.sum(axis=0).mean())
    rows = []
    for place, name in enumerate(plan.segments):
        share, each = float(plan.mix[place]), costs.get(name)
        wins = float(rates[place]) * in_time
        rows.append(
            {
                "segment": name,
                "share": share,
                "entries": round(volume * share),
                "cost_each": round(each, 2) if each is not None else None,
                "cost": round(volume * share * each) if each is not None else None,
                "cost_per_win": round(each / wins) if each is not None and wins > 0 else None,
                "allowed": round(float(allowed[place])) if allowed is not None else None,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"allowed": pl.Int64, "cost": pl.Int64})
