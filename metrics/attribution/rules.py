"""Credit in steps: how the worth of a conversion is shared among its touches by each model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from data.sql import Step
from metrics.attribution.models import PARTS, Rule
from metrics.attribution.paths import path_steps
from metrics.attribution.question import Question

PLACES = 6
"""Credit is compared to so many decimals of a unit, so that equal touches tie on every engine."""


def credit_steps(
    question: Question,
    half_life_days: float,
    weights: Mapping[str, Iterable[float]] | None = None,
) -> tuple[Step, ...]:
    """Steps from `scoped` to `credits`: one row per model, conversion and touch, with its credit.

    The models are the rules of the question and those of `weights`: of each data-driven model the
    weight of every segment, in the order of `segment_step`. See `shared_steps`.
    """
    before = (*path_steps(question), segment_step(question))
    return shared_steps(before, question.rules, half_life_days, weights)


def shared_steps(
    before: tuple[Step, ...],
    rules: Iterable[Rule],
    half_life_days: float,
    weights: Mapping[str, Iterable[float]] | None = None,
) -> tuple[Step, ...]:
    """Steps from `paths` and `codes`, which are among those `before`, to `credits`.

    `paths` has the touches of each conversion, or of several that are alike, in order: `subject_id`
    with its worth in `units`, `interaction_id`, `segment`, `is_direct`, `place` of `places`,
    `lead_place`, `deal_place` and `days_before`. `codes` numbers the segments. A worth is shared
    among the segments by their `weights`, and a segment's part equally among its touches.

    `credit_units` of a conversion's touches add up to its `units` exactly: each has its share
    rounded down, and what is left goes to the largest remainders, of equal ones to the smallest
    interaction id. Where a model gives no touch a share, all have the same. A conversion of unknown
    worth has credit of unknown worth.
    """
    driven = weights or {}
    rows = ", ".join(
        f"('{rule.name}', {', '.join(_number(getattr(rule, each)) for each in PARTS)})"
        for rule in (*rules, *(Rule(name, name) for name in driven))
    )
    columns = ", ".join(f"{each}_share" for each in PARTS)
    is_milestone = (
        "(first_share > 0 AND place = 1) OR (last_share > 0 AND place = places)"
        " OR (lead_share > 0 AND place = lead_place) OR (deal_share > 0 AND place = deal_place)"
    )
    of_subject = "PARTITION BY subject_id"
    return (
        *before,
        _weight_step(driven),
        Step(
            "placed",
            f"""
            SELECT paths.*,
                max(CASE WHEN NOT is_direct THEN place END) OVER ({of_subject})
                    AS non_direct_place,
                codes.code,
                power({_number(2)}, -days_before / {_number(half_life_days)}) AS decayed,
                count(*) OVER ({of_subject}, paths.segment) AS of_segment
            FROM paths
            JOIN codes ON codes.segment = paths.segment
            """,
        ),
        Step("models", f"SELECT * FROM (VALUES {rows}) AS shares(model, {columns})"),
        Step(
            "of_models",
            f"""
            SELECT models.model, subject_id, units, interaction_id, segment, place, places,
                lead_place, deal_place, non_direct_place, decayed, of_segment, {columns},
                coalesce(weighed.weight, 0) AS weight,
                CASE WHEN {is_milestone} THEN 0 ELSE 1 END AS is_rest
            FROM placed
            CROSS JOIN models
            LEFT JOIN weighed ON weighed.model = models.model AND weighed.code = placed.code
            """,
        ),
        Step(
            "rested",
            f"""
            SELECT of_models.*,
                sum(is_rest) OVER ({of_subject}, model) AS rests,
                round(sum({_number(1)} / of_segment) OVER ({of_subject}, model)) AS segments,
                sum(CASE WHEN decay_share > 0 THEN decayed ELSE 0 END)
                    OVER ({of_subject}, model) AS decayed_sum
            FROM of_models
            """,
        ),
        Step(
            "raw",
            """
            SELECT model, subject_id, units, interaction_id, segment, places,
                CASE WHEN place = 1 THEN first_share ELSE 0 END
                + CASE WHEN place = lead_place THEN lead_share ELSE 0 END
                + CASE WHEN place = deal_place THEN deal_share ELSE 0 END
                + CASE WHEN place = places THEN last_share ELSE 0 END
                + CASE WHEN is_rest = 1 THEN rest_share / rests ELSE 0 END
                + CASE WHEN place = coalesce(non_direct_place, places)
                    THEN non_direct_share ELSE 0 END
                + CASE WHEN decay_share > 0 THEN decay_share * decayed / decayed_sum ELSE 0 END
                + (unique_share / segments + weight) / of_segment AS share
            FROM rested
            """,
        ),
        Step(
            "shares",
            f"""
            SELECT model, subject_id, units, interaction_id, segment,
                CASE WHEN sum(share) OVER ({of_subject}, model) > 0
                    THEN units * share / sum(share) OVER ({of_subject}, model)
                    ELSE units / CAST(places AS DOUBLE) END AS exact
            FROM raw
            """,
        ),
        Step(
            "floored",
            f"""
            SELECT model, subject_id, units, interaction_id, segment,
                CAST(floor(round(exact, {PLACES})) AS BIGINT) AS whole,
                round(exact - floor(round(exact, {PLACES})), {PLACES}) AS remainder
            FROM shares
            """,
        ),
        Step(
            "credits",
            f"""
            SELECT model, subject_id, interaction_id, segment,
                whole + CASE WHEN row_number() OVER (
                        {of_subject}, model ORDER BY remainder DESC, interaction_id
                    ) <= units - sum(whole) OVER ({of_subject}, model)
                    THEN 1 ELSE 0 END AS credit_units
            FROM floored
            """,
        ),
    )


def segment_step(question: Question) -> Step:
    """Step `codes`: one row per segment of any touch, numbered in one order."""
    by = question.by.value
    return Step(
        "codes",
        f"""
        SELECT segment, row_number() OVER (ORDER BY segment) AS code
        FROM (SELECT DISTINCT {by} AS segment FROM touch) AS each_once
        """,
    )


def _weight_step(weights: Mapping[str, Iterable[float]]) -> Step:
    """Step `weighed`: the weight of each data-driven model and segment."""
    rows = ", ".join(
        f"('{name}', {code}, {_number(weight)})"
        for name, of_segments in weights.items()
        for code, weight in enumerate(of_segments, start=1)
    )
    joins_with_nothing = f"('', 0, {_number(0)})"
    return Step(
        "weighed",
        f"SELECT * FROM (VALUES {rows or joins_with_nothing}) AS rows(model, code, weight)",
    )


def _number(value: float) -> str:
    """A floating-point number as text that engines do not take for a decimal."""
    return f"{value:.16e}"
