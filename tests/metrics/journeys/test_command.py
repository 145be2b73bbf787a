"""Timelines and their search, from a shell."""

from __future__ import annotations

import pytest

from metrics.__main__ import main
from tests.metrics.from_shell import QUARTER, UNNAMED, environment, folder, said

__all__ = ["environment", "folder"]


def test_a_timeline_is_a_sentence_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    events, sentence = said(capsys, "timeline", "--lead", "L09", "--limit", "2")
    assert sentence == "2 of 5 that happened 1 Jan 2026 to 31 Mar 2026, newest first.\n" + UNNAMED
    assert [row["what"] for row in events] == ["Deal O2 lost: price", "Deal O2 opened"]
    events, _ = said(capsys, "timeline", "--lead", "L09", "--order", "oldest", "--offset", "4")
    assert [row["place"] for row in events] == ["5"]
    nothing, sentence = said(capsys, "timeline", "--lead", "L09", "--offset", "5")
    assert (nothing, sentence.split()[0]) == ([], "Nothing")


def test_subjects_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    found, sentence = said(capsys, "found_subjects", "--text", "ltd", "--limit", "2")
    assert sentence == "2 of 7 found.\n" + UNNAMED
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
