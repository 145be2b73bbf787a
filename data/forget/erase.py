"""Erasing a person from one draft: which rows go, which only lose what points at the person.

It works over the tables that the file has, not over a list: a row of a table that nobody thought of
goes as soon as one of its columns holds what means the person.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.engine.draft import Draft
from data.forget.erasable_tables import BOOKS, LOG, Table, tables_to_erase_from
from data.forget.marks import Marks
from data.privacy.contacts import MASK
from data.references import erased_lead, erased_visitor, record_of
from data.schema.canonical_people import FREE_TEXT
from data.schema.contract import key
from data.schema.tables import CANONICAL
from data.sql import Query, Step

_LONG_ID = 6
"""An id of so many characters is looked for inside of texts too."""


@dataclass(frozen=True, slots=True)
class ErasedRows:
    """What became of one table: rows that went, and rows that lost what points at the person."""

    table: str
    deleted: int
    blanked: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased: one entry per table that changed, and references that were the person's.

    Beside those in the marks these are their leads and the visitors who were nobody else.
    """

    rows: tuple[ErasedRows, ...]
    references: frozenset[str]


def erase(draft: Draft, marks: Marks) -> Erasure:
    """Take everything of a person out of the canonical tables and the log of a draft.

    Rows of people, aliases, interactions, consent, tags of them and their leads, and refused rows
    go; so do rows of any other table that holds what means the person. Of leads, stages and
    opportunities the rows stay, without the person, without the free text about them, and without a
    reason that stands nowhere else. The derived tables are to be built anew afterwards.
    """
    with draft.transaction():
        eraser = _Eraser(draft, tables_to_erase_from(draft), marks)
        references = eraser.erase()
    return Erasure(eraser.counts(), references)


class _Eraser:
    def __init__(self, draft: Draft, tables: list[Table], marks: Marks) -> None:
        self._draft = draft
        self._tables = tables
        self._texts = tuple(sorted(marks.texts))
        self._deleted: dict[str, int] = {}
        self._blanked: dict[str, int] = {}
        self._keep("erased_mark", marks.values())
        self._keep("erased_id", {record_of(each) for each in marks.records()})

    def erase(self) -> frozenset[str]:
        """All of it, in the order in which one thing is known by another; returns references."""
        people = self._union("person_id", "lead", f"person_id IN ({_MARKS})", "lead_id")
        self._list("erased_lead", people)
        self._list(
            "erased_deal",
            "SELECT opportunity_id FROM deal WHERE lead_id IN (SELECT id FROM erased_lead)",
        )
        theirs = self._union("visitor_id", "interaction", f"person_id IN ({_MARKS})", "visitor_id")
        others = self._union(
            "visitor_id", "interaction", f"person_id NOT IN ({_MARKS})", "visitor_id"
        )
        self._list("erased_visitor", f"SELECT * FROM ({theirs}) EXCEPT SELECT * FROM ({others})")
        for table in self._tables:
            self._name_leads(table)
            self._blank_texts(table)
        self._delete_refused()
        families: dict[str, list[Table]] = {}
        for table in self._tables:
            families.setdefault(table.base, []).append(table)
        for base, family in families.items():
            if base in BOOKS | LOG:
                for table in family:
                    self._blank(table)
            else:
                self._delete_family(base, family)
        references = frozenset(
            remembered(each)
            for remembered, table in (
                (erased_lead, "erased_lead"),
                (erased_visitor, "erased_visitor"),
            )
            for each in self._draft.query(f"SELECT id FROM {table}")["id"]
        )
        for name in ("mark", "id", "lead", "deal", "visitor"):
            self._draft.execute(f"DROP TABLE temp.erased_{name}")
        return references

    def counts(self) -> tuple[ErasedRows, ...]:
        """What changed, by table."""
        return tuple(
            ErasedRows(name, self._deleted.get(name, 0), self._blanked.get(name, 0))
            for name in sorted(self._deleted.keys() | self._blanked.keys())
        )

    def _keep(self, name: str, values: set[str]) -> None:
        self._draft.attach("kept", pl.DataFrame({"id": sorted(values)}, schema={"id": pl.String}))
        self._list(name, "SELECT id FROM kept")
        self._draft.detach("kept")

    def _list(self, name: str, select: str) -> None:
        listed = f"SELECT DISTINCT * FROM ({select}) AS listed (id) WHERE id IS NOT NULL"
        self._draft.build(name, Query(Step(f"{name}_list", listed)))

    def _union(self, needed: str, base: str, condition: str, selected: str) -> str:
        """SQL of a column of every table of a family that has it."""
        selects = [
            f'SELECT {selected} FROM "{table.name}" WHERE {condition}'
            for table in self._tables
            if table.base == base and {needed, "person_id"} <= table.columns
        ]
        return " UNION ALL ".join(selects)

    def _name_leads(self, table: Table) -> None:
        """Where a deal names only the person, it names from now on the lead that this meant."""
        for column in table.nullable.keys() & {"primary_lead_id", "lead_id"}:
            if "opportunity_id" not in table.columns:
                continue
            taken = (
                f'AND NOT EXISTS (SELECT 1 FROM "{table.name}" AS other '
                "WHERE other.opportunity_id = deal.opportunity_id AND other.lead_id = deal.lead_id)"
                if column == "lead_id"
                else ""
            )
            self._draft.execute(
                f'UPDATE "{table.name}" SET {column} = deal.lead_id FROM deal '
                f'WHERE deal.opportunity_id = "{table.name}".opportunity_id '
                f'AND "{table.name}".{column} IN ({_MARKS}) '
                f"AND deal.lead_id IN (SELECT id FROM erased_lead) {taken}"
            )

    def _blank_texts(self, table: Table) -> None:
        if table.base == "lead":
            columns = [name for name in FREE_TEXT if name in table.columns]
            self._set_null(table, columns, "lead_id IN (SELECT id FROM erased_lead)")
        if table.base == "stage_change" and "reason" in table.columns:
            subject = (
                "CASE subject_kind WHEN 'lead' THEN subject_id IN (SELECT id FROM erased_lead) "
                "ELSE subject_id IN (SELECT id FROM erased_deal) END"
            )
            self._blank_reason(table, "reason", subject)
        if table.base == "assignment" and "reason" in table.columns:
            self._blank_reason(table, "reason", "lead_id IN (SELECT id FROM erased_lead)")
        if table.base == "action" and {"kind", "result", "reason"} <= table.columns:
            self._blank_action(table)
        if table.base == "stage_change" and "actor" in table.columns:
            self._set_null(table, ["actor"], "actor IN (SELECT id FROM erased_id)")
        if table.base == "opportunity":
            subject = "opportunity_id IN (SELECT id FROM erased_deal)"
            for reason in ("lost_reason", "lost_to", "win_reason"):
                if reason in table.columns:
                    self._blank_reason(table, reason, subject)

    def _blank_action(self, table: Table) -> None:
        """What others have to do too is a word of the business, as of reasons; so are results."""
        theirs = "subject_kind = 'lead' AND subject_id IN (SELECT id FROM erased_lead)"
        for column in ("result", "reason"):
            self._blank_reason(table, column, theirs)
        common = f"SELECT kind FROM action WHERE NOT ({theirs})"
        condition = f"{theirs} AND kind <> 'Action' AND kind NOT IN ({common})"
        change = f"UPDATE \"{table.name}\" SET kind = 'Action'"
        self._change(table, self._blanked, change, condition, ())

    def _blank_reason(self, table: Table, column: str, theirs: str) -> None:
        """A reason that others have too is a word of the business; else somebody wrote it."""
        common = f"SELECT {column} FROM {table.base} WHERE NOT ({theirs}) AND {column} IS NOT NULL"
        self._set_null(table, [column], f"{theirs} AND {column} NOT IN ({common})")

    def _set_null(self, table: Table, columns: list[str], condition: str) -> None:
        if not columns:
            return
        filled = " OR ".join(f'"{name}" IS NOT NULL' for name in columns)
        nulls = ", ".join(f'"{name}" = NULL' for name in columns)
        self._change(
            table,
            self._blanked,
            f'UPDATE "{table.name}" SET {nulls}',
            f"({condition}) AND ({filled})",
            (),
        )

    def _delete_refused(self) -> None:
        """Refused rows that name a record of theirs, or a lead or a visit."""
        for table in self._tables:
            if table.base != "rejected_row":
                continue
            self._change(
                table,
                self._deleted,
                table.delete,
                "EXISTS (SELECT 1 FROM (FROM erased_id UNION FROM erased_lead "
                "UNION FROM erased_visitor) AS known WHERE known.id = value "
                "OR list_contains(json_extract_string(TRY_CAST(\"row\" AS JSON), '$.*'), known.id) "
                f'OR (length(known.id) >= {_LONG_ID} AND contains("row", known.id)))',
                (),
            )

    def _delete_family(self, base: str, family: list[Table]) -> None:
        """Rows that mean the person, and every version of them."""
        if base not in CANONICAL:
            for table in family:
                self._change(table, self._deleted, table.delete, *self._hits(table))
            return
        keys = ", ".join(f'"{name}"' for name in key(CANONICAL[base]))
        selects: list[str] = []
        values: list[str] = []
        for table in family:
            condition, texts = self._hits(table)
            if {"visitor_id", "person_id"} <= table.columns:
                condition += (
                    " OR (person_id IS NULL AND visitor_id IN (SELECT id FROM erased_visitor))"
                )
            if base == "tag":
                condition += (
                    " OR (subject_kind = 'lead' AND subject_id IN (SELECT id FROM erased_lead))"
                )
            selects.append(f'SELECT {keys} FROM "{table.name}" WHERE {condition}')
            values += texts
        doomed = " UNION ".join(selects)
        self._draft.build("doomed", Query(Step("doomed_rows", doomed, tuple(values))))
        for table in family:
            self._change(
                table,
                self._deleted,
                table.delete,
                f"({keys}) IN (SELECT ({keys}) FROM doomed)",
                (),
            )
        self._draft.execute("DROP TABLE temp.doomed")

    def _blank(self, table: Table) -> None:
        """Take what means the person out of each column; a key is a row's own, so the row goes."""
        keys = key(CANONICAL[table.base]) if table.base in CANONICAL else ()
        for name, nullable in table.nullable.items():
            condition, texts = self._hit(name)
            if name in keys:
                self._change(table, self._deleted, table.delete, condition, texts)
            else:
                instead = "NULL" if nullable else f"'{MASK}'"
                update = f'UPDATE "{table.name}" SET "{name}" = {instead}'
                self._change(table, self._blanked, update, condition, texts)

    def _hits(self, table: Table) -> tuple[str, tuple[str, ...]]:
        found = [self._hit(name) for name in table.nullable]
        condition = " OR ".join(sql for sql, _ in found) or "false"
        return condition, tuple(text for _, texts in found for text in texts)

    def _hit(self, column: str) -> tuple[str, tuple[str, ...]]:
        """SQL: the column holds a mark as a whole, or the address or number anywhere in it."""
        held = "".join(f' OR contains(lower("{column}"), ?)' for _ in self._texts)
        return f'coalesce("{column}" IN ({_MARKS}){held}, false)', self._texts

    def _change(
        self,
        table: Table,
        counts: dict[str, int],
        statement: str,
        condition: str,
        values: tuple[str, ...],
    ) -> None:
        (found,) = self._draft.one(f'SELECT count(*) FROM "{table.name}" WHERE {condition}', values)
        if found:
            counts[table.name] = counts.get(table.name, 0) + int(found)
            self._draft.execute(f"{statement} WHERE {condition}", values)


_MARKS = "SELECT id FROM erased_mark"
