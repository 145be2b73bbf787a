"""The steps of an event's funnel, and which of them its records tell."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from metrics.plan.events.steps import EventStep, unknown_because


class FunnelStep(StrEnum):
    """The steps of an event, in order: those of the Event planner, and the deal that is won."""

    LISTED = "listed"
    VALID_CONTACT = "valid_contact"
    REACHED = "reached"
    REGISTERED = "registered"
    ATTENDED = "attended"
    HIGH_VALUE = "high_value"
    OPPORTUNITY = "opportunity"
    WON = "won"

    @property
    def label(self) -> str:
        """The step as people write it.

        >>> FunnelStep.HIGH_VALUE.label, FunnelStep.WON.label
        ('High value', 'Won')
        """
        return self.value.replace("_", " ").capitalize()

    @property
    def place(self) -> int:
        """Where it stands, from 0.

        >>> FunnelStep.ATTENDED.place
        4
        """
        return list(FunnelStep).index(self)


STEPS = tuple(each.value for each in FunnelStep)


def known_steps(cells: pl.DataFrame, by: tuple[str, ...]) -> pl.DataFrame:
    """Per `by` and step, why its count is unknown; null where it is known.

    `cells` has the method and the columns that events are told by. A step is known of people who
    were invited in several ways when it is known of each of them. Who came uninvited says nothing
    of steps before, unless there is nobody else.
    """
    told = cells.select(
        *by,
        is_uninvited=pl.col("method") == "uninvited",
        **{each: _because(FunnelStep(each)) for each in STEPS},
    ).unique()
    long = told.unpivot(
        index=[*by, "is_uninvited"], on=list(STEPS), variable_name="step", value_name="because"
    )
    invited = pl.col("because").filter(~pl.col("is_uninvited"))
    return long.group_by(*by, "step").agg(
        because=pl.when((~pl.col("is_uninvited")).any())
        .then(invited.min())
        .otherwise(pl.col("because").min())
    )


def _because(step: FunnelStep) -> pl.Expr:
    """A deal can be won where an opportunity can be known."""
    return unknown_because(
        EventStep.OPPORTUNITY if step is FunnelStep.WON else EventStep(step.value)
    )
