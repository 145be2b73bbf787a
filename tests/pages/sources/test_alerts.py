"""Alerts on Data health: how each stands, since when, and how one is switched on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.alert_log import AlertEntry, AlertLog, AlertState, write_alert_log
from data.definitions import BUILT_IN
from data.storage.store import Store
from tests.pages.company import publish
from tests.pages.conftest import Cockpit

RULES = "".join(
    f'[[alerts.rule]]\nname = "{name}"\nkind = "stale_source"\n'
    for name in ("采购 *MQLs* are few", "Plan", "Gone", "New one")
)

AT = datetime(2026, 4, 1, 6, 30, tzinfo=UTC)


def test_alerts_from_none_to_some_that_hold(
    cockpit: Cockpit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    publish(Store(path), leads=20)

    def words() -> tuple[str, str]:
        app = cockpit(path, "sources/data_health", health_part="Alerts")
        assert not app.exception
        assert not app.error
        frames = [each.value for each in app.dataframe if "alert" in each.value]
        shown = " ".join(each.value for each in (*app.markdown, *app.caption))
        return shown + str([frame.to_dict("records") for frame in frames]), " ".join(
            each.value for each in app.warning
        )

    shown, warned = words()
    assert "No alert is on." in shown
    assert "`[[alerts.rule]]`" in shown
    terms = tmp_path / "terms.toml"
    text = BUILT_IN.read_text("utf-8").replace(
        "[alerts]\n", "[alerts]\nquiet_from = 20:00:00\nquiet_until = 07:00:00\n"
    )
    terms.write_text(f"{text}\n{RULES}", "utf-8")
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(terms))
    shown, warned = words()
    assert "4 alerts are on and not checked yet." in shown
    assert warned == ""
    entries = [
        AlertEntry(rule, "", state, AT, "7", "There are 7.", "/funnel?period=Custom", told=told)
        for rule, state, told in (
            ("Plan", AlertState.FINE, ()),
            ("采购 *MQLs* are few", AlertState.HOLDS, ("mark",)),
            ("Gone", AlertState.BROKEN, ()),
            ("Of another time", AlertState.HOLDS, ()),
        )
    ]
    write_alert_log(path, AlertLog(AT, tuple(entries)))
    shown, warned = words()
    assert "**1 of 4 alerts** holds, as checked 1 Apr 2026, 06:30 UTC." in shown
    assert "Nothing is sent from 20:00 to 07:00." in shown
    assert "Not checked yet: New one." in shown
    assert "Of another time" not in shown
    assert shown.index("采购") < shown.index("'alert': 'Gone'") < shown.index("'alert': 'Plan'")
    assert "2 alerts need you: 采购 \\*MQLs\\* are few and Gone. See the Alerts tab." in warned
    (path / "alerts" / "last_check.json").write_text("{")
    app = cockpit(path, "sources/data_health", health_part="Alerts")
    assert any("Move it away" in each.value for each in app.error)
