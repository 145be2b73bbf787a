"""Days are found in names and lines as people and systems write them, and nothing else is one."""

from __future__ import annotations

from datetime import UTC, date, time

import pytest

from loaders.dating.days import days_in


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Opportunity_2026-03-27", ["2026-03-27"]),
        ("20260327_leads", ["2026-03-27"]),
        ("Umsatz 27.03.2026", ["2026-03-27"]),
        ("Angebote 3.4.2026", ["2026-04-03"]),
        ("offers 03.27.2026", ["2026-03-27"]),
        ("商机导出2026年3月27日", ["2026-03-27"]),
        ("案件一覧_2026年03月27日", ["2026-03-27"]),
        ("Kontakte 27. März 2026 neu", ["2026-03-27"]),
        ("leads Mar-27-2026", ["2026-03-27"]),
        ("27Mar2026", ["2026-03-27"]),
        ("informe 27 de marzo de 2026", ["2026-03-27"]),
        ("27-03-2026", ["2026-03-27"]),
        ("2026_3_7", ["2026-03-07"]),
        ("花费报表_20260301-20260303", ["2026-03-01", "2026-03-03"]),
        ("from 2026-03-01 to 2026-03-07", ["2026-03-01", "2026-03-07"]),
        ("March 1, 2026 - March 8, 2026", ["2026-03-01", "2026-03-08"]),
        ("deals-9931", []),
        ("order 2026032701", []),
        ("case 20261399", []),
        ("leads 2026-03", []),
        ("KW13-2026", []),
        ("v1.2.20261", []),
    ],
)
def test_days_are_found_as_they_are_written(text: str, days: list[str]) -> None:
    assert [each.day and each.day.isoformat() for each in days_in(text)] == days


def test_a_day_that_can_be_two_has_both_readings() -> None:
    (found,) = days_in("deals 03-04-2026")
    assert found.day is None
    assert set(found.readings) == {date(2026, 4, 3), date(2026, 3, 4)}
    assert found.written == "03-04-2026"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("contacts_2026-03-20T101500", time(10, 15)),
        ("contacts_2026-03-20_10-15-30", time(10, 15, 30)),
        ("x-20260320101530", time(10, 15, 30)),
        ("x-202603201015 (2)", time(10, 15)),
        ("2026-03-20T10:15:00Z", time(10, 15, tzinfo=UTC)),
        ("April 1, 2026, 9:14 PM", time(21, 14)),
        ("Erstellt am 27.03.2026 um 10:15", time(10, 15)),
        ("2026年3月20日10时15分", time(10, 15)),
        ("2026-03-20-2", None),
        ("2026-03-20_2026-03-27", None),
        ("20260320-20260327", None),
        ("2026-03-20 99-15", None),
    ],
)
def test_a_time_follows_its_day(text: str, expected: time | None) -> None:
    assert days_in(text)[0].time == expected
