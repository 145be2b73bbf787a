"""Whether each line of a CSV file is one good record, at the speed of reading the file."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from loaders.reading.delimited_layout import Layout
from loaders.reading.lines import line_chunks
from loaders.reading.source import Limits


@dataclass(frozen=True, slots=True)
class Found:
    """How many good records there are, and how long the longest line is."""

    rows: int
    longest_line_bytes: int
    returns: bool = False
    """Whether the lines end with a carriage return before the line feed."""


def survey(path: Path, layout: Layout, limits: Limits, name: str) -> Found | None:
    """The good records of a file whose every line after the header is one; None for any other.

    Such a line is valid UTF-8 without NUL, has as many values as the header and not only blank
    ones, closes its quotes, and ends as all lines do. Blank lines may follow the last one.
    Raises SourceError for a line over the limit.
    """
    with path.open("rb") as file:
        before = file.read(layout.bytes_before).removeprefix(codecs.BOM_UTF8)
    line_end = b"\r\n" if before.endswith(b"\r\n") else b"\n"
    if not _is_skipped_alike(before, layout, line_end):
        return None
    rows = longest = 0
    chunks = line_chunks(
        path,
        limits,
        name,
        bytes_before=layout.bytes_before,
        line_end=line_end,
    )
    for chunk in _without_blank_end(chunks, layout, line_end):
        found = _regular(chunk, layout, line_end)
        if found is None:
            return None
        rows += found.rows
        longest = max(longest, found.longest_line_bytes)
    return Found(rows, longest, returns=line_end == b"\r\n")


def _without_blank_end(chunks: Iterable[bytes], layout: Layout, line_end: bytes) -> Iterator[bytes]:
    """The chunks; the last one without the blank lines at its end, which the engine passes over.

    Of a file with a single column they stay: there a blank line could be a value.
    """
    last = b""
    for chunk in chunks:
        if last:
            yield last
        last = chunk
    if len(layout.columns) > 1:
        end = len(last)
        while last.endswith(line_end * 2, 0, end):
            end -= len(line_end)
        last = last[:end]
    if last not in (b"", line_end):
        yield last


def _is_skipped_alike(before: bytes, layout: Layout, line_end: bytes) -> bool:
    """Whether the engine, which minds quotes when it skips lines, counts them as they are here."""
    preamble, _, header = before.removesuffix(line_end).rpartition(line_end)
    plain = b'"' not in preamble and preamble.count(b"\r") == (
        preamble.count(line_end) if line_end == b"\r\n" else 0
    )
    return plain and _regular(header + line_end, layout, line_end) is not None


def _regular(chunk: bytes, layout: Layout, line_end: bytes) -> Found | None:
    """The records of whole lines if each line is a good one."""
    width = len(layout.columns)
    if b"\0" in chunk or not is_utf8(chunk):
        return None
    returns = chunk.count(b"\r") if b"\r" in chunk else 0
    letters = np.frombuffer(chunk, np.uint8)
    ends = np.flatnonzero(letters == LINE_FEED)
    if returns != (len(ends) if line_end == b"\r\n" else 0):
        return None
    if returns and (letters[ends - 1] != RETURN).any():
        return None
    lengths = np.diff(ends, prepend=-1) - len(line_end)
    marks = letters == ord(layout.delimiter)
    if b'"' in chunk:
        inside = inside_quotes(letters, marks)
        if inside is None or inside[ends].any():
            return None
        marks &= ~inside
    if lengths.min() < width or not _split_evenly(np.flatnonzero(marks), ends, width - 1):
        return None
    return Found(len(ends), int(lengths.max()))


def _split_evenly(marks: Positions, ends: Positions, per_line: int) -> bool:
    """Whether each line has exactly so many delimiters."""
    if len(marks) != per_line * len(ends):
        return False
    if not per_line:
        return True
    grid = marks.reshape(-1, per_line)
    return bool((grid[:, -1] < ends).all() and (grid[1:, 0] > ends[:-1]).all())


Letters: TypeAlias = npt.NDArray[np.uint8]

Mask: TypeAlias = npt.NDArray[np.bool_]

Positions: TypeAlias = npt.NDArray[np.intp]


LINE_FEED, RETURN, QUOTE = b'\n\r"'


_SUSPICIOUS_LINES = 4


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the records of a chunk are. One that is not plain has to be looked at closely."""

    starts: Positions
    stops: Positions
    lines: Positions
    """Line on which each record starts, from 0."""
    plain: Mask
    longest_bytes: int
    open_from: int
    """Start of the record that the chunk cuts off; the chunk's length when there is none."""


def outlined(chunk: bytes, delimiter: bytes, width: int) -> Outline | None:
    """The records of a chunk of whole lines; None if a quote stands where none can."""
    letters = np.frombuffer(chunk, np.uint8)
    marks = letters == ord(delimiter)
    feeds = np.flatnonzero(letters == LINE_FEED)
    returns = np.flatnonzero(letters == RETURN)
    ends = feeds
    if b'"' in chunk:
        inside = inside_quotes(letters, marks)
        if inside is None:
            return None
        marks &= ~inside
        ends = feeds[~inside[feeds]]
        returns = returns[~inside[returns]]
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    stops = ends - (letters[ends - 1] == RETURN) if len(ends) else ends
    marked = np.flatnonzero(marks)
    values = np.searchsorted(marked, ends) - np.searchsorted(marked, starts)
    lines = np.searchsorted(feeds, starts)
    spread = np.searchsorted(feeds, ends) - lines + 1
    stray = returns[letters[returns + 1] != LINE_FEED]
    strays = np.searchsorted(stray, ends) - np.searchsorted(stray, starts)
    plain = (
        (values == width - 1)
        & (stops - starts > values)
        & (spread < _SUSPICIOUS_LINES)
        & (strays == 0)
    )
    return Outline(
        starts=starts,
        stops=stops,
        lines=lines,
        plain=plain,
        longest_bytes=int((stops - starts).max(initial=0)),
        open_from=int(ends[-1]) + 1 if len(ends) else 0,
    )


def inside_quotes(letters: Letters, delimiters: Mask) -> Mask | None:
    """Which bytes are inside quotes; `letters` start with a record and end with a line feed.

    None if a quote stands where none can open or close: behind a letter, or before one. If the
    last byte is inside, the last record goes on behind it.
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
