"""Values standardised in Python, once per distinct value, and joined back in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from data.engine.draft import Draft
from data.privacy.keys import Keys
from data.sql import Query, Step
from data.standardise.companies import companies
from data.standardise.people import emails, names, phones
from data.standardise.places import cities, countries
from loaders.language.column import Kind
from loaders.language.model import Mapping

_VALUES_AT_ONCE = 200_000

MISSING = "CAST(NULL AS VARCHAR)"


PERSON_NAME = "person_name"
"""The cell that `FileSql` makes of the columns of a person's name."""


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
    cells: tuple[Step, ...],
    keys: Keys,
    phone_region: str | None,
    on_share: Callable[[float], None],
) -> None:
    """Make the lookup's table from the distinct values in `file_cells`.

    `cells` is the step of that name, or nothing where it is a temporary table.

    For the kinds in COUNTED it also says how many cells have the value (`cells`). Works through
    them in portions, so that memory stays flat however many there are. `on_share` hears now and
    then which part is done, 0 to 1: finding the values counts as one half.
    """
    text = f"c_{lookup.column}"
    results = ", ".join(f"{name} VARCHAR" for name in _RESULTS[lookup.kind])
    more = ", erased BOOLEAN" if lookup.kind in _ERASABLE else ""
    more = ", cells BIGINT" if lookup.kind in COUNTED else more
    draft.execute(f"CREATE OR REPLACE TEMP TABLE {lookup.table} (value VARCHAR, {results}{more})")
    standardise = _standardiser(lookup.kind, keys, phone_region)
    for portion in _portions(draft, cells, text, lookup.kind in COUNTED, on_share):
        draft.attach("standardised", standardise(portion))
        names = ", ".join(_RESULTS[lookup.kind])
        flag = ", cells" if lookup.kind in COUNTED else ""
        if key_name := _ERASABLE.get(lookup.kind):
            flag = f", {key_name} IN (SELECT {key_name} FROM erased_person)"
        counts = " JOIN distinct_values USING (value)" if lookup.kind in COUNTED else ""
        draft.execute(
            f"INSERT INTO {lookup.table} SELECT value, {names}{flag} FROM standardised{counts}"
        )
        draft.detach("standardised")


COUNTED = frozenset({Kind.COMPANY, Kind.CITY, Kind.COUNTRY})
"""Kinds of which it is kept what was read as what, and how often."""


_ERASABLE = {Kind.EMAIL: "email_key", Kind.PHONE: "phone_key"}


def _portions(
    draft: Draft,
    cells: tuple[Step, ...],
    text: str,
    counted: bool,
    on_share: Callable[[float], None],
) -> Iterator[pl.Series]:
    count = ", count(*) AS cells" if counted else ""
    with draft.following(lambda share: on_share(share / 2)):
        draft.build(
            "distinct_values",
            Query(
                *cells,
                Step(
                    "column_values",
                    f"SELECT {text} AS value{count} FROM file_cells "
                    f"WHERE {text} IS NOT NULL GROUP BY {text}",
                ),
                Step(
                    "numbered_values",
                    "SELECT *, row_number() OVER () AS number FROM column_values",
                ),
            ),
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
    kind: Kind, keys: Keys, phone_region: str | None
) -> Callable[[pl.Series], pl.DataFrame]:
    match kind:
        case Kind.EMAIL:
            return lambda values: emails(values, keys.secret)
        case Kind.PHONE:
            return lambda values: phones(values, keys.secret, phone_region)
        case Kind.NAME:
            return lambda values: names(values, keys.secret)
        case Kind.COMPANY:
            return companies
        case Kind.CITY:
            return cities
        case _:
            return countries
