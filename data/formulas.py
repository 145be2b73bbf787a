"""Text made inert, so that no spreadsheet runs a cell of an exported file as a formula."""

from __future__ import annotations

import polars as pl

_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
"""How a text begins that some spreadsheet calculates; in East Asian ones also in full width."""


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before every text that a spreadsheet would calculate.

    Numbers stay numbers, also negative ones.

    >>> inert(pl.DataFrame({"name": ["=1+1", "Fair"], "change": [-1, 2]})).rows()
    [("'=1+1", -1), ('Fair', 2)]
    """
    text = pl.col(pl.String)
    is_formula = text.str.contains(_FORMULA)
    return frame.with_columns(pl.when(is_formula).then("'" + text).otherwise(text).name.keep())
