"""What a backward plan is asked: the target, its deadlines, and what is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import streamlit as st

from data.terms.glossary import defined
from metrics.period import Period, in_words
from metrics.plan.calendar import months_ahead
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions, Deadline, Target, TargetKind, Together
from metrics.scope import Dimension, Stage, Viewer
from metrics.wording import formats
from pages.controls.address import choose_of_few, choose_one
from pages.controls.measure import filter_values
from pages.plan.backward.working import choose_working_days

KINDS = {"Revenue": TargetKind.REVENUE, "Deals": TargetKind.DEALS}

PARTS = {"As one": 0, "By quarter": 3, "By month": 1}
"""How many months each deadline covers; 0 is one deadline for all."""

TOGETHER = {"Each by itself": Together.EACH, "All together": Together.ALL}

CONFIDENCES = (50, 60, 70, 75, 80, 85, 90, 95)

GROWTH = 1.2
"""The first target proposed: last year's, and a fifth more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and the same days of the year before."""

    target: Target
    last_year: float
    whole: Period


def choose_segments(viewer: Viewer) -> Dimension | None:
    """By which dimension the plan's segments are told apart, or none."""
    by_label = {"All together": None} | {
        each.label.capitalize(): each for each in filter_values(viewer)
    }
    label = choose_one(
        "Segments",
        by_label,
        key="plan_by",
        meaning=defined(
            "Segment",
            "Each has a share won of its own, as far as its wins tell it apart from the others. "
            "Speed is that of all together.",
        ),
    )
    return by_label[label]


def choose_target(history: History, currency: str) -> Asked:
    """The target and its deadlines; the proposal is last year's and a fifth more."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = KINDS[
            choose_of_few(
                "Target in",
                KINDS,
                key="plan_kind",
                meaning=f"Won revenue in {currency}, or a number of won deals.",
            )
        ]
        whole = _choose_days(history.observed_until)
    last_year = _won(history, kind, whole.last_year())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        amount = st.number_input(
            f"To win ({currency})" if kind is TargetKind.REVENUE else "To win (deals)",
            min_value=1.0,
            value=max(
                1.0, float(round(last_year * GROWTH, -3 if kind is TargetKind.REVENUE else 0))
            ),
            step=50_000.0 if kind is TargetKind.REVENUE else 1.0,
            format="%.0f",
            key=f"plan_amount_{kind.value}",
            bind="query-params",
            persist_state="session",
            width=220,
            help="The suggestion is what was won on the same days a year before, plus 20%.",
        )
        part = choose_one(
            "Deadlines",
            PARTS,
            key="plan_parts",
            width=160,
            meaning="One deadline at the end, or the target in equal parts by quarter or month.",
        )
        together = choose_one(
            "Sure of",
            TOGETHER,
            key="plan_together",
            width=170,
            meaning="Whether each deadline is met as surely as asked, or all of them together.",
        )
        confidence = st.select_slider(
            "How sure",
            CONFIDENCES,
            value=80,
            key="plan_confidence",
            bind="query-params",
            persist_state="session",
            format_func=lambda value: f"{value}%",
            width=200,
            help="The share of possible futures in which the target is met.",
        )
    windows = whole.parts(PARTS[part])
    each = tuple(Deadline(window, amount / len(windows)) for window in windows)
    target = Target(kind, each, confidence / 100, TOGETHER[together])
    _note_growth(amount, last_year, kind, currency, whole)
    return Asked(target, last_year, whole)


def _note_growth(
    amount: float, last_year: float, kind: TargetKind, currency: str, whole: Period
) -> None:
    days = whole.last_year().describe()
    if not last_year:
        st.caption(f"Nothing is known to be won {days}, a year before.")
        return
    was = formats.money(last_year, currency) if kind is TargetKind.REVENUE else f"{last_year:,.0f}"
    st.caption(
        f"{formats.change(amount / last_year - 1)} on {was}, won {days}.".replace("$", r"\$")
    )


def _choose_days(observed_until: date) -> Period:
    start = date(observed_until.year + 1, 1, 1)
    first = st.date_input(
        "First day",
        start,
        min_value=observed_until.replace(month=1, day=1),
        max_value=observed_until + timedelta(days=4 * 365),
        format="YYYY-MM-DD",
        key="plan_from",
        bind="query-params",
        persist_state="session",
        width=160,
        help="What is won from this day on counts.",
    )
    last = st.date_input(
        "Won by",
        date(first.year, 12, 31),
        min_value=first,
        max_value=first + timedelta(days=4 * 365),
        format="YYYY-MM-DD",
        key="plan_until",
        bind="query-params",
        persist_state="session",
        width=160,
        help="The last day on which a deal still counts.",
    )
    return Period(first, max(first, last))


def _won(history: History, kind: TargetKind, days: Period) -> float:
    deals, amount = history.deals.won.within(days)
    return amount if kind is TargetKind.REVENUE else float(deals)


def choose_assumptions(history: History, last: date) -> Assumptions:
    """What is assumed beyond history, each factor in per cent of what history shows.

    `last` is the last day of the target, up to which entries spread over the months.
    """
    changed = {name: 1.0 for name, _, _ in _FACTORS}
    # Where each deal is an entry, none comes beside them.
    factors = _FACTORS[:-1] if history.entry is Stage.OPPORTUNITY else _FACTORS
    place = st.container()
    with (
        st.expander("What if?", icon=":material/tune:"),
        st.container(horizontal=True),
    ):
        for name, label, meaning in factors:
            changed[name] = (
                st.number_input(
                    f"{label} (% of history)",
                    min_value=1,
                    max_value=1000,
                    value=100,
                    step=5,
                    key=f"plan_{name}",
                    bind="query-params",
                    persist_state="session",
                    width=200,
                    help=meaning,
                )
                / 100
            )
    if named := [
        f"{label.lower()} at {formats.share(changed[name])} of history"
        for name, label, _ in factors
        if changed[name] != 1
    ]:
        place.info(f"Assumed: {', '.join(named)}.", icon=":material/tune:")
    weights = _choose_profile(months_ahead(history.observed_until, last))
    return Assumptions(mix=_choose_mix(history), weights=weights).scaled(changed)


AS_BEFORE, BY_WORKING_DAYS = "As in the past", "By working days"


def _choose_profile(months: tuple[Period, ...]) -> tuple[float, ...]:
    """The months in proportion to their working days; none where they go as the past did."""
    with st.expander("How entries spread over the months", icon=":material/calendar_month:"):
        how = choose_of_few(
            "Months",
            (AS_BEFORE, BY_WORKING_DAYS),
            key="plan_profile",
            meaning="As in the past: by season, where two full years are known, else by days.",
        )
        if how == AS_BEFORE:
            return ()
        working = choose_working_days()
    days = tuple(float(working.within(month)) for month in months)
    return days if any(days) else ()


_FACTORS = (
    ("win_rate", "Share won", "How many of the entries are won in the end."),
    ("time_to_win", "Time to win", "How long a win takes from entry: 200% is twice as long."),
    ("deal_size", "Deal size", "What a won deal brings."),
    (
        "other_deals",
        "Deals without a lead",
        "Deals to come that name no lead; 1% is next to none.",
    ),
)


def _choose_mix(history: History) -> tuple[tuple[str, float], ...]:
    if len(history.segments) == 1:
        return ()
    usual = history.entries.counts[history.entry][-12:].sum(axis=0)
    shares = {
        name: round(100 * float(count) / max(1.0, float(usual.sum())), 1)
        for name, count in zip(history.segments, usual, strict=True)
    }
    with st.expander("Mix of segments", icon=":material/donut_small:"):
        st.caption("Shares of entries. They are scaled to add up to 100%; 0 leaves a segment out.")
        with st.grid(4, min_column_width=160):
            given = {
                name: st.number_input(
                    f"{name} (%)",
                    min_value=0.0,
                    max_value=100.0,
                    value=share,
                    step=1.0,
                    key=f"plan_mix_{place}",
                )
                for place, (name, share) in enumerate(shares.items())
            }
    total = sum(given.values())
    if total == 0:
        st.warning(
            "All shares are 0: the mix of the last twelve months is used.",
            icon=":material/donut_small:",
        )
        return ()
    return tuple((name, share / total) for name, share in given.items())


def deadline_words(target: Target) -> str:
    """The deadlines in a sentence."""
    last = in_words(target.windows[-1].end)
    return f"by {last}" if len(target.windows) == 1 else f"in {len(target.windows)} parts by {last}"
