"""What must hold for a column of a mapping: keys that belong together, kinds that they fit."""

from __future__ import annotations

from collections.abc import Iterator

from loaders.mapping_column import PERSONAL_KINDS, Column, Kind
from loaders.spellings import CURRENCY
from loaders.unpivot import EACH, EACH_VALUE

_NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.INTEGER)
_TIMES = (Kind.DATE, Kind.TIMESTAMP)
_NO_LISTS = (*PERSONAL_KINDS, Kind.COMPANY, Kind.CITY, Kind.COUNTRY, Kind.URL, Kind.MONEY)


def column_problems(name: str, column: Column) -> Iterator[tuple[str, str]]:
    """Key and sentence of everything that is wrong inside one column."""
    if name in (EACH, EACH_VALUE):
        yield name, f"{name} has a meaning of its own in a [[table]]: rename it"
    places = [key for key in ("above", "file_name") if getattr(column, key) is not None]
    if len(places) + bool(column.source) != 1:
        key = places[-1] if places else "from"
        yield key, "a column has one of from, above and file_name, which say where its text is"
    for key in ("path", "key", "extract", "split"):
        if places and getattr(column, key) is not None:
            yield key, f"{key} is for cells: the pattern of {places[0]} finds the piece itself"
    for spelling in column.source:
        if CURRENCY in spelling and column.kind is not Kind.MONEY:
            yield "from", f'{CURRENCY} in a header is for amounts: kind = "money"'
        elif CURRENCY in spelling and not spelling.replace(CURRENCY, "", 1).strip("() "):
            yield "from", f"{CURRENCY} stands beside the words of a header"
    if column.part is not None and column.split is None:
        yield "part", "part needs split too: which piece of the text, and split at what"
    if column.is_list and column.kind in _NO_LISTS:
        yield "split", f'values of kind = "{column.kind}" can not be listed: name a part'
    if column.part == 0:
        yield "part", "part counts from 1, or from the end with -1"
    if column.scaled and column.kind not in (None, *_NUMBERS):
        yield "scaled", f'scaled is for numbers, not for kind = "{column.kind}"'
    if column.dates and column.kind not in (None, *_TIMES):
        yield "dates", f'dates are for dates and times, not for kind = "{column.kind}"'
    if column.dates and column.epoch:
        yield "dates", "dates and epoch exclude each other: a time is text or a number"
