"""The definitions' rules of lead quality, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from data.sql import literal
from data.terms.quality import (
    GradeRule,
    QualityLevel,
    RelationshipWords,
    ScoringModel,
    ScoringWeight,
)


def level_of_tier(levels: Sequence[QualityLevel], column: str) -> str:
    """SQL: the level that names the tier, whatever its case; null where none does.

    >>> print(level_of_tier([QualityLevel(name="Best", treatment="Call", tier=("Hot",))], "tier"))
    CASE WHEN lower(trim(tier)) IN ('hot') THEN 'Best' END
    """
    cases = " ".join(
        f"WHEN lower(trim({column})) IN ({listed(each.tier)}) THEN {literal(each.name)}"
        for each in levels
        if each.tier
    )
    return f"CASE {cases} END" if cases else "CAST(NULL AS VARCHAR)"


def level_by_points(levels: Sequence[QualityLevel]) -> str:
    """SQL: the first level whose thresholds the points reach; null where there are no points."""
    cases = []
    for each in levels:
        asked = [
            f"{column} >= CAST({float(bound)!r} AS DOUBLE)"
            for column, bound in (
                ("fit_points", each.fit_from),
                ("engagement_points", each.engagement_from),
            )
            if bound is not None
        ]
        if asked:
            cases.append(f"WHEN {' AND '.join(asked)} THEN {literal(each.name)}")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def with_word(rules: Sequence[tuple[str, Sequence[str]]], column: str) -> str:
    """SQL: the name of the first rule of which a word stands in the text; null where none does.

    >>> print(with_word([("Which", ["Model"])], "need"))
    CASE WHEN (contains(lower(need), 'model')) THEN 'Which' END
    """
    cases = " ".join(
        f"WHEN {has_word(column, words)} THEN {literal(name)}" for name, words in rules if words
    )
    return f"CASE {cases} END" if cases else "CAST(NULL AS VARCHAR)"


def graded_by_rule(rules: Sequence[GradeRule]) -> str:
    """SQL: the grade of the first rule whose terms all hold of table lead; null where none does.

    A budget that is no number, but for commas and spaces between thousands, reaches nothing.
    """
    budget = "TRY_CAST(replace(replace(lead.budget, ',', ''), ' ', '') AS DOUBLE)"
    cases = []
    for rule in rules:
        asked = []
        if rule.need is not None:
            asked.append(has_word("lead.need", rule.need))
        if rule.timeline is not None:
            asked.append(has_word("lead.timeline", rule.timeline))
        if rule.budget_from is not None:
            asked.append(f"{budget} >= CAST({float(rule.budget_from)!r} AS DOUBLE)")
        cases.append(f"WHEN {' AND '.join(asked)} THEN {literal(rule.grade)}")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def related_word(words: RelationshipWords) -> str:
    """SQL: what the word in a company's relationship says, of a lead that had bought nothing yet.

    A customer that is known to have bought, but only after the lead came in, was new then.
    """
    said = "lead_journeys.relationship"
    cases = [
        ("'Competitor'", words.competitor),
        ("'Other product'", words.other_product),
        ("CASE WHEN first_bought.account_id IS NULL THEN 'Customer' ELSE 'New' END",
         words.customer),
        ("'New'", words.new),
    ]  # fmt: skip
    told = " ".join(f"WHEN {has_word(said, found)} THEN {then}" for then, found in cases if found)
    bought = "CASE WHEN first_bought.account_id IS NOT NULL THEN 'New' END"
    return f"CASE {told} ELSE {bought} END" if told else bought


def points(models: Sequence[ScoringModel], kind: str) -> str:
    """SQL: the points of one kind, by the model in force when the lead came in; null without one.

    Points of several weights that hold add up.
    """
    return _by_model(
        models,
        [
            " + ".join(_weighed(each) for each in model.weight if each.kind == kind) or "0e0"
            for model in models
        ],
    )


def base_points(models: Sequence[ScoringModel]) -> str:
    """SQL: the base that every lead has by the model in force when it came in."""
    return _by_model(models, [_number(model.base) for model in models])


def _by_model(models: Sequence[ScoringModel], values: Sequence[str]) -> str:
    """SQL: the value of the newest model whose day had come; null where none was in force."""
    cases = []
    for model, value in reversed(list(zip(models, values, strict=True))):
        if model.since is None:
            cases.append(f"WHEN TRUE THEN {value}")
        else:
            cases.append(f"WHEN lead_on >= CAST('{model.since}' AS DATE) THEN {value}")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS DOUBLE)"


def _weighed(weight: ScoringWeight) -> str:
    if weight.values is not None:
        held = f"lower({weight.feature}) IN ({listed(weight.values)})"
    else:
        held = f"{weight.feature} >= {weight.at_least}"
    return f"CASE WHEN {held} THEN {_number(weight.points)} ELSE 0e0 END"


def _number(value: float) -> str:
    return f"CAST({float(value)!r} AS DOUBLE)"


def listed(words: Sequence[str]) -> str:
    """SQL: the words in lower case, for an IN.

    >>> print(listed(["Hot "]))
    'hot'
    """
    return ", ".join(literal(each.strip().lower()) for each in words)


def has_word(column: str, words: Sequence[str]) -> str:
    """SQL: whether one of the words stands in the text, whatever its case.

    >>> print(has_word("reason", ["Spam"]))
    (contains(lower(reason), 'spam'))
    """
    found = " OR ".join(f"contains(lower({column}), {literal(each.lower())})" for each in words)
    return f"({found})"
