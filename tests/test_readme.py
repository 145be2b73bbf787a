"""The README says what is there: its tables, its paths and its commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from metrics.__main__ import main as of_metrics
from tests import readme

TEXT = readme.README.read_text("utf-8")
PAGES = [readme.README, *sorted((readme.ROOT / "docs").glob("*.md"))]
ADD = "run `make readme`"


def test_the_table_of_metrics_is_the_catalogue() -> None:
    assert readme.table_in(TEXT, readme.METRICS) == readme.metric_table(), ADD


def test_the_table_of_rooms_is_the_tree() -> None:
    assert readme.table_in(TEXT, readme.ROOMS) == readme.room_table(), ADD


def test_every_room_says_what_it_is_for() -> None:
    for line in readme.room_table()[2:]:
        _, room, text, _ = (cell.strip() for cell in line.split("|"))
        assert len(text) > 30, room
        assert text.endswith("."), room


@pytest.mark.parametrize(
    ("question", "room"),
    [
        ("encoding detected", "loaders/reading"),
        ("which company a lead belongs to", "data/identity"),
        ("person is erased", "data/forget"),
        ("at which rates", "metrics/funnel"),
    ],
)
def test_a_newcomer_finds_the_room(question: str, room: str) -> None:
    (line,) = (line for line in readme.room_table() if question in line)
    assert line.startswith(f"| `{room}/` |")


@pytest.mark.parametrize(
    "page",
    [readme.README, *sorted((readme.ROOT / "docs").glob("*.md"))],
    ids=lambda page: page.name,
)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    paths = re.findall(r"`((?:data|loaders|metrics|pages|bench|docs|tests)/[a-z_/.]*)`", text)
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    made_by_running = {"data/store"}
    missing = [path for path in paths if not (readme.ROOT / path).exists()]
    assert set(missing) <= made_by_running
    assert [link for link in links if not (page.parent / link).exists()] == []


def commands(module: str) -> list[list[str]]:
    """The arguments of each `python -m MODULE` in the README's code."""
    lines = [line.partition(" #")[0].strip() for line in TEXT.splitlines()]
    start = f"python -m {module}"
    return [shlex.split(line.removeprefix(start)) for line in lines if line.startswith(start)]


def test_the_commands_of_metrics_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a store each stops where it would read; a wrong option or name stops before."""
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "none"))
    asked = [arguments for arguments in commands("metrics") if arguments]
    assert len(asked) >= 5
    for arguments in asked:
        assert of_metrics(arguments) == 1
        assert "nothing has been loaded" in capsys.readouterr().err.lower(), arguments
