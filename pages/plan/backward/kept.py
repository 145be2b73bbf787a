"""What is kept of a backward plan: the plan itself, its workbook, scenarios and its table."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import polars as pl
import streamlit as st

from data.notebook.version import State
from metrics.period import Period
from metrics.plan.backward.plan import BackwardPlan, backward_plan, hit_chance
from metrics.plan.backward.required import required_funnel
from metrics.plan.backward.table import METRICS, plan_table, read_plan_table
from metrics.plan.draws import Draws
from metrics.plan.in_flight import InFlight, in_flight
from metrics.plan.past.history import History
from metrics.plan.segment_draws import by_segment
from metrics.plan.target import FACTORS, Assumptions
from metrics.scope import Dimension, Scope
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import current_warehouse, definitions, remembered
from pages.controls.problems import explained
from pages.controls.tables import show_table
from pages.plan.backward import saved
from pages.plan.backward.workbook import to_plan_workbook


def show_kept(
    plan: BackwardPlan,
    history: History,
    draws: Draws,
    scope: Scope,
    by: Dimension | None,
    brought: InFlight,
) -> None:
    """Save the plan, take it away, and what is kept of earlier ones."""
    with st.container(border=True):
        st.header("Keep it", anchor=False)
        if plan.is_reachable and plan.volume > 0:
            with explained():
                saved.offer_saving(plan, draws, lambda: _table(plan, history, draws, scope, by))
            _offer_workbook(plan, draws)
        with explained():
            kept = saved.choose_plan()
            if kept is None:
                return
            saved.show_actions(kept)
            _show_scenarios(kept, plan, history, draws, brought, (scope, by))
            _edit_table(kept)


def _offer_workbook(plan: BackwardPlan, draws: Draws) -> None:
    currency = definitions().base_currency
    st.download_button(
        "Workbook with formulas",
        lambda: to_plan_workbook(plan, required_funnel(plan, draws), currency),
        "backward_plan.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key="plan_workbook",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="The middle of the plan as live formulas, and the draws' quantiles as values.",
    )


def _table(
    plan: BackwardPlan, history: History, draws: Draws, scope: Scope, by: Dimension | None
) -> pl.DataFrame:
    months = saved.target_months(plan)
    windows = tuple(Period(first, _last_day(first)) for first in months)
    segments = by_segment(current_warehouse(), scope, by, history, draws) if by else {}
    parts = {name: in_flight(*known, windows) for name, known in segments.items()}
    return plan_table(plan, history, draws, in_flight(history, draws, windows), months, parts)


def _last_day(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


def _show_scenarios(
    kept: saved.KeptPlan,
    plan: BackwardPlan,
    history: History,
    draws: Draws,
    brought: InFlight,
    learned_from: tuple[object, ...],
) -> None:
    with st.expander("Scenarios, on the same draws", icon=":material/call_split:"):
        with (
            st.form("plan_scenario", border=False),
            st.container(horizontal=True, vertical_alignment="bottom"),
        ):
            name = st.text_input("What is assumed above, as", max_chars=60, width=260)
            if st.form_submit_button("Keep as scenario") and name.strip():
                saved.keep_scenario(kept, name.strip(), plan.assumptions)
        found = saved.kept_scenarios(kept)
        compared = [("History", Assumptions()), *((each, assumed) for _, each, assumed in found)]
        rows = [
            remembered(
                partial(_scenario, name, assumed, plan, history, draws, brought),
                "scenario",
                name,
                assumed,
                plan.target,
                plan.assumptions,
                *learned_from,
            )
            for name, assumed in compared
        ]
        columns = {
            "scenario": text("Scenario"),
            "needed": number("Entries needed"),
            "chance": percent("Chance with this plan"),
            "win_rate": percent("Share won"),
            "time_to_win": percent("Time to win"),
            "deal_size": percent("Deal size"),
            "other_deals": percent("Deals without a lead"),
        }
        show_table(pl.DataFrame(rows), alt="Scenarios", stem="scenarios", columns=columns)
        if found:
            chosen = st.selectbox(
                "Scenario to delete", [each for _, each, _ in found], index=None, width=260
            )
            if chosen and st.button("Delete scenario", icon=":material/delete:"):
                saved.delete_scenario(next(entry for entry, each, _ in found if each == chosen))
                st.rerun()


def _scenario(
    name: str,
    assumed: Assumptions,
    plan: BackwardPlan,
    history: History,
    draws: Draws,
    brought: InFlight,
) -> dict[str, object]:
    of_months = replace(assumed, weights=plan.assumptions.weights)
    other = backward_plan(history, draws, brought, plan.target, of_months)
    entries = plan.entries if plan.is_reachable else other.entries
    return {
        "scenario": name,
        "needed": other.volume if other.is_reachable else None,
        "chance": hit_chance(other, entries) if np.isfinite(entries).all() else None,
        **{factor: float(getattr(assumed, factor)) for factor in FACTORS},
    }


def _edit_table(kept: saved.KeptPlan) -> None:
    with st.expander("The plan as a table: edit, or load from a file", icon=":material/edit:"):
        table = saved.table_of(kept.value)
        locked = kept.version.state is State.LOCKED
        shown = table.with_columns(
            month=pl.col("month_on").dt.strftime("%Y-%m"),
            value=pl.col("value").round(2).cast(pl.String),
        ).select("month", "segment", "metric", "value")
        edited = st.data_editor(
            shown,
            key=f"plan_table_{kept.version.id}_{kept.version.number}",
            disabled=locked,
            num_rows="fixed" if locked else "dynamic",
            hide_index=True,
            alt="The plan by month, segment and metric",
        )
        st.caption(f"Metrics: {', '.join(METRICS)}. Months as 2027-03, values as 1234.5.")
        offer_downloads(lambda: shown, file_stem(f"plan_{kept.version.id}"))
        upload = st.file_uploader(
            "Or a CSV file with the columns month, segment, metric and value",
            type="csv",
            disabled=locked,
            key=f"plan_file_{kept.version.id}_{kept.version.number}",
        )
        if st.button("Save as a new version", disabled=locked, icon=":material/save:"):
            source = (
                (upload.getvalue().decode("utf-8-sig"), upload.name)
                if upload
                else (pl.DataFrame(edited).write_csv(), "the table")
            )
            saved.keep_table(kept, read_plan_table(*source))
            st.rerun()
