"""After a load alerts are checked where there is a rule; no check makes a load fail."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from data.definitions import BUILT_IN, VARIABLE
from data.storage.store import Store
from loaders import __main__ as shell
from loaders import alerts
from loaders.outcome import Outcome, Status

RULE = '[[alerts.rule]]\nname = "Stale"\nkind = "stale_source"\n'


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "terms.toml"
    path.write_text(f"{BUILT_IN.read_text('utf-8')}\n{RULE}", "utf-8")
    monkeypatch.setenv(VARIABLE, str(path))


class Run:
    """What stands in for the process of the check: what it is started with, and what it says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: str | Exception = "1 alert was checked, 0 hold.\n"
        self.status = 0
        self.started: list[tuple[list[str], str]] = []
        monkeypatch.setattr(subprocess, "run", self)

    def __call__(self, command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        self.started.append((command[1:], more["env"]["BACKCAST_STORE"]))
        if isinstance(self.said, Exception):
            raise self.said
        return subprocess.CompletedProcess(command, self.status, "", self.said)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(monkeypatch)


def test_nothing_is_started_where_no_rule_is_defined(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path))
    assert alerts.checked_alerts(Store(tmp_path)) == ()
    assert run.started == []


@pytest.mark.usefixtures("rule")
def test_the_command_of_metrics_checks_the_store_that_was_loaded(run: Run, tmp_path: Path) -> None:
    begun: list[str] = []
    run.said = "1 alert was checked, 1 holds.\n\nSent to destination 1 (json://…).\n"
    said = alerts.checked_alerts(Store(tmp_path), lambda: begun.append("begun"))
    assert said == ("1 alert was checked, 1 holds.", "Sent to destination 1 (json://…).")
    assert run.started == [(["-m", "metrics", "alerts"], str(tmp_path))]
    assert begun == ["begun"]


@pytest.mark.usefixtures("rule")
def test_what_hinders_a_check_is_told_and_fails_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    run.said = "Traceback (most recent call last):\n  File x\nKeyError: 'a'\n"
    (said,) = alerts.checked_alerts(store)
    assert said.startswith("Alerts could not be checked: KeyError: 'a'. The load is published")
    run.said = subprocess.TimeoutExpired("metrics", 600)
    assert "took more than 600 seconds" in alerts.checked_alerts(store)[0]
    run.said = OSError(12, "Cannot allocate memory")
    assert "Cannot allocate memory" in alerts.checked_alerts(store)[0]
    run.said, run.status = "", -9
    assert "the check was ended" in alerts.checked_alerts(store)[0]
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing.toml"))
    assert "missing.toml: cannot be read" in alerts.checked_alerts(store)[0]


LOADED = Outcome(file_name="a.csv", status=Status.LOADED, message="")


def test_the_command_says_what_was_found_and_its_status_is_that_of_the_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[Outcome] = [LOADED]

    def check(_: Store, begin: Any = lambda: None) -> tuple[str, ...]:
        begin()
        return ("Alerts could not be checked: [x].",)

    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path))
    monkeypatch.setattr(shell, "load", lambda *_, **__: found)
    monkeypatch.setattr(shell, "checked_alerts", check)
    monkeypatch.setattr(shell, "_print_published", lambda _: None)
    assert shell.main(["load", "a.csv"]) == 0
    assert "Alerts could not be checked: [x]." in capsys.readouterr().out
    assert shell.main(["load", "a.csv", "--progress", "json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["event"] for each in said] == ["outcome", "progress", "alerts"]
    assert said[-1]["lines"] == ["Alerts could not be checked: [x]."]
    for arguments in (["load", "a.csv", "--dry-run"], ["load", "a.csv"]):
        assert shell.main(arguments) == 0
        assert ("Alerts" in capsys.readouterr().out) == ("--dry-run" not in arguments)
    found[:] = [LOADED.model_copy(update={"status": Status.FAILED})]
    assert shell.main(["load", "a.csv"]) == 1
    assert "Alerts" not in capsys.readouterr().out, "nothing was loaded"
