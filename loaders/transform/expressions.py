"""What a mapping assigns and tests, as SQL over values (`v_…`) and cells (`c_…`)."""

from __future__ import annotations

from collections.abc import Iterable

from data.schema.fields import Field
from data.sql import literal
from loaders.language.column import Condition
from loaders.language.model import Mapping, Otherwise
from loaders.language.template import EACH_PLACE, Assigned, Reference, Template
from loaders.language.values import PREVIOUS, understood


def assigned_sql(mapping: Mapping, field: Field, assigned: Assigned | None) -> str:
    """SQL of what a canonical column is given, in the column's type.

    A text made of several parts is missing when one of its columns is.
    """
    if assigned is None:
        return f"CAST(NULL AS {field.sql_type})"
    if not isinstance(assigned, Template):
        return f"CAST({assigned} AS {field.sql_type})"
    if reference := assigned.alone:
        value = _first_present(mapping, reference, field.sql_type)
        return value or f"CAST(NULL AS {field.sql_type})"
    parts = [
        literal(part) if isinstance(part, str) else _first_present(mapping, part, "VARCHAR")
        for part in assigned.parts
    ]
    text = " || ".join(part for part in parts)
    return text if field.sql_type == "VARCHAR" else f"TRY_CAST({text} AS {field.sql_type})"


def _first_present(mapping: Mapping, reference: Reference, sql_type: str) -> str:
    values = [
        f"v_{name}"
        if value_type(mapping, name) == sql_type
        else f"TRY_CAST(v_{name} AS {sql_type})"
        for name in reference.names
    ]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def first_value(reference: Reference) -> str:
    """SQL of the value of the first column of a reference that has one."""
    return f"coalesce({', '.join(f'v_{name}' for name in reference.names)})"


def value_type(mapping: Mapping, name: str) -> str:
    """SQL type of the value under a name of the mapping."""
    if name == EACH_PLACE:
        return "BIGINT"
    if name not in mapping.columns and name.startswith(PREVIOUS):
        name = name.removeprefix(PREVIOUS)
    return understood(mapping, name).sql_type if name in mapping.columns else "VARCHAR"


def cell_sql(mapping: Mapping, name: str, cells: str = "") -> str:
    """SQL of a column's text, in the rows where the column counts."""
    text = f"{cells}c_{name}"
    when = mapping.columns[name].when
    if when is None:
        return text
    return f"CASE WHEN {tested_sql(when, f'{cells}c_{when.column}')} THEN {text} END"


def tested_sql(condition: Condition, text: str) -> str:
    """SQL of a condition on a text; words are compared without regard to case."""
    tests = []
    if condition.present is not None:
        tests.append(f"{text} IS {'NOT ' if condition.present else ''}NULL")
    if condition.one_of is not None:
        tests.append(f"coalesce(lower({text}) IN ({_lower(condition.one_of)}), false)")
    if condition.none_of is not None:
        tests.append(f"coalesce(lower({text}) NOT IN ({_lower(condition.none_of)}), true)")
    if condition.starts_with is not None:
        tests.append(f"coalesce({_starts(condition.starts_with, text)}, false)")
    return all_of(tests)


def _starts(words: tuple[str, ...], text: str) -> str:
    """SQL: a text starts with one of several words; words of one length are one test."""
    of_length: dict[int, list[str]] = {}
    for word in words:
        begins = word.strip().lower()
        of_length.setdefault(len(begins), []).append(begins)
    return " OR ".join(
        f"left(lower({text}), {length}) IN ({_lower(tuple(each))})"
        for length, each in of_length.items()
    )


def when_sql(mapping: Mapping, conditions: tuple[Condition, ...]) -> str:
    """SQL over values: whether all conditions of a [[table]] hold."""
    tests = []
    for condition in conditions:
        value = f"v_{condition.column}"
        if condition.changed is not None:
            same = "IS DISTINCT FROM" if condition.changed else "IS NOT DISTINCT FROM"
            tests.append(f"{value} {same} v_{PREVIOUS}{condition.column}")
        text = value_type(mapping, condition.column) == "VARCHAR"
        tests.append(tested_sql(condition, value if text else f"CAST({value} AS VARCHAR)"))
    return all_of(tests)


def translated_sql(mapping: Mapping, name: str, text: str) -> str:
    """SQL of a text in the words of this product, where the mapping translates it."""
    translation = mapping.values.get(name)
    if translation is None:
        return text
    cases = " ".join(
        f"WHEN {literal(word.strip().lower())} THEN {literal(value)}"
        for word, value in translation.words.items()
    )
    otherwise = "CAST(NULL AS VARCHAR)"
    if translation.otherwise is Otherwise.KEEP:
        otherwise = text
    elif translation.use is not None:
        otherwise = f"CASE WHEN {text} IS NOT NULL THEN {literal(translation.use)} END"
    return f"CASE lower({text}) {cases} ELSE {otherwise} END" if cases else otherwise


def all_of(conditions: Iterable[str]) -> str:
    """SQL that is true when every condition is; `true` when there is none."""
    return " AND ".join(f"({condition})" for condition in conditions) or "true"


def _lower(words: tuple[str, ...]) -> str:
    return ", ".join(literal(word.strip().lower()) for word in words)
