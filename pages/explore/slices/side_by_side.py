"""The sorted table: a row per segment, the first measure with its bar, interval and verdict."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from metrics.scope import Basis
from metrics.segments.measures import Kind, Measure
from metrics.wording import formats
from metrics.wording.order import IN_BANDS, in_reading_order
from pages.controls.columns import bar, bar_of, number, percent, score, short, text
from pages.controls.downloads import file_stem
from pages.controls.tables import CellChoice, show_table
from pages.explore.slices.records import take_cell
from pages.segmenting.more import number_shown, offer_more
from pages.segmenting.question import Asked, cells, of_measure, table

SHOWN = 25

_MORE = "segments_more"


def show_table_of(asked: Asked, found: pl.DataFrame) -> None:
    """So many segments, how many are not shown, and a way to see more of them."""
    rows = _sorted(asked, side_by_side(asked, found))
    shown = rows.head(number_shown(SHOWN, key=_MORE))
    show_table(
        shown,
        alt=f"Segments by {asked.by_words}",
        stem=file_stem("segment_table", asked.scope.period),
        columns=_columns(asked, rows),
        everything=lambda: rows,
        on_cell=CellChoice("segments_cells", _taker(asked, shown)),
    )
    if left := len(rows) - len(shown):
        offer_more(
            f"{formats.counted(left, 'segment is', 'segments are')} not shown; the downloads "
            "hold all. Click a number to see its records.",
            key=_MORE,
        )
    else:
        st.caption("Click a number to see its records.")
    if asked.main.kind is Kind.RATE and asked.scope.basis is Basis.COHORT:
        st.caption(
            "Intervals are of 95%, with leads of one account counted for what they are worth. "
            "“More than chance” is against all others and corrected for all segments; where fewer "
            "than five would be expected nothing is said. Segments of different ages have had "
            "different time: Funnel › How many, how soon compares them at one age."
        )


def _taker(asked: Asked, shown: pl.DataFrame) -> Callable[[int, str], None]:
    names = list(cells(asked, shown))

    def take(row: int, column: str) -> None:
        base = next((each for each in asked.measures if column.startswith(each.value)), asked.main)
        exact = [each for each in asked.measures if column == each.value]
        take_cell(names[row], exact[0] if exact else base)

    return take


def side_by_side(asked: Asked, found: pl.DataFrame) -> pl.DataFrame:
    """One row per segment, with a column for each measure and the n behind it."""
    main = of_measure(found, asked.main).rename({"value": asked.main.value})
    kept = [*asked.names, asked.main.value]
    if asked.main.kind is not Kind.COUNT:
        kept.append("records")
    if asked.main.kind is Kind.RATE:
        kept += ["low", "high", "others", "chance"]
    rows = main.select(*kept, "reason")
    for each in asked.measures[1:]:
        own = of_measure(found, each).rename(
            {"value": each.value, "records": f"{each.value}_records"}
        )
        rows = rows.join(
            own.select(*asked.names, each.value, f"{each.value}_records"),
            on=asked.names,
            how="left",
            maintain_order="left",
        )
        if each.kind in (Kind.COUNT, Kind.SPEND):
            rows = rows.drop(f"{each.value}_records")
    compared = asked.scope.compared()
    if compared is None:
        return rows
    earlier = Asked(compared, (asked.main,), asked.by)
    before = table(earlier).rename({"value": "before", "records": "before_records"})
    return rows.join(
        before.select(*asked.names, "before", "before_records"),
        on=asked.names,
        how="left",
        maintain_order="left",
    )


def _sorted(asked: Asked, rows: pl.DataFrame) -> pl.DataFrame:
    """Largest first; a table by bands alone is read in their own order."""
    if len(asked.by) > 1 or asked.by[0] not in IN_BANDS:
        return rows
    (name,) = asked.names
    order = {value: place for place, value in enumerate(in_reading_order(asked.by[0], rows[name]))}
    return rows.sort(pl.col(name).replace_strict(order, return_dtype=pl.Int64))


def _columns(asked: Asked, rows: pl.DataFrame) -> dict[str, ColumnConfig | None]:
    main, flow = asked.main, asked.scope.basis is Basis.FLOW
    names = asked.names
    found = {each.value: text(each.label.capitalize(), pinned=place == 0)
             for place, each in enumerate(asked.by)}  # fmt: skip
    most = float(rows[main.value].max() or 0)  # type: ignore[arg-type]
    if main.kind is Kind.RATE and not flow:
        found[main.value] = bar(main.label)
    elif most > 0 and main.kind is not Kind.RETURN and not flow:
        found[main.value] = bar_of(_title(asked, main), most)
    else:
        found[main.value] = _plain(asked, main)
    found |= {
        "records": number("n", meaning="What is divided by; of money its deals"),
        "low": percent("95% low"), "high": percent("95% high"), "others": percent("All others"),
        "chance": text("More than chance?"), "before": _plain(asked, main, "Was"),
        "before_records": number("n then"), "reason": text("Not told, because", wide="medium"),
    }  # fmt: skip
    for each in asked.measures[1:]:
        found[each.value] = _plain(asked, each)
        found[f"{each.value}_records"] = number(f"n of {each.label}")
    ordered = [*names, main.value, *(name for name in found if name not in (*names, main.value))]
    if rows["reason"].null_count() == len(rows):
        ordered.remove("reason")
    return {name: found[name] for name in ordered if name in rows.columns} | (
        {} if "reason" in ordered else {"reason": None}
    )


def _title(asked: Asked, each: Measure) -> str:
    money = each.kind in (Kind.DEALS, Kind.SPEND, Kind.COST)
    return f"{each.label}, {asked.currency}" if money else each.label


def _plain(asked: Asked, each: Measure, title: str | None = None) -> ColumnConfig:
    if each.kind is Kind.COUNT:
        return number(title or each.label)
    if each.kind is Kind.RATE:
        flow = asked.scope.basis is Basis.FLOW
        return score(title or each.label) if flow else percent(title or each.label)
    if each.kind is Kind.RETURN:
        return percent(title or each.label)
    return short(title or _title(asked, each))
