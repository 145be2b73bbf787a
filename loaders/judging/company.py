"""What the company says of files that leave it out: their currency, their time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from data.sql import Query, Step, literal
from data.terms.titles import name_title
from loaders.judging.first_rows import FIRST_ROWS, MOST
from loaders.judging.remarks import note_remark
from loaders.language.column import Kind
from loaders.language.model import Mapping, TableRows
from loaders.language.opening import Opened, header_currencies
from loaders.language.spellings import SHARED, SYMBOLS
from loaders.language.template import Assigned, Reference, Template
from loaders.language.values import (
    FILE_CURRENCY,
    currency_columns,
    names_made_by,
    priced_by,
    understood,
)
from loaders.outcome import Remark
from loaders.transform.cells import cell_text


@dataclass(frozen=True, slots=True)
class Company:
    """The company's currency, that of each source system that has another, and its time zone."""

    base_currency: str
    currencies: Dictionary[str, str]
    time_zone: str

    def currency_of(self, source_system: str) -> str:
        """The currency of amounts that a system's files leave without one.

        >>> Company("EUR", {"salesforce": "USD"}, "UTC").currency_of("salesforce")
        'USD'
        """
        return self.currencies.get(source_system, self.base_currency)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file was read with that is the company's, because its mapping does not say it."""

    currency: str | None = None
    time_zone: str | None = None

    @property
    def identity(self) -> str:
        """The same for readings of a file that do not differ by it; empty where nothing is taken.

        >>> Taken().identity, Taken(currency="EUR").identity
        ('', ':EUR:')
        """
        if self.currency is None and self.time_zone is None:
            return ""
        return f":{self.currency or ''}:{self.time_zone or ''}"


def with_company(opened: Opened, company: Company) -> tuple[Opened, Taken]:
    """The file under its mapping, in which currency and time zone are said; and which are taken.

    Amounts whose cell, column and header name no currency get that of [read], else the company's
    for the mapping's source system; times without a zone the one of [read], else the company's.
    """
    mapping = opened.mapping
    tables = tuple(_with_currency(mapping, rows) for rows in mapping.tables)
    priced = any(map(_is_priced, tables))
    timed = any(
        understood(mapping, name).kind is Kind.TIMESTAMP and name in opened.headers
        for name in mapping.columns
    )
    taken = Taken(
        currency=company.currency_of(mapping.source_system)
        if priced and mapping.read.currency is None
        else None,
        time_zone=company.time_zone if timed and mapping.read.time_zone is None else None,
    )
    read = mapping.read.model_copy(
        update={
            "currency": mapping.read.currency or company.currency_of(mapping.source_system),
            "time_zone": mapping.read.time_zone or company.time_zone,
        }
    )
    said = mapping.model_copy(update={"tables": tables, "read": read})
    return replace(opened, mapping=said), taken


def _is_priced(rows: TableRows) -> bool:
    """Whether the rows have an amount, and a column for its currency that is not one word."""
    assigned = rows.columns.get("currency")
    said = isinstance(assigned, Template) and assigned.alone is None
    return not said and priced_by(rows.into) in rows.columns


def _with_currency(mapping: Mapping, rows: TableRows) -> TableRows:
    """The rows of a table, whose amounts are in the currency of their cell, else the one assigned.

    Else they are in the file's.
    """
    if not _is_priced(rows):
        return rows
    names = [*_own_currency(mapping, rows), *_alone(rows.columns.get("currency")), FILE_CURRENCY]
    whole = Template(parts=(Reference(names=tuple(dict.fromkeys(names))),))
    return rows.model_copy(update={"columns": rows.columns | {"currency": whole}})


def _own_currency(mapping: Mapping, rows: TableRows) -> list[str]:
    """Names of the currencies that the cells of the amount name, each after its own column."""
    return [
        made
        for name in _alone(rows.columns[priced_by(rows.into)])
        if name in mapping.columns
        for made in names_made_by(mapping, name)
        if made == f"{name}_currency"
    ]


def _alone(assigned: Assigned | None) -> tuple[str, ...]:
    alone = assigned.alone if isinstance(assigned, Template) else None
    return alone.names if alone else ()


_PLAIN = "[-+−–－▲△(（]*[0-9][0-9.,''’ \u00a0\u202f\u2009]*[-−)）]*"

_WITH_TIME = "[0-9]:[0-9]{2}"

_WITH_ZONE = "(Z|UTC|GMT|[0-9][+-][0-9]{2}(:?[0-9]{2})?)$"


def note_taken(draft: Draft, opened: Opened, load_id: str, taken: Taken) -> None:
    """Tell how many amounts and times of a file are read in what the company says."""
    for name, sentence, kind, condition in _left_out(opened, taken):
        header = opened.headers[name][0]
        column = cell_text(
            opened.mapping.columns[name], opened.headers[name], test_placeholders=True
        )
        beside = ", ".join(
            cell_text(opened.mapping.columns[other], opened.headers[other], test_placeholders=True)
            for other in currency_columns(opened.mapping, name)
            if other in opened.headers
        )
        cells = Step(
            "cells_left_out",
            f"SELECT {column} AS cell, {f'coalesce({beside})' if beside else 'NULL'} AS beside "
            f"FROM {FIRST_ROWS} AS source",
        )
        count = f"SELECT count(*) FROM cells_left_out WHERE {condition}"
        (rows,) = draft.query(Query(cells, Step("left_out", count))).row(0)
        if rows:
            every = opened.source.rows <= MOST
            note_remark(
                draft,
                load_id,
                Remark(
                    kind=kind,
                    column=header,
                    rows=rows if every else 0,
                    sentence=f"{header}: {sentence}",
                ),
            )


def _by_shared_signs(
    mapping: Mapping, name: str, header: str | None
) -> Iterator[tuple[str, str, RemarkKind, str]]:
    """Signs that several currencies have, where nothing in or beside the file says whose it is."""
    for sign, others in _SIGNS.items():
        means, sharing = SYMBOLS[sign], SHARED[sign]
        if sign in mapping.read.currencies or {header, mapping.read.currency} & set(sharing):
            continue
        listed = ", ".join(literal(code) for code in sharing)
        yield (
            name,
            f"amounts with {sign} alone are in {means}, but {others} are written so too. If they "
            f'are in another, say it in a mapping of your own: currencies = {{ "{sign}" = "…" }} '
            "under [read].",
            RemarkKind.CURRENCY,
            f"coalesce(beside NOT IN ({listed}), true) "
            f"AND regexp_matches(cell, '(^|[^\\pL]){re.escape(sign)}([^\\pL]|$)') "
            "AND NOT regexp_matches(cell, '(?i)[a-z]{3}')",
        )


_SIGNS = {"$": "Canadian, Australian and other dollars and pesos", "¥": "yen"}
"""Signs of which it is easy to mistake one currency for another, and those that are mistaken."""


def _left_out(opened: Opened, taken: Taken) -> Iterator[tuple[str, str, RemarkKind, str]]:
    """Columns that may leave something out, with what is then said, and when they do."""
    mapping, named = opened.mapping, header_currencies(opened)
    when = "When that changes, load the file again."
    for rows in mapping.tables:
        for name in _alone(rows.columns.get(priced_by(rows.into))):
            if taken.currency and name in opened.headers and name not in named:
                yield (
                    name,
                    f"amounts that name no currency are in {taken.currency}, the currency of the "
                    f"company for {name_title(mapping.source_system)} in the definitions. {when}",
                    RemarkKind.CURRENCY,
                    f"beside IS NULL AND regexp_full_match(cell, '{_PLAIN}')",
                )
            if name in opened.headers:
                yield from _by_shared_signs(mapping, name, named.get(name))
    for name in mapping.columns if taken.time_zone else ():
        if name in opened.headers and understood(mapping, name).kind is Kind.TIMESTAMP:
            yield (
                name,
                f"times without a zone are in {taken.time_zone}, the time zone of the definitions. "
                f"{when}",
                RemarkKind.TIME_ZONE,
                f"regexp_matches(cell, '{_WITH_TIME}') "
                f"AND NOT regexp_matches(cell, '{_WITH_ZONE}')",
            )
