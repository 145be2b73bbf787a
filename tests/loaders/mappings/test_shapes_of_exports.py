"""The examples of docs/shapes_of_exports.md: each file becomes what stands there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.loaders.language.test_mapping_schema import VALIDATOR
from tests.loaders.loading import loading_in

PAGE = Path(__file__).parents[3] / "docs" / "shapes_of_exports.md"

EXAMPLES = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]

BLOCK = re.compile(
    r"^`(?P<name>[^`\n]+)`:\n```\n(?P<file>.*?)```\n```toml\n(?P<mapping>.*?)```\n"
    r"becomes in `(?P<table>\w+)`:\n\n(?P<rows>(?:\|.*\n?)+)",
    re.DOTALL | re.MULTILINE,
)


def cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.partition("\n")[0])
def test_an_example_becomes_what_is_written(tmp_path: Path, example: str) -> None:
    parts = BLOCK.search(example)
    assert parts is not None
    own = tmp_path / "mappings"
    own.mkdir()
    (own / "own.toml").write_text(parts["mapping"], encoding="utf-8")
    content = tomllib.loads(parts["mapping"])
    assert [error.message for error in VALIDATOR.iter_errors(content)] == []
    head, _, *lines = parts["rows"].strip().splitlines()
    with loading_in(tmp_path, own) as loading:
        outcome = loading.load(parts["name"], parts["file"])
        assert (outcome.mapping, outcome.rows_rejected) == (content["name"], 0)
        found = [
            tuple("" if value is None else str(value) for value in row)
            for row in loading.rows(parts["table"], *cells(head))
        ]
    assert sorted(found) == sorted(map(cells, lines))
