"""A cell's text as SQL: taken from JSON where it lies deeper, trimmed, placeholders missing."""

from __future__ import annotations

import re

from data.sql import identifier, literal
from data.standardise.text import PLACEHOLDERS
from loaders.blanks import column_without_blanks, without_blanks
from loaders.language.column import Column
from loaders.pieces import piece

_LONGEST = max((len(word.encode()) for word in PLACEHOLDERS), default=0)
_WORDS = ", ".join(literal(word) for word in sorted(PLACEHOLDERS))
_ANY_PLACEHOLDER = literal("(?i)" + "|".join(map(re.escape, sorted(PLACEHOLDERS | {""}))))


def cell_text(
    column: Column, headers: tuple[str, ...], *, test_placeholders: bool, as_it_is: bool = False
) -> str:
    """SQL over the relation `source` of a column's text, from the first header that has one.

    `as_it_is`: blanks around it, blank texts and placeholders are left in.
    """
    if as_it_is:
        return _source(column, headers[0])
    texts = [_text(column, header, test_placeholders) for header in headers]
    if column.default is not None:
        texts.append(literal(column.default))
    if not texts:
        return "CAST(NULL AS VARCHAR)"
    return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"


def is_placeholder(text: str) -> str:
    """SQL: whether a text is empty or means that nothing is known.

    One pattern costs less than a list, each word of which would be compared with every text.
    """
    return f"regexp_full_match({text}, {_ANY_PLACEHOLDER})"


def are_placeholders(column: str) -> str:
    """SQL: whether a stored column's value means that nothing is known.

    For columns of few distinct values: of these the engine tests each once, but not by a pattern.
    """
    return f"strlen({column}) <= {_LONGEST} AND lower({column}) IN ({_WORDS})"


def _source(column: Column, header: str) -> str:
    source = f"source.{identifier(header)}"
    if column.path is not None:
        source = f"json_extract_string({_json(source)}, {literal('$.' + column.path)})"
    if column.key is not None:
        source = _value_of_key(column.key, source)
    return source


def _text(column: Column, header: str, test_placeholders: bool) -> str:
    plain = column.path is None and column.key is None
    trim = column_without_blanks if plain else without_blanks
    trimmed = piece(column, trim(_source(column, header)))
    if column.keep_placeholders or not test_placeholders:
        return f"nullif({trimmed}, '')"
    return f"CASE WHEN {is_placeholder(trimmed)} THEN NULL ELSE {trimmed} END"


def _value_of_key(key_name: str, source: str) -> str:
    """SQL of the value of one key in a JSON list of pairs, however the value is typed."""
    source = _json(source)
    keys = f"json_extract_string({source}, '$[*].key')"
    place = f"(list_position({keys}, {literal(key_name)}) - 1)"
    value = f"json_extract({source}, '$[' || {place} || '].value')"
    typed = ("string_value", "int_value", "double_value", "float_value")
    texts = ", ".join(f"json_extract_string({value}, '$.{name}')" for name in typed)
    return f"coalesce({texts}, json_extract_string({value}, '$'))"


def _json(source: str) -> str:
    """SQL of a text that is JSON; another text, such as a plain word, has no values inside."""
    return f"CASE WHEN json_valid({source}) THEN {source} END"
