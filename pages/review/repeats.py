"""Stages that repeat the one before share a row, unless somebody wants to see every stage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import streamlit as st

from metrics.loaded.repeats import stage_repeats
from metrics.scope import Scope, Stage, Unit
from metrics.wording import formats
from pages.controls.measure import measure

_EVERY = "funnel_every"

_WHO = {Unit.LEAD: "leads", Unit.ACCOUNT: "accounts", Unit.DEAL: "deals"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The stages that have a row of their own, each with those that repeat it."""

    groups: tuple[tuple[Stage, ...], ...]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages with a row."""
        return tuple(first for first, *_ in self.groups)

    @property
    def titles(self) -> Mapping[str, str]:
        """What the rows are called, by their stage.

        >>> Shown(((Stage.LEAD, Stage.MQL), (Stage.WON,))).titles
        {'lead': 'Lead = MQL', 'won': 'Won'}
        """
        return {group[0].value: " = ".join(each.label for each in group) for group in self.groups}

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows of a frame with a column `stage` whose stages are shown."""
        return frame.filter(pl.col("stage").is_in([each.value for each in self.stages]))

    def row_of(self, stage: Stage | None) -> Stage | None:
        """The stage in whose row another one stands."""
        return next((group[0] for group in self.groups if stage in group), None)


def shown_stages(scope: Scope) -> Shown:
    """Which stages have rows: all of them, or only those that say something of their own."""
    if st.session_state.get(_EVERY, st.query_params.get(_EVERY) == "true"):
        return Shown(tuple((each,) for each in scope.unit.stages))
    return _told(scope)


def say_repeats(scope: Scope, reached: Mapping[str, int]) -> None:
    """Which stages share a row and why, and the way to see every stage; nothing where none do."""
    told = [group for group in _told(scope).groups if len(group) > 1]
    if not told:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        said = ". ".join(_same(first, others, reached, scope.unit) for first, *others in told)
        st.caption(f"{said}: they share a row.")
        st.toggle("Show every stage", key=_EVERY, bind="query-params", persist_state="session")


def _same(first: Stage, others: list[Stage], reached: Mapping[str, int], unit: Unit) -> str:
    names = " and ".join(
        part for part in (", ".join(each.label for each in others[:-1]), others[-1].label) if part
    )
    number = formats.count(reached[first.value])
    has = "has" if len(others) == 1 else "have"
    return f"**{names}** {has} the same {number} {_WHO[unit]} as {first.label}, on the same days"


def _told(scope: Scope) -> Shown:
    groups: list[tuple[Stage, ...]] = []
    for value, repeats in measure(stage_repeats, scope).select("stage", "repeats").iter_rows():
        stage = Stage(value)
        if repeats:
            groups[-1] = (*groups[-1], stage)
        else:
            groups.append((stage,))
    return Shown(tuple(groups))
