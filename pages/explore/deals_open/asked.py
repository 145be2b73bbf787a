"""The days in which deals are due, and what all parts of the page read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl
import streamlit as st

from metrics.forecast.past_pipeline import PipelineTold, pipeline_told
from metrics.forecast.planned import planned_for
from metrics.forecast.quarters import quarter_name, quarter_of, quarters_ahead
from metrics.pipeline.coverage import pipeline_coverage
from metrics.pipeline.movement import pipeline_movement
from metrics.pipeline.weighted import weighted_pipeline
from metrics.scope import Scope
from pages.controls.address import choose_one
from pages.controls.kept import notebook
from pages.controls.measure import definitions, measure, remembered, remembering_warehouse

THIS, NEXT, LAST, SIDEBAR = "This quarter", "Next quarter", "Last quarter", "The sidebar's period"


@dataclass(frozen=True, slots=True)
class Asked:
    """The sidebar's scope, the same with the days in which deals are due, and their name."""

    scope: Scope
    due: Scope
    name: str

    @property
    def currency(self) -> str:
        """The base currency."""
        return definitions().base_currency

    def coverage(self) -> pl.DataFrame:
        """What is due, won and needed."""
        period = self.due.period
        planned = planned_for(notebook(), period, self.due)
        return pipeline_coverage(self.movement(), self.weighted(), planned, self.currency, period)

    def movement(self) -> pl.DataFrame:
        """How what is due moved."""
        return measure(pipeline_movement, self.due)

    def weighted(self) -> pl.DataFrame:
        """What open deals are worth."""
        return measure(weighted_pipeline, self.due)

    def has_amounts(self) -> bool:
        """Whether any deal that is open or moved has an amount; if not, deals are all there is."""
        moved, worth = self.movement(), self.weighted()
        unpriced = moved.select((pl.col("unpriced_deals") == pl.col("deals")).all()).item()
        moves = bool(moved.select((pl.col("deals") != 0).any()).item())
        return bool(worth["amount"].sum()) or not unpriced or (not moves and worth.is_empty())

    def told(self) -> PipelineTold:
        """Since when history tells what deals were."""
        return remembered(lambda: pipeline_told(remembering_warehouse()), "pipeline_told")


def choose(scope: Scope) -> Asked:
    """The control."""
    this, later = quarters_ahead(scope.observed_until, 2)
    periods = {
        THIS: (this, quarter_name(this)),
        NEXT: (later, quarter_name(later)),
        LAST: (before := quarter_of(this.previous().start), quarter_name(before)),
        SIDEBAR: (scope.period, "the period"),
    }
    with st.container(horizontal=True):
        chosen = choose_one(
            "Deals due in",
            periods,
            key="pipeline_due",
            width=240,
            meaning="The quarter in which sellers expect deals to close, by the last day loaded.",
        )
    period, name = periods[chosen]
    return Asked(scope, replace(scope, period=period), name)
