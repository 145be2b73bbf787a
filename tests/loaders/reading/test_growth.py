"""No cell, line or file costs the square of its size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.robustness.monster_files import write_all, write_monster
from bench.robustness.monsters import cost
from loaders.reading.source import ReadSettings
from tests.growth import TIMES_DEARER, TIMES_LONGER, check_growth
from tests.loaders.reading.reading_files import Reader, reader_in

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


GROWING: dict[str, tuple[Write, int]] = {
    "cells": (all_in("cells"), 25_000),
    "lines": (all_in("lines"), 50_000),
    "headers": (all_in("headers"), 700),  # all of them together are refused when far longer
    "unknown cells": (all_in("unknown cells"), 10_000),
    "unknown header of letters": (one_of("letters", "unknown header"), 10_000),
    "unknown header of brackets": (one_of("brackets", "unknown header"), 10_000),
}
"""What is written, and the shorter of two lengths."""


@pytest.fixture(scope="module")
def least(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, float]:
    """What a small file costs, by whether a mapping knows it."""
    folder = tmp_path_factory.mktemp("small")
    costs = {}
    for place in ("cells", "unknown cells"):
        spent = cost(write_all(folder / f"{place}.csv", place, 10), folder / "store", LIMIT_SECONDS)
        assert spent is not None
        costs["unknown" in place] = spent
    return costs


@pytest.mark.parametrize("name", GROWING)
def test_what_is_eight_times_as_long_is_not_sixty_four_times_as_dear(
    name: str, least: dict[bool, float], tmp_path: Path
) -> None:
    write, length = GROWING[name]
    shorter, longer = (
        cost(
            write(tmp_path / f"{name} {characters}.csv", characters),
            tmp_path / "store",
            LIMIT_SECONDS,
        )
        for characters in (length, length * TIMES_LONGER)
    )
    small = least["unknown" in name]
    assert shorter is not None, f"{length:,} characters take over {LIMIT_SECONDS:g} seconds"
    assert longer is not None, f"the longer ones take over {LIMIT_SECONDS:g} seconds"
    allowed = TIMES_DEARER * max(shorter - small, FLOOR_SECONDS)
    assert longer - small < allowed, f"{small:.2f}, {shorter:.2f} and {longer:.2f} seconds"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reader_in(tmp_path_factory.mktemp("growth")) as reader:
        yield reader


@pytest.mark.parametrize("unit", ['x","y\n', '"\n', '",\n', "\n", "\r\n", ",\n", '""\n', "a\n"])
def test_a_file_of_one_line_over_and_over_is_read_in_proportion(reader: Reader, unit: str) -> None:
    def read(lines: str) -> None:
        text = f"h1,h2\n1,2\n{lines}\n3,4\n"
        assert reader.read_text(text, ReadSettings(header=("h1",))).rows[0] == ("1", "2")

    check_growth(read, unit, length=20_000)
