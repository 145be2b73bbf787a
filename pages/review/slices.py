"""The part of the Funnel page about segments: by one dimension, or two crossed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import polars as pl
import streamlit as st

from metrics.funnel.conversion import stage_conversion_by
from metrics.scope import Basis, Dimension, Scope, Stage
from metrics.segments.measures import Kind, Measure, measures_of
from metrics.segments.segment_records import Behind, behind
from metrics.wording import formats
from metrics.wording.order import in_reading_order
from pages.charts.heat import MIN_COHORT, conversion_heat
from pages.charts.layout import with_clicks
from pages.controls.address import choose_one
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import filter_values, measure
from pages.controls.tables import show_chart
from pages.display.text import escape
from pages.review.repeats import Shown
from pages.segmenting.crossed import show_crossed
from pages.segmenting.more import number_shown, offer_more
from pages.segmenting.question import NOTHING, TIMES, Asked, of_measure, table
from pages.segmenting.records import choose_records, clicked, reached, toggle_records

_HEAT, _RECORDS, _MORE = "funnel_heat", "funnel_segment", "funnel_more"

_SHOWN = 15
"""So many segments at first, and with each press of Show more."""

_LISTED = 200
"""So many crossed segments can be chosen by their name."""


def show_slices(scope: Scope, rows: Shown) -> None:
    """A dimension and another to choose, how their segments convert, and whoever is behind."""
    labels = {each.label.capitalize(): each for each in filter_values(scope.viewer)}
    if not labels:
        st.caption("The loaded data has no segments to compare.")
        return
    with st.container(horizontal=True, gap="medium"):
        first = choose_one("Slice by", labels, key="funnel_by", width=200, is_searched=True)
        others = [NOTHING, *(each for each in labels if each != first)]
        second = choose_one("And by", others, key="funnel_by_2", width=200, is_searched=True)
        if second != NOTHING:
            shown = _choose_measure(scope)
    if second == NOTHING:
        _show_one(scope, labels[first], rows)
    else:
        _show_two(Asked(scope, (shown,), (labels[first], labels[second])))


def _choose_measure(scope: Scope) -> Measure:
    """A step, the whole way or a count; at first the unit's first step."""
    kinds = {Kind.RATE: 0, Kind.COUNT: 1}
    known = sorted(
        (each for each in measures_of(scope.unit) if each.kind in kinds),
        key=lambda each: kinds[each.kind],
    )
    by_label = {each.label: each for each in known}
    return by_label[choose_one("Show", by_label, key="funnel_by_show", width=220, is_searched=True)]


def _show_one(scope: Scope, by: Dimension, rows: Shown) -> None:
    """A row per segment, a column per step; the largest first, bands in their own order."""
    found = measure(stage_conversion_by, scope, by)
    names = found[by.value].unique(maintain_order=True).to_list()
    number = number_shown(_SHOWN, key=_MORE)
    top = in_reading_order(by, names[:number])
    st.caption(
        f"A stronger shade means a higher rate; cohorts under {MIN_COHORT} are not shaded, because "
        "chance rules there. The last column, of the whole way, has shades of its own. Click a "
        "cell to see whom it divides by."
    )
    steps = _steps(scope, rows)
    cells = [(name, step) for name in top for step in steps]
    options = {_name(name, step): _behind(scope, {by: name}, step) for name, step in cells}

    def take() -> None:
        if point := clicked(_HEAT):
            row, column = map(int, point["customdata"])
            toggle_records(_name(top[row], steps[column]), key=_RECORDS)

    figure = conversion_heat(rows.of(found), by.value, scope.basis, top, rows.titles)
    alt = f"Conversion of each step by {by.label}"
    show_chart(with_clicks(figure), key=_HEAT, alt=alt, on_click=take)
    _note_hidden(found, by, names[number:])
    choose_records(options, key=_RECORDS)
    offer_downloads(lambda: found, file_stem(f"stage_conversion_by_{by}", scope.period))


def _show_two(pair: Asked) -> None:
    """One dimension down, the other across."""
    rows = of_measure(table(pair), pair.main).head(_LISTED)
    options = {
        _name(TIMES.join(values), pair.main): (of_cell, _said(TIMES.join(values), of_cell))
        for values in rows.select(pair.names).iter_rows()
        if (of_cell := behind(pair.scope, dict(zip(pair.by, values, strict=True)), pair.main))
    }

    def take(values: Sequence[str]) -> None:
        toggle_records(_name(TIMES.join(values), pair.main), key=_RECORDS)

    show_crossed(pair, key="funnel", take=take)
    choose_records(options, key=_RECORDS)


def _note_hidden(found: pl.DataFrame, by: Dimension, hidden: list[str]) -> None:
    """How many segments are not shown, how many records they have, and the way to see more."""
    if not hidden:
        return
    first = Stage(found["stage"][0])
    rows = found.filter(pl.col(by.value).is_in(hidden), stage=first.value)
    left = int(rows["reached"].sum())
    segments = formats.counted(len(hidden), "smaller segment")
    offer_more(f"And {segments}: {formats.counted(left, first.word, first.plural)}.", key=_MORE)


def _steps(scope: Scope, rows: Shown) -> list[Measure]:
    """The columns of the heat: each step, then the whole way where there is more than one."""
    stages, shown = scope.unit.stages, rows.stages
    steps = [Measure(f"{start}_to_{end}") for start, end in pairwise(stages) if end in shown]
    if len(steps) > 1:
        steps.append(Measure(f"{stages[0]}_to_{shown[-1]}"))
    return steps


def _behind(scope: Scope, cell: Mapping[Dimension, str], step: Measure) -> tuple[Behind, str]:
    of_cell = behind(scope, cell, step)
    assert of_cell is not None, "only spend has no records"
    return of_cell, _said(TIMES.join(cell.values()), of_cell)


def _said(segment: str, of_cell: Behind) -> str:
    """Whose records they are: of a rate all that it divides by, of a count those counted."""
    when = "in the period" if of_cell.scope.basis is Basis.FLOW else ""
    return f"of {escape(segment)} that {reached(of_cell.stage)} {when}".rstrip()


def _name(segment: str, step: Measure) -> str:
    return f"{segment}: {step.label}"
