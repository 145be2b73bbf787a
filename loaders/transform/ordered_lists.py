"""Lists whose order counts: none of their values may be empty, and there is at least one."""

from __future__ import annotations

from collections.abc import Iterator

from data.schema.bookkeeping import RejectionKind
from loaders.language.model import Mapping
from loaders.transform.cells import BETWEEN, last_value_at, pieces
from loaders.transform.expressions import cell_sql
from loaders.transform.fault import Fault


def ordered_lists(mapping: Mapping) -> tuple[str, ...]:
    """The columns whose listed values are told with their places."""
    names = (rows.list_column for rows in mapping.tables if rows.is_ordered)
    return tuple(dict.fromkeys(name for name in names if name in mapping.columns))


def order_faults(
    mapping: Mapping, headers: dict[str, str], name: str, written: tuple[str, ...]
) -> Iterator[Fault]:
    """What can be wrong with the order of a column's values.

    An empty value before another would move the later ones to other places. Empty ones at the end
    are none. `written` are all headers of a numbered column, of which the empty one is named.
    """
    column, text = mapping.columns[name], cell_sql(mapping, name)
    count = f"coalesce(len({pieces(column, text)}), 0)"
    yield Fault(
        kind=RejectionKind.MISSING,
        column=headers[name],
        value=text,
        reason="is empty: a list in order has one value or more",
        condition=f"{count} = 0",
    )
    if not column.is_numbered:
        yield Fault(
            kind=RejectionKind.MISSING,
            column=headers[name],
            value=text,
            reason="has an empty value before another: write every value, or take one mark out",
            condition=f"{count} > 0 AND {count} < {last_value_at(column, text)}",
        )
        return
    for place, header in enumerate(written[:-1], start=1):
        yield Fault(
            kind=RejectionKind.MISSING,
            column=header,
            value="CAST(NULL AS VARCHAR)",
            reason=f"is empty, but {written[place]} or a later one is not: "
            "fill it, or move the later ones up",
            condition=f"len(string_split({text}, {BETWEEN})) > {place} "
            f"AND split_part({text}, {BETWEEN}, {place}) = ''",
        )
