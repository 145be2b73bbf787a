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
    inside = _odd_so_far(quotes)
    before_open = delimiters | quotes | (letters == LINE_FEED)
    after_close = before_open | (letters == RETURN)
    opens = quotes & inside
    closes = quotes & ~inside
    if (opens[1:] & ~before_open[:-1]).any() or (closes[:-1] & ~after_close[1:]).any():
        return None
    return inside


def _odd_so_far(marks: Mask) -> Mask:
    """Whether the number of marks up to each place is odd, eight places at a time."""
    eights = np.packbits(marks)
    odd_before = (np.cumsum(_ODD[eights], dtype=np.uint8) - _ODD[eights]) & 1
    odd = _ODD_SO_FAR[eights] ^ _ALL_OR_NONE[odd_before]
    return np.unpackbits(odd, count=len(marks)).view(np.bool_)


def _odd_so_far_in_eight() -> npt.NDArray[np.uint8]:
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    return np.packbits(np.cumsum(bits, axis=1, dtype=np.uint8) & 1, axis=1)[:, 0]


_ODD_SO_FAR = _odd_so_far_in_eight()
_ODD = _ODD_SO_FAR & 1
_ALL_OR_NONE = np.array([0, 255], dtype=np.uint8)


def is_utf8(text: bytes) -> bool:
    """Whether all bytes are valid UTF-8."""
    try:
        text.isascii() or text.decode()
    except UnicodeDecodeError:
        return False
    return True
