"""TOML that people write: its content, and the line and key of everything that is wrong in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from zoneinfo import available_timezones

from pydantic import AfterValidator, ValidationError

from data.errors import BackcastError

Place: TypeAlias = Sequence[str | int]
"""Names of tables and keys, and the index of an item in an array of tables."""

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


def line_of(text: str, place: Place) -> int:
    """The line on which the key at `place` stands, else that of the nearest key around it.

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


def explain(
    path: Path,
    text: str,
    failure: ValidationError,
    written_at: Callable[[Place], Place] = lambda place: place,
) -> tuple[str, ...]:
    """What is wrong in a TOML file? One sentence for each thing, with file, line and key.

    `written_at` is the place in the file of a place in the validated model, where they differ.
    """
    sentences: dict[str, None] = {}
    for problem in failure.errors(include_url=False):
        place = written_at(problem["loc"])
        key = ".".join(str(part) for part in place)
        if problem["type"] == "extra_forbidden":
            reason = "is not a known key"
        elif problem["type"] == "missing":
            reason = "is missing"
        else:
            reason = f"is {problem['input']!r}: {problem['msg'].removeprefix('Value error, ')}"
        sentences[f"{path.name} line {line_of(text, place)}: {key} {reason}"] = None
    return tuple(sentences)


@cache
def _time_zones() -> frozenset[str]:
    """Their names are searched for in many folders, which takes longer than all else here."""
    return frozenset(available_timezones())


def _known_time_zone(name: str) -> str:
    if name not in _time_zones():
        raise ValueError("must be an IANA time zone such as UTC, Europe/Berlin or Asia/Shanghai")
    return name


TimeZone: TypeAlias = Annotated[str, AfterValidator(_known_time_zone)]
"""A time zone that the database of time zones knows."""
