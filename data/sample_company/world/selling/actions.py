"""What is to be done next with leads: MQLs are to be called, and who was put off called again."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, Integers
from data.sample_company.world.selling.answers import NOTHING, answers, next_event
from data.sample_company.world.selling.assignments import working_days_later
from data.sample_company.world.selling.reasons import AGAIN_AFTER_DAYS
from data.sample_company.world.text import choose, drawn_words

CALL, CALL_AGAIN = "Call", "Call again"

DUE_WORKING_DAYS = 5
"""An MQL is to be called within so many working days."""

_RESULTS = ("Reached", "Meeting agreed", "Call back later", "Not reached")

_RESULTS_AGAIN = ("Not yet", "Not reached", "Bought elsewhere")

_CALLED_AGAIN, _LATE_DAYS = 0.6, 25
"""Share of those put off who are called once it is due, and within how many days."""


def draw_actions(chunk: Chunk, given: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """One row per next action: `lead` (row), `seller` (number), `kind`, `due_at` (a day), `done_at`
    (`NEVER` while it is open), `result` and `reason`, and `mql_at` of the MQL to be called.

    The call to an MQL that was given to somebody because it is one is done when they accept it.
    MQLs that nobody was given, or that were rejected, are not to be called.
    """
    calls = _calls(chunk, given)
    again = _again(chunk, calls, reasons)
    return pl.concat([calls.select(again.columns), again])


def mql_entries(chunk: Chunk) -> pl.DataFrame:
    """One row per recorded time at which a lead became an MQL: `lead` (row) and `mql_at`."""
    leads = chunk.leads
    frames = []
    for name in ("mql_at", "requalified_at"):
        at = leads[name].to_numpy()
        recorded = at < NEVER
        if name == "mql_at":
            recorded = recorded & ~leads["skipped_mql"].to_numpy()
        rows = np.flatnonzero(recorded)
        frames.append(pl.DataFrame({"lead": rows, "mql_at": at[rows]}))
    return pl.concat(frames)


def _calls(chunk: Chunk, given: pl.DataFrame) -> pl.DataFrame:
    random = chunk.random(75)
    first = given.unique("lead", keep="first", maintain_order=True)
    later = given.filter("on_mql")
    columns = ("lead", "seller", "route", "rejected_at")
    entries = (
        mql_entries(chunk)
        .join(first.select(columns), on="lead", how="left", maintain_order="left")
        .join(
            later.select("lead", "seller", "route", "rejected_at", "accepted_at"),
            on="lead", how="left", suffix="_on_mql", maintain_order="left",
        )
        .with_columns(
            pl.coalesce(f"{name}_on_mql", name).alias(name)
            for name in ("seller", "route", "rejected_at")
        )
        .filter(pl.col("seller") >= 0, pl.col("rejected_at") >= int(NEVER))
    )  # fmt: skip
    lead, mql = entries["lead"].to_numpy(), entries["mql_at"].to_numpy()
    following = next_event(chunk, lead, mql)
    seller, route = entries["seller"].to_numpy(), entries["route"].to_numpy()
    done = answers(random, chunk, lead, seller, route, mql, following)
    done = np.where((following >= NEVER) & (random.random(len(lead)) < NOTHING), NEVER, done)
    again = mql == chunk.leads["requalified_at"].to_numpy()[lead]
    accepted = entries["accepted_at"].fill_null(0).to_numpy()
    done = np.where((accepted > 0) & ~again, accepted, done)
    results = drawn_words(random, _RESULTS, len(lead))
    return pl.DataFrame(
        {
            "lead": lead,
            "seller": seller,
            "kind": pl.repeat(CALL, len(lead), dtype=pl.String, eager=True),
            "due_at": working_days_later(mql, DUE_WORKING_DAYS),
            "done_at": done,
            "result": choose(done < NEVER, results, None),
            "reason": pl.repeat(None, len(lead), dtype=pl.String, eager=True),
            "mql_at": mql,
        }
    )


def _again(chunk: Chunk, calls: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """Those who were put off, to be called again on the day that the reason asks for."""
    random, leads = chunk.random(76), chunk.leads
    recycled, requalified = leads["recycled_at"].to_numpy(), leads["requalified_at"].to_numpy()
    seller = np.full(leads.height, -1)
    seller[calls["lead"].to_numpy()] = calls["seller"].to_numpy()
    rows = np.flatnonzero((recycled < NEVER) & (seller >= 0))
    why = reasons["recycled"].gather(rows)
    days = why.replace_strict(AGAIN_AFTER_DAYS, return_dtype=pl.Int64).to_numpy()
    due = (recycled[rows] // SECONDS_PER_DAY + days) * SECONDS_PER_DAY
    late = random.integers(8 * 3600, _LATE_DAYS * SECONDS_PER_DAY, len(rows))
    called = random.random(len(rows)) < _CALLED_AGAIN
    done = np.where(called & (due + late < chunk.programme.calendar.cutoff_at), due + late, NEVER)
    done = _before_again(recycled[rows], requalified[rows], done)
    told = drawn_words(random, _RESULTS_AGAIN, len(rows))
    told = choose(requalified[rows] < NEVER, "Interested again", told)
    return pl.DataFrame(
        {
            "lead": rows,
            "seller": seller[rows],
            "kind": pl.repeat(CALL_AGAIN, len(rows), dtype=pl.String, eager=True),
            "due_at": due,
            "done_at": done,
            "result": choose(done < NEVER, told, None),
            "reason": why,
            "mql_at": np.full(len(rows), NEVER),
        }
    )


def _before_again(recycled: Integers, requalified: Integers, done: Integers) -> Integers:
    """Whoever qualified again was called just before."""
    earlier = requalified - np.minimum(7200, np.maximum((requalified - recycled) // 2, 1))
    return np.where(requalified < NEVER, earlier, done)
