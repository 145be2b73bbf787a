"""Quiet hours: when nothing is sent, and until when that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data.definitions import Definitions


def quiet_until(definitions: Definitions, now: datetime) -> datetime | None:
    """Until when is nothing sent? None outside of quiet hours, and where there are none.

    The hours go by the clock on the wall in the reporting time zone, also when it is put forward or
    back, and over midnight where they end before they begin. The moment they begin is quiet, the
    one they end is not.

    >>> from datetime import time
    >>> from data.terms.alerts import AlertTerms
    >>> alerts = AlertTerms(quiet_from=time(20), quiet_until=time(7))
    >>> terms = Definitions.load().model_copy(update={"alerts": alerts})
    >>> str(quiet_until(terms, datetime(2026, 11, 30, 23, tzinfo=UTC)))
    '2026-12-01 07:00:00+00:00'
    >>> quiet_until(terms, datetime(2026, 11, 30, 7, tzinfo=UTC)) is None
    True
    """
    begins, ends = definitions.alerts.quiet_from, definitions.alerts.quiet_until
    if begins is None or ends is None:
        return None
    local = now.astimezone(definitions.zone)
    clock = local.time()
    over_midnight = ends < begins
    is_quiet = clock >= begins or clock < ends if over_midnight else begins <= clock < ends
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1) if over_midnight and clock >= begins else local.date()
    end = datetime.combine(day, ends, definitions.zone).replace(fold=local.fold)
    # Through UTC: an hour that the clock leaves out is the one after it.
    return end.astimezone(UTC).astimezone(definitions.zone)
