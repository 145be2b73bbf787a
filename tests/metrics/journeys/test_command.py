"""Timelines and their search, from a shell."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.storage.store import Store
from metrics.__main__ import main
from tests.metrics.facts import TERMS, fill
from tests.metrics.twelve_leads import TWELVE

QUARTER = ("--from", "2026-01-01", "--to", "2026-03-31", "--format", "csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journeys") / "store"
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, TWELVE, TERMS)
    return path


@pytest.fixture(autouse=True)
def environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(folder))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[dict[str, str]], str]:
    assert main([*arguments, *QUARTER]) == 0
    out, err = capsys.readouterr()
    return list(csv.DictReader(io.StringIO(out))), err


def test_a_timeline_is_a_sentence_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    events, sentence = said(capsys, "timeline", "--lead", "L09", "--limit", "2")
    assert sentence == "2 of 5 that happened 1 Jan 2026 to 31 Mar 2026, newest first.\n"
    assert [row["what"] for row in events] == ["Deal O2 lost: price", "Deal O2 opened"]
    events, _ = said(capsys, "timeline", "--lead", "L09", "--order", "oldest", "--offset", "4")
    assert [row["place"] for row in events] == ["5"]
    nothing, sentence = said(capsys, "timeline", "--lead", "L09", "--offset", "5")
    assert (nothing, sentence.split()[0]) == ([], "Nothing")


def test_subjects_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    found, sentence = said(capsys, "found_subjects", "--text", "ltd", "--limit", "2")
    assert sentence == "2 of 7 found.\n"
    assert [row["name"] for row in found] == ["Birch Ltd", "Cedar Ltd"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("timeline",), "whose timeline? Name one subject with one of --lead, --person"),
        (("timeline", "--lead", "L01", "--deal", "O1"), "Name one subject"),
        (("timeline", "--lead", "L1"), "there is no lead 'L1'. Did you mean \"L01\"?"),
        (("timeline", "--lead", "L01", "--where", "region=EMEA"), "leave out --where"),
        (("found_subjects",), "what is looked for? Name it with --text"),
    ],
)
def test_what_cannot_be_answered_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert main([*arguments, *QUARTER]) == 1
    assert message in capsys.readouterr().err.replace("\n", " ")
