"""One deal, or two models, from a shell."""

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
    path = tmp_path_factory.mktemp("trail") / "store"
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


def test_a_deal_is_audited_in_a_sentence_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    touches, sentence = said(capsys, "audit_trail", "--id", "O3")
    assert sentence == (
        "O3 of Hazel Ltd was won on 15 Jan 2026, worth 770. Of 3 things that its people did, 2"
        " count.\n"
    )
    assert [row["standing"] for row in touches] == ["not_eligible", "counted", "counted"]
    weights, _ = said(capsys, "audit_trail", "--id", "O3", "--weights", "--half-life", "10")
    decay = [row["weight"] for row in weights if row["model"] == "time_decay"]
    # 13 and 3 days before: half as much every ten days.
    assert decay == ["0.333333", "0.666667"]


def test_two_models_differ_by_segment_and_by_deal(capsys: pytest.CaptureFixture[str]) -> None:
    segments, sentence = said(capsys, "two_models", "--first", "last", "--second", "first")
    assert sentence == "first minus last, of won in the period.\n"
    gains = {row["segment"]: float(row["difference"]) for row in segments}
    assert gains == {"Outbound Sales": 770, "Webinar": 0, "Email": -770}
    deals, _ = said(capsys, "two_models", "--deals", "--worth", "count", "--lookback", "5")
    assert deals == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("audit_trail",), "of which deal? Name it with --id"),
        (("audit_trail", "--id", "O3", "--event", "sql"), "no lead 'O3' became an SQL"),
        (("two_models", "--second", "first"), "first is both models"),
    ],
)
def test_what_cannot_be_answered_is_said(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert main([*arguments, *QUARTER]) == 1
    assert message in capsys.readouterr().err.replace("\n", " ")
