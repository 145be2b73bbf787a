"""What must hold inside a mapping: names that exist, columns that fit, words that are allowed."""

from __future__ import annotations

from collections.abc import Iterator

from loaders.language.column import EVIDENT, PERSONAL_KINDS, Column, Condition, Kind
from loaders.language.ends import is_record
from loaders.language.model import Mapping
from loaders.language.spellings import CURRENCY, NUMBER
from loaders.language.table_rules import Problem, no_test, table_problems, unknown
from loaders.language.template import EACH, EACH_PLACE, EACH_VALUE
from loaders.language.values import computed_names


def problems(mapping: Mapping) -> list[Problem]:
    """Everything that is wrong with a mapping whose shape is right."""
    found = [
        *_names(mapping),
        *(
            Problem(("columns", name, key), text)
            for name, column in mapping.columns.items()
            for key, text in column_problems(name, column)
        ),
        *_lists(mapping),
        *_sections(mapping),
        *(
            problem
            for rows in mapping.tables
            if not rows.ends
            for problem in table_problems(mapping, rows)
        ),
    ]
    return list(dict.fromkeys(found))


def _names(mapping: Mapping) -> Iterator[Problem]:
    computed = computed_names(mapping)
    for name in mapping.columns:
        if name in computed:
            yield Problem(("columns", name), f"{name} is made by the mapping itself: rename it")
    for name in mapping.recognise.columns:
        if name not in mapping.columns:
            yield Problem(
                ("recognise", "columns"), unknown(name, list(mapping.columns), "[columns]")
            )
        elif not mapping.columns[name].source:
            text = f"{name} has no header, so no file can be recognised by it"
            yield Problem(("recognise", "columns"), text)
    for index, condition in enumerate(mapping.skip):
        for text in _on_text(mapping, condition):
            yield Problem(("skip", index), text)
    yield from _ended(mapping)
    for name, column in mapping.columns.items():
        for text in _on_text(mapping, column.when) if column.when else ():
            yield Problem(("columns", name), text)
    for name in mapping.values:
        if name not in mapping.columns:
            yield Problem(("values", name), unknown(name, list(mapping.columns), "[columns]"))


def _on_text(mapping: Mapping, condition: Condition) -> Iterator[str]:
    """What is wrong with a condition on the text of a row, in [[skip]] or `when` of a column."""
    if condition.column not in mapping.columns:
        yield unknown(condition.column, mapping.columns, "[columns]")
    if condition.changed is not None:
        yield (
            f"changed cannot be tested here: only when of a [[table]] compares {condition.column} "
            "with the row before"
        )
    elif condition.tests_nothing:
        yield no_test(condition)


def _ended(mapping: Mapping) -> Iterator[Problem]:
    """What is wrong with [[ended]]."""
    for index, ended in enumerate(mapping.ended):
        for text in _on_text(mapping, ended):
            yield Problem(("ended", index), text)
        named = [("merged_into", ended.merged_into)] if ended.merged_into else []
        named += [("at", name) for name in ended.at.names] if ended.at else []
        for role, name in named:
            if name not in mapping.columns:
                text = unknown(name, mapping.columns, "[columns]")
                yield Problem(("ended", index, role), text)
            elif mapping.columns[name].is_list:
                yield Problem(("ended", index, role), f"{name} is a list: {role} is one value")
            elif mapping.columns[name].kind in PERSONAL_KINDS:
                text = f"{name} is a person's {mapping.columns[name].kind}, and no {role}"
                yield Problem(("ended", index, role), text)
        if not is_record(mapping):
            yield Problem(
                ("ended", index),
                f"a row of {mapping.main.into} is no record that can end: leave it out by [[skip]]",
            )


def _lists(mapping: Mapping) -> Iterator[Problem]:
    """Lists whose values no [[table]] takes: one part was meant."""
    taken = {rows.list_column for rows in mapping.tables}
    for name, column in mapping.columns.items():
        if column.is_numbered and name not in taken:
            yield Problem(
                ("columns", name, "from"),
                f'{NUMBER} makes a list of several columns: write each = "{name}" in a [[table]]',
            )
        elif column.is_list and name not in taken:
            yield Problem(
                ("columns", name, "split"),
                "split needs part too: which piece of the text. For a row from each piece write "
                f'each = "{name}" in a [[table]]',
            )


def _sections(mapping: Mapping) -> Iterator[Problem]:
    used: list[tuple[str, str, str | None, Kind | None]] = []
    if person := mapping.person:
        used += [
            ("person", "email", person.email, Kind.EMAIL),
            ("person", "phone", person.phone, Kind.PHONE),
            ("person", "record", person.record, None),
            ("person", "name", person.name, None),
            ("person", "first_name", person.first_name, None),
            ("person", "last_name", person.last_name, None),
        ]
    for section, account in (
        ("account", mapping.account),
        ("parent_account", mapping.parent_account),
    ):
        if account:
            used += [
                (section, "record", account.record, None),
                (section, "name", account.name, Kind.COMPANY),
            ]
    for section, named in (("campaign", mapping.campaign), ("content", mapping.content)):
        if named:
            used += [
                (section, "record", named.record, None),
                (section, "name", named.name, None),
            ]
    if previous := mapping.previous:
        used += [("previous", "of", name, None) for name in previous.of]
        used += [("previous", "by", name, None) for name in previous.by.names]
    for section, role, name, kind in used:
        if name is None:
            continue
        if name not in mapping.columns:
            yield Problem((section, role), unknown(name, list(mapping.columns), "[columns]"))
        elif mapping.columns[name].is_list:
            yield Problem((section, role), f"{name} is a list: [{section}] needs one value")
        elif kind and mapping.columns[name].kind is not kind:
            yield Problem(("columns", name), f'{name} needs kind = "{kind}": [{section}] uses it')


_NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.INTEGER)

_TIMES = (Kind.DATE, Kind.TIMESTAMP)

_NO_LISTS = (*PERSONAL_KINDS, Kind.COMPANY, Kind.CITY, Kind.COUNTRY, Kind.URL, Kind.MONEY)


def column_problems(name: str, column: Column) -> Iterator[tuple[str, str]]:
    """Key and sentence of everything that is wrong inside one column."""
    if name in (EACH, EACH_PLACE, EACH_VALUE):
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
    yield from _numbered_problems(column)
    if column.part is not None and column.split is None:
        yield "part", "part needs split too: which piece of the text, and split at what"
    if column.part is not None and column.split is not None and len(column.split) > 1:
        yield "split", "a part is cut out at one mark: several are for lists"
    if column.part is not None and column.split == EVIDENT:
        yield "split", "a part is cut out at a mark that is named: evident marks are for lists"
    if column.is_list and column.kind in _NO_LISTS:
        yield "split", f'values of kind = "{column.kind}" cannot be listed: name a part'
    if column.part == 0:
        yield "part", "part counts from 1, or from the end with -1"
    if column.scaled and column.kind not in (None, *_NUMBERS):
        yield "scaled", f'scaled is for numbers, not for kind = "{column.kind}"'
    if column.multiply_by and column.kind not in _NUMBERS:
        yield "multiply_by", 'multiply_by is for numbers: kind = "number"'
    if column.last_day_of and column.kind is not Kind.DATE:
        yield "last_day_of", 'last_day_of is for days: kind = "date"'
    if column.dates and column.kind not in (None, *_TIMES):
        yield "dates", f'dates are for dates and times, not for kind = "{column.kind}"'
    if column.dates and column.epoch:
        yield "dates", "dates and epoch exclude each other: a time is text or a number"


def _numbered_problems(column: Column) -> Iterator[tuple[str, str]]:
    """What is wrong with a column that the file has several of."""
    if not column.is_numbered:
        return
    for spelling in column.source:
        if spelling.count(NUMBER) != 1 or not spelling.replace(NUMBER, "").strip("() "):
            yield "from", f"{NUMBER} stands once in each spelling, beside the words of a header"
    for key in ("split", "path", "key", "extract", "default", "when"):
        if getattr(column, key) is not None:
            yield key, f"{key} is not for columns with {NUMBER}: each of them holds one value"
