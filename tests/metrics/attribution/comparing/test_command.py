"""One deal, or two models, from a shell."""

from __future__ import annotations

import pytest

from metrics.__main__ import main
from tests.metrics.from_shell import QUARTER, UNNAMED, environment, folder, said

__all__ = ["environment", "folder"]


def test_a_deal_is_audited_in_a_sentence_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    touches, sentence = said(capsys, "audit_trail", "--id", "O3")
    assert sentence == (
        "O3 of Hazel Ltd was won on 15 Jan 2026, worth 770. Of 3 things that its people did, 2"
        f" count.\n{UNNAMED}"
    )
    assert [row["standing"] for row in touches] == ["not_eligible", "counted", "counted"]
    weights, _ = said(capsys, "audit_trail", "--id", "O3", "--weights", "--half-life", "10")
    decay = [row["weight"] for row in weights if row["model"] == "time_decay"]
    # 13 and 3 days before: half as much every ten days.
    assert decay == ["0.333333", "0.666667"]


def test_two_models_differ_by_segment_and_by_deal(capsys: pytest.CaptureFixture[str]) -> None:
    segments, sentence = said(capsys, "two_models", "--first", "last", "--second", "first")
    assert sentence == f"first minus last, of won in the period.\n{UNNAMED}"
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
