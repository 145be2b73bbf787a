"""What the numbers of a page are about, in one sentence under its title."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import streamlit as st

from metrics.findings.finding import Finding
from metrics.health.counted_nowhere import counted_nowhere
from metrics.loaded.missing import missing
from metrics.returns.spread_spend import Grain, spread_spend
from metrics.scope import SPEND_KNOWN_BY, Scope, Unit
from metrics.sentences import describe
from metrics.wording import formats
from metrics.wording.spread import spread_sentence
from metrics.wording.uncounted import uncounted_sentence
from pages.controls.measure import (
    definitions,
    measure,
    measure_all,
    remembered,
    remembering_warehouse,
)
from pages.controls.scope import scope_note
from pages.display.text import escape

_PAGES = Path(__file__).parents[1]


def show_scope(scope: Scope, *tables: str) -> None:
    """The scope in words, what is counted nowhere, and why there is no comparison if there is none.

    The page's numbers are made of the `tables`, by default of those of the scope's unit.
    """
    st.caption(escape(describe(scope)))
    show_uncounted(*(tables or ("deal" if scope.unit is Unit.DEAL else "journey",)))
    if note := scope_note():
        st.caption(f":material/info: {escape(note)}")


def show_uncounted(*tables: str) -> None:
    """What is loaded and in no number that is made of these tables; nothing where all is."""
    if said := uncounted_sentence(measure_all(counted_nowhere), tables):
        st.caption(f":material/info: {escape(said)}")


def show_unfinished_months(trend: pl.DataFrame) -> None:
    """Say of which months only some days are seen, so that their dip is no surprise.

    `trend` has the columns month_on, days_seen and days_in_month.
    """
    unfinished = trend.filter(pl.col("days_seen") < pl.col("days_in_month"))
    months = unfinished.select("month_on", "days_seen", "days_in_month").unique().sort("month_on")
    if months.is_empty():
        return
    said = ", ".join(
        f"{month:%B %Y} ({seen} of {days} days)" for month, seen, days in months.iter_rows()
    )
    st.caption(f":material/info: Hollow and dashed, because it is not whole here: {said}.")


def show_nothing(scope: Scope) -> None:
    """Nothing is in scope: what could be asked instead."""
    wider = "clear a filter or choose a longer period" if scope.filters else "choose another period"
    st.info(
        f"Nothing was found in this selection. In the sidebar, {wider}.", icon=":material/search:"
    )


def what_is_missing(name: str, family: str) -> str | None:
    """What to load before a metric of a room can answer; None where it can."""
    return remembered(
        lambda: missing(remembering_warehouse(), name, family, definitions()), "missing", name
    )


def show_missing(name: str, family: str) -> bool:
    """Whether a metric of a room cannot answer, whatever is asked: then says what to load."""
    if said := what_is_missing(name, family):
        st.info(escape(said), icon=":material/upload_file:")
    return said is not None


def note_spread(scope: Scope, *grains: Grain) -> None:
    """Say what share of the spend is not known at these grains; nothing where all is.

    What holds of a coarser grain is not said again of a finer one.
    """
    if any(each.dimension not in SPEND_KNOWN_BY for each in scope.filters):
        return
    found = measure(spread_spend, scope).filter(pl.col("grain").is_in(list(grains)))
    for row in found.unique("spread_amount", keep="first", maintain_order=True).to_dicts():
        said = spread_sentence(row, definitions().base_currency)
        st.caption(f":material/info: {escape(said)}")


def show_finding(finding: Finding) -> None:
    """One sentence, what is at stake, and the way to what shows it."""
    stake = ""
    if finding.money_at_stake:
        worth = formats.money(finding.money_at_stake, definitions().base_currency)
        stake = f" **{escape(worth)}** at stake."
    parameters = dict(finding.link.parameters)
    place = finding.link.page.value[1] or "overview"
    with st.container(gap="xxsmall"):
        st.markdown(f":small[{escape(finding.headline)}{stake}]")
        st.page_link(
            str(next(_PAGES.glob(f"*/{place}.py"))),
            label=parameters.get("health_part", finding.link.page.title),
            icon=":material/arrow_forward:",
            query_params=parameters or None,
        )
