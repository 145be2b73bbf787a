"""From a mapping and a file to SQL: cells, values, and the rows of each canonical table."""

from __future__ import annotations

from functools import cached_property

from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from data.sql import Step, literal
from data.standardise.people import SEPARATOR
from loaders.language.column import PERSONAL_KINDS, Column
from loaders.language.ends import ENDED, ends_any
from loaders.language.narrow import narrowed, places
from loaders.language.opening import Opened, header_currencies
from loaders.language.template import Template
from loaders.language.values import PREVIOUS, ROW_KEY, understood
from loaders.transform.cells import NOTHING_LATER, Later, cell_text, of_each
from loaders.transform.clearing import cleared, id_columns, marked, use_of
from loaders.transform.erased import ERASED, is_erased_contact, left_out
from loaders.transform.expressions import (
    assigned_sql,
    cell_sql,
    first_value,
    tested_sql,
    translated_sql,
    value_type,
    when_sql,
)
from loaders.transform.faults import faults
from loaders.transform.lookups import PERSON_NAME, Lookup, lookups
from loaders.transform.parsing import parsed
from loaders.transform.references import computed
from loaders.transform.row_identity import DIGEST, of_the_row, row_digest
from loaders.transform.table_rows import about_erased, table_rows

SIDES = "build_side_probe_side"
"""The optimisation to leave out where a file is joined with its lookups: the engine takes the file,
whose rows it does not know, for the smaller side and keeps all of it in memory."""


CELLS, VALUES, STAGED = "file_cells", "valued_rows", "staged_rows"
"""Steps of one file, each read by the next, or temporary tables of the same rows."""


class FileSql:
    """The SQL of one file under one mapping, as steps to be run in this order.

    - `file_cells`, one row per row of the file that is not skipped: `line` and the text under the
      mapping's names (`c_…`), trimmed, placeholders missing;
    - `valued_rows`, the same rows with the typed, translated and standardised values (`v_…`);
    - `staged_rows`, of these what the tables need, and `ok`; where the file is of people, rows
      about erased ones are not among them;
    - `lead_rows` and so on, one row per key of a canonical table.

    Raises SourceError when the file lacks a column that is needed.
    """

    def __init__(self, opened: Opened, load_id: str, *, anyone_erased: bool = False) -> None:
        self.opened = narrowed(opened)
        self.mapping = self.opened.mapping
        self._anyone_erased = anyone_erased
        self.load_id = load_id
        self._headers = opened.headers
        self._currencies = header_currencies(opened)
        written = {name: found[0] for name, found in self._headers.items()}
        self._header_of = places(self.mapping) | written
        self.faults = faults(self.mapping, self._header_of, self._headers)

    @cached_property
    def lookups(self) -> tuple[Lookup, ...]:
        """Columns of this file whose distinct values are standardised outside the engine."""
        return lookups(self.mapping, set(self._header_of))

    def header(self, name: str) -> str:
        """The file's header of a column of the mapping, or the name where it has none."""
        return self._header_of.get(name, name)

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Names whose values the tables use."""
        return tuple(dict.fromkeys(self.mapping.references()))

    @property
    def headers(self) -> dict[str, str]:
        """Where each of the mapping's columns is that the file has: its header as written."""
        return self._header_of

    @cached_property
    def _ids(self) -> tuple[str, ...]:
        """Columns of this file that hold ids."""
        return tuple(name for name in id_columns(self.mapping) if name in self._header_of)

    @cached_property
    def _erasable_keys(self) -> tuple[str, ...]:
        """Ids in the main key: a row of which one is an erased person's contact is left out."""
        main = self.mapping.main
        assigned = [main.columns.get(name) for name in key(CANONICAL[main.into])]
        names = {
            name
            for each in assigned
            if isinstance(each, Template)
            for reference in each.references
            for name in reference.names
        }
        single = [name for name in self._ids if not self.mapping.columns[name].is_list]
        return tuple(name for name in single if name in names) if self._anyone_erased else ()

    @property
    def one_record_per_row(self) -> bool:
        """Whether each row of the file becomes exactly one row of one table, if it is good.

        No row is skipped then, looks at the row before, or may be an erased person's. To look first
        whether there is such a row takes longer than to stage all of them.
        """
        mapping = self.mapping
        selects = mapping.skip or mapping.previous or mapping.main.when or mapping.main.has_several
        leaves_out = self._anyone_erased and (self.knows_erased or bool(self._erasable_keys))
        return not selects and not leaves_out and len(mapping.tables) == 1

    @cached_property
    def _made(self) -> dict[str, str]:
        return computed(self.mapping, self.lookups, self._currencies)

    @property
    def knows_erased(self) -> bool:
        """Whether a row says if it is about an erased person (`v_person_erased`)."""
        return ERASED in self._made

    @property
    def tables(self) -> tuple[str, ...]:
        """Canonical tables that this mapping feeds, the main one first."""
        return tuple(dict.fromkeys(rows.into for rows in self.mapping.tables))

    def cells(self, relation: str, carried: str = "", later: Later = NOTHING_LATER) -> Step:
        """The step `file_cells` from the relation that reads the file.

        `carried` is more SQL to select from the relation. Blanks around a text are no part of it,
        and placeholders are missing values, where that is not left for `later`; in typed columns
        a text that cannot be read is reported.
        """
        texts = "".join(
            f", {self._cell(name, column, later)} AS c_{name}"
            for name, column in self.mapping.columns.items()
        )
        if any(lookup.column == PERSON_NAME for lookup in self.lookups):
            texts += f", {self._person_name()} AS c_{PERSON_NAME}"
        if self.uses_row_key:
            texts += f", {row_digest(self.opened)} AS {DIGEST}"
        select = f"SELECT line{texts}{carried} FROM ({relation}) AS source"
        if not self.mapping.skip:
            return Step(CELLS, select)
        skipped = " OR ".join(
            f"({tested_sql(condition, f'c_{condition.column}')})" for condition in self.mapping.skip
        )
        return Step(CELLS, f"SELECT * FROM ({select}) AS texts WHERE NOT ({skipped})")

    def cells_of(self, name: str, relation: str) -> Step:
        """The step `file_cells` with one column alone: the engine reads no other of the file."""
        if name == PERSON_NAME:
            cell = self._person_name()
        else:
            cell = self._cell(name, self.mapping.columns[name], NOTHING_LATER)
        return Step(CELLS, f"SELECT {cell} AS c_{name} FROM ({relation}) AS source")

    def values(self) -> tuple[Step, ...]:
        """The steps from `file_cells` to `valued_rows`."""
        values = [f"{self._value(name)} AS v_{name}" for name in self.mapping.columns]
        made = self._made | of_the_row(self.opened, keyed=self.uses_row_key)
        made |= self._ended
        values += [f"{sql} AS v_{name}" for name, sql in made.items()]
        joins = " ".join(lookup.join for lookup in self.lookups)
        cells = Step("marked_cells", marked(self.mapping, self._header_of, CELLS))
        select = f"SELECT cells.*, {', '.join(values)} FROM {cells.name} AS cells {joins}"
        if not (previous := self.mapping.previous):
            return cells, Step(VALUES, select)
        before = "".join(
            f", lag(v_{name}) OVER history AS v_{PREVIOUS}{name}" for name in self.mapping.columns
        )
        record = ", ".join(f"v_{name}" for name in previous.of)
        with_previous = (
            f"SELECT *{before} FROM single_rows WINDOW history AS "
            f"(PARTITION BY {record} ORDER BY {first_value(previous.by)}, line)"
        )
        return cells, Step("single_rows", select), Step(VALUES, with_previous)

    def staged(self) -> tuple[Step, ...]:
        """The steps from `file_cells` to `staged_rows`."""
        names = (*self.needed, ERASED) if self.knows_erased else self.needed
        names = (*names, *self._ended)
        values = "".join(f", {self._cleared(name)} AS v_{name}" for name in names)
        gone = [is_erased_contact(f"v_{name}") for name in self._erasable_keys]
        if self.knows_erased and left_out(self.mapping):
            gone.append(f"v_{ERASED}")
        if self._anyone_erased and left_out(self.mapping):
            gone += about_erased(self.mapping)
        kept = f" WHERE NOT ({' OR '.join(gone)})" if gone else ""
        broken = " OR ".join(f"({fault.condition})" for fault in self.faults) or "false"
        select = f"SELECT line, coalesce(NOT ({broken}), true) AS ok{values} FROM {VALUES}{kept}"
        return *self.values(), Step(STAGED, select)

    def rows_of(self, table: str) -> tuple[Step, ...]:
        """The steps from `staged_rows` to the rows of one canonical table, one per key."""
        return table_rows(self.mapping, table, self.load_id, knows_erased=self.knows_erased)

    def main_key(self) -> tuple[str, ...]:
        """SQL of the main table's key over `staged_rows`."""
        main = self.mapping.main
        known = fields(main.into)
        return tuple(
            assigned_sql(self.mapping, known[name], main.columns.get(name))
            for name in key(CANONICAL[main.into])
        )

    def main_condition(self) -> str:
        """SQL over `staged_rows`: whether the row becomes one of the main table."""
        becomes = when_sql(self.mapping, self.mapping.main.when)
        return f"v_{ENDED} = 0 AND ({becomes})" if self._ended else becomes

    def main_key_headers(self) -> tuple[str, ...]:
        """The main table's key in the words of the file, as far as it has columns for it."""
        names = []
        for name in key(CANONICAL[self.mapping.main.into]):
            assigned = self.mapping.main.columns.get(name)
            references = assigned.references if isinstance(assigned, Template) else ()
            known = (each for ref in references for each in ref.names if each in self._headers)
            found = [self._headers[each][0] for each in known]
            names += found or ([name] if references else [])
        return tuple(dict.fromkeys(names))

    def _cell(self, name: str, column: Column, later: Later) -> str:
        how = understood(self.mapping, name)
        tested = how.sql_type == "VARCHAR" and how.kind not in PERSONAL_KINDS
        headers = self._headers.get(name, ())
        return cell_text(
            column,
            headers,
            test_placeholders=tested and name not in later.tested,
            as_it_is=name in later.trimmed and len(headers) == 1,
        )

    def _person_name(self) -> str:
        """SQL over the file of the name of the person a row is about."""
        names = self.mapping.person.names if self.mapping.person else ()
        texts = (
            self._cell(name, self.mapping.columns[name], NOTHING_LATER)
            for name in names
            if name in self._headers
        )
        return f"nullif(concat_ws({literal(SEPARATOR)}, {', '.join(texts)}), '')"

    def _cleared(self, name: str) -> str:
        value, column = f"v_{name}", self.mapping.columns.get(name)
        # Of a missing column there is nothing to clear, and the patterns take time to compile.
        if name == ENDED or self._is_missing(name) or (column and column.is_list):
            return value
        if name in self._ids:
            if not self._anyone_erased or name in self._erasable_keys:
                return value
            return f"CASE WHEN NOT {is_erased_contact(value)} THEN {value} END"
        use = None if name == ERASED else use_of(self.mapping, name)
        return cleared(value, use) if use else value

    @cached_property
    def _ended(self) -> dict[str, str]:
        """SQL of which [[ended]] holds for a row of `file_cells`, if any can."""
        if not ends_any(self.mapping):
            return {}
        cases = " ".join(
            f"WHEN {tested_sql(ended, f'cells.c_{ended.column}')} THEN {number}"
            for number, ended in enumerate(self.mapping.ended, start=1)
        )
        return {ENDED: f"CASE {cases} ELSE 0 END"}

    def _is_missing(self, name: str) -> bool:
        """Whether the file lacks the column and nothing stands in for it: its value is null."""
        column = self.mapping.columns.get(name)
        return column is not None and name not in self._headers and column.default is None

    def _value(self, name: str) -> str:
        column = self.mapping.columns[name]
        how = understood(self.mapping, name)
        lookup = next((each for each in self.lookups if each.column == name), None)
        text = cell_sql(self.mapping, name, "cells.")
        if lookup and how.kind.value in ("city", "country"):
            text = f"coalesce({lookup.result(how.kind.value)}, {text})"
        if self._is_missing(name):
            return f"CAST(NULL AS {value_type(self.mapping, name)}{'[]' * column.is_list})"

        def value(text: str) -> str:
            return parsed(how, column, self.mapping.read, translated_sql(self.mapping, name, text))

        return of_each(column, text, value) if column.is_list else value(text)

    @property
    def uses_row_key(self) -> bool:
        """Whether records are known by their whole rows."""
        return ROW_KEY in self.needed
