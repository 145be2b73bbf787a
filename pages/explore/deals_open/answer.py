"""The answer in one sentence with its numbers, what it cannot tell, and the tiles."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.terms.glossary import defined
from metrics.period import in_words
from metrics.pipeline.win_rates import win_rates
from metrics.wording import formats
from pages.controls.captions import show_uncounted
from pages.controls.measure import definitions, measure
from pages.controls.tiles import Kind, Tile, show_tiles
from pages.display.text import escape
from pages.explore.deals_open.asked import Asked

_MANY_WINS = 20
"""So many deals won and none lost are hardly chance."""


def show_answer(asked: Asked) -> None:
    """What is open and due, whether it is enough, and how it came about."""
    row = asked.coverage().row(0, named=True)
    moved = {each["part"]: each for each in asked.movement().iter_rows(named=True)}
    weighted = asked.weighted()
    if weighted.is_empty() and not any(each["changes"] for each in moved.values()):
        st.info(
            "No deal in this selection is open, and none closed in these days. Load "
            "opportunities, or clear a filter in the sidebar.",
            icon=":material/search:",
        )
        return
    st.markdown(f"{_open(asked, row)} {_since(asked, moved)}")
    _show_scope(asked)
    rates = measure(win_rates, asked.scope, definitions())
    closed = rates.filter(basis="flow", measure="count", width="narrow").row(0, named=True)
    _show_gaps(asked, row, moved, weighted, closed)
    _show_tiles(asked, row, None if _has_wins_alone(closed) else closed["rate"])


def _has_wins_alone(closed: dict[str, Any]) -> bool:
    """Whether so many were won and none lost that the lost ones are hardly loaded."""
    return bool(closed["of"] == closed["won"] >= _MANY_WINS)


def _money(asked: Asked, value: float) -> str:
    return escape(formats.money(value, asked.currency))


def _open(asked: Asked, row: dict[str, Any]) -> str:
    deals = formats.counted(row["due_deals"], "deal")
    is_over = asked.due.period.end <= asked.due.observed_until
    when = f"at the end of {asked.name}" if is_over else f"in {asked.name}"
    if not asked.has_amounts():
        return (
            f"**{deals}** {'is' if row['due_deals'] == 1 else 'are'} open and due {escape(when)}."
            f" By what became of deals like them, "
            f"**{formats.count(row['weighted_deals'])}** would be won. No deal that is open or"
            " was due has an amount: load amounts to see what they are worth."
        )
    said = f"**{_money(asked, row['due_amount'])}** in {deals} is open and due {escape(when)}"
    if row["coverage"] is not None:
        left = (
            formats.counted(round(row["needed"]), "deal")
            if row["is_of_deals"]
            else _money(asked, row["needed"])
        )
        said += (
            f", **{formats.times(row['coverage'])}** what the plan “{escape(row['plan'])}” still"
            f" needs ({left})"
        )
    elif row["plan"] and row["needed"] == 0:
        said += f"; the target of the plan “{escape(row['plan'])}” is reached"
    return f"{said}. Weighted by what became of deals like them it is worth " + (
        f"**{_money(asked, row['weighted_amount'])}**."
    )


def _since(asked: Asked, moved: dict[str, dict[str, Any]]) -> str:
    if asked.due.period.start > asked.due.observed_until:
        return ""
    came_in = ("new", "pulled_in", "untold")
    if not asked.has_amounts():
        came_deals = sum(moved[part]["deals"] for part in came_in)
        won, lost, out = (-moved[part]["deals"] for part in ("won", "lost", "pushed_out"))
        return (
            f"Since {in_words(asked.due.period.start)}, {formats.counted(came_deals, 'deal')} came"
            f" in, **{formats.count(won)}** {'was' if won == 1 else 'were'} won,"
            f" {formats.count(lost)} lost and {formats.count(out)} pushed out."
        )
    came = sum(moved[part]["amount"] for part in came_in)
    return (
        f"Since {in_words(asked.due.period.start)}, {_money(asked, came)} came in, "
        f"**{_money(asked, -moved['won']['amount'])}** was won, "
        f"{_money(asked, -moved['lost']['amount'])} lost and "
        f"{_money(asked, -moved['pushed_out']['amount'])} pushed out."
    )


def _show_scope(asked: Asked) -> None:
    last = min(asked.due.period.end, asked.due.observed_until)
    said = f"Deals due {asked.due.period.describe()}, as they stood on {in_words(last)}"
    if asked.due.filters:
        said += f". {'; '.join(each.describe() for each in asked.due.filters).capitalize()}"
    st.caption(escape(f"{said}."))
    show_uncounted("deal", "pipeline_change")


def _show_gaps(
    asked: Asked,
    row: dict[str, Any],
    moved: dict[str, dict[str, Any]],
    weighted: pl.DataFrame,
    closed: dict[str, Any],
) -> None:
    """What the numbers leave out, and what to load or do."""
    said = []
    if row["why"] and row["target"] is None:
        said.append(f"There is no coverage, because {row['why']}: lock one on Backward plan")
    if asked.has_amounts():
        for deals, one, many in (
            (row["unpriced_deals"], "deal that is due has", "deals that are due have"),
            (
                -moved["won"]["unpriced_deals"],
                "deal won in these days has",
                "deals won in these days have",
            ),
        ):
            if deals:
                left = "it" if deals == 1 else "them"
                said.append(
                    f"{formats.counted(deals, one, many)} no amount, and sums leave {left} out"
                )
    undated = int(weighted.filter(due="no day")["deals"].sum())
    if undated:
        said.append(
            f"{formats.counted(undated, 'open deal is', 'open deals are')} due on no day, and so "
            "in no period"
        )
    late = weighted.filter(due="before")
    if len(late):
        said.append(
            f"{formats.counted(int(late['deals'].sum()), 'more open deal was', 'more open deals were')}"  # noqa: E501
            f" due before ({formats.money(late['amount'].sum(), asked.currency)}): see Slipping"
        )
    if _has_wins_alone(closed):
        said.append(
            f"All {formats.count(closed['won'])} deals that closed were won: if the export holds "
            "won deals only, load the lost ones as well, for the win rate is not known without them"
        )
    for each in said:
        st.caption(f":material/info: {escape(each)}.")


def _show_tiles(asked: Asked, row: dict[str, Any], win_rate: float | None) -> None:
    priced = asked.has_amounts()
    kind, what = (Kind.MONEY, "amount") if priced else (Kind.COUNT, "deals")
    tiles = [
        Tile(
            "Open and due",
            row[f"due_{what}"],
            defined("Open and due", "By amount." if priced else "Their number."),
            kind,
        ),
        Tile(
            "Coverage",
            row["coverage"],
            defined("Coverage", "" if row["target"] is not None else "No plan is locked."),
            Kind.SHARE,
        ),
        Tile(
            "Weighted",
            row[f"weighted_{what}"],
            defined("Weighted"),
            kind,
        ),
        Tile("Won so far", row[f"won_{what}"], defined("Won so far"), kind),
        Tile(
            "Win rate",
            win_rate,
            defined("Win rate", f"Here: deals closed {asked.scope.period.describe()}."),
            Kind.SHARE,
        ),
    ]
    show_tiles(tiles, asked.currency, None)
