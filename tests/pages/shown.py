"""What a page shows, taken as its reader takes it: tiles, tables and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from math import isnan
from typing import Any

import polars as pl
from streamlit.testing.v1 import AppTest

_COUNT = r"(\d[\d,]*)"


class Shown:
    """A page that was opened."""

    def __init__(self, app: AppTest) -> None:
        assert not app.exception, app.exception[0].message
        self._app = app
        self.words = "\n".join(_words(app))
        """All sentences of the page."""

    def tile(self, label: str) -> str | None:
        """What a tile says; None where the page has no such tile, or it shows a dash."""
        for each in self._app.metric:
            if each.label == label:
                said = _plain(each.value)
                return None if said == "—" else said
        return None

    def count(self, label: str) -> int | None:
        """The number of a tile that counts."""
        said = self.tile(label)
        return None if said is None else int(said.replace(",", ""))

    def money(self, label: str) -> Decimal | None:
        """The amount of a tile to the cent, as its help says it in full."""
        for each in self._app.metric:
            if each.label == label and (said := amount(_plain(each.help), r"In full: ")):
                return said
        return None

    def said(self, pattern: str) -> str | None:
        """What the group of the pattern is in the sentences; None where nothing is like it."""
        found = re.search(pattern, self.words)
        return found and found[1]

    def told(self, pattern: str) -> int | None:
        """The count in the place of N in a sentence."""
        said = self.said(pattern.replace("N", _COUNT, 1))
        return None if said is None else int(said.replace(",", ""))

    def helped(self, label: str, pattern: str) -> int | None:
        """The count in the place of N in the help of a tile."""
        for each in self._app.metric:
            if each.label == label:
                found = re.search(pattern.replace("N", _COUNT, 1), _plain(each.help))
                return int(found[1].replace(",", "")) if found else None
        return None

    def table(self, alt: str) -> pl.DataFrame:
        """The table whose alternative text begins so; empty where the page has none."""
        for each in [*self._app.dataframe, *self._app.table]:
            if each.proto.alt.startswith(alt):
                return pl.from_pandas(each.value)
        return pl.DataFrame()


def amount(text: str, before: str = "") -> Decimal | None:
    """The first amount in full after some words."""
    found = re.search(before + r"(−?)\$([\d,]+\.\d\d)", text)
    return Decimal(found[2].replace(",", "")) * (-1 if found[1] else 1) if found else None


def total(frame: pl.DataFrame, column: str) -> Any:
    """The sum of a column; None where the table or the column is not there, or all is unknown."""
    if column not in frame.columns:
        return None
    known = [each for each in frame[column].to_list() if each is not None and not isnan(each)]
    return sum(known) if known else None


def _words(app: AppTest) -> Iterator[str]:
    for each in (*app.markdown, *app.caption, *app.info, *app.warning, *app.success, *app.text):
        yield _plain(each.value)


def _plain(text: str) -> str:
    return text.replace("\\", "").replace("*", "").replace("\u00a0", " ").replace("\u2060", "")
