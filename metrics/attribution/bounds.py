"""Bounds: how sure the shares of credit are, by groups of accounts drawn again."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.attribution.chains import GROUPS, group_numbers
from metrics.attribution.data_driven import Weights
from metrics.attribution.paths import path_steps
from metrics.attribution.question import Question
from metrics.attribution.rules import segment_step
from metrics.estimators.credit.bands import driven_bounds, group_weights, share_bounds

Floats = NDArray[np.float64]

UNATTRIBUTED = "Unattributed"
"""What conversions without a touch are credited to, so that credit adds up to the CRM's."""

MOST_BITS = 52
"""So many segments fit into one number that says which of them touched a conversion."""

SEED = 1

GROUPED = "substr(md5(coalesce(conversions.who, conversions.subject_id)), 1, 2)"
"""SQL: the group of accounts that a conversion belongs to."""

_SETS = (
    Step(
        "members",
        """
        SELECT DISTINCT paths.subject_id, codes.code
        FROM paths
        JOIN codes ON codes.segment = paths.segment
        """,
    ),
    Step(
        "touched_by",
        """
        SELECT subject_id, CAST(sum(power(2, code - 1)) AS BIGINT) AS bits
        FROM members
        GROUP BY subject_id
        """,
    ),
    Step(
        "sets",
        f"""
        SELECT {GROUPED} AS grouped, bits,
            CAST(coalesce(sum(conversions.units), 0) AS BIGINT) AS units
        FROM touched_by
        JOIN conversions ON conversions.subject_id = touched_by.subject_id
        GROUP BY {GROUPED}, bits
        """,
    ),
)


_ROWS = {
    "model": pl.String,
    "segment": pl.String,
    "share_low": pl.Float64,
    "share_high": pl.Float64,
}


def share_bounds_of(
    warehouse: Warehouse, question: Question, by_group: pl.DataFrame, learned: Weights | None
) -> pl.DataFrame:
    """One row per model and segment with the bounds of its share, where they are computed."""
    drawn = group_weights(GROUPS, np.random.default_rng(SEED))
    segments = (
        learned.segments if learned else tuple(sorted({*by_group["segment"]} - {UNATTRIBUTED}))
    )
    names = (*segments, UNATTRIBUTED)
    found: dict[str, tuple[Floats, Floats]] = {}
    for rule in question.rules:
        of_rule = by_group.filter(model=rule.name)
        credit = np.zeros((GROUPS, len(names)))
        places = of_rule["segment"].cast(pl.Enum(names)).to_physical().to_numpy()
        np.add.at(credit, (group_numbers(of_rule), places), of_rule["units"].to_numpy())
        found[rule.name] = share_bounds(credit, drawn)
    if learned and len(segments) <= MOST_BITS:
        sets, units = _conversion_sets(warehouse, question, by_group, len(segments))
        found |= driven_bounds(learned.steps, sets, units, drawn)
    rows = [
        (model, *each)
        for model, (low, high) in found.items()
        for each in zip(names, low.tolist(), high.tolist(), strict=True)
    ]
    return pl.DataFrame(rows, schema=_ROWS, orient="row").fill_nan(None)


def _conversion_sets(
    warehouse: Warehouse, question: Question, by_group: pl.DataFrame, segments: int
) -> tuple[NDArray[np.bool_], Floats]:
    """The sets of segments that conversions were touched by, and their units by group.

    What has no touch is a set of its own, of `Unattributed` alone.
    """
    rows = warehouse.query(Query(*path_steps(question), segment_step(question), *_SETS))
    masks, place = np.unique(rows["bits"].to_numpy(), return_inverse=True)
    sets = np.zeros((len(masks) + 1, segments + 1), dtype=bool)
    sets[:-1, :-1] = (masks[:, None] >> np.arange(segments)) & 1 == 1
    sets[-1, -1] = True
    units = np.zeros((GROUPS, len(sets)))
    np.add.at(units, (group_numbers(rows), place), rows["units"].to_numpy())
    left = by_group.filter(model=question.rules[0].name, segment=UNATTRIBUTED)
    np.add.at(units[:, -1], group_numbers(left), left["units"].to_numpy())
    return sets, units
