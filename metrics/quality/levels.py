"""Levels of leads: how many there are, what became of them, and whether their order holds."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.quality.outcomes import STAGES, Standing, outcomes, standings
from metrics.scope import Scope


class LeadLevel(pa.DataFrameModel):
    """One row per level and stage: levels from the best to the worst, those of none last.

    `share` is of all leads that came in within the period. `rate` is the share that reaches the
    stage within `days`, with 95% bounds, null under twenty leads; `converted` are those seen to.
    `lift` is the rate ÷ that of all leads. `standing` holds the level against the next lower one
    with a rate.
    """

    level: str
    treatment: str = pa.Field(nullable=True)
    leads: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1)
    stage: str = pa.Field(isin=[stage.value for stage in STAGES])
    days: int = pa.Field(ge=1, nullable=True)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    lift: float = pa.Field(ge=0, nullable=True)
    next_level: str = pa.Field(nullable=True)
    standing: str = pa.Field(isin=list(Standing), nullable=True)

    class Config:
        """Exactly these columns, one row per level and stage."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["level", "stage"]


class UnknownWord(pa.DataFrameModel):
    """One row per word of files that no term of the definitions knows, the most leads first.

    `field` is what it was said of: tier, need or relationship. Leads of the period have it.
    """

    field: str = pa.Field(isin=("tier", "need", "relationship"))
    word: str
    leads: int = pa.Field(ge=1)

    class Config:
        """Exactly these columns, one row per word."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["field", "word"]


def lead_levels(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[LeadLevel]:
    """How well does each level of leads convert, and does a better one convert worse than the next?

    Of leads that came in within the period, by the level that they have now. Levels that no lead
    has are told as well. Basis, unit, counting and window make no difference.

    A level that changed after the lead came in, because of what became of it, converts as it does
    for that reason too: `level_moves` tells how often that is.

    Source: `outcomes` for rates and the test.
    """
    found = outcomes(warehouse, scope, "level")
    ordered = [level.name for level in definitions.quality.level]
    told = standings(found, ordered)
    treatments = {level.name: level.treatment for level in definitions.quality.level}
    total = sum(found.leads(name) for name in found.groups)
    rows = []
    unlevelled = [UNASSIGNED] if UNASSIGNED in found.groups else []
    for place, name in enumerate([*ordered, *unlevelled] if total else []):
        for stage in STAGES:
            outcome = found.groups.get(name, {}).get(stage)
            below = [
                other
                for other in ordered[place + 1 :]
                if other in found.groups and found.groups[other][stage].rate is not None
            ]
            rows.append(
                {
                    "level": name,
                    "treatment": treatments.get(name),
                    "leads": found.leads(name),
                    "share": found.leads(name) / total,
                    "stage": stage.value,
                    "days": outcome.days if outcome else None,
                    "converted": outcome.converted if outcome else 0,
                    "rate": outcome.rate if outcome else None,
                    "rate_low": outcome.low if outcome else None,
                    "rate_high": outcome.high if outcome else None,
                    "lift": found.lift(name, stage) if outcome else None,
                    "next_level": below[0] if below and outcome else None,
                    "standing": told.get((name, stage)),
                }
            )
    return LeadLevel.validate(pl.DataFrame(rows, schema=columns(LeadLevel)), lazy=True)


def unknown_quality_words(warehouse: Warehouse, scope: Scope) -> DataFrame[UnknownWord]:
    """Which words for a tier, a need or a relationship does no definition know?

    Of leads that came in within the period. Their level, layer of need or relationship is
    Unassigned, until the word stands in the definitions.
    """
    kinds = {
        "tier": ("tier", "level_by"),
        "need": ("need_word", "nullif(need_layer, 'Unassigned')"),
        "relationship": ("relationship", "nullif(related_as, 'Unassigned')"),
    }
    parts = [
        f"SELECT '{field}' AS field, {word} AS word, count(*) AS leads FROM entered"
        f" WHERE {word} IS NOT NULL AND {word} <> '{UNASSIGNED}' AND {known} IS NULL"
        f" GROUP BY {word}"
        for field, (word, known) in kinds.items()
    ]
    found = warehouse.query(
        Query(
            scope.step("lead_quality"),
            Step(
                "entered",
                """
                SELECT tier, level_by, need_word, need_layer, relationship, related_as
                FROM scoped
                WHERE lead_on BETWEEN period_start AND period_end AND lead_on <= observed_until
                """,
            ),
            Step("unknown_words", "\nUNION ALL\n".join(parts)),
        )
    )
    ordered = found.sort("leads", "field", "word", descending=[True, False, False])
    return UnknownWord.validate(ordered, lazy=True)
