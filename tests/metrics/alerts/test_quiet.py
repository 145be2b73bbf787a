"""Quiet hours: by the clock on the wall, over midnight, and on the days it is put on or back."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from data.definitions import Definitions
from data.terms.alerts import AlertTerms
from metrics.alerts.quiet import quiet_until
from tests.metrics.facts import terms


def quiet(begins: str, ends: str, zone: str = "Europe/Berlin") -> Definitions:
    hours = AlertTerms(quiet_from=time.fromisoformat(begins), quiet_until=time.fromisoformat(ends))
    return terms(zone).model_copy(update={"alerts": hours})


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        # over midnight; Berlin is one hour ahead of UTC in winter
        (("20:00", "07:00"), "2026-01-12 18:59", None),
        (("20:00", "07:00"), "2026-01-12 19:00", "2026-01-13 07:00+01:00"),
        (("20:00", "07:00"), "2026-01-12 23:30", "2026-01-13 07:00+01:00"),
        (("20:00", "07:00"), "2026-01-13 05:59", "2026-01-13 07:00+01:00"),
        (("20:00", "07:00"), "2026-01-13 06:00", None),
        # within a day
        (("12:00", "13:30"), "2026-01-12 10:59", None),
        (("12:00", "13:30"), "2026-01-12 11:00", "2026-01-12 13:30+01:00"),
        (("12:00", "13:30"), "2026-01-12 12:30", None),
        # the night of 29 March 2026 has no hour from 2 to 3: it ends an hour sooner in UTC
        (("20:00", "07:00"), "2026-03-28 22:00", "2026-03-29 07:00+02:00"),
        (("20:00", "07:00"), "2026-03-29 04:59", "2026-03-29 07:00+02:00"),
        (("20:00", "07:00"), "2026-03-29 05:00", None),
        (("22:00", "02:30"), "2026-03-29 00:59", "2026-03-29 03:30+02:00"),
        (("22:00", "02:30"), "2026-03-29 01:00", None),
        # that of 25 October 2026 has it twice: it ends an hour later in UTC
        (("20:00", "07:00"), "2026-10-25 05:59", "2026-10-25 07:00+01:00"),
        (("20:00", "07:00"), "2026-10-25 06:00", None),
        (("22:00", "02:30"), "2026-10-25 00:29", "2026-10-25 02:30+02:00"),
        (("22:00", "02:30"), "2026-10-25 00:30", None),
        (("22:00", "02:30"), "2026-10-25 01:10", "2026-10-25 02:30+01:00"),
        (("22:00", "02:30"), "2026-10-25 01:30", None),
    ],
)
def test_quiet_hours(hours: tuple[str, str], at: str, until: str | None) -> None:
    found = quiet_until(quiet(*hours), datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert (found and found.isoformat(" ", "minutes")) == until


def test_the_zone_is_that_of_reports_and_without_hours_it_is_never_quiet() -> None:
    at = datetime(2026, 1, 12, 12, tzinfo=UTC)
    assert quiet_until(quiet("20:00", "07:00", "Asia/Shanghai"), at) is not None
    assert quiet_until(quiet("20:00", "07:00", "UTC"), at) is None
    assert quiet_until(terms("UTC"), at) is None
