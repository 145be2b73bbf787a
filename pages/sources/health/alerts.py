"""Alerts: how each rule stood at the last check, and how to switch one on."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import streamlit as st

from data.alert_log import AlertLog, AlertState, read_alert_log
from data.storage.store import Store
from data.terms.alerts import AlertRule
from metrics.alerts.rows import alert_rows
from metrics.wording import formats
from pages.controls.columns import link, moment, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions
from pages.controls.problems import explained
from pages.controls.tables import show_table
from pages.display.text import escape

COLUMNS = {
    "alert": text("Alert", pinned=True), "about": text("About"), "state": text("State"),
    "value": text("Value"), "since": moment("Since (UTC)"), "link": link("View", "Open"),
    "is_told": tick("Told", meaning="Whether it was sent by mail or webhook."),
    "sentence": text("What was found", wide="large"),
}  # fmt: skip

_DEFINITIONS = Path(__file__).parents[1] / "definitions.py"


def note_alerts() -> None:
    """Which alerts hold or cannot be checked; nothing where none does."""
    with explained():
        log = _last_check(definitions().alerts.rule)
        if log is None:
            return
        active = list(dict.fromkeys(each.rule for each in log.entries if each.state.is_active))
        if active:
            what = "needs" if len(active) == 1 else "need"
            said = formats.counted(len(active), "alert")
            st.warning(
                f"{said} {what} you: {escape(formats.listed(active))}. See the Alerts tab.",
                icon=":material/notifications_active:",
            )


def show_alerts() -> None:
    """All alerts as they stood at the last check, or how to switch one on."""
    with st.container(border=True), explained():
        st.header("Alerts", anchor=False)
        rules = definitions().alerts.rule
        if not rules:
            st.markdown(
                "No alert is on. A rule says what is checked after each load: a figure above "
                "or below a bound, a change that is more than chance, a plan that is missed, "
                "overdue follow-up, or a file that no longer comes. Add one under "
                "`[[alerts.rule]]` on the Definitions page, where examples stand; "
                "docs/alerts.md says how they are sent by mail or webhook."
            )
            st.page_link(str(_DEFINITIONS), label="Open Definitions", icon=":material/rule:")
            return
        log = _last_check(rules)
        if log is None:
            st.markdown(
                f"{formats.counted(len(rules), 'alert is', 'alerts are')} on and not checked yet. "
                "They are checked after each load, and with `python -m metrics alerts`."
            )
            return
        _show(log, rules)


def _show(log: AlertLog, rules: tuple[AlertRule, ...]) -> None:
    checked = {each.rule for each in log.entries}
    holding = {each.rule for each in log.entries if each.state is AlertState.HOLDS}
    at = log.checked_at.astimezone(UTC).replace(tzinfo=None)
    st.markdown(
        f"**{len(holding)} of {formats.counted(len(rules), 'alert')}** "
        f"{'holds' if len(holding) == 1 else 'hold'}, as checked {formats.moment(at)}."
    )
    terms = definitions().alerts
    hours = ""
    if terms.quiet_from and terms.quiet_until:
        hours = f" Nothing is sent from {terms.quiet_from:%H:%M} to {terms.quiet_until:%H:%M}."
    st.caption(
        "Checked after each load and by `python -m metrics alerts`; told once, and again when one "
        f"ended and came back.{hours}"
    )
    if waiting := [rule.name for rule in rules if rule.name not in checked]:
        st.caption(f"Not checked yet: {escape(formats.listed(waiting))}.")
    show_table(
        alert_rows(log).select(list(COLUMNS)),
        alt="Alerts with their state, value, since when, and the view of each",
        stem=file_stem("alerts"),
        columns=COLUMNS,
    )


def _last_check(rules: tuple[AlertRule, ...]) -> AlertLog | None:
    """The last check, of the rules that are still there."""
    log = read_alert_log(Store.from_environment().path)
    if log is None:
        return None
    names = {rule.name for rule in rules}
    return AlertLog(log.checked_at, tuple(each for each in log.entries if each.rule in names))
