"""What a mapping cannot do without: columns a file must have for any of its rows to be kept."""

from __future__ import annotations

from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from loaders.language.model import Mapping, TableRows
from loaders.language.template import EACH_PLACE, Reference, Template
from loaders.language.values import (
    ACCOUNT_NAMES,
    CAMPAIGN_NAME,
    CONTENT_NAME,
    FILE,
    FILE_CURRENCY,
    LINE,
    PARENT_NAME,
    PERSON_NAMES,
    PREVIOUS,
    ROW_KEY,
    list_in,
    names_made_by,
)

_ONE_OF = {
    "opportunity": (
        "original_amount", "created_at", "closed_at", "expected_close_on", "outcome", "stage",
        "probability",
    ),
}  # fmt: skip
"""Columns of which a row of the table needs one to say anything: a deal is more than its id."""


_GIVEN_ANYHOW = ("load_id", "currency")
"""Columns that no file must have: amounts without a currency are in the company's."""


def lacking(mapping: Mapping, found: set[str]) -> tuple[str, ...]:
    """Columns of the mapping that a file lacks without which none of its rows could be kept.

    `found` are those that the file has, or that have a default.
    """
    missing = [name for name, column in mapping.columns.items() if column.required]
    missing = [name for name in (*missing, *mapping.recognise.columns) if name not in found]
    having = having_values(mapping, found)
    main = with_entries_of(mapping, having).main
    for name, field in fields(main.into).items():
        if not field.nullable and name not in _GIVEN_ANYHOW:
            missing += _lacking(mapping, main, name, having)
    return tuple(dict.fromkeys(missing))


def says_nothing(mapping: Mapping, found: set[str]) -> bool:
    """Whether the file's rows would be ids alone, where their table is one of facts."""
    having = having_values(mapping, found)
    facts = [name for name in _ONE_OF.get(mapping.main.into, ()) if name in mapping.main.columns]
    absent = [_lacking(mapping, mapping.main, name, having) for name in facts]
    return bool(facts) and all(absent)


def with_entries_of(mapping: Mapping, having: set[str]) -> Mapping:
    """The mapping with rows of an `each` only for columns that the file has.

    One of the main table stays in any case, so that the column it lacks is named.
    """
    tables = [rows for rows in mapping.tables if rows.each is None or rows.each in having]
    if not any(rows.written == mapping.main.written for rows in tables):
        tables.insert(0, mapping.main)
    return mapping.model_copy(update={"tables": tuple(tables)})


def having_values(mapping: Mapping, found: set[str]) -> set[str]:
    """Names that have a value: columns, and what the mapping makes of them."""
    having = {ROW_KEY, FILE_CURRENCY, LINE, FILE, EACH_PLACE, *found}
    person, account = mapping.person, mapping.account
    if person:
        if any(name in found for name in (person.email, person.phone, person.record)):
            having |= {"person_id", "matched_by", "lead_of_person"}
        for role, name in (("email", person.email), ("phone", person.phone)):
            if name in found:
                having |= {made for made in PERSON_NAMES if made.startswith(f"{role}_")}
        if found.intersection(person.names):
            having |= {"name_key", "lead_of_person"}
    if account:
        if account.record in found:
            having.add("account_id")
        if account.name in found:
            having |= set(ACCOUNT_NAMES)
    for made, named in (
        (PARENT_NAME, mapping.parent_account),
        (CAMPAIGN_NAME, mapping.campaign),
        (CONTENT_NAME, mapping.content),
    ):
        if named and (named.record in found or named.name in found):
            having.add(made)
    for name in found:
        having |= set(names_made_by(mapping, name))
        if mapping.previous:
            having.add(f"{PREVIOUS}{name}")
    return having


def key_lacking(mapping: Mapping, rows: TableRows, having: set[str]) -> bool:
    """Whether rows of a [[table]] would have no key, `having` being the names with a value."""
    return any(_lacking(mapping, rows, name, having) for name in key(CANONICAL[rows.into]))


def _lacking(mapping: Mapping, rows: TableRows, column: str, having: set[str]) -> list[str]:
    """Columns of the mapping, any of which would do for a canonical column without a value."""
    assigned = rows.columns.get(column)
    if not isinstance(assigned, Template):
        return []
    return [
        name
        for reference in assigned.references
        if not having.intersection(reference.names)
        for name in _columns(mapping, reference)
    ]


def _columns(mapping: Mapping, reference: Reference) -> list[str]:
    names: list[str] = []
    for name in reference.names:
        if name in mapping.columns:
            names.append(name)
        elif listed := list_in(mapping, name):
            names.append(listed)
        elif name in PERSON_NAMES and mapping.person:
            person = mapping.person
            names += [each for each in (person.email, person.phone, person.record) if each]
        elif name in ACCOUNT_NAMES and mapping.account:
            names += [each for each in (mapping.account.record, mapping.account.name) if each]
        elif name == PARENT_NAME and mapping.parent_account:
            parent = mapping.parent_account
            names += [each for each in (parent.record, parent.name) if each]
        elif name == CAMPAIGN_NAME and mapping.campaign:
            names += [each for each in (mapping.campaign.record, mapping.campaign.name) if each]
        elif name == CONTENT_NAME and mapping.content:
            names += [each for each in (mapping.content.record, mapping.content.name) if each]
    return names
