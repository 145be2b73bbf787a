"""A cell of a file as SQL: blank or not, trimmed, cut into pieces, one of a list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from data.engine.patterns import has_group
from data.sql import identifier, literal
from data.standardise.text import PLACEHOLDERS
from loaders.language.column import Column
from loaders.language.template import EACH_PLACE

_BLANK = r"[\s\v\x{85}\p{Z}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}]"


def without_blanks(text: str) -> str:
    """SQL of a text without blanks at its ends; those between its words stay.

    Blanks are the white space of any script, with the no-break and the wide one, and the marks
    without width that copied text brings along. One pattern costs less than `trim` with a list.
    """
    return f"regexp_replace({text}, '^{_BLANK}+|{_BLANK}+$', '', 'g')"


def column_without_blanks(column: str) -> str:
    """The same of a column, which costs nothing to name again: the pattern is for rare texts."""
    return f"CASE WHEN {may_have_blanks(column)} THEN {without_blanks(column)} ELSE {column} END"


def may_have_blanks(text: str) -> str:
    """SQL: whether a text may have blanks at its ends, or is empty; cheaper than looking for them.

    A text that begins and ends with a visible ASCII character has none.
    """
    return f"({text} < '!' OR {text} >= chr(127) OR {text}[-1] < '!' OR {text}[-1] >= chr(127))"


@dataclass(frozen=True, slots=True)
class Later:
    """What is done to the file's columns only after they were stored, by their names.

    `tested` are tested for placeholders then, `trimmed` of them also freed from blanks.
    """

    tested: frozenset[str]
    trimmed: frozenset[str]


NOTHING_LATER = Later(frozenset(), frozenset())

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
    if column.is_numbered and headers:
        return _one_text(column, headers)
    texts = [_text(column, header, test_placeholders) for header in headers]
    if column.default is not None:
        texts.append(literal(column.default))
    if not texts:
        return "CAST(NULL AS VARCHAR)"
    return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"


def plain_text(column: Column, headers: tuple[str, ...]) -> str:
    """SQL over the relation `source` of a column's text, without spaces around it, else null.

    It is for a first look: unlike `cell_text` it knows no placeholders and no other blanks, which
    the engine takes longer to plan for many columns than to read some thousand rows.
    """
    texts = (f"nullif(trim({_source(column, each)}), '')" for each in headers)
    return f"coalesce({', '.join(texts)})"


BETWEEN = "chr(31)"
"""SQL of what stands between the cells of a numbered column, in the one text made of them."""


def _one_text(column: Column, headers: tuple[str, ...]) -> str:
    """SQL of the cells of a numbered column as one text, up to the last that has a value."""
    cells = (f"replace({_text(column, each, True)}, {BETWEEN}, ' ')" for each in headers)
    joined = f" || {BETWEEN} || ".join(f"coalesce({cell}, '')" for cell in cells)
    return f"nullif(rtrim({joined}, {BETWEEN}), '')"


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


_PIECE = "piece"


def pieces(column: Column, text: str) -> str:
    """SQL of the pieces of a text that is split: without blank ones and placeholders."""
    return f"list_filter({_trimmed_pieces(column, text)}, lambda {_PIECE}: {_is_value(column)})"


def in_one_text(column: Column, text: str) -> str:
    """SQL of the pieces of a text with " > " between them, however they are cut; else missing."""
    return f"nullif(array_to_string({pieces(column, text)}, ' > '), '')"


def last_value_at(column: Column, text: str) -> str:
    """SQL of how many pieces a text has up to the last with a value, blank ones with them."""
    place = f"CASE WHEN {_is_value(column)} THEN place END"
    places = f"list_transform({_trimmed_pieces(column, text)}, lambda {_PIECE}, place: {place})"
    return f"coalesce(list_max({places}), 0)"


def _trimmed_pieces(column: Column, text: str) -> str:
    found = without_blanks(_PIECE)
    if _is_cut_into_list(column):
        found = _extracted(column, found)
    return f"list_transform({_split(column, text)}, lambda {_PIECE}: {found})"


def _split(column: Column, text: str) -> str:
    if column.is_numbered:
        return f"string_split({text}, {BETWEEN})"
    marks = column.split or ("",)
    if len(marks) == 1:
        return f"string_split({text}, {literal(marks[0])})"
    any_mark = "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True))
    return f"string_split_regex({text}, {literal(any_mark)})"


def _is_value(column: Column) -> str:
    """SQL: a piece is no blank and, where they are not kept, no placeholder."""
    kept = f"{_PIECE} <> ''"
    return kept if column.keep_placeholders else f"{kept} AND NOT {is_placeholder(_PIECE)}"


def of_each(column: Column, text: str, value_of: Callable[[str], str]) -> str:
    """SQL of the list of what each piece of a text becomes."""
    return f"list_transform({pieces(column, text)}, lambda {_PIECE}: {value_of(_PIECE)})"


def first_that(column: Column, text: str, holds: Callable[[str], str]) -> str:
    """SQL of the first piece of a text for which a condition holds; missing where none is."""
    return f"list_filter({pieces(column, text)}, lambda {_PIECE}: {holds(_PIECE)})[1]"


def unlisted(name: str, relation: str) -> str:
    """A relation with a row for each value in a column's list, and the place of the value."""
    place = f"unnest(range(1, len(v_{name}) + 1)) AS v_{EACH_PLACE}"
    return f"(SELECT * REPLACE (unnest(v_{name}) AS v_{name}), {place} FROM {relation}) AS pieces"


def any_value(name: str, condition: str) -> str:
    """SQL: a condition on a column's value holds for one of its list."""
    each = f"lambda v_{name}, v_{EACH_PLACE}: ({condition})"
    return f"list_contains(list_transform(v_{name}, {each}), true)"


def first_value(name: str, condition: str, value: str) -> str:
    """SQL of what is made of the first value in a column's list for which a condition holds."""
    each = f"lambda v_{name}, v_{EACH_PLACE}: CASE WHEN {condition} THEN {value} END"
    return f"list_filter(list_transform(v_{name}, {each}), lambda made: made IS NOT NULL)[1]"


def piece(column: Column, text: str) -> str:
    """SQL of the piece of a text; empty or missing where the text has no such piece.

    The pattern comes first, then the parts; of a list it is looked for in each value. Spaces count
    once where a text is split at them.
    """
    if not _is_cut_into_list(column):
        text = _extracted(column, text)
    if column.split is not None and column.part is not None:
        (mark,) = column.split
        if mark.isspace():
            text = f"regexp_replace({text}, '\\s+', {literal(mark)}, 'g')"
        text = without_blanks(f"split_part({text}, {literal(mark)}, {column.part})")
    return text


def _is_cut_into_list(column: Column) -> bool:
    return column.split is not None and column.part is None


def _extracted(column: Column, text: str) -> str:
    """SQL of what the pattern of a column finds in a text; the text where there is no pattern."""
    if column.extract is None:
        return text
    group = 1 if has_group(column.extract) else 0
    return without_blanks(f"regexp_extract({text}, {literal(column.extract)}, {group})")
