"""What the page Segments is asked: which measures, and by which dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import streamlit as st

from metrics.scope import Dimension, Scope, Unit
from metrics.segments.measures import Kind, Measure, measures_of
from metrics.segments.order import IN_BANDS, natural_order
from metrics.segments.segment_table import segment_table
from metrics.wording import formats
from pages.controls.address import choose_one, report_ignored
from pages.controls.measure import definitions, filter_values, measure
from pages.controls.scope import MAIN_DIMENSIONS

NOTHING = "Nothing more"

TIMES = " × "
"""Between the values that make a segment."""

USUAL = {
    Unit.DEAL: (Measure.OPPORTUNITY_TO_WON, Measure.WON_AMOUNT),
    Unit.LEAD: (Measure.LEAD_TO_SQL, Measure.LEAD, Measure.OPPORTUNITY, Measure.WON_AMOUNT),
    Unit.ACCOUNT: (Measure.LEAD_TO_SQL, Measure.LEAD, Measure.OPPORTUNITY, Measure.WON_AMOUNT),
}
"""What is asked for at first."""

Cell = Mapping[Dimension, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """The scope, the measures, of which the first sorts and is drawn, and the dimensions."""

    scope: Scope
    measures: tuple[Measure, ...]
    by: tuple[Dimension, ...]

    @property
    def main(self) -> Measure:
        """The measure that the page is about."""
        return self.measures[0]

    @property
    def currency(self) -> str:
        """The base currency."""
        return definitions().base_currency

    @property
    def names(self) -> list[str]:
        """The columns of the dimensions."""
        return [each.value for each in self.by]

    @property
    def by_words(self) -> str:
        """The dimensions in a sentence."""
        return TIMES.join(each.label for each in self.by)


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


def table(asked: Asked) -> pl.DataFrame:
    """A row per segment and measure."""
    return measure(segment_table, asked.scope, definitions(), by=asked.by, measures=asked.measures)


def of_measure(found: pl.DataFrame, chosen: Measure) -> pl.DataFrame:
    """The rows of one measure."""
    return found.filter(pl.col("measure") == chosen.value)


def segment_name(asked: Asked) -> pl.Expr:
    """The segment in words, in a column `segment`."""
    return pl.concat_str(asked.names, separator=TIMES).alias("segment")


def cells(asked: Asked, rows: pl.DataFrame) -> dict[str, Cell]:
    """Each row's segment by its name."""
    return {
        TIMES.join(row): dict(zip(asked.by, row, strict=True))
        for row in rows.select(asked.names).iter_rows()
    }


def in_order(asked: Asked, dimension: Dimension, found: pl.DataFrame) -> list[str]:
    """The values of a dimension: bands in their own order, others by their number of records."""
    if dimension in IN_BANDS:
        return natural_order(found[dimension.value].unique())
    rows = of_measure(found, asked.main)
    sums = rows.group_by(dimension.value).agg(pl.col("records").sum(), pl.col("value").sum())
    ordered = sums.sort("records", "value", dimension.value, descending=[True, True, False])
    return ordered[dimension.value].to_list()


def written(chosen: Measure, value: float | None, currency: str, *, flow: bool = False) -> str:
    """A value as people read it."""
    if chosen.kind is Kind.RATE:
        return formats.per_hundred(value) if flow else formats.share(value)
    if chosen.kind is Kind.COUNT:
        return formats.count(value)
    if chosen.kind is Kind.RETURN:
        return formats.share(value)
    return formats.money(value, currency)
