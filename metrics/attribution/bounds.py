"""Bounds: how sure the shares of credit are, by groups of accounts drawn again."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.sql import Step
from metrics.attribution.chains import group_numbers
from metrics.attribution.data_driven import Weights
from metrics.attribution.journeys import GROUPS
from metrics.attribution.question import Question
from metrics.estimators.credit.bands import driven_bounds, group_weights, share_bounds

Floats = NDArray[np.float64]

UNATTRIBUTED = "Unattributed"
"""What conversions without a touch are credited to, so that credit adds up to the CRM's."""

SEED = 1

GROUPED = "substr(md5(coalesce(conversions.who, conversions.subject_id)), 1, 2)"
"""SQL: the group of accounts that a conversion belongs to."""

SETS = (
    Step(
        "members",
        """
        SELECT DISTINCT traced.subject_id, traced.grouped, traced.units, codes.code
        FROM traced
        JOIN codes ON codes.segment = traced.segment
        """,
    ),
    Step(
        "touched_by",
        """
        SELECT grouped, CAST(sum(power(2, code - 1)) AS BIGINT) AS bits, units
        FROM members
        GROUP BY subject_id, grouped, units
        """,
    ),
    Step(
        "sets",
        """
        SELECT grouped, bits, CAST(coalesce(sum(units), 0) AS BIGINT) AS units
        FROM touched_by
        GROUP BY grouped, bits
        """,
    ),
)
"""Steps from `traced` and `codes`: what conversions touched by each set of segments are worth."""


_ROWS = {
    "model": pl.String,
    "segment": pl.String,
    "share_low": pl.Float64,
    "share_high": pl.Float64,
}


def share_bounds_of(
    question: Question,
    by_group: pl.DataFrame,
    learned: Weights | None,
    sets: pl.DataFrame | None,
) -> pl.DataFrame:
    """One row per model and segment with the bounds of its share, where they are computed.

    `sets` are the rows of `SETS`; without them those of data-driven models are not.
    """
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
    if learned and sets is not None:
        members, units = _conversion_sets(question, by_group, sets, len(segments))
        found |= driven_bounds(learned.steps, members, units, drawn)
    rows = [
        (model, *each)
        for model, (low, high) in found.items()
        for each in zip(names, low.tolist(), high.tolist(), strict=True)
    ]
    return pl.DataFrame(rows, schema=_ROWS, orient="row").fill_nan(None)


def _conversion_sets(
    question: Question, by_group: pl.DataFrame, rows: pl.DataFrame, segments: int
) -> tuple[NDArray[np.bool_], Floats]:
    """The sets of segments that conversions were touched by, and their units by group.

    What has no touch is a set of its own, of `Unattributed` alone.
    """
    masks, place = np.unique(rows["bits"].to_numpy(), return_inverse=True)
    sets = np.zeros((len(masks) + 1, segments + 1), dtype=bool)
    sets[:-1, :-1] = (masks[:, None] >> np.arange(segments)) & 1 == 1
    sets[-1, -1] = True
    units = np.zeros((GROUPS, len(sets)))
    np.add.at(units, (group_numbers(rows), place), rows["units"].to_numpy())
    left = by_group.filter(model=question.rules[0].name, segment=UNATTRIBUTED)
    np.add.at(units[:, -1], group_numbers(left), left["units"].to_numpy())
    return sets, units
