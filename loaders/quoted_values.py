"""Which bytes of a CSV file are inside quotes, found for many at once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Letters: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.bool_]
Positions: TypeAlias = npt.NDArray[np.intp]

LINE_FEED, RETURN, QUOTE = b'\n\r"'


def inside_quotes(letters: Letters, delimiters: Mask) -> Mask | None:
    """Which bytes are inside quotes, from the start of a record on.

    None if a quote stands where none can open or close: behind a letter, or before one. The last
    byte is a line feed; if it is inside, the last record goes on behind it.
    """
    quotes = letters == QUOTE
    inside = (np.cumsum(quotes, dtype=np.uint8) & 1).astype(np.bool_)
    before_open = delimiters | quotes | (letters == LINE_FEED)
    after_close = before_open | (letters == RETURN)
    opens = np.flatnonzero(quotes & inside)
    closes = np.flatnonzero(quotes & ~inside)
    if before_open[opens[opens > 0] - 1].all() and after_close[closes + 1].all():
        return inside
    return None


def is_utf8(text: bytes) -> bool:
    """Whether all bytes are valid UTF-8."""
    try:
        text.isascii() or text.decode()
    except UnicodeDecodeError:
        return False
    return True
