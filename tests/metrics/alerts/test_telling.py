"""Checks in a row: what is kept, what is sent to whom, and what the command says and answers."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.alert_log import AlertLog, AlertState, read_alert_log
from data.definitions import Definitions
from data.engine.draft import Draft
from data.errors import ReportError, StoreError
from data.notebook.notebook import Notebook
from data.storage.store import Store
from metrics.__main__ import main
from metrics.alerts import readings as finding
from metrics.alerts.check import Checked, check_alerts, sentences
from metrics.alerts.command import VARIABLE
from metrics.alerts.reading import Asked, Reading
from metrics.findings.finding import Link, Page
from metrics.report.send import VARIABLE as REPORT_VARIABLE
from tests.metrics.alerts.asking import NOW, company, terms
from tests.metrics.facts import TERMS, DraftWarehouse, fill
from tests.metrics.report.test_send import SECRET, TOKEN, closed_port, hook

RULE = {"name": "Few MQLs", "kind": "threshold", "metric": "headline", "column": "mql", "below": 9}


class Company:
    """A store whose one rule holds or not, as is said."""

    def __init__(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.state = AlertState.HOLDS
        monkeypatch.setattr(finding, "KINDS", {"threshold": self.found})

    def found(self, _: Asked, rule: Any) -> tuple[Reading, ...]:
        link = Link(Page.FUNNEL, (("channel", "A & B"),))
        return (Reading(rule.name, self.state, "7", "There are 7 MQLs.", link),)

    def check(self, *to: str, now: datetime = NOW, **alerts: Any) -> Checked:
        definitions = terms(RULE, **alerts)
        asked = Asked(DraftWarehouse(), Notebook(self.store), definitions, now)
        return check_alerts(asked, self.store, to)


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    return Company(tmp_path / "store", monkeypatch)


def test_one_that_fails_is_told_without_secrets_and_at_the_next_check_again(one: Company) -> None:
    gone = f"json://me:{SECRET}@127.0.0.1:{closed_port()}/{TOKEN}"
    with hook() as (port, got):
        here = f"json://127.0.0.1:{port}/{TOKEN}"
        first = one.check(gone, here, address="https://backcast.example/")
        again = one.check(gone, here, now=NOW + timedelta(hours=1))
    assert [each.has_failed for each in first.deliveries] == [True, False]
    assert [each.has_failed for each in again.deliveries] == [True], "it alone is tried again"
    assert not first.is_well
    assert not again.is_well
    (sent,) = got
    assert sent["title"] == "Backcast: Few MQLs"
    assert sent["message"].split("\n") == [
        "Few MQLs",
        "There are 7 MQLs.",
        "Since 2026-04-01 06:00 (UTC).",
        "https://backcast.example/funnel?channel=A+%26+B",
    ]
    with hook() as (port, late):
        moved = one.check(here, f"json://127.0.0.1:{port}", now=NOW + timedelta(hours=2))
    assert len(late) == 1, "a destination that is new is told what holds"
    assert moved.is_well
    said = " ".join(sentences(first, 1)) + (one.store / "alerts" / "last_check.json").read_text()
    assert "could not be sent to destination 1 (json://127.0.0.1)" in said
    assert "1 alert was checked, 1 holds. New: Few MQLs. There are 7 MQLs." in said
    assert SECRET not in said
    assert TOKEN not in said


def test_quiet_hours_hold_what_came_up_and_it_is_sent_after_them(one: Company) -> None:
    hours = {"quiet_from": time(20), "quiet_until": time(7)}
    night, morning = NOW - timedelta(hours=8), NOW + timedelta(hours=1)
    with hook() as (port, got):
        to = f"json://127.0.0.1:{port}"
        held = one.check(to, now=night, **hours)
        one.state = AlertState.FINE
        still = one.check(to, now=NOW, **hours)
        assert got == []
        one.check(to, now=morning, **hours)
        one.check(to, now=morning + timedelta(hours=1), **hours)
    assert [each.said for each in held.deliveries] == [
        "Quiet hours until 07:00: 1 alert waits for the first check after them."
    ]
    assert held.is_well
    assert still.log.entries[0].state is AlertState.ENDED
    (sent,) = got
    assert "From 2026-03-31 22:00 (UTC) until 2026-04-01 06:00 (UTC): it has ended." in str(sent)


def test_a_destination_that_is_none_is_refused_before_anything_is_checked(one: Company) -> None:
    with pytest.raises(ReportError, match=r"destination 1 \(foo://…\) is no destination"):
        one.check(f"foo://{SECRET}")
    assert read_alert_log(one.store) is None


def test_a_damaged_log_says_what_to_do(one: Company) -> None:
    one.check()
    (one.store / "alerts" / "last_check.json").write_text("{")
    with pytest.raises(StoreError, match=r"last_check.json is damaged .* Move it away: alerts"):
        one.check()


def test_a_destination_is_marked_by_what_cannot_be_read_back() -> None:
    log = AlertLog(NOW, (), salt="salt")
    assert log.mark("json://a") == log.mark("json://a")
    assert log.mark("json://a") not in (log.mark("json://b"), AlertLog(NOW, ()).mark("json://a"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("alerts") / "store"
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, company(), TERMS)
    return path


def test_the_command_prints_a_table_sends_and_answers_whether_all_is_well(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = [RULE | {"below": 1000}]

    def load(*_: object) -> Definitions:
        return terms(*rules)

    monkeypatch.setenv("BACKCAST_STORE", str(folder))
    monkeypatch.setattr(Definitions, "load", load)
    for variable in (VARIABLE, REPORT_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    assert main(["alerts", "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert "holds" in printed.out
    assert "/?period=Custom&dates=2026-03-04&dates=2026-03-31" in printed.out
    assert "Nothing was sent or kept" in printed.err
    assert read_alert_log(folder) is None
    with hook() as (reports, not_wanted), hook() as (port, got):
        monkeypatch.setenv(REPORT_VARIABLE, f"json://127.0.0.1:{reports}")
        monkeypatch.setenv(VARIABLE, f"json://127.0.0.1:{port}/{TOKEN}")
        assert main(["alerts", "--format", "json"]) == 0
    assert (len(got), not_wanted) == (1, [])
    printed = capsys.readouterr()
    assert '"state":"holds"' in printed.out
    assert "Sent to destination 1 (json://127.0.0.1)." in printed.err
    assert TOKEN not in printed.err + printed.out
    rules.append(RULE | {"name": "Gone", "metric": "headlin"})
    monkeypatch.delenv(VARIABLE)
    monkeypatch.delenv(REPORT_VARIABLE)
    assert main(["alerts", "--format", "csv"]) == 1
    printed = capsys.readouterr()
    assert "2 alerts were checked, 1 holds, 1 cannot be checked." in printed.err
    assert "Nobody is told: BACKCAST_ALERTS_TO and BACKCAST_REPORT_TO name no" in printed.err
    assert "there is no such metric" in printed.out
    rules.clear()
    assert main(["alerts"]) == 0
    assert "No alert is on: definitions.toml has no [[alerts.rule]]." in capsys.readouterr().err
