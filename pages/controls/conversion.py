"""The table of stage conversion, with every rate's numerator, denominator and maturity in words."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.definitions import Windows
from metrics.scope import Basis, Scope, Stage
from pages.display import formats

YOUNG = 0.9
"""Below this matured share a rate is announced as one that will still rise."""

_MEANING = {
    Basis.COHORT: "Reached: of those that entered the funnel in the period. Converted: of all that "
    "reached the stage before in the period, whenever they entered the funnel.",
    Basis.FLOW: "Reached: entries into the stage in the period. Rates divide the entries of two "
    "stages and may exceed 100\u00a0%.",
}


def show_conversion(conversion: pl.DataFrame, before: pl.DataFrame | None, scope: Scope) -> None:
    """One line per stage: count, both rates, interval, maturity, and what is compared."""
    compared = (
        {row["stage"]: row for row in before.iter_rows(named=True)} if before is not None else {}
    )
    lines = [
        _line(row, compared.get(row["stage"]), scope) for row in conversion.iter_rows(named=True)
    ]
    st.table(
        pl.DataFrame(lines).to_dict(as_series=False),
        border="horizontal",
        hide_index=True,
        width="content",
        alt="Conversion from stage to stage",
    )
    st.caption(_MEANING[scope.basis])
    if young := _young(conversion, scope):
        st.info(young, icon=":material/schedule:")


def _line(row: dict[str, Any], before: dict[str, Any] | None, scope: Scope) -> dict[str, str]:
    line = {
        "Stage": Stage(row["stage"]).label,
        "Reached": formats.count(row["reached"]),
        "% of previous": formats.share(row["rate_previous"]),
        "Converted": _of(row["previous_converted"], row["previous_reached"]),
    }
    if scope.basis is Basis.COHORT:
        line["95 % interval"] = _interval(row["rate_previous_low"], row["rate_previous_high"])
    line["% of first"] = formats.share(row["rate_first"])
    if scope.basis is Basis.COHORT:
        line["Matured"] = _maturity(row, scope)
    if before is not None:
        line["Before"] = formats.count(before["reached"])
        line["% of previous before"] = formats.share(before["rate_previous"])
        line["Change"] = _change(row["rate_previous"], before["rate_previous"])
    return line


def _of(part: int | None, whole: int | None) -> str:
    if part is None or whole is None:
        return formats.NOTHING
    return _unbroken(f"{formats.count(part)} of {formats.count(whole)}")


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return formats.NOTHING
    return _unbroken(f"{formats.share(low)} to {formats.share(high)}")


def _unbroken(text: str) -> str:
    """Kept on one line, so that a narrow window scrolls the table instead of stacking words."""
    return text.replace(" ", "\u00a0")


def _change(now: float | None, before: float | None) -> str:
    return formats.NOTHING if now is None or before is None else formats.points(now - before)


def _maturity(row: dict[str, Any], scope: Scope) -> str:
    share = row["matured_share"]
    if share is None:
        return formats.NOTHING
    if share == 1:
        return "yes, final"
    days = _days(scope.windows, row["stage"], scope.window_days)
    return _unbroken(f"{formats.share(share)} had {days} days")


def _young(conversion: pl.DataFrame, scope: Scope) -> str | None:
    """A sentence on the steps whose cohort is still young."""
    rows = conversion.filter(pl.col("matured_share") < YOUNG).rows(named=True)
    if not rows:
        return None
    steps = ", ".join(
        f"{Stage(row['stage']).label} ({formats.share(row['matured_share'])} had the "
        f"{_days(scope.windows, row['stage'], scope.window_days)} days it usually takes)"
        for row in rows
    )
    return f"Part of this cohort is still young, so these rates will rise: {steps}."


def _days(windows: Windows, stage: str, window_days: int | None) -> int:
    days: int = getattr(windows, stage)
    return window_days or days
