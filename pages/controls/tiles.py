"""Tiles: one number each, with its meaning, its change and its course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Literal

import streamlit as st

from metrics.scope import Comparison
from pages.display import formats
from pages.display.text import escape

Number = float | Decimal


class Kind(Enum):
    """What a tile's number is."""

    COUNT = "count"
    MONEY = "money"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its label and meaning; `before` is the same number of the compared period.

    `rising` says whether a rise is good news, bad news, or neither. `history` is drawn as a small
    line. A number that the data cannot give is None and is shown as a dash.
    """

    label: str
    value: Number | None
    meaning: str
    kind: Kind = Kind.COUNT
    before: Number | None = None
    rising: Literal["good", "bad", "neither"] = "good"
    history: Sequence[float] = field(default=())


_COLOURS: dict[str, Literal["normal", "inverse", "off"]] = {
    "good": "normal",
    "bad": "inverse",
    "neither": "off",
}
_VERSUS = {
    Comparison.PREVIOUS_PERIOD: "vs prior",
    Comparison.SAME_PERIOD_LAST_YEAR: "vs last year",
    Comparison.NONE: None,
}


def show_tiles(tiles: Sequence[Tile], currency: str, comparison: Comparison) -> None:
    """The tiles in a row that wraps, each with its change against the compared period."""
    versus = _VERSUS[comparison]
    with st.grid(len(tiles), min_column_width=160):
        for tile in tiles:
            change = _change(tile) if versus else None
            st.metric(
                tile.label,
                escape(_written(tile, currency)),
                change,
                _COLOURS[tile.rising],
                delta_description=versus if change is not None else None,
                help=_help(tile, currency, versus),
                chart_data=tile.history if len(tile.history) > 1 else None,
                border=True,
                height="stretch",
            )


def _written(tile: Tile, currency: str) -> str:
    if tile.kind is Kind.MONEY:
        return formats.money(tile.value, currency)
    if tile.kind is Kind.SHARE:
        return formats.share(tile.value)
    return formats.count(tile.value)


def _in_full(tile: Tile, value: Number | None, currency: str) -> str:
    if tile.kind is Kind.MONEY:
        return formats.money_in_full(value, currency)
    return formats.share(value) if tile.kind is Kind.SHARE else formats.count(value)


def _change(tile: Tile) -> str | int | None:
    """The change in words, the number 0 when there is none, None when it is not known."""
    if tile.value is None or tile.before is None:
        return None
    if tile.value == tile.before:
        return 0
    if tile.kind is Kind.SHARE:
        return formats.points(float(tile.value) - float(tile.before))
    if not tile.before:
        return None
    return formats.change(float(tile.value) / float(tile.before) - 1)


def _help(tile: Tile, currency: str, versus: str | None) -> str:
    parts = [tile.meaning]
    if tile.value is not None and tile.kind is Kind.MONEY:
        parts.append(f"In full: {_in_full(tile, tile.value, currency)}.")
    if versus and tile.before is not None:
        parts.append(f"Before: {_in_full(tile, tile.before, currency)}.")
    return escape(" ".join(parts))
