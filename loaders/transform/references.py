"""SQL of the references by which a row means a person, a company or a record."""

from __future__ import annotations

from data.references import (
    NAMESAKE,
    erased_visitor_sql,
    lead_of_person_sql,
    named_sql,
    person_of_contact_sql,
    person_of_record_sql,
    reference,
)
from data.sql import literal
from loaders.language.column import Kind
from loaders.language.model import AccountReference, Mapping, NamedReference
from loaders.language.template import Template
from loaders.language.values import (
    CAMPAIGN_NAME,
    CONTENT_NAME,
    FILE_CURRENCY,
    IN_ONE_TEXT,
    PARENT_NAME,
    currency_columns,
    names_made_by,
    priced_columns,
)
from loaders.transform.amounts import currency
from loaders.transform.cells import in_one_text
from loaders.transform.clearing import Use, cleared, person_reference
from loaders.transform.erased import ERASED, is_erased_contact, is_erased_person, is_erased_record
from loaders.transform.expressions import cell_sql, translated_sql
from loaders.transform.lookups import MISSING, PERSON_NAME, Lookup
from loaders.transform.parsing import address_parts, whole_id


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
        made |= _account(mapping, mapping.account, by_column)
    if mapping.parent_account:
        parent = _account(mapping, mapping.parent_account, by_column)
        made[PARENT_NAME] = parent["account_id"]
    if mapping.campaign:
        made[CAMPAIGN_NAME] = _by_id_or_name(mapping, mapping.campaign)
    if mapping.content:
        made[CONTENT_NAME] = _by_id_or_name(mapping, mapping.content)
    for name, column in mapping.columns.items():
        if column.is_list:
            made[f"{name}{IN_ONE_TEXT}"] = in_one_text(column, cell_sql(mapping, name, "cells."))
        elif column.kind is Kind.CITY:
            lookup = by_column.get(name)
            made[f"{name}_region"] = lookup.result("region") if lookup else MISSING
            made[f"{name}_country"] = lookup.result("country") if lookup else MISSING
        elif column.kind is Kind.URL:
            parts = address_parts(cell_sql(mapping, name, "cells."))
            made |= {f"{name}_{part}": sql for part, sql in parts.items()}
        elif f"{name}_currency" in names_made_by(mapping, name):
            text = cell_sql(mapping, name, "cells.")
            made[f"{name}_currency"] = currency(
                column, mapping.read, text, currencies.get(name), _currency_beside(mapping, name)
            )
    made[FILE_CURRENCY] = _file_currency(mapping)
    return made


def _file_currency(mapping: Mapping) -> str:
    """SQL of the currency of a row's amount where nothing names one; null where it has none."""
    amounts = [
        cell_sql(mapping, name, "cells.")
        for name in dict.fromkeys(priced_columns(mapping))
        if name in mapping.columns and not mapping.columns[name].is_list
    ]
    if mapping.read.currency is None or not amounts:
        return MISSING
    present = f"coalesce({', '.join(amounts)}) IS NOT NULL"
    return f"CASE WHEN {present} THEN {literal(mapping.read.currency)} END"


def _currency_beside(mapping: Mapping, name: str) -> str:
    """SQL of the code in the columns that a [[table]] takes where the amount names no currency."""
    cells = [
        f"upper({translated_sql(mapping, other, cell_sql(mapping, other, 'cells.'))})"
        for other in currency_columns(mapping, name)
        if not mapping.columns[other].is_list
    ]
    return f"coalesce({', '.join(cells)})" if cells else "NULL"


def _person(mapping: Mapping, by_column: dict[str, Lookup]) -> dict[str, str]:
    person = mapping.person
    system = person.system if person and person.system else mapping.source_system
    email = by_column.get(person.email or "") if person else None
    phone = by_column.get(person.phone or "") if person else None
    email_key = email.result("email_key") if email else MISSING
    phone_key = phone.result("phone_key") if phone else MISSING
    name = by_column.get(PERSON_NAME)
    named = name.result("name_key") if name else None
    name_key = named or MISSING
    record = _record(mapping, person.record if person else None)
    reference = person_reference(system, record)
    erased = " OR ".join(
        [
            *(f"coalesce({each.result('erased')}, false)" for each in (email, phone) if each),
            *([is_erased_person(reference)] if person and person.record else []),
        ]
    )
    found_by = {
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
    cases = " ".join(f"WHEN {found_by[by][0]} IS NOT NULL THEN {found_by[by][1]}" for by in order)
    matches = " ".join(f"WHEN {found_by[by][0]} IS NOT NULL THEN '{by}'" for by in order)
    person_id = f"CASE {refused}{cases} END"
    return {
        "person_id": person_id,
        ERASED: f"({erased or 'false'})",
        "lead_of_person": _lead_of_person(person_id, refused, named),
        "email_key": email_key,
        "phone_key": phone_key,
        "name_key": name_key,
        "email_state": f"coalesce({email.result('email_state')}, 'none')" if email else MISSING,
        "phone_state": f"coalesce({phone.result('phone_state')}, 'none')" if phone else MISSING,
        "email_domain": email.result("domain") if email else MISSING,
        "matched_by": f"CASE {matches} END",
    }


def _lead_of_person(person_id: str, refused: str, name_key: str | None) -> str:
    """SQL of the reference to a person's lead: by the person, else by the name alone."""
    by_person = lead_of_person_sql(person_id)
    if name_key is None:
        return by_person
    return f"coalesce({by_person}, CASE {refused}ELSE {lead_of_person_sql(name_key, NAMESAKE)} END)"


def _erased_visitor(mapping: Mapping) -> str | None:
    """SQL: the visitor of an interaction was an erased person; None where no column is one."""
    for rows in mapping.tables:
        visitor = rows.columns.get("visitor_id")
        if rows.into == "interaction" and isinstance(visitor, Template) and visitor.alone:
            cells = ", ".join(
                cell_sql(mapping, name, "cells.")
                for name in visitor.alone.names
                if name in mapping.columns
            )
            if not cells:
                return None
            known = is_erased_record(erased_visitor_sql(f"coalesce({cells})"))
            return f"({is_erased_contact(f'coalesce({cells})')} OR {known})"
    return None


def _erased_alias(mapping: Mapping) -> str:
    """SQL: an alias that a file brings as such is of an erased person or of their record."""
    system, record, person = (
        cell_sql(mapping, name, "cells.") if name in mapping.columns else MISSING
        for name in ("source_system", "source_record_id", "person_id")
    )
    record_is = is_erased_record(person_of_record_sql(system, record))
    return f"({record_is} OR {is_erased_contact(record)} OR {is_erased_person(person)})"


def _account(
    mapping: Mapping, account: AccountReference, by_column: dict[str, Lookup]
) -> dict[str, str]:
    name = by_column.get(account.name or "")
    name_key = name.result("name_key") if name else MISSING
    record = _record(mapping, account.record)
    return {
        "account_id": f"coalesce({record}, {named_sql(name_key)})",
        "account_name": f"cells.c_{account.name}" if account.name else MISSING,
        "account_name_key": name_key,
    }


def is_cut_short(text: str) -> str:
    """SQL: an id is a number that a spreadsheet cut short, so that many ids have become one.

    >>> is_cut_short("id")
    "(id LIKE '%E+%' AND regexp_full_match(id, '[0-9]([.,][0-9]+)?E[+][0-9]+'))"
    """
    return f"({text} LIKE '%E+%' AND regexp_full_match({text}, '[0-9]([.,][0-9]+)?E[+][0-9]+'))"


def _by_id_or_name(mapping: Mapping, named: NamedReference) -> str:
    record = _record(mapping, named.record)
    name = MISSING
    if named.name:
        if record != MISSING:
            record = f"CASE WHEN NOT {is_cut_short(record)} THEN {record} END"
        name = cleared(cell_sql(mapping, named.name, "cells."), Use.NAME, "cells.")
    return f"coalesce({record}, {reference(name)})"


def _record(mapping: Mapping, name: str | None) -> str:
    """SQL of a record's id."""
    if name is None:
        return MISSING
    text = cell_sql(mapping, name, "cells.")
    return whole_id(text) if mapping.columns[name].kind is Kind.SALESFORCE_ID else text


def _of_email(email: Lookup | None, name_key: str | None, record: tuple[str, str] | None) -> str:
    """SQL of the reference to somebody known by an e-mail.

    Several people read one such as sales@: the name says who it is, else the record, an id
    and the reference it makes.
    """
    if email is None:
        return MISSING
    key = email.result("email_key")
    sharer = _of_shared(key, name_key)
    if record is not None:
        unnamed = f"{name_key or MISSING} IS NULL AND {record[0]} IS NOT NULL"
        sharer = f"CASE WHEN {unnamed} THEN {record[1]} ELSE {sharer} END"
    state = email.result("email_state")
    return f"CASE WHEN {state} = 'role' THEN {sharer} ELSE {person_of_contact_sql(key)} END"


def _of_shared(key: str, name_key: str | None) -> str:
    """SQL of the reference to somebody known by what others of another name may share."""
    reference = person_of_contact_sql(key)
    return f"{reference} || coalesce('_' || left({name_key}, 8), '')" if name_key else reference
