"""A copy of a CSV file with its good records, for a file that is not good in every line.

The engine reads only what is certain: a file whose every line is one good record as it is, any
other from such a copy, in which each record stands behind the line it starts on. What is left
out is kept with its line and the reason. So the engine needs no tolerance, in which rows get
lost, and refuses loudly should it ever see a file otherwise than this module does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from loaders.reading.delimited_layout import Layout
from loaders.reading.delimited_survey import (
    LINE_FEED,
    RETURN,
    Found,
    Positions,
    inside_quotes,
    is_utf8,
)
from loaders.reading.lines import DamageWriter, line_chunks
from loaders.reading.source import Limits

_SUSPICIOUS_LINES = 4


def copy_good(
    path: Path, layout: Layout, limits: Limits, name: str, target: Path, damage: DamageWriter
) -> Found:
    """Write the good records of any file to `target`, each behind the line it starts on.

    A record whose quotes can not be right is refused as one line, and reading goes on with the
    next, so an open quote never swallows the rest. Blank lines, and lines of nothing but
    delimiters as spreadsheets write them, are no records. Values after the last column are
    dropped if they are empty. Raises SourceError for a line over the limit, and when most of
    very many records are damaged.
    """
    copier = _Copier(layout, limits, damage)
    with target.open("wb") as out:
        for chunk in line_chunks(path, limits, name, bytes_before=layout.bytes_before):
            out.writelines(copier.good(chunk))
            damage.refuse_if_most(copier.rows, name)
        out.writelines(copier.rest())
    return Found(copier.rows, copier.longest)


class _Copier:
    """Sorts records into good and damaged, chunk by chunk."""

    def __init__(self, layout: Layout, limits: Limits, damage: DamageWriter) -> None:
        self.rows = self.longest = 0
        self._width = len(layout.columns)
        self._limits = limits
        self._damage = damage
        self._delimiter = layout.delimiter.encode()
        self._grammar = Grammar(layout.delimiter, self._width)
        self._line = layout.lines_before + 1
        self._open: Piece | None = None

    def good(self, chunk: bytes) -> Iterable[bytes]:
        """The good records of the next lines, numbered."""
        line = self._line
        self._line += chunk.count(b"\n")
        final = False
        if self._open is not None:
            final = len(self._open.raw) > self._limits.max_line_bytes
            line, chunk = self._open.line, self._open.raw + chunk
            self._open = None
        outline = None if final else _outline(chunk, self._delimiter, self._width)
        if outline is None:
            return self._numbered(self._grammar.pieces(chunk, line, final))
        return self._outlined(line, chunk, outline)

    def rest(self) -> Iterable[bytes]:
        """What is left when the file ends inside quotes."""
        if self._open is None:
            return []
        return self._numbered(self._grammar.pieces(self._open.raw, self._open.line, final=True))

    def _outlined(self, line: int, chunk: bytes, outline: _Outline) -> Iterator[bytes]:
        clean = b"\0" not in chunk and is_utf8(chunk)
        spans = zip(
            outline.starts.tolist(),
            outline.stops.tolist(),
            (outline.lines + line).tolist(),
            outline.plain.tolist(),
            strict=True,
        )
        for start, stop, number, plain in spans:
            raw = chunk[start:stop]
            if plain and clean:
                self.rows += 1
                yield b"%d%b%b\n" % (number, self._delimiter, raw)
            else:
                yield from self._numbered(self._grammar.pieces(raw + b"\n", number, final=True))
        self.longest = max(self.longest, outline.longest_bytes)
        if outline.open_from < len(chunk):
            opened = chunk[: outline.open_from].count(b"\n")
            self._open = Piece(line + opened, chunk[outline.open_from :], complete=False)

    def _numbered(self, pieces: Iterable[Piece]) -> Iterator[bytes]:
        for piece in pieces:
            if not piece.complete:
                self._open = piece
            elif reason := piece.reason or self._unreadable(piece.raw):
                self._damage.add(piece.line, reason, piece.raw)
            else:
                self.rows += 1
                self.longest = max(self.longest, len(piece.raw))
                yield b"%d%b%b\n" % (piece.line, self._delimiter, piece.raw)

    def _unreadable(self, raw: bytes) -> str | None:
        if b"\0" in raw:
            return "a NUL byte"
        if len(raw) > self._limits.max_line_bytes:
            return f"a record over {self._limits.max_line_bytes:,} bytes"
        return None if is_utf8(raw) else "bytes that are not valid in the file's encoding"


@dataclass(frozen=True, slots=True)
class _Outline:
    """Where the records of a chunk are. Those that are not plain have to be looked at closely."""

    starts: Positions
    stops: Positions
    lines: Positions
    """Of each record's start, from 0."""
    plain: np.ndarray[tuple[int], np.dtype[np.bool_]]
    longest_bytes: int
    open_from: int
    """Where a record starts that goes on behind the chunk."""


def _outline(chunk: bytes, delimiter: bytes, width: int) -> _Outline | None:
    """The records of a chunk, if its quotes are where they can be."""
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
    return _Outline(
        starts=starts,
        stops=stops,
        lines=lines,
        plain=plain,
        longest_bytes=int((stops - starts).max(initial=0)),
        open_from=int(ends[-1]) + 1 if len(ends) else 0,
    )


_SWALLOWED_LINES = 3


class Piece(NamedTuple):
    """A stretch of text: a good record, a bad one (with its reason), or one not yet complete."""

    line: int
    raw: bytes
    reason: str | None = None
    complete: bool = True


class Grammar:
    """Splits text into records of a fixed number of values.

    A value is quoted, perhaps with spaces around the quotes, or plain. A quote inside a plain
    value (5" disk) is an ordinary character.
    """

    def __init__(self, delimiter: str, width: int) -> None:
        self.width = width
        self._delimiter = delimiter.encode()
        mark = re.escape(delimiter).encode()
        value = rb'(?: *+"(?:[^"]++|"")*+" *+|(?! *")[^%b\r\n]*+)' % mark
        before = rb"(?:%b%b)" % (value, mark)
        blank = rb"%b*+" % mark if width == 1 else rb"(?:%b*+|[ \t]++)" % mark
        kinds = (
            (b"blank", blank, rb"\r?\n"),
            (b"good", rb"%b{%d}%b" % (before, width - 1, value), rb"%b*+\r?\n" % mark),
            (b"other", rb"%b*+%b" % (before, value), rb"\r?\n"),
            (b"open", rb'(?>%b*) *+"(?:[^"]++|"")*+' % before, rb"\Z"),
            (b"bad", rb"[^\n]*+", rb"\n"),
        )
        self._value = re.compile(value)
        self._before = re.compile(before)
        self._record = re.compile(b"|".join(b"(?P<%b>%b)%b" % kind for kind in kinds))

    def pieces(self, text: bytes, line: int, final: bool) -> Iterator[Piece]:
        """The records of `text`, which starts on `line` and ends with a line feed.

        Unless it is `final`, a record whose quote is open at the end comes last, incomplete.
        A record over several lines, of which at least three in between would each be records
        of their own, is an open quote that has swallowed them: only its first line is refused.
        """
        position = 0
        while position < len(text):
            match = self._record.match(text, position)
            kind = match.lastgroup if match else None
            if match is None or kind is None:
                raise AssertionError("the pattern matches every line")
            raw = match[kind]
            if kind == "open" and not final:
                yield Piece(line, raw, complete=False)
                return
            if kind in ("good", "other") and self._swallows(raw):
                kind = "open"
            if kind in ("open", "bad"):
                raw = text[position : text.index(b"\n", position)]
                yield Piece(line, raw, _broken(raw))
                line += 1
                position += len(raw) + 1
                continue
            if kind != "blank":
                reason = None if kind == "good" else self._wrong_width(raw)
                yield Piece(line, raw if reason else self._without_spaces(raw), reason)
            line += raw.count(b"\n") + 1
            position = match.end()

    def _swallows(self, raw: bytes) -> bool:
        between = raw.split(b"\n")[1:-1]
        alone = sum(line.count(self._delimiter) == self.width - 1 for line in between)
        return self.width > 1 and alone >= _SWALLOWED_LINES and 10 * alone >= 8 * len(between)

    def _without_spaces(self, raw: bytes) -> bytes:
        """The record without spaces around quotes, which not every reader understands."""
        if b' "' not in raw and b'" ' not in raw:
            return raw
        values = []
        position = 0
        while match := self._value.match(raw, position):
            value = match[0]
            values.append(value.strip(b" ") if value.lstrip(b" ").startswith(b'"') else value)
            position = match.end() + 1
            if position > len(raw):
                break
        return self._delimiter.join(values)

    def _wrong_width(self, raw: bytes) -> str:
        values = sum(1 for _ in self._before.finditer(raw)) + 1
        return f"{values} {'value' if values == 1 else 'values'} where the header has {self.width}"


def _broken(raw: bytes) -> str:
    if b"\r" in raw.rstrip(b"\r"):
        return "a carriage return inside a value that is not quoted"
    return "a quote that is not closed, or text after the closing quote"
