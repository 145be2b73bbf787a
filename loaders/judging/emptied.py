"""Columns that were filled in the last file of a kind, and suddenly are empty or gone."""

from __future__ import annotations

import polars as pl

from data.engine.draft import Draft
from data.privacy.contacts import without_contacts
from data.schema.bookkeeping import LOADS_IN_ORDER, RemarkKind
from data.sql import Query, Step, identifier, literal
from data.standardise.text import PLACEHOLDERS
from loaders.judging.first_rows import FIRST_ROWS
from loaders.judging.remarks import note_remark
from loaders.language.opening import Opened
from loaders.outcome import Remark
from loaders.transform.cells import cell_text, plain_text

_AT_LEAST = 0.2
"""A column of which a smaller share was filled is nearly empty anyway."""

_EXPECTED = 10
"""So many values are to be expected in the new file: in a tiny one, none may be chance."""


def note_emptied(draft: Draft, opened: Opened, load_id: str) -> None:
    """Keep how many rows have a value, by column, and remark which have none where they had.

    The first rows are counted (`first_rows`), and a column without a value there in the whole file.
    It is compared with the file of the same mapping that was true before this one.
    """
    filled, rows = _filled(draft, opened)
    if not filled:
        return
    listed = ", ".join(
        f"({literal(load_id)}, {literal(name)}, "
        f"{literal(without_contacts(opened.headers[name][0]))}, {count}, {rows})"
        for name, count in filled.items()
    )
    into = 'filled_column (load_id, name, "column", filled, "rows")'
    draft.execute(f"INSERT INTO {into} VALUES {listed}")
    before = draft.query(
        Query(
            Step("loads_in_order", LOADS_IN_ORDER),
            Step(
                "load_before",
                f"""
                SELECT load.load_id, load.file_name
                FROM load
                JOIN loads_in_order USING (load_id)
                JOIN load AS own ON own.load_id = {literal(load_id)} AND own.mapping = load.mapping
                JOIN loads_in_order AS own_place ON own_place.load_id = own.load_id
                WHERE loads_in_order.place < own_place.place
                ORDER BY loads_in_order.place DESC
                LIMIT 1
                """,
            ),
            Step(
                "columns_before",
                'SELECT name, "column", filled, "rows", file_name FROM filled_column '
                "JOIN load_before USING (load_id) WHERE filled > 0",
            ),
        )
    )
    for name, header, was_filled, of, file_name in before.rows():
        share = was_filled / of
        if share < _AT_LEAST or share * rows < _EXPECTED or filled.get(name, 0):
            continue
        if name not in filled and opened.mapping.is_generic:
            continue  # files of many kinds have these columns, each some of them
        if name in filled and _has_further(draft, opened, name):
            continue
        first = f"first {of:,} " if of == _LOOKED_AT else ""
        own_name = without_contacts(opened.source.path.name)
        what = f"is empty in {own_name}" if name in filled else f"is not in {own_name}"
        sentence = (
            f"{header} was filled in {share:.0%} of the {first}rows of {file_name} and {what}. If "
            "its source has values there, undo this load and export the file again."
        )
        remark = Remark(kind=RemarkKind.COLUMNS, column=header, rows=rows, sentence=sentence)
        note_remark(draft, load_id, remark)


def _filled(draft: Draft, opened: Opened) -> tuple[dict[str, int], int]:
    """How many of the first rows have a value in each column that is read, and of how many rows.

    Nothing is kept of a column that one text fills where it is empty.
    """
    names = [
        name
        for name, column in opened.mapping.columns.items()
        if name in opened.headers and column.default is None
    ]
    if not names:
        return {}, 0
    listed = ", ".join(
        f"{plain_text(opened.mapping.columns[name], opened.headers[name])} AS {identifier(name)}"
        for name in names
    )
    first = Step("cells", f"SELECT {listed} FROM {FIRST_ROWS} AS source LIMIT {_LOOKED_AT}")
    frame = draft.query(Query(first))
    texts = pl.all().str.strip_chars().str.to_lowercase()
    counts = frame.select((~texts.is_in(_NOTHING)).sum())
    return dict(zip(names, counts.row(0), strict=True)), frame.height


_LOOKED_AT = 2_000

_NOTHING = [*PLACEHOLDERS, ""]


def _has_further(draft: Draft, opened: Opened, name: str) -> bool:
    """Whether a column has a value behind the rows that were looked at."""
    if opened.source.rows <= _LOOKED_AT:
        return False
    text = cell_text(opened.mapping.columns[name], opened.headers[name], test_placeholders=True)
    values = f"SELECT 1 FROM ({opened.source.relation}) AS source WHERE {text} IS NOT NULL"
    found = Step("further_values", f"SELECT EXISTS ({values})")
    return bool(draft.query(Query(found)).item())
