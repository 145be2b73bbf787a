"""Below a backward plan's answer: levers, and assumptions beside their history."""

from __future__ import annotations

import numpy as np
import polars as pl
import streamlit as st

from metrics.plan.backward.levers import DEAL_SIZE, WIN_RATE, levers
from metrics.plan.backward.plan import BackwardPlan, hit_chance
from metrics.plan.backward.seen import outside, recent_entries, seen
from metrics.plan.draws import Draws
from metrics.plan.in_flight import InFlight
from metrics.plan.past.history import History
from metrics.wording import formats
from pages.charts.planning.plan import past_values
from pages.controls.columns import day, percent, text
from pages.controls.measure import remembered
from pages.controls.tables import show_chart, show_table
from pages.display.text import escape
from pages.plan.backward.answer import Usual

LEVER_COLUMNS = {
    "lever": text("Lever"),
    "step": percent("Step, % of usual"),
    "from_value": text("From"),
    "to_value": text("To"),
    "hit_chance": percent("Chance with it"),
    "added_chance": percent("Adds"),
    "last_on": day("Works until"),
}

_NAMES = {"win_rate": "Share won", "time_to_win": "Days to win", "deal_size": "Deal size"}


def show_levers(
    history: History,
    draws: Draws,
    brought: InFlight,
    plan: BackwardPlan,
    usual: Usual,
    currency: str,
    question: tuple[object, ...],
) -> None:
    """What an achievable step adds to the chance, at the usual volume or at the plan's.

    `question` is what the plan was asked.
    """
    with st.container(border=True):
        st.header("What would help most?", anchor=False)
        share = st.select_slider(
            "With this part of what is needed on top of the usual volume",
            [0, 25, 50, 75, 100],
            value=50,
            format_func=lambda value: f"{value}%",
            key="plan_lever_part",
            help="At a chance of 0 or 100% no lever can show what it adds.",
            width=320,
        )
        planned = plan.entries if plan.is_reachable else usual.entries
        entries = usual.entries + np.maximum(planned - usual.entries, 0) * share / 100
        rows = remembered(
            lambda: levers(history, draws, brought, plan, entries), "levers", share, *question
        )
        chance = remembered(lambda: hit_chance(plan, entries), "chance", share, *question)
        st.caption(
            escape(
                "Each step raises a number to what the best quarter of the past months reached."
                f" Without a step, {formats.count(entries.sum())} entries have a chance of"
                f" {formats.share(chance)}."
            )
        )
        if rows.is_empty():
            st.info("There are too few months of history to say what was ever better.")
            return
        written = levers_in_words(rows, currency)
        show_table(written, alt="Levers", stem="levers", columns=LEVER_COLUMNS)


def levers_in_words(rows: pl.DataFrame, currency: str) -> pl.DataFrame:
    """The rows of `levers` with their values as a page writes them."""
    return rows.with_columns(
        *(
            pl.Series(
                column,
                [_lever(name, value, currency) for name, value in rows["lever", column].rows()],
            )
            for column in ("from_value", "to_value")
        ),
        lever=pl.col("lever").str.head(1).str.to_uppercase() + pl.col("lever").str.slice(1),
    )


def _lever(name: str, value: float, currency: str) -> str:
    if name == WIN_RATE:
        return formats.share(value)
    return formats.money(value, currency) if name == DEAL_SIZE else formats.count(value)


def show_assumptions(
    history: History,
    draws: Draws,
    plan: BackwardPlan,
    currency: str,
    question: tuple[object, ...],
) -> None:
    """Each thing assumed beside its own history; what was never seen is marked.

    `question` is what the plan was asked.
    """
    with st.container(border=True):
        st.header("What is assumed, and what was ever seen?", anchor=False)
        frame = remembered(lambda: seen(history, draws), "seen", *question)
        for factor, (assumed, low, high) in outside(frame, plan.assumptions).items():
            st.warning(
                escape(
                    f"{_NAMES[factor]} of {_written(factor, assumed, currency)} was never seen:"
                    f" the least was {_written(factor, low, currency)}, the most"
                    f" {_written(factor, high, currency)}."
                ),
                icon=":material/warning:",
            )
        with st.grid(4, min_column_width=240):
            for factor, label in _NAMES.items():
                rows = frame.filter(factor=factor)
                if rows.is_empty():
                    st.caption(f"{label}: too few wins in any period to show a course.")
                    continue
                figure = past_values(rows, label, "%" if factor == "win_rate" else "")
                show_chart(figure, key=f"plan_seen_{factor}", alt=f"{label} over time")
            entries = recent_entries(history).rename({"month_on": "period_on", "entries": "value"})
            if not entries.is_empty():
                figure = past_values(entries, "Entries per month", "")
                show_chart(figure, key="plan_seen_entries", alt="Entries of past months")


def _written(factor: str, value: float, currency: str) -> str:
    if factor == "win_rate":
        return formats.share(value)
    if factor == "deal_size":
        return formats.money(value, currency)
    return f"{value:,.0f} days"
