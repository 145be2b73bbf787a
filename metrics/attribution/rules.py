"""Credit in steps: how the worth of a conversion is shared among its touches by each model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from data.sql import Step
from metrics.attribution.models import Rule
from metrics.attribution.paths import path_steps
from metrics.attribution.question import Question

PLACES = 6
"""Credit is compared to so many decimals of a unit, so that equal touches tie on every engine."""

_PLACES = {"first": "1", "lead": "lead_place", "deal": "deal_place", "last": "places"}
"""The place of each milestone on a path."""

_OF_SUBJECT = "PARTITION BY subject_id"


def credit_steps(
    question: Question,
    half_life_days: float,
    weights: Mapping[str, Iterable[float]] | None = None,
    models: Collection[str] | None = None,
) -> tuple[Step, ...]:
    """Steps from `scoped` to `credits`: one row per model, conversion and touch, with its credit.

    The models are the rules of the question and those of `weights`, or of these the `models` that
    are named. See `shared_steps`.
    """
    rules = [rule for rule in question.rules if models is None or rule.name in models]
    driven = {
        name: each for name, each in (weights or {}).items() if models is None or name in models
    }
    shared = shared_steps(rules, half_life_days, driven)
    return (*path_steps(question), segment_step(question), *shared)


def shared_steps(
    rules: Sequence[Rule],
    half_life_days: float,
    weights: Mapping[str, Iterable[float]],
    paths: str = "paths",
) -> tuple[Step, ...]:
    """Steps from `paths` and `codes` to `credits`: worth shared by rules, and by `weights`.

    `paths`, which may have another name, has the touches of each conversion, or of several that are
    alike, in order: `subject_id` with its worth in `units`, `interaction_id`, `segment`,
    `is_direct`, `place` of `places`, `lead_place`, `deal_place` and `days_before`; rows without a
    segment are passed over. `codes` numbers the segments. By the weight of every segment, in the
    order of their numbers, a data-driven model shares the worth among segments, and a segment's
    part equally among its touches.

    `credit_units` of a conversion's touches add up to its `units` exactly: each has its share
    rounded down, and what is left goes to the largest remainders, of equal ones to the smallest
    interaction id. Where a model gives no touch a share, all have the same. A conversion of unknown
    worth has credit of unknown worth.
    """
    driven = {name: list(each) for name, each in weights.items()}
    return (
        _weight_step(list(driven.values())),
        _placed_step(paths, half_life_days, len(driven)),
        _counted_step(rules),
        *_floored_steps([*map(_part, rules), *map(_driven_part, range(len(driven)))]),
        *_rounded_steps([*(rule.name for rule in rules), *driven]),
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


def _weight_step(weights: Sequence[Sequence[float]]) -> Step:
    """Step `weighed`: each segment with its weight by each data-driven model."""
    if not weights:
        return Step("weighed", "SELECT segment, code FROM codes")
    columns = ", ".join(f"weight_{number}" for number in range(len(weights)))
    rows = ", ".join(
        f"({code}, {', '.join(map(_number, of_segment))})"
        for code, of_segment in enumerate(zip(*weights, strict=True), start=1)
    )
    return Step(
        "weighed",
        f"""
        SELECT codes.segment, codes.code, {columns}
        FROM codes
        JOIN (VALUES {rows}) AS known(code, {columns}) ON known.code = codes.code
        """,
    )


def _placed_step(paths: str, half_life_days: float, driven: int) -> Step:
    """Step `placed`: touches, numbered by id, with what their weights rest on."""
    weights = "".join(f", weighed.weight_{number}" for number in range(driven))
    return Step(
        "placed",
        f"""
        SELECT {paths}.*{weights},
            dense_rank() OVER (ORDER BY subject_id) AS subject,
            row_number() OVER ({_OF_SUBJECT} ORDER BY interaction_id) AS place_of_id,
            max(CASE WHEN NOT is_direct THEN place END) OVER ({_OF_SUBJECT}) AS non_direct_place,
            power({_number(2)}, -days_before / {_number(half_life_days)}) AS decayed,
            count(*) OVER ({_OF_SUBJECT}, {paths}.segment) AS of_segment
        FROM {paths}
        JOIN weighed ON weighed.segment = {paths}.segment
        """,
    )


def _counted_step(rules: Iterable[Rule]) -> Step:
    """Step `counted`: with each touch, what is summed over those of its conversion."""
    rests = {
        _rests(rule): f"sum(CASE WHEN {_is_milestone(rule)} THEN 0 ELSE 1 END) OVER ({_OF_SUBJECT})"
        for rule in rules
        if rule.rest > 0
    }
    columns = "".join(f", {count} AS {name}" for name, count in rests.items())
    return Step(
        "counted",
        f"""
        SELECT placed.*{columns},
            sum(decayed) OVER ({_OF_SUBJECT}) AS decayed_sum,
            round(sum({_number(1)} / of_segment) OVER ({_OF_SUBJECT})) AS segments
        FROM placed
        """,
    )


def _part(rule: Rule) -> str:
    """SQL: what a touch has by a rule; the parts of a conversion need not add up to 1."""
    parts = [
        f"CASE WHEN place = {place} THEN {_number(getattr(rule, name))} ELSE 0 END"
        for name, place in _milestones(rule).items()
    ]
    if rule.rest > 0:
        rest = f"{_number(rule.rest)} / {_rests(rule)}"
        parts.append(f"CASE WHEN {_is_milestone(rule)} THEN 0 ELSE {rest} END")
    if rule.non_direct > 0:
        last = "coalesce(non_direct_place, places)"
        parts.append(f"CASE WHEN place = {last} THEN {_number(rule.non_direct)} ELSE 0 END")
    if rule.decay > 0:
        parts.append(f"{_number(rule.decay)} * decayed / decayed_sum")
    if rule.unique > 0:
        parts.append(f"{_number(rule.unique)} / segments / of_segment")
    return " + ".join(parts) or _number(0)


def _driven_part(number: int) -> str:
    """SQL: what a touch has by a data-driven model: its part of the weight of its segment."""
    return f"weight_{number} / of_segment"


def _milestones(rule: Rule) -> dict[str, str]:
    """Of the touches that the rule has a share for, the places by name."""
    return {name: place for name, place in _PLACES.items() if getattr(rule, name) > 0}


def _is_milestone(rule: Rule) -> str:
    """SQL: whether a touch is one that the rule has a share for."""
    places = [f"coalesce(place = {place}, FALSE)" for place in _milestones(rule).values()]
    return " OR ".join(places) or "FALSE"


def _rests(rule: Rule) -> str:
    """The column that counts the touches of a conversion that are no milestone of the rule."""
    return "_".join(("rests", "beside", *_milestones(rule)))


def _floored_steps(parts: Sequence[str]) -> tuple[Step, ...]:
    """Steps to `floored`: by each model, a touch's whole units and what is left of them."""
    numbers = range(len(parts))
    known = "subject, subject_id, units, interaction_id, place_of_id, segment"
    each = ", ".join(f"{part} AS part_{number}" for number, part in enumerate(parts))
    exact = ", ".join(
        f"""CASE WHEN sum(part_{number}) OVER ({_OF_SUBJECT}) > 0
            THEN units * part_{number} / sum(part_{number}) OVER ({_OF_SUBJECT})
            ELSE units / CAST(places AS DOUBLE) END AS exact_{number}"""
        for number in numbers
    )
    whole = ", ".join(
        f"CAST(floor(round(exact_{number}, {PLACES})) AS BIGINT) AS whole_{number}"
        for number in numbers
    )
    left = ", ".join(
        f"units - sum(whole_{number}) OVER ({_OF_SUBJECT}) AS left_{number}" for number in numbers
    )
    return (
        Step("parted", f"SELECT {known}, places, {each} FROM counted"),
        Step("shared", f"SELECT {known}, {exact} FROM parted"),
        Step("floored", f"SELECT shared.*, {whole} FROM shared"),
        Step("summed", f"SELECT floored.*, {left} FROM floored"),
    )


def _rounded_steps(names: Sequence[str]) -> tuple[Step, ...]:
    """Steps to `credits`: what is left of each conversion by each model, to the largest of them."""
    models = ", ".join(f"({number}, '{name}')" for number, name in enumerate(names))

    def chosen(column: str) -> str:
        cases = " ".join(f"WHEN {number} THEN {column}_{number}" for number in range(len(names)))
        return f"CASE number {cases} END"

    known = "model, subject_id, interaction_id, segment"
    return (
        Step("models", f"SELECT * FROM (VALUES {models}) AS named(number, model)"),
        Step(
            "of_models",
            f"""
            SELECT {known}, number, subject, place_of_id, {chosen("whole")} AS whole,
                {chosen("left")} AS left_over,
                CAST(round(({chosen("exact")} - {chosen("whole")}) * {10**PLACES}) AS BIGINT)
                    AS remainder
            FROM summed
            CROSS JOIN models
            """,
        ),
        Step(
            "credits",
            f"""
            SELECT {known},
                whole + CASE WHEN row_number() OVER (
                        PARTITION BY subject, number ORDER BY remainder DESC, place_of_id
                    ) <= left_over
                    THEN 1 ELSE 0 END AS credit_units
            FROM of_models
            """,
        ),
    )


def _number(value: float) -> str:
    """A floating-point number as text that engines do not take for a decimal."""
    return f"{value:.16e}"
