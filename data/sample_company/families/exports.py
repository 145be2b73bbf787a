"""What the systems of a company of a family export on a day: tables in the warehouse's columns."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.families.life import Life
from data.sample_company.families.nature import CHANNELS
from data.sample_company.families.records import DEAL_STAGES, MOST_PUSHES, NEVER, Exit, Stage
from data.sample_company.families.snapshot import Snapshot
from data.sample_company.world.planted import Flags, Integers

_CURRENCY = "USD"


def tables(seen: Snapshot) -> dict[str, pl.DataFrame]:
    """The exports of a day, by the canonical table each one fills; every day is at noon UTC.

    `lead` has one row per lead, `stage_change` one per entry of a lead into a stage before
    opportunity or into an exit before it, `opportunity` one per deal as it stands, in the base
    currency, and `opportunity_change` one per change of its stage, amount or expected close. The
    generic mappings read them as they are.
    """
    return {
        "lead": _leads(seen),
        "stage_change": _stage_changes(seen),
        "opportunity": _opportunities(seen),
        "opportunity_change": _opportunity_changes(seen),
    }


def _leads(seen: Snapshot) -> pl.DataFrame:
    records = seen.records
    return pl.DataFrame(
        {
            "lead_id": _ids("L", np.arange(len(records.account))),
            "created_at": _moments(seen.life, records.entered[:, Stage.LEAD]),
            "account_id": _ids("A", records.account),
            "channel": _words(CHANNELS, records.channel),
        }
    )


def _stage_changes(seen: Snapshot) -> pl.DataFrame:
    records = seen.records
    before_deal = np.where(records.exit == Exit.LOST, Exit.NONE, records.exit)
    entries = [
        (stage.name.lower(), records.entered[:, stage], records.entered[:, stage] < NEVER)
        for stage in (Stage.LEAD, Stage.MQL, Stage.SQL)
    ]
    entries += [
        (kind.name.lower(), records.exited, before_deal == kind)
        for kind in (Exit.DISQUALIFIED, Exit.RECYCLED)
    ]
    return pl.concat(
        pl.DataFrame(
            {
                "subject_kind": pl.repeat("lead", int(happened.sum()), eager=True),
                "subject_id": _ids("L", np.flatnonzero(happened)),
                "stage": pl.repeat(name, int(happened.sum()), eager=True),
                "entered_at": _moments(seen.life, days[happened]),
            }
        )
        for name, days, happened in entries
    )


def _opportunities(seen: Snapshot) -> pl.DataFrame:
    lead = seen.records.deals.lead
    ended = np.where(seen.is_won, "won", "lost")
    stage = _words(DEAL_STAGES, seen.deal_stage)
    closed = pl.Series(np.where(seen.is_won, "Closed Won", "Closed Lost"))
    return pl.DataFrame(
        {
            "opportunity_id": _ids("D", lead),
            "account_id": _ids("A", seen.records.account[lead]),
            "primary_lead_id": _ids("L", lead),
            "created_at": _moments(seen.life, seen.opened),
            "amount": seen.amount,
            "currency": pl.repeat(_CURRENCY, len(lead), eager=True),
            "stage": closed.zip_with(pl.Series(~seen.is_open), stage),
            "probability": seen.probability,
            "expected_close_on": _dates(seen.life, seen.expected_close),
            "closed_at": _moments(seen.life, seen.closed),
            "outcome": np.where(seen.is_open, "open", ended),
        }
    )


def _opportunity_changes(seen: Snapshot) -> pl.DataFrame:
    deals, life = seen.records.deals, seen.life
    amended = deals.amended < NEVER
    frames = [
        _changes(seen, amended, deals.amended, "amount",
                 deals.first_amount.astype(str), deals.later_amount.astype(str))
    ]  # fmt: skip
    names = np.array(DEAL_STAGES)
    for number in range(1, len(DEAL_STAGES)):
        entered = deals.stage_entered[:, number]
        old, new = np.full(len(entered), names[number - 1]), np.full(len(entered), names[number])
        frames.append(_changes(seen, entered < NEVER, entered, "stage", old, new))
    for number in range(MOST_PUSHES):
        before = deals.first_close + number * deals.push_days
        frames.append(
            _changes(
                seen,
                seen.pushes > number,
                before + 1,
                "expected_close_on",
                _iso(life, before),
                _iso(life, before + deals.push_days),
            )
        )
    return pl.concat(frames).sort("opportunity_id", "changed_at", "field")


def _changes(
    seen: Snapshot, happened: Flags, days: Integers, field: str, old: _Texts, new: _Texts
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "opportunity_id": _ids("D", seen.records.deals.lead[happened]),
            "changed_at": _moments(seen.life, days[happened]),
            "field": pl.repeat(field, int(happened.sum()), eager=True),
            "old": old[happened],
            "new": new[happened],
        }
    )


_Texts = np.ndarray[tuple[int], np.dtype[np.str_]]


def _ids(letter: str, numbers: Integers) -> pl.Series:
    return letter + pl.Series(numbers).cast(pl.String).str.zfill(7)


def _words(words: tuple[str, ...], numbers: Integers) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(numbers)


def _dates(life: Life, days: Integers) -> pl.Series:
    """Dates of days, null for `NEVER`."""
    known = np.where(days < NEVER, days, 0)
    dates = pl.Series(np.datetime64(life.start, "D") + known.astype("timedelta64[D]"))
    return dates.set(pl.Series(days == NEVER), None)


def _moments(life: Life, days: Integers) -> pl.Series:
    return _dates(life, days).dt.strftime("%Y-%m-%dT12:00:00Z")


def _iso(life: Life, days: Integers) -> _Texts:
    return (np.datetime64(life.start, "D") + days.astype("timedelta64[D]")).astype(str)
