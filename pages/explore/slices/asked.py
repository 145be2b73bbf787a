"""What the page Segments is asked: which measures, and by which dimensions."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from metrics.scope import Dimension, Scope, Unit
from metrics.segments.measures import Measure, measures_of
from pages.controls.address import choose_one, report_ignored
from pages.controls.measure import filter_values
from pages.controls.scope import MAIN_DIMENSIONS
from pages.segmenting.question import NOTHING, Asked

USUAL = {
    Unit.DEAL: (Measure.OPPORTUNITY_TO_WON, Measure.WON_AMOUNT),
    Unit.LEAD: (Measure.LEAD_TO_SQL, Measure.LEAD, Measure.OPPORTUNITY, Measure.WON_AMOUNT),
    Unit.ACCOUNT: (Measure.LEAD_TO_SQL, Measure.LEAD, Measure.OPPORTUNITY, Measure.WON_AMOUNT),
}
"""What is asked for at first."""

_LEGIBLE = '<style>[data-testid="stMain"] [data-tag] {background-color: #0b5c8a}</style>'
"""White names of what is chosen can be read on it, and not on the dark theme's own colour."""


def choose(scope: Scope) -> Asked | None:
    """The controls in a row; None where the data has no segments."""
    labels = {each.label.capitalize(): each for each in filter_values(scope.viewer)}
    if not labels:
        st.info("The loaded data has no segments to compare.", icon=":material/info:")
        return None
    titles = {each.label: each for each in measures_of(scope.unit)}
    report_ignored({"segments_show": titles.__contains__})
    with st.container(horizontal=True, gap="medium"):
        st.html(_LEGIBLE)
        chosen = st.multiselect(
            "Show",
            list(titles),
            [each.label for each in USUAL[scope.unit]],
            key="segments_show",
            bind="query-params",
            persist_state="session",
            select_all=False,
            width=460,
            help="The first sorts the table and is drawn. Rates are of what stands beside them.",
        )
        usual = list(labels).index(_usual_dimension(labels, scope))
        dimensions = [labels[choose_one("By", labels, key="segments_by", index=usual, width=170)]]
        for number, label in enumerate(("And by", "And by also"), start=2):
            options = [NOTHING, *(name for name, each in labels.items() if each not in dimensions)]
            if len(dimensions) < number - 1 or len(options) < 2:
                break
            name = choose_one(label, options, key=f"segments_by_{number}", width=170)
            if name != NOTHING:
                dimensions.append(labels[name])
    measures = tuple(titles[each] for each in chosen) or USUAL[scope.unit]
    return Asked(scope, measures, tuple(dimensions))


def _usual_dimension(labels: Mapping[str, Dimension], scope: Scope) -> str:
    """The first of the main dimensions, unless a filter leaves one value of it: it has one row."""
    alone = {each.dimension for each in scope.filters if len(each.values) == 1}
    names = {each: name for name, each in labels.items()}
    main = (names[each] for each in MAIN_DIMENSIONS if each in names and each not in alone)
    return next(main, next(iter(labels)))
