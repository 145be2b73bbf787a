"""Tiles: one number each, with its meaning, its course, and what may be said of its change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from typing import Literal

import streamlit as st

from metrics.chance import Verdict
from metrics.wording import formats
from pages.display.text import escape

Number = float | Decimal


class Kind(Enum):
    """What a tile's number is."""

    COUNT = "count"
    MONEY = "money"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with its label and meaning; `before` is the same number of the compared days.

    `verdict` says what may be claimed of the change: only one that is more than chance is green or
    red, by `rising`, which says whether a rise is good news, bad news, or neither. `history` is
    drawn as a small line. A number that the data cannot give is None and is shown as a dash. `note`
    is Markdown for a line below: of names from the data only what is escaped.
    """

    label: str
    value: Number | None
    meaning: str
    kind: Kind = Kind.COUNT
    before: Number | None = None
    verdict: Verdict = Verdict.UNTESTED
    rising: Literal["good", "bad", "neither"] = "good"
    history: Sequence[float] = field(default=())
    note: str | None = None

    def noting(self, note: str | None) -> Tile:
        """The same tile with a line below its number."""
        return replace(self, note=note)


_ROOM = 184
"""So wide that a change and what the number was stand beside each other, in pixels."""


_STRIP_ROOM = 104
"""The same in a strip, whose numbers are counts."""


def show_tiles(tiles: Sequence[Tile], currency: str, compared_with: str | None) -> None:
    """The tiles in a row that wraps, each with its change and what it was on the compared days.

    `compared_with` names those days, None for no comparison. What they are stands under the page's
    title; a tile says what its number was.
    """
    noted = any(tile.note for tile in tiles)
    with st.grid(len(tiles), min_column_width=_ROOM):
        for tile in tiles:
            if not noted:
                _show(tile, currency, compared_with, is_framed=True)
                continue
            with st.container(border=True, height="stretch", gap="xxsmall"):
                _show(tile, currency, compared_with, is_framed=False)
                st.caption(tile.note or "")


def show_strip(tiles: Sequence[Tile], currency: str, compared_with: str | None) -> None:
    """The tiles in one row without frames, for a card that they share."""
    with st.grid(len(tiles), min_column_width=_STRIP_ROOM):
        for tile in tiles:
            _show(tile, currency, compared_with, is_framed=False)


def _show(tile: Tile, currency: str, compared_with: str | None, *, is_framed: bool) -> None:
    change = _change(tile) if compared_with else None
    st.metric(
        tile.label,
        escape(_written(tile, tile.value, currency)),
        change,
        _colour(tile),
        delta_arrow=_arrow(tile),
        delta_description=None if change is None else _was(tile, currency),
        help=_help(tile, currency, compared_with),
        chart_data=tile.history if len(tile.history) > 1 else None,
        border=is_framed,
        height="stretch" if is_framed else "content",
    )


def _written(tile: Tile, value: Number | None, currency: str) -> str:
    if tile.kind is Kind.MONEY:
        return formats.money(value, currency)
    if tile.kind is Kind.SHARE:
        return formats.share(value)
    return formats.count(value)


def _was(tile: Tile, currency: str) -> str | None:
    """What the number was, where the words before it leave room."""
    if tile.verdict is Verdict.TOO_FEW:
        return None
    return escape(f"was {_written(tile, tile.before, currency)}")


def _in_full(tile: Tile, value: Number | None, currency: str) -> str:
    if tile.kind is Kind.MONEY:
        return formats.money_in_full(value, currency)
    return formats.share(value) if tile.kind is Kind.SHARE else formats.count(value)


def _change(tile: Tile) -> str | int | None:
    """The change in words, the number 0 when there is none, None when it is not known."""
    if tile.value is None or tile.before is None:
        return None
    if tile.verdict is Verdict.TOO_FEW:
        return tile.verdict.value
    if tile.value == tile.before:
        return 0
    if tile.kind is Kind.SHARE:
        return formats.points(float(tile.value) - float(tile.before))
    if not tile.before:
        return None
    return formats.change(float(tile.value) / float(tile.before) - 1)


def _rises(tile: Tile) -> bool:
    return tile.value is not None and tile.before is not None and tile.value > tile.before


def _colour(tile: Tile) -> Literal["green", "red", "gray"]:
    """Good or bad news only where the change is more than chance."""
    if tile.verdict is not Verdict.MORE_THAN_CHANCE or tile.rising == "neither":
        return "gray"
    return "green" if _rises(tile) == (tile.rising == "good") else "red"


def _arrow(tile: Tile) -> Literal["up", "down", "off"]:
    if tile.verdict is Verdict.TOO_FEW or tile.value == tile.before:
        return "off"
    return "up" if _rises(tile) else "down"


def _help(tile: Tile, currency: str, compared_with: str | None) -> str:
    parts = [tile.meaning]
    if tile.value is not None and tile.kind is Kind.MONEY:
        parts.append(f"In full: {_in_full(tile, tile.value, currency)}.")
    if compared_with and tile.before is not None:
        parts.append(f"In {compared_with}: {_in_full(tile, tile.before, currency)}.")
        if tile.verdict is not Verdict.UNTESTED:
            parts.append(f"The change: {tile.verdict}.")
    return escape(" ".join(parts))
