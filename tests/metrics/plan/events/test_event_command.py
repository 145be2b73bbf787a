"""`python -m metrics event_plan`: an answer with its table, or a clear refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.storage.store import Store
from metrics.__main__ import main
from metrics.plan.events.effort import Effort, Prices, effort
from metrics.plan.events.planner import Goal, event_plan
from metrics.plan.events.rates import step_rates
from metrics.plan.events.steps import EventStep
from metrics.plan.events.words import effort_words
from tests.metrics.facts import fill
from tests.metrics.plan.events.made_up import EVENT_TERMS, fairs
from tests.metrics.plan.events.test_event_plan import TYPICAL, like

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fairs") / "store"
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, fairs(), EVENT_TERMS)
    return path


@pytest.fixture
def ask(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    monkeypatch.setenv("BACKCAST_STORE", str(folder))

    def run(*options: str) -> tuple[int, str, str]:
        try:
            status = main(["event_plan", *options])
        except SystemExit as stopped:  # argparse leaves by itself
            status = int(stopped.code or 0)
        said = capsys.readouterr()
        return status, said.out, " ".join(said.err.split())

    return run


def test_the_answer_is_a_list_and_its_steps(ask: Ask) -> None:
    status, out, said = ask("--attend", "20", "--cost-per-mail", "2", "--format", "json")
    assert status == 0
    rows = json.loads(out)
    needed = int(rows[0]["middle"])
    assert [row["step"] for row in rows] == ["listed", "valid_contact", "registered", "attended"]
    assert rows[-1]["low"] <= 20 <= rows[-1]["high"]
    assert (
        f"To get 20 people in the room with a chance of 80%, you need {needed} people on the list."
        in said
    )
    assert f"That is {needed} e-mails, at a cost of {2 * needed}.00." in said
    assert "Each step is learned from 3 similar events or more." in said


def test_a_list_runs_forward_and_has_a_chance(ask: Ask) -> None:
    status, out, said = ask("--attend", "20", "--list", "40", "--format", "csv")
    assert status == 0
    assert out.splitlines()[1].startswith("listed,40.0,40.0,40.0")
    assert "With 40 the chance is" in said
    assert ask("--list", "40", "--format", "csv")[1] == out


def test_an_event_that_runs_is_held_to_the_plan(ask: Ask) -> None:
    status, out, said = ask("--running", "Fair 3", "--attend", "20", "--format", "json")
    assert status == 0
    rows = {row["step"]: row for row in json.loads(out)}
    assert (rows["registered"]["tried"], rows["valid_contact"]["tried"]) == (40, 40)
    assert "more people on the list." in said
    typed = ("--so-far", "valid_contact=400", "--so-far", "registered=20")
    status, out, said = ask("--attend", "20", *typed, "--format", "json")
    assert [row["state"] for row in json.loads(out)] == ["below"]
    assert "Registered is below the plan: 20 of 400" in said


def test_a_segment_is_planned_for_beside_the_others(ask: Ask) -> None:
    status, out, said = ask("--attend", "20", "--segment", "region=EMEA", "--format", "json")
    assert status == 0
    assert json.loads(out)[-1]["people"] < 40
    assert "Of EMEA, the rate of attended is that of" in said
    status, _, said = ask("--segment", "region=EMEA", "--running", "Fair 3", "--list", "9")
    assert status == 0


def test_the_like_events_can_be_looked_at(ask: Ask) -> None:
    status, out, _ = ask("--steps", "--format", "json")
    assert status == 0
    assert [row["campaign"] for row in json.loads(out)] == [f"Fair {each}" for each in range(4)]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ((), 1, "needs a goal or a list, such as --attend 120"),
        (("--attend", "0"), 1, "0 people are nothing to plan for"),
        (("--attend", "9", "--confidence", "1"), 1, "choose 50% to 99%"),
        (("--attend", "9", "--kind", "Fairs"), 1, "no kind 'Fairs'. Did you mean \"Fair\"?"),
        (("--attend", "9", "--method", "call"), 1, "record no step only for this method"),
        (("--opportunities", "9"), 1, "do not record opportunity; they record listed"),
        (("--attend", "9", "--running", "Fair 9"), 1, "no event 'Fair 9'. Did you mean"),
        (("--attend", "9", "--assume", "attended=0"), 1, "no number is enough"),
        (("--attend", "9", "--assume", "came=0.1"), 2, "STEP=NUMBER, with listed, valid_contact"),
        (("--attend", "9", "--assume", "attended=some"), 2, "no rate like 0.05"),
        (("--attend", "9", "--so-far", "attended=1.5"), 2, "no whole number"),
        (("--attend", "9", "--segment", "region=North"), 1, "there is no segment 'North'"),
        (("--attend", "9", "--segment", "city"), 2, "DIM=VALUE, with channel, campaign"),
        (("--attend", "9", "--register", "9"), 2, "not allowed with"),
        (("--attend", "9", "--cost-per-mail", "-1"), 1, "an e-mail cannot cost -1"),
        (("--attend", "9", "--where", "region=South"), 1, 'no region is "South" in the data'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_question_that_cannot_be_answered(
    ask: Ask, options: tuple[str, ...], status: int, message: str
) -> None:
    found, out, said = ask(*options)
    assert (found, out) == (status, "")
    assert message in said


def test_effort_is_counted_from_like_events_and_priced_where_all_prices_are_given() -> None:
    known = like(*TYPICAL)
    plan = event_plan(step_rates(known), Goal(EventStep.ATTENDED, 10))
    found = effort(plan, known, Prices(mail=0.5))
    assert found == Effort(2 * plan.volume, 0, plan.volume)
    assert effort(plan, known, Prices(call=9.0)).cost is None
    later = like(*({step: event[step] for step in list(event)[2:]} for event in TYPICAL))
    from_list = event_plan(
        step_rates(later, {EventStep.REGISTERED: 0.1}), Goal(EventStep.ATTENDED, 10)
    )
    guessed = effort(from_list, later, Prices(mail=1.0))
    assert (guessed.mails, guessed.is_one_each) == (from_list.volume, True)
    assert effort_words(guessed, "$9").endswith(" e-mails, one each, at a cost of $9.")
