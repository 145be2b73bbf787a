"""A copy of a CSV file with its good records, for a file that is not good in every line.

The engine reads only what is certain: a file in which every line is one good record, or such a
copy, in which each record stands behind the number of the line it starts on. Everything else is
kept with its line and the reason. So the engine needs no tolerance, which would lose rows, and
fails loudly if it ever sees a file otherwise than this module does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from loaders.reading.delimited_layout import Layout
from loaders.reading.delimited_survey import Found, Outline, is_utf8, outlined
from loaders.reading.lines import DamageWriter, line_chunks
from loaders.reading.source import Limits


def copy_good(
    path: Path, layout: Layout, limits: Limits, name: str, target: Path, damage: DamageWriter
) -> Found:
    """Write the good records of any CSV file to `target`, each behind the line it starts on.

    A record whose quotes cannot be right is refused as one line, and reading goes on with the
    next line, so an open quote never swallows the rest. Blank lines, and lines of nothing but
    delimiters as spreadsheets write them, are no records. Values after the last column are
    dropped if they are empty. Takes time proportional to the file, whatever its quotes. Raises
    SourceError for a line over the limit, and when most of very many records are damaged.
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
        self._waiting: list[bytes] = []
        """Chunks behind the open record that were not looked at yet."""

    def good(self, chunk: bytes) -> Iterable[bytes]:
        """The good records of the next lines, numbered."""
        line = self._line
        self._line += chunk.count(b"\n")
        final = False
        if self._open is not None:
            self._waiting.append(chunk)
            if self._may_wait():
                return []
            final = len(self._open.raw) > self._limits.max_line_bytes
            line, chunk = self._open.line, self._carried()
        outline = None if final else outlined(chunk, self._delimiter, self._width)
        if outline is None:
            return self._numbered(self._grammar.pieces(chunk, line, final))
        return self._outlined(line, chunk, outline)

    def rest(self) -> Iterable[bytes]:
        """The good records at the end of a file that ends inside quotes."""
        if self._open is None:
            return []
        line = self._open.line
        return self._numbered(self._grammar.pieces(self._carried(), line, final=True))

    def _may_wait(self) -> bool:
        """Whether more lines can be gathered first, so that each look sees twice as much."""
        opened = len(self._open.raw) if self._open else 0
        waiting = sum(map(len, self._waiting))
        return waiting < opened and opened + waiting <= self._limits.max_line_bytes

    def _carried(self) -> bytes:
        """The open record and all that came behind it."""
        raw = b"".join([self._open.raw if self._open else b"", *self._waiting])
        self._open = None
        self._waiting.clear()
        return raw

    def _outlined(self, line: int, chunk: bytes, outline: Outline) -> Iterator[bytes]:
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


_SWALLOWED_LINES = 3


class Piece(NamedTuple):
    """A stretch of text: a good record, a bad one (with its reason), or one not yet complete."""

    line: int
    raw: bytes
    reason: str | None = None
    complete: bool = True


@dataclass(slots=True)
class _OpenQuote:
    """A quote for which a line was refused. A later line that opens one ends where it ends.

    At the end of a line only one quote can be open, so both see the same text from there on.
    """

    end: int
    """Where the record with the quote ends, or can go on no further."""
    closes: bool
    """Whether the record is complete there, and only had swallowed too many lines."""
    next_line: int = 0
    """Start of the first line that is counted below."""
    between: int = 0
    """Lines between the first and the last of the record."""
    alone: int = 0
    """Those of them that would be records of their own."""

    @property
    def swallows(self) -> bool:
        """Whether at least three, and most, of the lines in between stand alone."""
        return self.alone >= _SWALLOWED_LINES and 10 * self.alone >= 8 * self.between


class Grammar:
    """Splits text into records of a fixed number of values.

    A value is quoted, perhaps with spaces around the quotes, or plain. A quote inside a plain
    value (5" disk) is an ordinary character. Takes time proportional to the text: no pattern
    goes back, and an open quote is followed to its end once, not once for each line in it.
    """

    def __init__(self, delimiter: str, width: int) -> None:
        self.width = width
        self._delimiter = delimiter.encode()
        mark = re.escape(delimiter).encode()
        quoted = rb' *+"(?:[^"]++|"")*+'
        value = rb'(?:%b" *+|(?! *+")[^%b\r\n]*+)' % (quoted, mark)
        before = rb"(?:%b%b)" % (value, mark)
        blank = rb"%b*+" % mark if width == 1 else rb"(?:%b*+|[ \t]++)" % mark
        kinds = (
            (b"blank", blank, rb"\r?\n"),
            (b"good", rb"%b{%d}+%b" % (before, width - 1, value), rb"%b*+\r?\n" % mark),
            (b"other", rb"%b*+%b" % (before, value), rb"\r?\n"),
            (b"open", rb"%b*+%b" % (before, quoted), rb"\Z"),
            (b"bad", rb"[^\n]*+", rb"\n"),
        )
        self._value = re.compile(value)
        self._before = re.compile(before)
        self._record = re.compile(b"|".join(b"(?P<%b>%b)%b" % kind for kind in kinds))
        self._opened = re.compile(rb"%b*+%b\Z" % (before, quoted))
        self._readable = re.compile(rb"%b*+(?:%b)?+" % (before, quoted))

    def pieces(self, text: bytes, line: int, final: bool) -> Iterator[Piece]:
        """The records of `text`, which starts on `line` and ends with a line feed.

        Unless it is `final`, a record whose quote is open at the end comes last, incomplete.
        A record over several lines, of which at least three in between would each be records
        of their own, is an open quote that has swallowed them: only its first line is refused.
        """
        position = 0
        quote: _OpenQuote | None = None
        while position < len(text):
            line_end = text.index(b"\n", position)
            if quote is None or not self._is_inside(quote, text, position, line_end):
                match = self._record.match(text, position)
                kind = match.lastgroup if match else None
                if match is None or kind is None:
                    raise AssertionError("the pattern matches every line")
                raw = match[kind]
                if kind == "open" and not final:
                    yield Piece(line, raw, complete=False)
                    return
                opened = self._open_quote(text, position, match.end(kind), kind)
                if opened and (quote is None or opened.end > quote.end):
                    quote = opened
                if opened is None:
                    if kind != "blank":
                        reason = None if kind == "good" else self._wrong_width(raw)
                        yield Piece(line, raw if reason else self._without_spaces(raw), reason)
                    line += raw.count(b"\n") + 1
                    position = match.end()
                    continue
            raw = text[position:line_end]
            yield Piece(line, raw, _broken(raw))
            line += 1
            position = line_end + 1

    def _open_quote(self, text: bytes, start: int, end: int, kind: str) -> _OpenQuote | None:
        """Why the line at `start` is refused; None if the record that ends at `end` stands."""
        if kind == "open":
            return _OpenQuote(end, closes=False)
        if kind == "bad":
            readable = self._readable.match(text, start)
            return _OpenQuote(readable.end() if readable else start, closes=False)
        if kind == "blank" or self.width == 1:
            return None
        first, *between = text[start:end].split(b"\n")[:-1] or [b""]
        alone = sum(map(self._stands_alone, between))
        quote = _OpenQuote(end, True, start + len(first) + 1, len(between), alone)
        return quote if quote.swallows else None

    def _is_inside(self, quote: _OpenQuote, text: bytes, start: int, line_end: int) -> bool:
        """Whether the line at `start` has to be refused for a quote that is known to be open."""
        if line_end >= quote.end or not self._opened.match(text, start, line_end + 1):
            return False
        if quote.closes:
            passed = text[quote.next_line : line_end].split(b"\n")
            quote.between -= len(passed)
            quote.alone -= sum(map(self._stands_alone, passed))
            quote.next_line = line_end + 1
        return not quote.closes or quote.swallows

    def _stands_alone(self, line: bytes) -> bool:
        return line.count(self._delimiter) == self.width - 1

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
        values, position = 1, 0
        while match := self._before.match(raw, position):
            values += 1
            position = match.end()
        return f"{values} {'value' if values == 1 else 'values'} where the header has {self.width}"


def _broken(raw: bytes) -> str:
    if b"\r" in raw.rstrip(b"\r"):
        return "a carriage return inside a value that is not quoted"
    return "a quote that is not closed, or text after the closing quote"
