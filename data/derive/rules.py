"""The definitions' rules of who is what, as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from data.schema.contract import UNASSIGNED
from data.sql import literal
from data.terms.segments import TAGS_BETWEEN, PersonaRule, SegmentRule, TagRule


def fits(rule: PersonaRule | SegmentRule, of: str) -> str:
    """SQL: whether a row of the table or step `of` has a value of each list of the rule.

    >>> print(fits(SegmentRule(name="Mid EU", size_band=["51-200"], country=["DE", "AT"]), "it"))
    lower(it.country) IN ('de', 'at') AND lower(it.size_band) IN ('51-200')
    """
    return " AND ".join(
        _has_word(f"{of}.job_title", words)
        if name == "title"
        else f"lower({of}.{name}) IN ({', '.join(literal(each.lower()) for each in words)})"
        for name in rule.asked
        if (words := getattr(rule, name)) is not None
    )


def _has_word(column: str, words: Sequence[str]) -> str:
    found = " OR ".join(f"contains(lower({column}), {literal(each.lower())})" for each in words)
    return f"({found})"


def first_fitting(rules: Sequence[PersonaRule | SegmentRule], of: str, otherwise: str) -> str:
    """SQL: the name of the first rule that fits a row of `of`, else `otherwise`.

    >>> first_fitting((), "it", "it.persona")
    'it.persona'
    """
    if not rules:
        return otherwise
    cases = " ".join(f"WHEN {fits(rule, of)} THEN {literal(rule.name)}" for rule in rules)
    return f"CASE {cases} ELSE {otherwise} END"


def tagged_by_rule(rules: Sequence[TagRule], of: str, key: str) -> str:
    """SQL: rows of `key` and `tag` for every row of `of` that a rule fits, after a UNION."""
    return "".join(
        f" UNION SELECT {of}.{key}, {literal(rule.name)} AS tag FROM {of} WHERE {fits(rule, of)}"
        for rule in rules
    )


JOINED_TAGS = f"coalesce(string_agg(tag, '{TAGS_BETWEEN}' ORDER BY tag), '{UNASSIGNED}')"
"""SQL: the tags of a group of rows, each there once, as one text."""
