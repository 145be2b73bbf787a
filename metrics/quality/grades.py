"""Grades, layers of need and relationships: how many leads each has, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED, columns
from data.schema.derived_quality import RELATED
from data.schema.frames import DataFrame, pa
from metrics.quality.outcomes import STAGES, Outcomes, Standing, outcomes, standings
from metrics.scope import Scope


class GroupOutcome(pa.DataFrameModel):
    """One row per group of leads and stage, in the order of the definitions, those of none last.

    `share` is of all leads that came in within the period. `rate` is the share that reaches the
    stage within `days`, with 95% bounds, null under twenty leads; `converted` are those seen to.
    `lift` is the rate ÷ that of all leads. `standing` holds a grade against the next lower one; it
    is null where groups have no order.
    """

    group: str
    leads: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1)
    stage: str = pa.Field(isin=[stage.value for stage in STAGES])
    days: int = pa.Field(ge=1, nullable=True)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    lift: float = pa.Field(ge=0, nullable=True)
    standing: str = pa.Field(isin=list(Standing), nullable=True)

    class Config:
        """Exactly these columns, one row per group and stage."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["group", "stage"]


def grades(warehouse: Warehouse, scope: Scope) -> DataFrame[GroupOutcome]:
    """How well do A, B and C leads convert, and does the order of grades hold?

    The grade of the file, else that of the definitions' rules of need, budget and horizon. Of leads
    that came in within the period, by the grade that they have now.

    Source: `outcomes` for rates and the test.
    """
    return _told(outcomes(warehouse, scope, "graded"), ("A", "B", "C"), in_order=True)


def need_layers(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[GroupOutcome]:
    """Do leads that decide whether, whose or which convert differently?

    By the words of the definitions in what was said of the need. Of leads that came in within the
    period; a need is often learned on the way, so that who has one has got further already.

    Source: `outcomes` for rates.
    """
    layers = [layer.name for layer in definitions.quality.need_layer]
    return _told(outcomes(warehouse, scope, "need_layer"), layers)


def relationships(warehouse: Warehouse, scope: Scope) -> DataFrame[GroupOutcome]:
    """Do leads of customers, of other products, of competitors or of new companies convert better?

    What the company was to us when the lead came in: it had bought the lead's product, or another
    one, before; else what its record says. A record that says customer, of a company whose first
    purchase came later, was new then. Of leads that came in within the period.

    Source: `outcomes` for rates.
    """
    known = [name for name in RELATED if name != UNASSIGNED]
    return _told(outcomes(warehouse, scope, "related_as"), known)


def _told(
    found: Outcomes, ordered: Sequence[str], *, in_order: bool = False
) -> DataFrame[GroupOutcome]:
    standing = standings(found, ordered) if in_order else {}
    total = sum(found.leads(name) for name in found.groups)
    names = [name for name in (*ordered, UNASSIGNED) if name in found.groups]
    rows = []
    for name in names:
        for stage in STAGES:
            outcome = found.groups[name][stage]
            rows.append(
                {
                    "group": name,
                    "leads": outcome.leads,
                    "share": outcome.leads / total,
                    "stage": stage.value,
                    "days": outcome.days,
                    "converted": outcome.converted,
                    "rate": outcome.rate,
                    "rate_low": outcome.low,
                    "rate_high": outcome.high,
                    "lift": found.lift(name, stage),
                    "standing": standing.get((name, stage)),
                }
            )
    return GroupOutcome.validate(pl.DataFrame(rows, schema=columns(GroupOutcome)), lazy=True)
