"""JSON lines: top-level keys as columns, nested values as JSON text, every line accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np

from data.errors import SourceError
from data.sql import identifier, literal
from loaders.reading.encodings import Encoding, as_utf8, head_of
from loaders.reading.header import column_names
from loaders.reading.lines import DamageWriter, line_chunks
from loaders.reading.relation import numbered, read_csv
from loaders.reading.source import Limits, Source

_SEPARATOR = "\x01"
"""Never stands in JSON text: a line behind its number is a CSV file of two columns."""


_HEAD_BYTES = 1024**2

_HEAD_LINES = 1000

_MAX_KEYS = 2000

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"')

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

_ONE_KIND = bytes.maketrans(b"{}", b"[]")

_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def open_json_lines(
    path: Path, text: Path, encoding: Encoding, work: Path, limits: Limits
) -> Source:
    """The file `path` of one JSON object per line, whose expanded content is the file `text`.

    Columns come in the order in which keys first appear anywhere in the file. A key that a line
    does not have is null in it, as is a JSON null. Numbers keep their value, not their spelling
    (1.50 becomes 1.5). A line that is no object is damaged. Raises SourceError when a line is
    nested deeper than the limit, and when no line can be read.
    """
    plain = as_utf8(text, encoding, work / "utf8.jsonl")
    scan = _Scan(path.name, limits, DamageWriter(work / "damaged.jsonl"))
    as_it_is = not (plain == text and encoding.mark_bytes) and scan.is_regular(plain)
    if not as_it_is:
        mark_bytes = encoding.mark_bytes if plain == text else 0
        plain, original = work / "records.jsonl", plain
        with scan.damage, plain.open("wb") as out:
            out.writelines(scan.good_lines(original, mark_bytes))
    if not scan.rows or not scan.keys:
        reason = f", {scan.damage.first}" if scan.damage.rows else ""
        raise SourceError(
            f"{path.name}: no line holds a JSON object with keys{reason}. "
            "Export it as JSON lines: one object on each line."
        )
    columns = column_names(tuple(scan.keys))
    records = _extracted(plain, tuple(scan.keys), columns, scan.longest, with_line=not as_it_is)
    return Source(
        path=path,
        format="jsonl",
        encoding=encoding.codec,
        delimiter=None,
        sheet=None,
        columns=columns,
        size_bytes=path.stat().st_size,
        rows=scan.rows,
        rows_damaged=scan.damage.rows,
        relation=numbered(records, first_line=1) if as_it_is else records,
        damaged=scan.damage.statement,
    )


def json_columns(text: Path, encoding: Encoding) -> tuple[str, ...]:
    """The columns that the first lines have."""
    keys: dict[str, None] = {}
    for line in head_of(text, encoding, _HEAD_BYTES).splitlines()[:_HEAD_LINES]:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            keys |= dict.fromkeys(_decoder.decode(line.encode("utf-8", "surrogateescape")))
    return column_names(tuple(keys))


class _Scan:
    """What is in the lines of a file: how many objects, with which keys."""

    def __init__(self, name: str, limits: Limits, damage: DamageWriter) -> None:
        self.damage = damage
        self.keys: dict[str, None] = {}
        self.rows = self.longest = 0
        self._name = name
        self._limits = limits

    def is_regular(self, path: Path) -> bool:
        """Whether each line is one object, so that the engine can read the file as it is."""
        line = 1
        for chunk in line_chunks(path, self._limits, self._name):
            objects = None if b"\r" in chunk else _objects(chunk)
            if objects is None:
                self._restart()
                return False
            self._count(line, chunk, objects)
            line += len(objects)
        return True

    def good_lines(self, path: Path, mark_bytes: int) -> Iterator[bytes]:
        """The objects of a file, each behind its line number; what is no object is kept aside."""
        first = 1
        for chunk in line_chunks(path, self._limits, self._name, bytes_before=mark_bytes):
            lines = chunk.split(b"\n")[:-1]
            for line, raw in enumerate(lines, start=first):
                text = raw.strip()
                if not text:
                    continue
                try:
                    text.decode()
                    found = _decoder.decode(text)
                except UnicodeDecodeError:
                    reason = "bytes that are not valid in the file's encoding"
                    self.damage.add(line, reason, raw)
                except RecursionError:
                    self._refuse_depth(line)
                except msgspec.DecodeError as error:
                    self.damage.add(line, f"no JSON object: {error}", raw)
                else:
                    self._count(line, text + b"\n", [found])
                    yield b"%d%b%b\n" % (line, _SEPARATOR.encode(), text)
            first += len(lines)
            self.damage.refuse_if_most(self.rows, self._name)

    def _restart(self) -> None:
        self.keys.clear()
        self.rows = self.longest = 0

    def _count(self, line: int, chunk: bytes, objects: list[dict[str, msgspec.Raw]]) -> None:
        letters = np.frombuffer(chunk, np.uint8)
        ends = np.flatnonzero(letters == ord("\n"))
        starts = np.concatenate(([0], ends[:-1] + 1))
        opened = np.add.reduceat((letters == ord("{")) | (letters == ord("[")), starts, dtype=int)
        for suspect in np.flatnonzero(opened > self._limits.max_depth):
            if _is_deeper(chunk[starts[suspect] : ends[suspect]], self._limits.max_depth):
                self._refuse_depth(line + int(suspect))
        self.rows += len(objects)
        self.longest = max(self.longest, int((ends - starts).max()))
        self.keys |= dict.fromkeys(_keys(objects))
        if len(self.keys) > _MAX_KEYS:
            raise SourceError(
                f"{self._name} has more than {_MAX_KEYS:,} different keys. Its lines are no "
                "records of one kind; export them with the same keys on each line."
            )

    def _refuse_depth(self, line: int) -> None:
        raise SourceError(
            f"{self._name} line {line} is nested deeper than {self._limits.max_depth} levels. "
            "Export flat records."
        )


def _objects(chunk: bytes) -> list[dict[str, msgspec.Raw]] | None:
    """The objects of whole lines if each line is one."""
    try:
        chunk.isascii() or chunk.decode()
        objects: list[dict[str, msgspec.Raw]] = _decoder.decode_lines(chunk)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return None
    return objects if len(objects) == chunk.count(b"\n") == chunk.count(b"}\n") else None


def _keys(objects: Iterable[dict[str, msgspec.Raw]]) -> Iterator[str]:
    for keys in dict.fromkeys(map(tuple, objects)):
        yield from keys


def _is_deeper(line: bytes, levels: int) -> bool:
    brackets = _STRING.sub(b"", line).translate(_ONE_KIND, delete=_NO_BRACKETS)
    for _ in range(levels):
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _extracted(
    path: Path, keys: tuple[str, ...], columns: tuple[str, ...], longest: int, *, with_line: bool
) -> str:
    pointers = ", ".join(literal("/" + key.replace("~", "~0").replace("/", "~1")) for key in keys)
    number = ("line",) if with_line else ()
    text = read_csv(path, (*number, "record"), _SEPARATOR, quote="", longest_line=longest)
    selected = [
        f'"values"[{position}] AS {identifier(column)}'
        for position, column in enumerate(columns, start=1)
    ]
    extracted = f'json_extract_string(record, [{pointers}]) AS "values"'
    return (
        f"SELECT {', '.join([*selected, *number])} "
        f"FROM (SELECT {', '.join([extracted, *number])} FROM ({text}) AS lines) AS extracted"
    )
