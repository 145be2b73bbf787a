"""Which columns a file tells of each of its records, so that an empty cell takes a value back."""

from __future__ import annotations

from data.schema.contract import key
from data.schema.tables import CANONICAL
from loaders.language.column import Condition
from loaders.language.ends import key_columns
from loaders.language.model import TableRows
from loaders.language.narrow import having_values
from loaders.language.opening import Opened
from loaders.language.template import Assigned, Template

_ENTRY = "stage_change"

_DATED = Template(parts=("date_column",))


def told_of_records(opened: Opened) -> frozenset[tuple[str, str]]:
    """The columns that a file tells of the record that each of its rows is, as table and column.

    Of `stage_change` these are stages: those for which the file has a column with the date. A row
    that has no value there says that there is none. Nothing is said so of the records that a row
    only names: the person of a lead may have a phone that this export lacks.
    """
    mapping = opened.mapping
    found = {name for name, column in mapping.columns.items() if column.default is not None}
    having = having_values(mapping, found | set(opened.headers))
    own = key_columns(mapping.main)
    told: set[tuple[str, str]] = set()
    for rows in mapping.tables:
        if rows.ends or rows.listed or not own or not _may_apply(rows, having):
            continue
        if rows.into == _ENTRY and mapping.main.into != _ENTRY:
            if _references(rows.columns["subject_id"]) == own and (stage := _stage(rows, having)):
                told.add((_ENTRY, stage))
        elif key_columns(rows) == own:
            keys = key(CANONICAL[rows.into])
            told |= {
                (rows.into, name)
                for name, assigned in rows.columns.items()
                if name not in keys and _has_value(assigned, having)
            }
    return frozenset(told)


def _stage(rows: TableRows, having: set[str]) -> str | None:
    """The one stage whose date these rows give, from a column that the file has."""
    stage = rows.columns["stage"]
    if not isinstance(stage, Template) or stage.references:
        return None
    is_dated = rows.columns["inferred_from"] == _DATED
    has_date = _has_value(rows.columns["entered_at"], having)
    return str(stage.parts[0]) if is_dated and has_date else None


def _has_value(assigned: Assigned, having: set[str]) -> bool:
    if not isinstance(assigned, Template):
        return True
    return all(having.intersection(reference.names) for reference in assigned.references)


def _references(assigned: Assigned) -> set[str]:
    if not isinstance(assigned, Template):
        return set()
    return {name for reference in assigned.references for name in reference.names}


def _may_apply(rows: TableRows, having: set[str]) -> bool:
    return all(condition.column in having or _holds_empty(condition) for condition in rows.when)


def _holds_empty(condition: Condition) -> bool:
    """Whether a condition holds where the column is empty."""
    wants_value = condition.one_of or condition.starts_with or condition.present
    return not wants_value
