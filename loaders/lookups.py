"""What needs a library and not only SQL, done once per distinct value and joined back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.engine.draft import Draft
from data.privacy.keys import read_or_create
from data.references import NAMED, PERSON, reference
from data.schema.personal import VISITOR
from data.sql import literal
from data.standardise.companies import companies
from data.standardise.people import emails, names, phones
from data.standardise.places import cities, countries
from loaders.addresses import address_parts
from loaders.amounts import currency
from loaders.clearing import Use, cleared, person_reference
from loaders.erased import ERASED, is_erased_contact, is_erased_person, is_erased_record
from loaders.expressions import cell_sql
from loaders.language.column import Kind
from loaders.language.model import Mapping, NamedReference
from loaders.language.template import Template
from loaders.language.values import CAMPAIGN_NAME, CONTENT_NAME
from loaders.salesforce_ids import whole_id

_VALUES_AT_ONCE = 200_000
_MISSING = "CAST(NULL AS VARCHAR)"

PERSON_NAME = "person_name"
"""The cell that `Steps` makes of the columns of a person's name."""

_RESULTS: dict[Kind, tuple[str, ...]] = {
    Kind.EMAIL: ("email_key", "email_state", "domain"),
    Kind.PHONE: ("phone_key", "phone_state"),
    Kind.NAME: ("name_key",),
    Kind.COMPANY: ("name_key",),
    Kind.CITY: ("city", "region", "country"),
    Kind.COUNTRY: ("country",),
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column whose distinct values are standardised into a table that the rows join."""

    column: str
    kind: Kind

    @property
    def table(self) -> str:
        """The temporary table of results, one row per distinct value."""
        return f"lookup_{self.column}"

    @property
    def join(self) -> str:
        """The join of the results to the cells."""
        return f"LEFT JOIN {self.table} ON {self.table}.value = cells.c_{self.column}"

    def result(self, name: str) -> str:
        """SQL of one result."""
        return f"{self.table}.{name}"


def lookups(mapping: Mapping, columns: set[str]) -> tuple[Lookup, ...]:
    """The lookups that the given columns of the mapping need."""
    found = tuple(
        Lookup(name, column.kind)
        for name, column in mapping.columns.items()
        if name in columns and column.kind in _RESULTS and column.kind is not Kind.NAME
    )
    if mapping.person and columns.intersection(mapping.person.names):
        found += (Lookup(PERSON_NAME, Kind.NAME),)
    return found


def fill(
    draft: Draft,
    lookup: Lookup,
    cells: str,
    store: Path,
    phone_region: str | None,
    on_share: Callable[[float], None],
) -> None:
    """Make the lookup's table from the distinct values in the relation `cells`.

    For the kinds in COUNTED it also says how many cells have the value (`cells`). Works through
    them in portions, so that memory stays flat however many there are. `on_share` is told now and
    then which part is done, 0 to 1: finding the values counts as one half.
    """
    text = f"c_{lookup.column}"
    results = ", ".join(f"{name} VARCHAR" for name in _RESULTS[lookup.kind])
    more = ", erased BOOLEAN" if lookup.kind in _ERASABLE else ""
    more = ", cells BIGINT" if lookup.kind in COUNTED else more
    draft.execute(f"CREATE OR REPLACE TEMP TABLE {lookup.table} (value VARCHAR, {results}{more})")
    standardise = _standardiser(lookup.kind, store, phone_region)
    for portion in _portions(draft, cells, text, lookup.kind in COUNTED, on_share):
        draft.attach("standardised", standardise(portion))
        names = ", ".join(_RESULTS[lookup.kind])
        flag = ", cells" if lookup.kind in COUNTED else ""
        if key_name := _ERASABLE.get(lookup.kind):
            flag = f", {key_name} IN (SELECT {key_name} FROM erased_person)"
        told = " JOIN distinct_values USING (value)" if lookup.kind in COUNTED else ""
        draft.execute(
            f"INSERT INTO {lookup.table} SELECT value, {names}{flag} FROM standardised{told}"
        )
        draft.detach("standardised")


COUNTED = frozenset({Kind.COMPANY, Kind.CITY, Kind.COUNTRY})
"""Kinds of which it is kept what was read as what, and how often."""

_ERASABLE = {Kind.EMAIL: "email_key", Kind.PHONE: "phone_key"}


def _portions(
    draft: Draft, cells: str, text: str, counted: bool, on_share: Callable[[float], None]
) -> Iterator[pl.Series]:
    count = ", count(*) AS cells" if counted else ""
    with draft.following(lambda share: on_share(share / 2)):
        draft.execute(
            "CREATE OR REPLACE TEMP TABLE distinct_values AS "
            "SELECT *, row_number() OVER () AS number FROM ("
            f"SELECT {text} AS value{count} FROM {cells} WHERE {text} IS NOT NULL GROUP BY {text}"
            ") AS told"
        )
    (distinct,) = draft.query("SELECT count(*) FROM distinct_values").row(0)
    for start in range(0, distinct, _VALUES_AT_ONCE):
        if start:
            on_share(0.5 + start / distinct / 2)
        yield draft.query(
            "SELECT value FROM distinct_values "
            f"WHERE number > {start} AND number <= {start + _VALUES_AT_ONCE}"
        )["value"]
    draft.execute("DROP TABLE distinct_values")


def _standardiser(
    kind: Kind, store: Path, phone_region: str | None
) -> Callable[[pl.Series], pl.DataFrame]:
    match kind:
        case Kind.EMAIL:
            key = read_or_create(store)
            return lambda values: emails(values, key)
        case Kind.PHONE:
            key = read_or_create(store)
            return lambda values: phones(values, key, phone_region)
        case Kind.NAME:
            key = read_or_create(store)
            return lambda values: names(values, key)
        case Kind.COMPANY:
            return companies
        case Kind.CITY:
            return cities
        case _:
            return countries


def computed(
    mapping: Mapping, used: tuple[Lookup, ...], currencies: dict[str, str]
) -> dict[str, str]:
    """SQL of the names that a mapping's sections and columns make, over cells.

    `currencies` are those that the headers of columns name, as codes.
    """
    by_column = {lookup.column: lookup for lookup in used}
    made: dict[str, str] = {}
    if mapping.person:
        made |= _person(mapping, by_column)
    elif mapping.main.into == "person_alias":
        made[ERASED] = _erased_alias(mapping)
    if visitor := _erased_visitor(mapping):
        made[ERASED] = f"({made.get(ERASED, 'false')} OR {visitor})"
    if mapping.account:
        made |= _account(mapping, by_column)
    if mapping.campaign:
        made[CAMPAIGN_NAME] = _by_id_or_name(mapping, mapping.campaign)
    if mapping.content:
        made[CONTENT_NAME] = _by_id_or_name(mapping, mapping.content)
    for name, column in mapping.columns.items():
        if column.kind is Kind.CITY:
            lookup = by_column.get(name)
            made[f"{name}_region"] = lookup.result("region") if lookup else _MISSING
            made[f"{name}_country"] = lookup.result("country") if lookup else _MISSING
        elif column.kind is Kind.URL:
            parts = address_parts(cell_sql(mapping, name, "cells."))
            made |= {f"{name}_{part}": sql for part, sql in parts.items()}
        elif column.kind is Kind.MONEY and f"{name}_currency" not in mapping.columns:
            text = cell_sql(mapping, name, "cells.")
            made[f"{name}_currency"] = currency(column, mapping.read, text, currencies.get(name))
    return made


def _person(mapping: Mapping, by_column: dict[str, Lookup]) -> dict[str, str]:
    person = mapping.person
    system = person.system if person and person.system else mapping.source_system
    email = by_column.get(person.email or "") if person else None
    phone = by_column.get(person.phone or "") if person else None
    email_key = email.result("email_key") if email else _MISSING
    phone_key = phone.result("phone_key") if phone else _MISSING
    name = by_column.get(PERSON_NAME)
    named = name.result("name_key") if name else None
    name_key = named or _MISSING
    record = _record(mapping, person.record if person else None)
    reference = person_reference(system, record)
    erased = " OR ".join(
        [
            *(f"coalesce({each.result('erased')}, false)" for each in (email, phone) if each),
            *([is_erased_person(reference)] if person and person.record else []),
        ]
    )
    told = {
        "email": (
            email_key,
            _of_email(email, named, (record, reference) if person and person.record else None),
        ),
        "phone": (phone_key, _of_shared(phone_key, named)),
        "id": (record, reference),
    }
    # An id of another system names its record for certain; people share phones.
    order = ("email", "id", "phone") if person and person.system else ("email", "phone", "id")
    refused = f"WHEN {erased} THEN NULL " if erased else ""
    cases = " ".join(f"WHEN {told[by][0]} IS NOT NULL THEN {told[by][1]}" for by in order)
    matches = " ".join(f"WHEN {told[by][0]} IS NOT NULL THEN '{by}'" for by in order)
    person_id = f"CASE {refused}{cases} END"
    return {
        "person_id": person_id,
        ERASED: f"({erased or 'false'})",
        "lead_of_person": f"{literal(PERSON)} || {person_id}",
        "email_key": email_key,
        "phone_key": phone_key,
        "name_key": name_key,
        "email_state": f"coalesce({email.result('email_state')}, 'none')" if email else _MISSING,
        "phone_state": f"coalesce({phone.result('phone_state')}, 'none')" if phone else _MISSING,
        "email_domain": email.result("domain") if email else _MISSING,
        "matched_by": f"CASE {matches} END",
    }


def _erased_visitor(mapping: Mapping) -> str | None:
    """SQL: the visitor of an interaction was an erased person; None where no visitor is told."""
    for rows in mapping.tables:
        told = rows.columns.get("visitor_id")
        if rows.into == "interaction" and isinstance(told, Template) and told.alone:
            cells = ", ".join(
                cell_sql(mapping, name, "cells.")
                for name in told.alone.names
                if name in mapping.columns
            )
            if not cells:
                return None
            known = is_erased_record(f"'{VISITOR}' || coalesce({cells})")
            return f"({is_erased_contact(f'coalesce({cells})')} OR {known})"
    return None


def _erased_alias(mapping: Mapping) -> str:
    """SQL: an alias that a file brings as such is of an erased person or of their record."""
    system, record, person = (
        cell_sql(mapping, name, "cells.") if name in mapping.columns else _MISSING
        for name in ("source_system", "source_record_id", "person_id")
    )
    record_is = is_erased_record(f"{system} || ':' || {record}")
    return f"({record_is} OR {is_erased_contact(record)} OR {is_erased_person(person)})"


def _account(mapping: Mapping, by_column: dict[str, Lookup]) -> dict[str, str]:
    account = mapping.account
    name = by_column.get(account.name or "") if account else None
    name_key = name.result("name_key") if name else _MISSING
    record = _record(mapping, account.record if account else None)
    return {
        "account_id": f"coalesce({record}, {literal(NAMED)} || {name_key})",
        "account_name": f"cells.c_{account.name}" if account and account.name else _MISSING,
        "account_name_key": name_key,
    }


def _by_id_or_name(mapping: Mapping, named: NamedReference) -> str:
    record = _record(mapping, named.record)
    name = _MISSING
    if named.name:
        name = cleared(cell_sql(mapping, named.name, "cells."), Use.NAME, "cells.")
    return f"coalesce({record}, {reference(name)})"


def _record(mapping: Mapping, name: str | None) -> str:
    """SQL of a record's id."""
    if name is None:
        return _MISSING
    text = cell_sql(mapping, name, "cells.")
    return whole_id(text) if mapping.columns[name].kind is Kind.SALESFORCE_ID else text


def _of_email(email: Lookup | None, name_key: str | None, record: tuple[str, str] | None) -> str:
    """SQL of the reference to somebody known by an e-mail.

    Several people read one such as sales@: whoever it is, is told by the name, else by the record,
    an id and the reference it makes.
    """
    if email is None:
        return _MISSING
    key = email.result("email_key")
    told = _of_shared(key, name_key)
    if record is not None:
        unnamed = f"{name_key or _MISSING} IS NULL AND {record[0]} IS NOT NULL"
        told = f"CASE WHEN {unnamed} THEN {record[1]} ELSE {told} END"
    state = email.result("email_state")
    return f"CASE WHEN {state} = 'role' THEN {told} ELSE 'p_' || left({key}, 20) END"


def _of_shared(key: str, name_key: str | None) -> str:
    """SQL of the reference to somebody known by what others of another name may share."""
    reference = f"'p_' || left({key}, 20)"
    return f"{reference} || coalesce('_' || left({name_key}, 8), '')" if name_key else reference
