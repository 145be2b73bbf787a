"""Days are cut in the reporting time zone, also when the clock changes."""

from __future__ import annotations

from datetime import date, datetime

from metrics.funnel.conversion import stage_conversion
from metrics.period import Period
from tests.metrics.facts import DraftWarehouse, Facts, change, lead, terms
from tests.metrics.scopes import asked


def test_days_are_cut_in_the_reporting_time_zone(draft: DraftWarehouse) -> None:
    # 23:30 UTC on the last of March is already April in Berlin (summer time began on the 29th)
    # and in Shanghai; 22:30 UTC is April in Berlin only because of summer time. 23:30 UTC on the
    # last of January is February in both.
    moments = (
        datetime(2026, 3, 31, 23, 30),
        datetime(2026, 3, 31, 22, 30),
        datetime(2026, 3, 31, 15, 59),
        datetime(2026, 1, 31, 23, 30),
        datetime(2026, 1, 31, 22, 30),
    )
    facts = Facts(lead=tuple(lead(f"L{number}", at) for number, at in enumerate(moments)))
    expected = {
        "UTC": {1: 2, 2: 0, 3: 3, 4: 0},
        "Europe/Berlin": {1: 1, 2: 1, 3: 1, 4: 2},
        "Asia/Shanghai": {1: 0, 2: 2, 3: 1, 4: 2},
    }
    for zone, months in expected.items():
        draft.hold(facts, terms(zone))
        for month, leads in months.items():
            last = {1: 31, 2: 28, 3: 31, 4: 30}[month]
            period = Period(date(2026, month, 1), date(2026, month, last))
            found = stage_conversion(draft, asked(period, date(2026, 12, 31)))
            assert found["reached"][0] == leads, (zone, month)


def test_a_window_counts_calendar_days_across_the_change_of_the_clock(
    draft: DraftWarehouse,
) -> None:
    # Late on 28 March to early on 31 March is three days in Berlin, though only 71 hours pass on
    # a clock that loses one; a window of three days holds it, one of two does not.
    facts = Facts(
        lead=(lead("L1", datetime(2026, 3, 28, 0, 30)),),
        stage_change=(change("lead", "L1", "mql", datetime(2026, 3, 30, 22, 30)),),
    )
    draft.hold(facts, terms("Europe/Berlin"))
    period = Period(date(2026, 3, 1), date(2026, 3, 31))
    for window, reached in ((2, 0), (3, 1)):
        found = stage_conversion(draft, asked(period, date(2026, 4, 30), window_days=window))
        assert found["reached"][1] == reached
