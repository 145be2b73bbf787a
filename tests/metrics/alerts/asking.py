"""A company for rules to be asked of: sixteen weeks of leads, and MQLs that wait for sales."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from data.definitions import Definitions
from data.notebook.notebook import Notebook
from metrics.alerts.reading import Asked, Reading
from metrics.alerts.readings import readings
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, change, lead

SEEN = date(2026, 3, 31)
"""The last day of the data, a Tuesday."""

NOW = datetime(2026, 4, 1, 6, tzinfo=UTC)

WEBINAR, EMAIL = "Webinar", "Email"


def came() -> list[tuple[date, date | None, date | None, str]]:
    """Of each lead the day it came, became an MQL and was taken up by sales, and its channel.

    Of the last 28 days 60, of the 28 before 30, earlier 30 as well; two of three are of webinars.
    Every second one becomes an MQL the day after, and every third of these an SQL a week after.
    """
    found = []
    for block, many in enumerate((30, 30, 60)):
        first = SEEN - timedelta(days=28 * (3 - block) - 1)
        for number in range(many):
            day = first + timedelta(days=number * 28 // many)
            mql = day + timedelta(days=1) if number % 2 == 0 and day < SEEN else None
            sql = mql + timedelta(days=7) if mql and number % 6 == 0 else None
            found.append((day, mql, sql, EMAIL if number % 3 == 0 else WEBINAR))
    return found


def company() -> Facts:
    """The leads as rows; one more came on the last day."""
    leads: list[Row] = [lead("last", datetime(2026, 3, 31, 12), channel=WEBINAR)]
    changes: list[Row] = []
    for place, (day, mql, sql, channel) in enumerate(came()):
        at = datetime(day.year, day.month, day.day, 10)
        leads.append(lead(f"L{place}", at, channel=channel))
        for stage, on in (("mql", mql), ("sql", sql)):
            if on is not None and on <= SEEN:
                moment = datetime(on.year, on.month, on.day, 10)
                changes.append(change("lead", f"L{place}", stage, moment))
    return Facts(lead=tuple(leads), stage_change=tuple(changes), as_of=datetime(2026, 3, 31, 20))


def terms(*rules: dict[str, Any], **alerts: Any) -> Definitions:
    """The tests' terms with these rules."""
    return Definitions.model_validate(TERMS.model_dump() | {"alerts": {"rule": rules, **alerts}})


def found(
    warehouse: DraftWarehouse, notebook: Notebook, *rules: dict[str, Any], now: datetime = NOW
) -> list[Reading]:
    """What rules find; each is called after its place unless it has a name."""
    named = [{"name": f"rule {place}"} | rule for place, rule in enumerate(rules)]
    return list(readings(Asked(warehouse, notebook, terms(*named), now)))
