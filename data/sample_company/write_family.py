"""The exports of a company of a family as of a day, and beside them what really came of it.

A later day of the same life shows the same rows, and what happened and was told in between.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, time
from pathlib import Path

from data.errors import SampleError
from data.sample_company.families.company import Company, company, planted
from data.sample_company.families.exports import tables
from data.sample_company.families.nature import Family
from data.sample_company.families.records import NEVER, Stage
from data.sample_company.manifest import write_manifest
from data.sample_company.world.planted import add_months
from data.sample_company.write import SampleSize

YEARS_AFTER = 1
"""How long leads go on coming in after the last day, so that its future is whole."""


def write_family(
    directory: Path, family: Family, size: SampleSize, seen_on: date | None = None
) -> None:
    """Write `lead.csv`, `stage_change.csv`, `opportunity.csv` and `opportunity_change.csv` as of a
    day, `truth.json` and `manifest.json` into a directory.

    The exports are of `seen_on`, or of `size.until`, and so are the files' times of change, by
    which they are loaded. The life is that of the size, whichever day it is seen on: the company
    has about `size.leads` leads by `size.until`, unless its family grows. Files of the same names
    are replaced. The truth: what is `planted`, what was `seen` by the day (leads by stage reached,
    won amount), and what is won in each month of the life, to a year after `size.until`.

    Raises SampleError for a day before the life, or after its last month.

    >>> from datetime import date
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_family(Path(folder), Family.TREND, SampleSize(500, date(2026, 6, 30)))
    ...     len(list(Path(folder).iterdir()))
    6
    """
    made, day = company_of(family, size), seen_on or size.until
    _refuse_outside(made, day)
    directory.mkdir(parents=True, exist_ok=True)
    changed_at = datetime.combine(day, time(23, 59), UTC).timestamp()
    names = []
    for name, table in tables(made.seen_on(day)).items():
        path = directory / f"{name}.csv"
        table.write_csv(path)
        os.utime(path, (changed_at, changed_at))
        names.append(path.name)
    write_manifest(directory, names)
    text = json.dumps(_truth(made, size.seed, day), ensure_ascii=False, indent=1)
    (directory / "truth.json").write_text(text + "\n", encoding="utf-8")


def company_of(family: Family, size: SampleSize) -> Company:
    """The company of a family that has about so many leads in the months to `size.until`."""
    months = size.months + 12 * YEARS_AFTER
    win_share = planted(family, size.seed, months).win_share
    return company(
        family,
        size.seed,
        wins_per_year=size.leads * win_share * 12 / size.months,
        months=months,
        start=add_months(size.until.replace(day=1), 1 - size.months),
    )


def _refuse_outside(made: Company, day: date) -> None:
    """Refuse a day of which the life knows nothing, or before which no more leads come in."""
    first, last = made.life.start, made.life.date_of(made.life.days - 1)
    if not first <= day <= last:
        raise SampleError(
            f"this company's life is known from {first} to {last}: {day} is outside. Leave --until"
            " as it is and choose a day within; another --until is another life"
        )


def _truth(made: Company, seed: int, day: date) -> dict[str, object]:
    nature, seen = made.nature, made.seen_on(day)
    reached = (seen.records.entered < NEVER).sum(axis=0)
    changed = nature.change_month
    return {
        "planted": {
            "family": nature.family.value,
            "seed": seed,
            "rates": nature.rates.round(6).tolist(),
            "lag_days": nature.lag_days.round(3).tolist(),
            "change_on": None if changed is None else str(_month(made, changed)),
        },
        "seen": {
            "until": str(day),
            "reached": {stage.name.lower(): int(reached[stage]) for stage in Stage},
            "won_amount": int(seen.amount[seen.is_won].sum()),
        },
        "won_by_month": {
            str(_month(made, number)): {"deals": int(deals), "amount": int(amount)}
            for number, (deals, amount) in enumerate(
                zip(made.truth.won_by_month, made.truth.revenue_by_month, strict=True)
            )
        },
    }


def _month(made: Company, number: int) -> date:
    return made.life.date_of(int(made.life.month_starts[number]))
