"""Columns of a table on a page: a title, and how the values below it are written."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig


def text(
    title: str,
    *,
    pinned: bool | None = None,
    meaning: str | None = None,
    wide: Literal["medium", "large"] | None = None,
) -> ColumnConfig:
    """Words. A pinned column stays in sight when the table is scrolled."""
    return st.column_config.TextColumn(title, pinned=pinned, help=meaning, width=wide)


def number(title: str, *, pinned: bool | None = None, meaning: str | None = None) -> ColumnConfig:
    """A count or an amount, as `formats.count` writes it."""
    return st.column_config.NumberColumn(title, pinned=pinned, help=meaning, format="localized")


def short(title: str, *, meaning: str | None = None) -> ColumnConfig:
    """An amount to three digits, such as 376K; the downloads have all of them."""
    return st.column_config.NumberColumn(title, help=meaning, format="compact")


def score(title: str, *, meaning: str | None = None) -> ColumnConfig:
    """A number to one decimal."""
    return st.column_config.NumberColumn(title, help=meaning, format="%.1f")


def percent(title: str, *, width: int | None = None) -> ColumnConfig:
    """A share of one, to two decimals: with a `step`, the browser would cut instead of round."""
    return st.column_config.NumberColumn(title, format="percent", width=width)


def bar(title: str) -> ColumnConfig:
    """A share of one, with a bar beside it."""
    return st.column_config.ProgressColumn(title, format="percent", min_value=0, max_value=1)


def bar_of(title: str, most: float) -> ColumnConfig:
    """A count or an amount to three digits, with a bar that is full at `most`."""
    return st.column_config.ProgressColumn(title, format="compact", min_value=0, max_value=most)


def moment(title: str) -> ColumnConfig:
    """A time in UTC; the title says so."""
    return st.column_config.DatetimeColumn(title, format="YYYY-MM-DD HH:mm")


def day(title: str, *, pinned: bool | None = None) -> ColumnConfig:
    """A date."""
    return st.column_config.DateColumn(title, pinned=pinned, format="YYYY-MM-DD")


def month(title: str, *, pinned: bool = True) -> ColumnConfig:
    """A month. Only the first of several is pinned, else a narrow window shows nothing beside."""
    return st.column_config.DateColumn(title, pinned=pinned, format="YYYY-MM")


def tick(title: str, *, meaning: str) -> ColumnConfig:
    """Yes or no."""
    return st.column_config.CheckboxColumn(title, help=meaning)


def link(title: str, shown: str) -> ColumnConfig:
    """An address to go to, which is shown as the same words in every row."""
    return st.column_config.LinkColumn(title, display_text=shown)
