"""What a well-formed CSV record is, as a pattern that reads text from any record's start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

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
