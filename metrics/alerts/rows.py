"""The alerts as a table: how each stands, since when, and where to look."""

from __future__ import annotations

from datetime import UTC
from typing import ClassVar

import polars as pl

from data.alert_log import AlertLog, AlertState
from data.schema.contract import Timestamp
from data.schema.frames import DataFrame, pa

_ORDER = (
    AlertState.HOLDS,
    AlertState.BROKEN,
    AlertState.ENDED,
    AlertState.UNKNOWN,
    AlertState.FINE,
)


class AlertRow(pa.DataFrameModel):
    """One row per alert, those that hold first, then in the order of the definitions.

    `about` distinguishes what one rule is about, such as its sources. `since` is when a check first
    found it so (UTC), `is_told` whether some destination was told that it holds. `link` is the page
    that shows it.
    """

    alert: str
    about: str = pa.Field(nullable=True)
    state: str = pa.Field(isin=[each.value for each in AlertState])
    value: str
    since: Timestamp
    is_told: bool
    sentence: str
    link: str

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def alert_rows(log: AlertLog, address: str | None = None) -> DataFrame[AlertRow]:
    """How does each alert stand, since when, and where is it shown?

    Links are whole where the cockpit's `address` is given.

    >>> from datetime import datetime
    >>> alert_rows(AlertLog(datetime(2026, 1, 1, tzinfo=UTC), ())).height
    0
    """
    entries = sorted(log.entries, key=lambda each: _ORDER.index(each.state))
    rows = [
        {
            "alert": each.rule,
            "about": each.about or None,
            "state": each.state.value,
            "value": each.value,
            "since": each.since.astimezone(UTC).replace(microsecond=0, tzinfo=None),
            "is_told": bool(each.told),
            "sentence": each.sentence,
            "link": f"{(address or '').rstrip('/')}{each.link}",
        }
        for each in entries
    ]
    schema = {name: column.dtype.type for name, column in AlertRow.to_schema().columns.items()}
    return AlertRow.validate(pl.DataFrame(rows, schema=schema), lazy=True)
