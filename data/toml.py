"""TOML with the place of every key, so that a message can name the line to change."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.errors import BackcastError

_TABLE = re.compile(r"^\s*\[(\[?)([^\[\]]+)\]")

_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([\w.-]+))\s*=""")


def parse(path: Path, text: str, error: type[BackcastError]) -> dict[str, Any]:
    """The file's content as nested dicts; a syntax error is raised as `error` with its line.

    >>> parse(Path("terms.toml"), "a = 1", BackcastError)
    {'a': 1}
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        raise error(f"{path.name}: not valid TOML: {failure}") from failure


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line on which the key at `place` stands, else that of the nearest key around it.

    A place is what a validator reports: names of tables and keys, and the index of an item in an
    array of tables.

    >>> line_of('a = 1\\n[windows]\\nmql = "x"\\n', ("windows", "mql"))
    3
    >>> line_of('[[channel]]\\nname = "A"\\n[[channel]]\\nnam = "B"\\n', ("channel", 1, "nam"))
    4
    """
    found: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            names = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            table = names
            if header[1]:
                index = counts.get(names, 0)
                counts[names] = index + 1
                table = (*names, index)
            found.setdefault(table, number)
            found.setdefault(names, number)
        elif key := _KEY.match(line):
            name = key[1] or key[2] or key[3]
            found.setdefault((*table, *name.split(".")), number)
    for length in range(len(place), 0, -1):
        if (line_number := found.get(tuple(place[:length]))) is not None:
            return line_number
    return 1
