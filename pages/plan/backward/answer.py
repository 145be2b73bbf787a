"""The answer of a backward plan: in a sentence, as tiles, as what is coming, and as levers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import streamlit as st
from numpy.typing import NDArray

from metrics.period import in_words
from metrics.plan.backward.plan import BackwardPlan, hit_chance, most_reachable
from metrics.plan.draws import Draws
from metrics.plan.in_flight import InFlight
from metrics.plan.past.history import History
from metrics.plan.target import TargetKind, plural
from metrics.plan.volumes import best_month, entries_per_month
from metrics.scope import Stage
from metrics.wording import formats
from pages.charts.planning.plan import stage_by_month
from pages.controls.columns import day, number, percent, score, text, tick
from pages.controls.measure import definitions
from pages.controls.tables import show_chart
from pages.display.text import escape
from pages.plan.backward.entered import learned_from
from pages.plan.backward.inputs import deadline_words

REQUIRED_COLUMNS = {
    "month_on": day("From"),
    "last_on": day("To"),
    "stage": text("Stage"),
    "low": number("10% low"),
    "middle": number("Middle"),
    "high": number("90% high"),
    "in_time": percent("Wins in time"),
    "is_too_late": tick("Too late", meaning="Under 10% of the eventual wins come in time."),
}

SOURCE_COLUMNS = {
    "source": text("From"),
    "open": number("Open now"),
    "deals": score("Deals, mean"),
    "mean": number("Revenue, mean"),
    "low": number("10% low"),
    "middle": number("Middle"),
    "high": number("90% high"),
}


@dataclass(frozen=True, slots=True)
class Usual:
    """The entries of the plan's months at the usual volume, and what they lead to."""

    per_month: float
    entries: NDArray[np.float64]
    chance: float


def usual_course(history: History, plan: BackwardPlan) -> Usual:
    """What happens when entries go on as they did."""
    per_month = entries_per_month(history)
    days = np.array([month.days for month in plan.months], dtype=np.float64)
    entries = per_month * days / 30.4375
    return Usual(per_month, entries, hit_chance(plan, entries))


def show_sentence(plan: BackwardPlan, history: History, usual: Usual, currency: str) -> None:
    """What it takes, by when, and what that is compared with the usual volume."""
    target = plan.target
    revenue = target.kind is TargetKind.REVENUE
    total = formats.money(target.total, currency) if revenue else f"{target.total:,.0f} deals"
    goal = (
        f"To win {total} {deadline_words(target)} with a chance of {100 * target.confidence:.0f}%"
    )
    entered = plural(plan.entry)
    if not plan.is_reachable:
        most = most_reachable(plan, usual.entries)
        known = formats.money(most, currency) if revenue else f"{most:,.0f} deals"
        st.error(
            escape(
                f"{goal} is out of reach: the {entered} of these months are won too late. The"
                f" usual volume reaches {known} with the same chance. Move the deadline, or set a"
                " lower target."
            ),
            icon=":material/block:",
        )
        return
    if plan.volume == 0:
        st.success(
            escape(f"{goal}, you need nothing more: what exists already brings it."),
            icon=":material/check_circle:",
        )
        return
    last = plan.last_useful_month
    per_month = plan.volume / max(1e-9, usual.entries.sum()) * usual.per_month
    late = f" {entered.capitalize() if entered == 'leads' else entered} after" if last else ""
    ends = f"{late} {in_words(last.end)} come too late." if last and plan.too_late.any() else ""
    st.markdown(
        escape(
            f"{goal}, you need {formats.count(plan.volume)} more {entered}. That is"
            f" {formats.count(per_month)} a month, {per_month / max(usual.per_month, 1e-9):.1f}"
            f" times the usual {formats.count(usual.per_month)}.{ends}"
        )
    )
    _note_volume(plan, history, per_month, currency)
    _note_decided(plan)


def _note_decided(plan: BackwardPlan) -> None:
    """Deadlines that new entries come too late for, with the chance that they are met anyway."""
    if not plan.decided:
        return
    named = ", ".join(
        f"{window.name} in {formats.share(chance)}" for window, chance in plan.decided
    )
    st.info(
        escape(
            f"Some deadlines are too near for new {plural(plan.entry)}, so they ask for none. What"
            f" exists meets {named} of the possible futures."
        ),
        icon=":material/hourglass_bottom:",
    )


def _note_volume(plan: BackwardPlan, history: History, per_month: float, currency: str) -> None:
    """A volume that no month ever had is marked, with what the best month would reach."""
    best = best_month(history)
    if per_month <= best:
        return
    days = np.array([month.days for month in plan.months], dtype=np.float64)
    most = most_reachable(plan, best * days / 30.4375)
    revenue = plan.target.kind is TargetKind.REVENUE
    known = formats.money(most, currency) if revenue else f"{most:,.0f} deals"
    st.warning(
        escape(
            f"No past month had more than {formats.count(best)} {plural(plan.entry)}. As many"
            f" in every month would reach {known} with the same chance."
        ),
        icon=":material/warning:",
    )


def show_tiles(plan: BackwardPlan, usual: Usual, currency: str) -> None:
    """The numbers of the sentence, each with its meaning."""
    revenue = plan.target.kind is TargetKind.REVENUE
    coming = np.quantile(plan.brought.sum(axis=0), 0.5)
    last = plan.last_useful_month
    tiles = [
        (
            f"{plural(plan.entry)[0].upper()}{plural(plan.entry)[1:]} needed",
            formats.count(plan.volume) if plan.is_reachable else formats.NOTHING,
            "The smallest volume, from the day after the data ends, that reaches the target in as"
            " many of the possible futures as asked.",
        ),
        (
            "Chance as usual",
            formats.share(usual.chance),
            f"In which share of the possible futures the target is met with"
            f" {formats.count(usual.per_month)} a month, the mean of the last twelve full months.",
        ),
        (
            "Already coming",
            formats.money(coming, currency) if revenue else formats.count(coming),
            "What is won so far within the target's days, and what"
            f" {_in_flight_words(plan.entry)} bring in time: the middle of the possible futures.",
        ),
        (
            "Last useful month",
            f"{last.end:%b %Y}" if last else formats.NOTHING,
            "Of what enters later, under 10% of the eventual wins come in time.",
        ),
    ]
    if len(plan.target.windows) > 1:
        tiles.append(
            (
                "All deadlines",
                formats.share(plan.joint_chance),
                "In which share of the possible futures every deadline is met with the needed"
                " volume.",
            )
        )
    with st.grid(len(tiles), min_column_width=160):
        for label, value, meaning in tiles:
            st.metric(label, escape(value), help=escape(meaning), border=True, height="stretch")


def _in_flight_words(entry: Stage) -> str:
    if entry is Stage.OPPORTUNITY:
        return "open deals"
    return "open deals, open leads and deals without a lead"


def show_stages(required: pl.DataFrame, plan: BackwardPlan) -> None:
    """What the planned entries become, a small chart for each stage."""
    later = list(Stage)[list(Stage).index(plan.entry) + 1 :]
    st.caption(
        "The bars say what these become month by month: the middle of all draws, with 80% ranges."
    )
    with st.grid(len(later), min_column_width=220):
        for stage in later:
            figure = stage_by_month(required, stage)
            alt = f"Planned {plural(stage)} by month"
            show_chart(figure, key=f"plan_stage_{stage.value}", alt=alt)


def coming(history: History, brought: InFlight) -> pl.DataFrame:
    """What exists already brings: by source, how many are open, and what they bring in time."""
    rows = []
    open_leads = history.open_leads
    for source, deals in brought.deals.items():
        revenue = brought.revenue[source].sum(axis=0)
        low, middle, high = np.quantile(revenue, [0.1, 0.5, 0.9])
        of_stage = [
            int(open_leads.leads[open_leads.stage == stage.value].sum())
            for stage in Stage
            if source == f"open {plural(stage)}"
        ]
        known = int(history.deals.open.deals.sum()) if source == "open deals" else None
        rows.append(
            {
                "source": source[0].upper() + source[1:],
                "open": of_stage[0] if of_stage else known,
                "deals": float(deals.sum(axis=0).mean()),
                "mean": round(float(revenue.mean())),
                "low": round(float(low)),
                "middle": round(float(middle)),
                "high": round(float(high)),
            }
        )
    return pl.DataFrame(rows)


def show_left_out(history: History, draws: Draws, note: str | None) -> None:
    """What the numbers leave out, and what they rest on; `note` says what is an entry, and why."""
    deals, currency = history.deals, definitions().base_currency
    notes = [learned_from(history), *([note] if note else [])]
    if deals.stale_deals:
        notes.append(
            f"{formats.counted(deals.stale_deals, 'open deal')} without activity for over"
            f" {deals.stale_days} days"
            f" {'counts' if deals.stale_deals == 1 else 'count'} as lost"
            + (
                f", worth {formats.money(deals.stale_amount, currency)}."
                if deals.stale_amount
                else "."
            )
        )
    if deals.undated_deals:
        notes.append(
            f"{formats.counted(deals.undated_deals, 'deal')} without a day of opening or closing"
            f" {'is' if deals.undated_deals == 1 else 'are'} left out."
        )
    if history.untold:
        names = formats.listed([stage.plural for stage in history.untold])
        why = next(iter(history.untold.values()))
        notes.append(f"Of {names} nothing is planned, because {why.rstrip('.')}.")
    if draws.is_chained:
        notes.append(
            "The share won is chained from lead to opportunity to win, because fewer than 30 were"
            " won."
        )
    st.caption(escape(" ".join(notes)))
