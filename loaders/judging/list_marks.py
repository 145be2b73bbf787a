"""Marks between listed values, found in the file where the mapping leaves them to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from data.engine.draft import Draft
from data.errors import SourceError
from data.privacy.contacts import without_contacts
from data.sql import Query, Step, literal
from loaders.language.column import EVIDENT, Column, Marks
from loaders.language.opening import Opened
from loaders.transform.cells import cell_text, pieces

KINDS = {
    "an arrow": ("→", "->", "=>", "»", "＞", ">"),
    "a bar": ("|", "｜"),
    "a semicolon": (";", "；"),
    "a comma": (",", "，", "、"),
}
"""Marks that stand between values, by kind: those first that names hold least."""

_IN_NAMES = r"[/\\\t\n~^#•·+]|\s[-–—]\s"
"""Marks that names hold as often as lists do: nothing in a file says which is meant."""

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Unclear:
    """A cell that may be one value or a list, and what speaks against knowing."""

    line: int
    value: str
    because: str


def with_evident_marks(draft: Draft, opened: Opened) -> Opened:
    """The file under its mapping, with the marks of each list whose `split` is `EVIDENT`.

    Raises SourceError, with a line and its value, where they are not (`evident_marks`).
    """
    columns = dict(opened.mapping.columns)
    for name, column in columns.items():
        if column.split != EVIDENT:
            continue
        written = opened.headers.get(name, ())
        cell = cell_text(column, written, test_placeholders=False)
        relation = f"({opened.source.relation}) AS source"
        cells = Step("list_cells", f"SELECT line, {cell} AS listed FROM {relation}")
        found = evident_marks(draft, cells, column)
        if isinstance(found, Unclear):
            shown = without_contacts(found.value)
            shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
            raise SourceError(
                f"{opened.source.path.name} line {found.line}: "
                f'{written[0]} "{shown}" may be one value or a list of several: {found.because}. '
                f"Copy {opened.mapping.file.name} into your folder of mappings, and write what "
                f'stands between values under {name}: split = ",". Where each cell is one value, '
                "write a mark that no cell has."
            )
        columns[name] = column.model_copy(update={"split": found})
    return replace(opened, mapping=opened.mapping.model_copy(update={"columns": columns}))


def evident_marks(draft: Draft, cells: Step, column: Column) -> Marks | Unclear:
    """What stands between the values of a column's cells?

    `cells` has columns `line` and `listed`. The first of `KINDS` that any cell has stands between
    the values of all. A cell that has a later kind alone is unclear, unless other lists have it as
    a value: then it is a name. So is, where no cell has any kind, one with a mark that stands in
    names as often as in lists.
    """
    held = ", ".join(f"max({_has(marks)}) AS {_named(kind)}" for kind, marks in KINDS.items())
    row = draft.query(Query(cells, Step("kinds", f"SELECT {held} FROM list_cells"))).row(0)
    present = [kind for kind, is_there in zip(KINDS, row, strict=True) if is_there]
    if not present:
        marks = KINDS["an arrow"]
        because = "the column has no arrow, bar, semicolon or comma"
        steps: tuple[Step, ...] = (_first(f"regexp_matches(listed, {literal(_IN_NAMES)})"),)
    else:
        marks = KINDS[present[0]]
        because = f"other cells have {present[0]} between values"
        others = " OR ".join(_has(KINDS[kind]) for kind in present[1:]) or "false"
        values = pieces(column.model_copy(update={"split": marks}), "listed")
        known = f"SELECT unnest({values}) AS known FROM list_cells WHERE {_has(marks)}"
        steps = (
            Step("known_values", known),
            _first(
                f"NOT {_has(marks)} AND ({others}) "
                "AND listed NOT IN (SELECT known FROM known_values)"
            ),
        )
    unclear = draft.query(Query(cells, *steps))
    if unclear.is_empty():
        return marks
    line, value = unclear.row(0)
    return Unclear(line, value, because)


def _has(marks: tuple[str, ...]) -> str:
    any_mark = "|".join(map(re.escape, marks))
    return f"coalesce(regexp_matches(listed, {literal(any_mark)}), false)"


def _named(kind: str) -> str:
    return kind.replace(" ", "_")


def _first(condition: str) -> Step:
    select = "SELECT line, listed FROM list_cells"
    return Step("first_unclear", f"{select} WHERE {condition} ORDER BY line LIMIT 1")
