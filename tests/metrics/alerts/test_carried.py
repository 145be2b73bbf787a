"""From check to check: told once while it holds, again when it came back; nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data.alert_log import AlertEntry, AlertState
from metrics.alerts.carried import carried, owed, told
from metrics.alerts.reading import Reading

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
A, B = "mark a", "mark b"
HOLDS, FINE, ENDED = AlertState.HOLDS, AlertState.FINE, AlertState.ENDED


class Days:
    """Checks day after day, and who is told at each."""

    def __init__(self, *marks: str) -> None:
        self.entries: tuple[AlertEntry, ...] = ()
        self.marks = marks
        self.day = -1

    def check(self, *found: tuple[str, AlertState], reached: str = A + B) -> list[str]:
        """What was told at the next check: the destination and the alert, of those reached."""
        self.day += 1
        readings = [Reading("rule", state, "1", "It is so.", about=about) for about, state in found]
        now = START + timedelta(days=self.day)
        self.entries = carried(self.entries, readings, now, self.marks)
        said = []
        for mark in self.marks:
            news = owed(self.entries, mark)
            if news and mark in reached:
                said += [f"{mark}: {each.about or 'it'} {each.state.value}" for each in news]
                self.entries = told(self.entries, news, mark)
        return said

    def entry(self, about: str = "") -> AlertEntry:
        (found,) = (each for each in self.entries if each.about == about)
        return found


def test_it_is_told_once_while_it_holds_and_again_when_it_came_back() -> None:
    days = Days(A)
    assert days.check(("", HOLDS)) == ["mark a: it holds"]
    assert days.check(("", HOLDS)) == []
    assert days.entry().since == START
    assert days.check(("", AlertState.UNKNOWN)) == [], "not known to have ended"
    assert days.check(("", HOLDS)) == []
    assert days.check(("", FINE)) == []
    assert (days.entry().state, days.entry().since) == (FINE, START + timedelta(days=4))
    assert days.check(("", FINE)) == []
    assert days.entry().since == START + timedelta(days=4)
    assert days.check(("", HOLDS)) == ["mark a: it holds"]
    assert days.entry().since == START + timedelta(days=6)


def test_who_could_not_be_reached_is_told_later_and_nobody_else_again() -> None:
    days = Days(A, B)
    assert days.check(("", HOLDS), reached=A) == ["mark a: it holds"]
    assert days.check(("", HOLDS), reached="") == []
    assert days.check(("", HOLDS)) == ["mark b: it holds"]
    assert days.check(("", HOLDS)) == []


def test_what_came_up_and_ended_before_anybody_was_told_is_told_with_its_end() -> None:
    days = Days(A)
    assert days.check(("", HOLDS), reached="") == []
    assert days.check(("", FINE), reached="") == []
    assert days.check(("", FINE), reached="") == []
    assert (days.entry().state, days.entry().since) == (ENDED, START)
    assert days.entry().until == START + timedelta(days=1)
    assert days.check(("", FINE)) == ["mark a: it has ended"]
    assert days.check(("", FINE)) == []
    assert days.entry().state is FINE


def test_what_came_back_before_anybody_was_told_is_the_same_alert() -> None:
    days = Days(A)
    for state in (HOLDS, FINE):
        days.check(("", state), reached="")
    assert days.check(("", HOLDS)) == ["mark a: it holds"]
    assert (days.entry().since, days.entry().until) == (START, None)


def test_each_source_of_a_rule_is_an_alert_of_its_own() -> None:
    days = Days(A)
    assert days.check(("crm", HOLDS), ("", FINE)) == ["mark a: crm holds"]
    assert days.check(("crm", HOLDS), ("web", HOLDS)) == ["mark a: web holds"]
    assert days.check(("web", HOLDS), ("", FINE)) == []
    assert {each.about for each in days.entries} == {"web", ""}, "crm has ended, and was told"
    assert days.check(("crm", HOLDS), ("web", HOLDS)) == ["mark a: crm holds"]


def test_a_broken_rule_is_told_once_and_what_it_found_before_stays() -> None:
    days = Days(A)
    days.check(("", HOLDS))
    assert days.check(("", AlertState.BROKEN)) == ["mark a: it cannot be checked"]
    assert days.check(("", AlertState.BROKEN)) == []
    assert days.check(("", HOLDS)) == [], "it was told before it broke"
    assert days.check(("", AlertState.BROKEN), reached="") == []
    for _ in range(2):
        assert days.check(("", HOLDS)) == [], "that it was broken is no news any more"
    assert [each.state for each in days.entries] == [HOLDS]


def test_nobody_to_tell_leaves_nothing_to_be_told_and_a_rule_that_is_gone_is_forgotten() -> None:
    days = Days()
    days.check(("", HOLDS))
    days.check(("", FINE))
    assert days.entry().state is FINE
    days.check(("", HOLDS))
    days.marks = (A,)
    assert days.check(("", HOLDS)) == ["mark a: it holds"], "who comes later is told what holds"
    days.check()
    assert days.entries == ()
