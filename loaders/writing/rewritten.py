"""In how many values of a file an e-mail address or a phone number was hidden."""

from __future__ import annotations

from data.engine.draft import Draft
from data.sql import identifier, literal
from loaders.language.column import Kind
from loaders.language.template import Template
from loaders.outcome import TakenOut
from loaders.transform.clearing import CONTACT, Use, has_contact_sql, marked, trace, use_of
from loaders.transform.file_sql import FileSql
from loaders.transform.lookups import Lookup


def from_cells(draft: Draft, steps: FileSql, cells: str) -> tuple[TakenOut, ...]:
    """By column of the file; `cells` is the relation of its text, which is read once or twice."""
    watched = _watched(steps)
    suspects = f"({marked(steps.mapping, steps.headers, cells)}) AS cells WHERE {CONTACT}"
    if not watched or not draft.one(f"SELECT count(*) FROM {suspects}")[0]:
        return ()
    held = {name: has_contact_sql(f"c_{name}") for name in watched}
    return _told(steps, _counted(draft, cells, held))


def from_staged(draft: Draft, steps: FileSql, cells: str) -> tuple[TakenOut, ...]:
    """By column of the file, of the rows in `staged`; `cells` is read again only for owners."""
    values = {name: f"v_{name}" for name in steps.needed}
    return _from_values(draft, steps, cells, "staged", values)


def from_table(draft: Draft, steps: FileSql, cells: str) -> tuple[TakenOut, ...]:
    """By column of the file, of the rows that went straight into their table; as `from_staged`."""
    stored = {
        name: identifier(column)
        for column, assigned in steps.mapping.main.columns.items()
        if isinstance(assigned, Template)
        for reference in assigned.references
        for name in reference.names
    }
    own = f"{steps.mapping.main.into} WHERE load_id = {literal(steps.load_id)}"
    return _from_values(draft, steps, cells, own, stored)


def _from_values(
    draft: Draft, steps: FileSql, cells: str, rows: str, values: dict[str, str]
) -> tuple[TakenOut, ...]:
    shown, owners = {}, {}
    for name, use in _watched(steps).items():
        if use is Use.OWNER:
            owners[name] = has_contact_sql(f"c_{name}")
        elif name in values:
            shown[name] = trace(values[name], use)
    return _told(steps, _counted(draft, rows, shown) | _counted(draft, f"{cells} AS cells", owners))


def _watched(steps: FileSql) -> dict[str, Use]:
    return {
        name: use
        for name in steps.headers
        if not steps.mapping.columns[name].is_list and (use := use_of(steps.mapping, name))
    }


def _counted(draft: Draft, rows: str, conditions: dict[str, str]) -> dict[str, int]:
    if not conditions:
        return {}
    filters = ", ".join(f"count(*) FILTER ({each})" for each in conditions.values())
    return dict(zip(conditions, draft.one(f"SELECT {filters} FROM {rows}"), strict=True))


def _told(steps: FileSql, counts: dict[str, int]) -> tuple[TakenOut, ...]:
    return tuple(
        TakenOut(column=header, values=counts[name])
        for name, header in steps.headers.items()
        if counts.get(name)
    )


_LONGEST = 60

_SHOWN = f"left(regexp_replace(trim(value), '[0-9０-９]', '#', 'g'), {_LONGEST})"

_KEY = "regexp_replace(name_key, '[0-9]{6,}', '#', 'g')"

_PLAIN = "lower(trim(regexp_replace(value, '[\\s\\p{Z}]+', ' ', 'g')))"

_NO_ADDRESS = "NOT regexp_matches(value, '[@＠]')"

_PLACES = {Kind.CITY: "city", Kind.COUNTRY: "country"}


def note_rewritten(draft: Draft, lookup: Lookup, header: str, load_id: str) -> None:
    """Keep which texts of a column became which, and in how many rows, as `rewritten_value`.

    A text with an @ in it is left out: it may be an e-mail address, which the store must not hold.
    Of places these are the texts that are not the place's name already. A company keeps its name;
    of those that the file spells in several ways, each spelling is kept with the key that all of
    them have. Nothing is kept of other kinds.
    """
    if lookup.kind in _PLACES:
        standard = _PLACES[lookup.kind]
        told = (
            f"SELECT '{standard}' AS becomes, {_SHOWN} AS original, {standard} AS standard, cells "
            f"FROM {lookup.table} WHERE {standard} <> trim(value) AND {_NO_ADDRESS} "
            f"AND NOT regexp_matches({standard}, '[0-9]')"
        )
    elif lookup.kind is Kind.COMPANY:
        told = (
            f"SELECT 'company' AS becomes, {_SHOWN} AS original, {_KEY} AS standard, cells "
            f"FROM {lookup.table} WHERE {_NO_ADDRESS} AND name_key IN ("
            f"SELECT name_key FROM {lookup.table} GROUP BY name_key "
            f"HAVING count(DISTINCT {_PLAIN}) > 1)"
        )
    else:
        return
    draft.execute(
        'INSERT INTO rewritten_value (load_id, "column", becomes, original, standard, "rows") '
        f"SELECT {literal(load_id)}, {literal(header)}, becomes, original, standard, sum(cells) "
        f"FROM ({told}) AS told GROUP BY becomes, original, standard"
    )
