"""Journeys without times: in one cell, in a column for each touch, or in a row for each touch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.derive.activity.path_step import path_step_steps
from data.engine.draft import Draft
from data.errors import BackcastError
from data.sql import Query, Step, literal
from loaders.judging.list_marks import KINDS, Unclear, evident_marks
from loaders.language.column import EVIDENT, Column
from loaders.transform.cells import pieces
from tests.drafts import new_draft
from tests.loaders.loading import AS_OF, Loading, loading_in, own_mapping
from tests.loaders.mappings.export_files import EXPORTS

SHAPES = {
    "paths/conversion_paths.csv": "conversion_paths",
    "paths/journey_columns.csv": "journey_columns",
    "paths/touches_in_order.csv": "generic_path_touch",
}
"""The same journeys in the three shapes, and the mapping that recognises each."""

JOURNEYS = {
    ("Paid Search", "Email", "Webinar"): ("3", "1250.123456", "12"),
    ("Email", "Direct"): ("0.333333", None, "1.5"),
    ("Email",): ("0", None, "7"),
}


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def journeys(loading: Loading) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """What each path weighs, by its channels in order, as metrics see it."""
    touches: dict[tuple[str, str], list[str]] = {}
    steps = loading.draft.query(Query(*path_step_steps())).sort("source_system", "path_id", "place")
    for system, path, place, channel, *_ in steps.iter_rows():
        touches.setdefault((system, path), []).append(channel)
        assert place == len(touches[system, path])
    names = ("source_system", "path_id", "conversions", "value_amount", "nulls")
    return {
        tuple(touches[system, path]): tuple(weights)
        for system, path, *weights in loading.rows("path", *names)
    }


def decimals(*weights: str | None) -> tuple[Decimal | None, ...]:
    return tuple(None if each is None else Decimal(each) for each in weights)


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_journeys_are_the_same_in_every_shape(loading: Loading, name: str) -> None:
    outcome = loading.load_path(EXPORTS / name)
    assert outcome.mapping == SHAPES[name]
    assert outcome.rows_rejected == 0
    assert journeys(loading) == {path: decimals(*each) for path, each in JOURNEYS.items()}


def test_journeys_without_an_id_say_yes_or_no_and_add_up(loading: Loading) -> None:
    outcome = loading.load_path(EXPORTS / "paths/touch_columns.csv")
    assert outcome.mapping == "touch_columns"
    assert outcome.rows_rejected == 0
    assert journeys(loading) == {
        ("Paid Search", "Email", "Webinar"): decimals("2", "1250.123456", "0"),
        ("Email", "Direct"): decimals("0", None, "1"),
    }
    assert set(loading.rows("path", "currency")) == {("EUR",), (None,)}


def test_a_path_told_shorter_keeps_no_touch_of_the_longer_one(loading: Loading) -> None:
    head = "journey_id,touch1,touch2,touch3,conversions,value\n"
    files = [("a.csv", head + "J-1,Email,Search,Fair,1,10\nJ-2,Fair,,,2,\n"),
             ("b.csv", head + "J-1,Search,Email,,4,30.5\n")]  # fmt: skip
    older, newer = files
    for order in permutations((0, 1)):
        ids = {}
        for place in order:
            moment = AS_OF + timedelta(days=place)
            ids[place] = loading.load(*files[place], as_of=moment).load_id
        assert journeys(loading) == {
            ("Search", "Email"): decimals("4", "30.5", None),
            ("Fair",): decimals("2", None, None),
        }
        again = loading.load(*newer, as_of=AS_OF + timedelta(days=1))
        assert again.message == "already loaded, nothing changed"
        loading.undo(ids[1])
        assert journeys(loading) == {
            ("Email", "Search", "Fair"): decimals("1", "10", None),
            ("Fair",): decimals("2", None, None),
        }
        loading.undo(ids[0])
        assert loading.everything() == {}
        assert journeys(loading) == {}
    assert older != newer


IN_ONE_CELL = "path,conversions,value,nulls\nEmail,1,1,1\n"

IN_COLUMNS = "journey_id,touch1,touch2,touch3,conversions,value\nJ-0,Email,,,1,1\n"

IN_ROWS = "journey_id,order,channel,conversions,value\nJ-0,1,Email,1,1\n"


@pytest.mark.parametrize(
    ("good", "bad", "column", "value", "reason"),
    [
        (IN_ONE_CELL, ",1,1,1", "path", None, "is empty: a list in order has one value or more"),
        (IN_ONE_CELL, "A > > B,1,1,1", "path", "A > > B",
         "has an empty value before another: write every value, or take one mark out"),
        (IN_ONE_CELL, "> A,1,1,1", "path", "> A",
         "has an empty value before another: write every value, or take one mark out"),
        (IN_ONE_CELL, f"{' > '.join(['A'] * 1001)},1,1,1", "position", "1001",
         "must be at most 1000"),
        (IN_ONE_CELL, "A > B,-0.5,,1", "conversions", "-0.5", "must be at least 0"),
        (IN_ONE_CELL, "A > B,1,,-1", "nulls", "-1", "must be at least 0"),
        (IN_ONE_CELL, "A > B,1,-0.01,1", "value", "-0.01", "must be at least 0"),
        (IN_ONE_CELL, "A > B,,1,1", "conversions", None, "is missing"),
        (IN_ONE_CELL, "A > B,0,0.000001,1", "value", "0.000001",
         "is the value of no conversions: give the path its conversions, or no value"),
        (IN_ONE_CELL, "A > B,few,,1", "conversions", "few",
         'is not a number (decimal mark ".", thousands mark none)'),
        (IN_ONE_CELL, "A > B,1000000000000,,1", "conversions", "1000000000000",
         'is not a number (decimal mark ".", thousands mark none)'),
        (IN_COLUMNS, "J-1,,,,1,1", "touch1", None,
         "is empty: a list in order has one value or more"),
        (IN_COLUMNS, "J-1,A,,B,1,1", "touch2", None,
         "is empty, but touch3 or a later one is not: fill it, or move the later ones up"),
        (IN_COLUMNS, "J-1,A,-,B,1,1", "touch2", None,
         "is empty, but touch3 or a later one is not: fill it, or move the later ones up"),
        (IN_COLUMNS, "J-1,,A,,1,1", "touch1", None,
         "is empty, but touch2 or a later one is not: fill it, or move the later ones up"),
        (IN_COLUMNS, ",A,B,,1,1", "journey_id", None, "is missing"),
        (IN_COLUMNS, "J-0,A,B,,1,1", "source_system, journey_id", None,
         "duplicate key, first on line 2"),
        (IN_ROWS, "J-0,1,Fair,1,1", "source_system, journey_id, order", None,
         "duplicate key, first on line 2"),
        (IN_ROWS, "J-1,,Fair,1,1", "order", None, "is missing"),
        (IN_ROWS, "J-1,1.5,Fair,1,1", "order", "1.5",
         'is not a whole number (decimal mark ".", thousands mark none)'),
        (IN_ROWS, "J-1,-1,Fair,1,1", "order", "-1", "must be at least 0"),
        (IN_ROWS, "J-1,1,,1,1", "channel", None, "is missing"),
        (IN_ROWS, "J-1,1,Fair,0,5", "value", "5",
         "is the value of no conversions: give the path its conversions, or no value"),
    ],
)  # fmt: skip
def test_a_refused_row_says_what_is_wrong(
    loading: Loading, good: str, bad: str, column: str, value: str | None, reason: str
) -> None:
    outcome = loading.load("file.csv", f"{good}{bad}\n")
    assert (outcome.rows_kept, outcome.rows_rejected) == (1, 1)
    assert [line for line in loading.reasons() if "duplicate" not in line[3]] == (
        [] if "duplicate" in reason else [(3, column, value, reason)]
    )
    assert [(each[0], each[1], each[3]) for each in loading.reasons()] == [(3, column, reason)]


@pytest.mark.parametrize(
    ("header", "wrong"),
    [
        ("touch1,touch3", "touch3 stands where touch2 is expected"),
        ("touch2,touch3", "touch2 stands where touch1 is expected"),
        ("touch1,touch01", "touch01 stands where touch2 is expected"),
    ],
)
def test_numbered_columns_count_on(loading: Loading, header: str, wrong: str) -> None:
    with pytest.raises(BackcastError, match=wrong):
        loading.load("file.csv", f"journey_id,{header},conversions\nJ-1,A,B,1\n")


def test_numbered_columns_are_in_the_order_of_their_numbers(loading: Loading) -> None:
    many = range(11, -1, -1)
    header = ",".join(f"touch{number}" for number in many)
    cells = ",".join(f"Channel {number}" for number in many)
    loading.load("file.csv", f"journey_id,{header},conversions\nJ-1,{cells},1\n")
    (path,) = journeys(loading)
    assert path == tuple(f"Channel {number}" for number in range(12))


def test_touches_run_through_the_words_of_a_mapping(tmp_path: Path) -> None:
    own = own_mapping(
        tmp_path,
        """
        steps = { from = "steps", split = ["|", "=>"] }
        weight = { from = "weight", kind = "number" }
        [values.steps]
        "sem" = "Paid Search"
        "edm" = "Email"
        [[table]]
        into = "path"
        path_id = "{id}"
        conversions = "{weight}"
        [[table]]
        into = "path_touch"
        each = "steps"
        path_id = "{id}"
        position = "{each_place}"
        channel = "{each_value}"
        """,
    )
    with loading_in(tmp_path, own) as loading:
        loading.load("file.csv", "id,steps,weight\n1,SEM | edm => sem,2\n2,sem|tv,1\n")
        assert journeys(loading) == {
            ("Paid Search", "Email", "Paid Search"): decimals("2", None, None)
        }
        assert loading.reasons() == [
            (3, "steps", "tv", "is not mapped. Add it under [values.steps] in own.toml.")
        ]


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ('{ from = "touch{number}", split = ">" }', "split is not for columns with {number}"),
        ('"{number}"', "{number} stands once in each spelling"),
        ('{ from = "touch{number}", default = "x" }', "default is not for columns with {number}"),
        ('{ from = "path", split = [">", "|"], part = 1 }', "a part is cut out at one mark"),
        ('"touch{number}"', "{number} makes a list of several columns"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(tmp_path: Path, column: str, wrong: str) -> None:
    own = own_mapping(tmp_path, f'touches = {column}\n[[table]]\ninto = "lead"\nlead_id = "{{id}}"')
    with loading_in(tmp_path, own) as loading:
        assert wrong in loading.refusal("file.csv", "id,touch1\n1,A\n")


def test_the_moment_of_a_load_decides_and_not_the_order(loading: Loading) -> None:
    later = datetime(2026, 5, 1)
    loading.load("new.csv", IN_ONE_CELL.replace("Email,1,1", "Email,4,2.5"), as_of=later)
    loading.load("old.csv", IN_ONE_CELL)
    assert journeys(loading) == {("Email",): decimals("4", "2.5", "1")}


HEAD = "path,conversions,value,nulls\n"

WORDS = st.text("ab", min_size=1, max_size=3)

NAMES = st.lists(WORDS, min_size=1, max_size=2).map(" ".join)

PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4), min_size=1, max_size=5)

MARKS = [each for kind in KINDS.values() for each in kind]


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Draft]:
    with new_draft(tmp_path_factory.mktemp("marks") / "draft.duckdb", threads=1) as draft:
        yield draft


@settings(max_examples=40, deadline=None)
@given(PATHS, st.sampled_from(MARKS), st.sampled_from(("", " ")))
def test_whatever_stands_between_touches_is_found(
    draft: Draft, paths: list[list[str]], mark: str, blank: str
) -> None:
    texts = [f"{blank}{mark}{blank}".join(path) for path in paths]
    listed = ", ".join(f"({line}, {literal(text)})" for line, text in enumerate(texts))
    cells = Step("list_cells", f"SELECT * FROM (VALUES {listed}) AS cells (line, listed)")
    found = evident_marks(draft, cells, Column(source=("path",), split=EVIDENT))
    assert not isinstance(found, Unclear)
    assert mark in found or max(map(len, paths)) == 1
    values = pieces(Column(source=("path",), split=found), "listed")
    cut = Step("cut", f"SELECT line, {values} FROM list_cells")
    rows = draft.query(Query(cells, cut)).sort("line").rows()
    assert [touches for _, touches in rows] == paths


def test_a_file_with_commas_is_the_same_as_one_with_arrows(loading: Loading) -> None:
    arrows = (EXPORTS / "paths/conversion_paths.csv").read_text("utf-8")
    head, *rows = arrows.splitlines()
    cells = (row.split(",", 1) for row in rows)
    commas = [f'"{path.replace(">", ",")}",{weights}' for path, weights in cells]
    outcome = loading.load("commas.csv", "\n".join([head, *commas]) + "\n")
    assert (outcome.mapping, outcome.rows_rejected) == ("conversion_paths", 0)
    assert journeys(loading) == {path: decimals(*each) for path, each in JOURNEYS.items()}


@pytest.mark.parametrize(
    ("paths", "touches"),
    [
        (["Search, brand > Email", "Search, brand"],  # a touch of another path
         {("Search, brand", "Email"), ("Search, brand",)}),
        (["Mail/News, Fair - Hall 3", "Fair"], {("Mail/News", "Fair - Hall 3"), ("Fair",)}),
        (["Email", "Fair"], {("Email",), ("Fair",)}),
    ],
)  # fmt: skip
def test_names_may_hold_another_mark(
    loading: Loading, paths: list[str], touches: set[tuple[str, ...]]
) -> None:
    loading.load("file.csv", HEAD + "".join(f'"{path}",1,,\n' for path in paths))
    assert set(journeys(loading)) == touches


@pytest.mark.parametrize(
    ("paths", "line", "because"),
    [
        (["Email", "Search, Fair", "Email > Fair"], 3, "other cells have an arrow between values"),
        (["A, B", "A; C"], 2, "other cells have a semicolon between values"),
        (["Email", "google / cpc"], 3, "the column has no arrow, bar, semicolon or comma"),
    ],
)
def test_a_mark_that_is_not_evident_is_asked_for(
    tmp_path: Path, paths: list[str], line: int, because: str
) -> None:
    text = HEAD + "".join(f'"{path}",1,,\n' for path in paths)
    with loading_in(tmp_path) as loading:
        wrong = loading.refusal("file.csv", text)
        assert wrong.startswith(f'file.csv line {line}: path "{paths[line - 2]}" may be one value')
        assert because in wrong
        assert "Copy conversion_paths.toml into your folder" in wrong
        assert journeys(loading) == {}
        own = tmp_path / "mappings"
        own.mkdir()
        builtin = Path("loaders/mappings/conversion_paths.toml").read_text("utf-8")
        own.joinpath("conversion_paths.toml").write_text(
            builtin.replace('split = "evident"', 'split = ["/", " - "]'), "utf-8"
        )
        loading.mappings = own
        assert loading.load("file.csv", text).rows_rejected == 0
