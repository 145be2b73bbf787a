"""Flows: from step to step of each event, who went on, was lost, may still come, or joined."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step, kept_step
from metrics.events.reasons import FINAL, reason_of
from metrics.events.signals import FLAGS, SIGNALS, people_step, signal_steps
from metrics.events.steps import STEPS, known_steps
from metrics.period import Period
from metrics.plan.events.outcomes import EVENT_COLUMNS, flagged_step, outcome_steps
from metrics.plan.events.records import (
    asked_people_step,
    asked_step,
    event_rows,
    facts_step,
    filtered_columns,
    people_steps,
    took_steps,
)
from metrics.scope import Dimension, Scope

EVENT = ("campaign_id", "campaign", "kind", "starts_on", "ends_on", "is_running")
"""The columns that say which event a row is of."""

COMING_DAYS = 400
"""Events that begin so many days after the data ends belong to a period that reaches its end."""

COUNTS = ("people", "previous", "lost", "open", "joined")


def event_people_steps(scope: Scope, by: Dimension | None) -> tuple[Step, ...]:
    """Steps to `event_people`: what is known of the people of events, of those asked for.

    What is known is kept: it is the same whoever is asked for.
    """
    known = Query(
        facts_step(scope),
        *took_steps(),
        *event_rows(),
        *outcome_steps(scope),
        flagged_step(),
        *signal_steps(),
        people_step(),
    )
    asked = with_coming(scope)
    return (
        kept_step("known_people", known),
        asked_step(asked, by),
        *people_steps(asked),
        asked_people_step(asked, by, "known_people", "event_people"),
    )


def with_coming(scope: Scope) -> Scope:
    """The scope with events to come, where its period reaches the last day observed."""
    if scope.period.end < scope.observed_until:
        return scope
    end = max(scope.period.end, scope.observed_until + timedelta(days=COMING_DAYS))
    return replace(scope, period=Period(scope.period.start, end))


def event_cells(warehouse: Warehouse, scope: Scope, by: Dimension | None) -> pl.DataFrame:
    """How many people of each event are alike in method, segment, steps taken and signals?

    One row per combination; a column `because_` of each step says why it is unknown of the event.
    Whoever does not pass the scope's filters is left out, but tells what the event records.
    """
    named = (*EVENT_COLUMNS, *filtered_columns(scope), "method", "segment", *FLAGS, *SIGNALS)
    listed = ", ".join(named)
    return warehouse.query(
        Query(
            *event_people_steps(scope, by),
            Step(
                "cells",
                f"SELECT {listed}, count(*) AS people FROM event_people GROUP BY {listed}",
            ),
        )
    )


def passing(cells: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """The cells of who passes the scope's filters."""
    return cells.filter(
        pl.lit(True),
        *(each.holds(pl.col(f"filtered_{each.dimension.value}")) for each in scope.filters),
    )


def flows(cells: pl.DataFrame, scope: Scope, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """One row per event, value of `by` and step, with its counts; where unknown, `because`.

    Each step is held against the one before that is known, `previous_step`. previous + joined =
    people + lost + open. Counts are null where the step is unknown, previous where it is the first.
    """
    told = known_steps(cells, _told_by(by))
    keys = (*EVENT, *by)
    counted = moved(passing(cells, scope), told, by)
    summed = counted.group_by(*keys, "step").agg(
        previous_step=pl.col("previous_step").first(),
        people=_people(pl.col("took")),
        previous=_people(pl.col("took_previous")),
        lost=_people(pl.col("is_lost")),
        open=_people(pl.col("is_open")),
        joined=_people(pl.col("took") & ~pl.col("took_previous")),
    )
    order = pl.DataFrame({"step": STEPS, "place": range(len(STEPS))})
    every = passing(cells, scope).select(keys).unique().join(order, how="cross")
    return (
        every.join(told, on=[*_told_by(by), "step"], how="left")
        .join(summed, on=[*keys, "step"], how="left", nulls_equal=True)
        .with_columns(
            pl.when(pl.col("previous_step").is_not_null())
            .then(pl.col("previous"))
            .alias("previous")
        )
        .sort("starts_on", "campaign_id", *by, "place", descending=[True, *[False] * (len(by) + 2)])
    )


def moved(cells: pl.DataFrame, told: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Per cell and step that is known: whether it was taken, and why not.

    `took_previous` is of the known step before, null of the first. A step that is known of an
    event, and not of who came uninvited, these did not take. Who did not go on is lost for a
    `reason`, or is open: of an event that is running, unless the reason is a final one, and of a
    deal that is.
    """
    flags = dict(zip(FLAGS, STEPS, strict=True))
    numbered = cells.with_row_index("cell").with_columns(
        pl.col(name).alias(step) for name, step in flags.items()
    )
    own = known_steps(cells, ("campaign_id", "method")).rename({"because": "own_because"})
    kept = [name for name in numbered.columns if name not in STEPS]
    long = (
        numbered.unpivot(index=kept, on=list(STEPS), variable_name="step", value_name="took")
        .join(told, on=[*_told_by(by), "step"], how="left")
        .filter(pl.col("because").is_null())
        .join(own, on=["campaign_id", "method", "step"], how="left")
        .with_columns(
            took=pl.col("took") & pl.col("own_because").is_null(),
            place=pl.col("step").replace_strict(
                dict(zip(STEPS, range(len(STEPS)), strict=True)), return_dtype=pl.Int64
            ),
        )
        .sort("cell", "place")
        .with_columns(
            took_previous=pl.col("took").shift().over("cell"),
            previous_step=pl.col("step").shift().over("cell"),
        )
    )
    went_off = pl.col("took_previous") & ~pl.col("took")
    has_open_deal = (pl.col("step") == STEPS[-1]) & (pl.col("has_open") == 1)
    may_come = pl.col("is_running") & ~pl.col("reason").is_in([each.value for each in FINAL])
    return (
        long.with_columns(reason=pl.when(went_off).then(reason_of()))
        .with_columns(is_open=went_off & (has_open_deal | may_come))
        .with_columns(is_lost=went_off & ~pl.col("is_open"))
    )


def _told_by(by: tuple[str, ...]) -> tuple[str, ...]:
    """What is known of a step is known of an event, and where they are told apart of a method."""
    return ("campaign_id", *(name for name in by if name == "method"))


def _people(where: pl.Expr) -> pl.Expr:
    return pl.col("people").filter(where).sum().cast(pl.Int64)
