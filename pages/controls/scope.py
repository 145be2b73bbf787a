"""The sidebar in which the question is asked. Its state is the page's address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import partial

import streamlit as st

from data.terms.glossary import defined
from metrics.horizon import Horizon, near_values, shown_as
from metrics.period import Period, in_words
from metrics.scope import Basis, Comparison, Counting, Dimension, Filter, Scope, Unit, Viewer
from pages.controls.address import choose_of_few, choose_one, report_ignored
from pages.controls.measure import (
    current_warehouse,
    definitions,
    filter_values,
    loaded_horizon,
)
from pages.controls.periods import (
    Preset,
    default_preset,
    named_periods,
    period_named,
    period_of,
    selectable,
)
from pages.display.text import escape

MAIN_DIMENSIONS = (Dimension.CHANNEL, Dimension.REGION, Dimension.PRODUCT, Dimension.OWNER)
COMPARISONS = {
    "Previous period": Comparison.PREVIOUS_PERIOD,
    "Same period last year": Comparison.SAME_PERIOD_LAST_YEAR,
    "Nothing": Comparison.NONE,
}
BASES = {"Cohort": Basis.COHORT, "Flow": Basis.FLOW}
UNITS = {"Leads": Unit.LEAD, "Accounts": Unit.ACCOUNT, "Deals": Unit.DEAL}
COUNTINGS = {"Reached": Counting.REACHED, "Strict": Counting.STRICT}
WINDOWS = {"All observed": None} | {f"{days} days": days for days in (30, 60, 90, 180, 365)}

Values = dict[Dimension, list[str]]


def choose_unit(unit: Unit) -> None:
    """Change the sidebar's unit; for the callback of a widget."""
    st.session_state["unit"] = next(label for label, each in UNITS.items() if each is unit)


def choose_basis(basis: Basis) -> None:
    """Change the sidebar's basis; for the callback of a widget."""
    st.session_state["basis"] = next(label for label, each in BASES.items() if each is basis)


def choose_scope() -> None:
    """Draw the sidebar and keep what is asked for `chosen_scope`. Raises when nothing is loaded."""
    viewer = Viewer()
    loaded, values = loaded_horizon(), filter_values(viewer)
    _respell(values)
    _report_ignored(loaded, values)
    with st.sidebar:
        period = _choose_period(loaded)
        compared = choose_one(
            "Compare with",
            COMPARISONS,
            key="compare",
            meaning=defined("Compare with"),
        )
        filters = _choose_filters(values)
        with st.expander("How it is counted", icon=":material/tune:"):
            scope = _choose_counting(period, loaded)
    if period_named(asked := st.session_state["period"], loaded) is None:
        said = f"“{escape(asked)}” is no period of the data, and was left out. Type one such as"
        st.warning(
            f"{said} Q2 2026, 2026-04..2026-06 or last 90 days.", icon=":material/event_busy:"
        )
    scope = replace(scope, filters=filters, comparison=COMPARISONS[compared], viewer=viewer)
    st.session_state["scope"], st.session_state["scope_note"] = _comparable(scope, loaded)


def chosen_scope() -> Scope:
    """What the sidebar asks."""
    scope: Scope = st.session_state["scope"]
    return scope


def scope_note() -> str | None:
    """Why the sidebar's comparison is left out, when it is."""
    note: str | None = st.session_state["scope_note"]
    return note


def _choose_period(loaded: Horizon) -> Period:
    presets = list(Preset)
    chosen = choose_one(
        "Period",
        [*presets, *named_periods(loaded)],
        index=presets.index(default_preset(loaded)),
        key="period",
        meaning="Or type one: Q2 2026, 2026-04..2026-06, last 90 days. Those without a year are "
        f"counted from the last day the data speaks of, {in_words(loaded.last)}. The last 12 "
        "months are whole: a month counts once it is over. This quarter has the days since.",
        is_searched=True,
        is_open=True,
    )
    if chosen != Preset.CUSTOM:
        return period_named(chosen, loaded) or loaded.default_period
    start = period_of(Preset.CUSTOM, loaded)
    allowed = selectable(loaded)
    days = st.date_input(
        "From and to",
        (max(start.start, allowed.start), min(start.end, allowed.end)),
        min_value=allowed.start,
        max_value=allowed.end,
        format="YYYY-MM-DD",
        key="dates",
        bind="query-params",
        persist_state="session",
        help="Both days are included.",
    )
    if len(days) < 2:
        st.caption("Choose the last day as well; until then the period is as before.")
        return start
    return Period(min(days), max(days))


def _choose_filters(values: Values) -> tuple[Filter, ...]:
    _add_filter(values)
    main = [each for each in MAIN_DIMENSIONS if each in values]
    more = [each for each in values if each not in MAIN_DIMENSIONS]
    chosen = {dimension: _choose_values(dimension, values) for dimension in main}
    if more:
        with st.expander("More filters", icon=":material/filter_list:"):
            chosen |= {dimension: _choose_values(dimension, values) for dimension in more}
        if used := [each.label for each in more if chosen[each]]:
            st.caption(f"In use there: {', '.join(used)}")
    filters = tuple(Filter(each, tuple(picked)) for each, picked in chosen.items() if picked)
    st.button(
        "Clear filters",
        icon=":material/filter_alt_off:",
        on_click=_clear_filters,
        disabled=not filters,
        width="stretch",
        key="clear_filters",
    )
    return filters


_ADDED = "add_filter"

_OF = " · "
"""Between a value and what it is a value of."""


def _add_filter(values: Values) -> None:
    """One list of all values to search: what is chosen in it stands in the filters below as well.

    Whoever knows the value need not know of which filter it is. It shows what is in use.
    """
    options = _named(values)
    st.session_state[_ADDED] = [
        name
        for name, (each, value) in options.items()
        if value in st.session_state.get(each.value, st.query_params.get_all(each.value))
    ]

    def take() -> None:
        picked = [options[name] for name in st.session_state[_ADDED]]
        for each in values:
            kept = [value for dimension, value in picked if dimension is each]
            if kept or st.session_state.get(each.value):
                st.session_state[each.value] = kept

    st.multiselect(
        "Add filter",
        list(options),
        key=_ADDED,
        placeholder="Webinar, Germany, …",
        select_all=False,
        on_change=take,
        help="Type a value of any filter.",
    )


def _named(values: Values) -> dict[str, tuple[Dimension, str]]:
    return {
        f"{value}{_OF}{each.label}": (each, value)
        for each, many in values.items()
        for value in many
    }


def filters_to_add() -> dict[str, tuple[Dimension, str]]:
    """Every value that a filter may have, by what people read."""
    return _named(filter_values(Viewer()))


def _choose_values(dimension: Dimension, values: Values) -> list[str]:
    return st.multiselect(
        dimension.label.capitalize(),
        values[dimension],
        key=dimension.value,
        placeholder="All",
        select_all=False,
        bind="query-params",
        persist_state="session",
    )


def _clear_filters() -> None:
    for dimension in Dimension:
        if dimension.value in st.session_state:
            st.session_state[dimension.value] = []


def _choose_counting(period: Period, loaded: Horizon) -> Scope:
    basis = choose_of_few(
        "Basis",
        BASES,
        key="basis",
        meaning=defined("Basis"),
    )
    unit = choose_of_few(
        "Unit",
        UNITS,
        key="unit",
        meaning=defined("Unit"),
    )
    counting = choose_of_few(
        "A stage counts when",
        COUNTINGS,
        key="counting",
        meaning=defined("A stage counts when"),
    )
    window = choose_one(
        "Conversion window",
        WINDOWS,
        key="window",
        meaning=defined("Conversion window"),
    )
    return Scope(
        period=period,
        observed_until=loaded.last,
        basis=BASES[basis],
        unit=UNITS[unit],
        counting=COUNTINGS[counting],
        window_days=WINDOWS[window],
        windows=definitions().windows,
    )


def _comparable(scope: Scope, loaded: Horizon) -> tuple[Scope, str | None]:
    """The scope without its comparison where that would look at days before the data, and why."""
    compared = scope.compared()
    if compared is None or compared.period.start >= loaded.first.replace(day=1):
        return scope, None
    note = (
        f"There is no comparison: the data starts on {in_words(loaded.first)}, and the period to "
        f"compare with would be {compared.period.describe()}."
    )
    return replace(scope, comparison=Comparison.NONE), note


def _respell(values: Values) -> None:
    """Begin again where the address spells a value in another way than the data shows it."""
    respelt = {}
    for dimension, known in values.items():
        asked = st.query_params.get_all(dimension.value)
        if all(text in known for text in asked):
            continue
        shown = [shown_as(current_warehouse(), dimension, text, known) or text for text in asked]
        if shown != asked:
            respelt[dimension.value] = list(dict.fromkeys(shown))
    if respelt:
        st.query_params.update(respelt)
        st.rerun()


def _report_ignored(loaded: Horizon, values: Values) -> None:
    allowed = selectable(loaded)

    def is_selectable(text: str) -> bool:
        try:
            return allowed.start <= date.fromisoformat(text) <= allowed.end
        except ValueError:
            return False

    options: dict[str, Iterable[str]] = {
        "compare": COMPARISONS,
        "basis": BASES,
        "unit": UNITS,
        "counting": COUNTINGS,
        "window": WINDOWS,
    }
    options |= {dimension.value: values.get(dimension, []) for dimension in Dimension}
    checks = {key: frozenset(found).__contains__ for key, found in options.items()}
    near = {each.value: partial(near_values, known=known) for each, known in values.items()}
    report_ignored(checks | {"dates": is_selectable}, near)
