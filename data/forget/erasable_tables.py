"""Which tables lose whole rows, and which only the person, when a person is erased."""

from __future__ import annotations

from dataclasses import dataclass

from data.engine.draft import Draft
from data.schema.canonical_people import PEOPLE
from data.schema.contract import key
from data.schema.tables import CANONICAL, DERIVED

ERASED = frozenset({"erased_person", "erased_record"})
"""What keeps an erased person away; nothing else may hold their keys."""


BOOKS = frozenset(CANONICAL) - PEOPLE
"""Canonical tables of the business: their rows stay without what points at the person."""


LOG = frozenset(
    {"load", "full_export", "load_column", "filled_column", "sample_load", "restatement",
     "derived_load"}
)  # fmt: skip
"""Tables of what was loaded and derived."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a draft, also one that no contract knows."""

    name: str
    nullable: dict[str, bool]
    """Whether each column may be missing; those that hold text."""
    columns: frozenset[str]

    @property
    def delete(self) -> str:
        """SQL that deletes rows, without its condition."""
        return f'DELETE FROM "{self.name}"'

    @property
    def base(self) -> str:
        """The canonical table whose rows this one holds, or versions of them; else itself."""
        fitting = [
            base
            for base, contract in CANONICAL.items()
            if (self.name == base or self.name.startswith(f"{base}_"))
            and self.columns.issuperset(key(contract))
        ]
        return max(fitting, key=len, default=self.name)


def tables_to_erase_from(draft: Draft) -> list[Table]:
    """All tables of a draft but those that are built anew, and those that keep the erased away."""
    listed = draft.query(
        "SELECT table_name, column_name, is_nullable, data_type FROM duckdb_columns() "
        "WHERE NOT internal AND database_name = current_database() "
        "ORDER BY table_name, column_index"
    )
    found = [
        Table(
            str(name[0]),
            {
                column: nullable
                for _, column, nullable, kind in rows.iter_rows()
                if kind == "VARCHAR"
            },
            frozenset(rows["column_name"]),
        )
        for name, rows in listed.group_by("table_name", maintain_order=True)
    ]
    return [table for table in found if table.name not in DERIVED.keys() | ERASED]
