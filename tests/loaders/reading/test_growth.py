"""No cell, line or file costs the square of its size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bench.monsters import cost, write_all, write_monster

TIMES_LONGER = 8
TIMES_DEARER = 30
"""Allowed of what is `TIMES_LONGER` as long; the square would be 64 times as dear."""

FLOOR_SECONDS = 0.1
"""Less than this is lost in what a small file costs too."""

LIMIT_SECONDS = 8.0

Write = Callable[[Path, int], Path]


def all_in(place: str) -> Write:
    """Writes a file with a monster of each kind and so many characters in a place."""
    return lambda path, characters: write_all(path, place, characters)


def one_of(kind: str, place: str) -> Write:
    """Writes a file with one monster of so many characters in a place."""
    return lambda path, characters: write_monster(path, kind, place, characters)


def open_quotes(path: Path, characters: int) -> Path:
    """A file of so many characters in which each line opens a quote that nothing closes.

    Taken for the inside of quotes, each line closes one and opens another.
    """
    lines = 'x","y\n' * (characters // 6)
    path.write_text(f"lead_id,created_at\nL1,2026-01-01\n{lines}", encoding="utf-8")
    return path


def blank_lines(path: Path, characters: int) -> Path:
    """A file of so many characters that is blank between its first and its last record."""
    blank = "\n" * characters
    path.write_text(f"lead_id,created_at\nL1,2026-01-01\n{blank}L2,2026-01-01\n", encoding="utf-8")
    return path


GROWING: dict[str, tuple[Write, int]] = {
    "cells": (all_in("cells"), 25_000),
    "lines": (all_in("lines"), 50_000),
    "headers": (all_in("headers"), 700),  # all of them together are refused when far longer
    "unknown cells": (all_in("unknown cells"), 10_000),
    "unknown header of letters": (one_of("letters", "unknown header"), 10_000),
    "unknown header of brackets": (one_of("brackets", "unknown header"), 10_000),
    "open quotes": (open_quotes, 100_000),
    "blank lines": (blank_lines, 60_000),
}
"""What is written, and the shorter of two lengths."""


@pytest.mark.parametrize("name", GROWING)
def test_what_is_eight_times_as_long_is_not_sixty_four_times_as_dear(
    name: str, tmp_path: Path
) -> None:
    write, length = GROWING[name]
    read = partial(cost, store=tmp_path / "store", limit=LIMIT_SECONDS)
    small, shorter, longer = (
        read(write(tmp_path / f"{name} {characters}.csv", characters))
        for characters in (10, length, length * TIMES_LONGER)
    )
    assert small is not None
    assert shorter is not None, f"{length:,} characters take over {LIMIT_SECONDS:g} seconds"
    assert longer is not None, f"the longer ones take over {LIMIT_SECONDS:g} seconds"
    allowed = TIMES_DEARER * max(shorter - small, FLOOR_SECONDS)
    assert longer - small < allowed, f"{small:.2f}, {shorter:.2f} and {longer:.2f} seconds"
