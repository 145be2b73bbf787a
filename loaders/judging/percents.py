"""Percentages that a file holds as shares: a spreadsheet shows 0.6 as 60%."""

from __future__ import annotations

from dataclasses import replace

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from data.sql import Query, Step
from loaders.judging.first_rows import FIRST_ROWS
from loaders.judging.remarks import note_remark
from loaders.language.column import Kind
from loaders.language.opening import Opened
from loaders.language.values import understood
from loaders.outcome import Remark
from loaders.transform.cells import cell_text

_OF_A_SHARE = 100


def with_shares(draft: Draft, opened: Opened, load_id: str) -> Opened:
    """The file under its mapping, in which columns of percentages that hold shares are read so.

    They do where no value has a percent sign or is over 1, and one lies between 0 and 1: then 0.6
    is 60 percent. It is told.
    """
    columns = dict(opened.mapping.columns)
    for name, column in opened.mapping.columns.items():
        if name not in opened.headers or understood(opened.mapping, name).kind is not Kind.PERCENT:
            continue
        if column.is_list or column.multiply_by or column.divide_by:
            continue
        text = cell_text(column, opened.headers[name], test_placeholders=True)
        values = Step(
            "percentages",
            f"SELECT {text} AS written, TRY_CAST(replace({text}, ',', '.') AS DOUBLE) AS share "
            f"FROM {FIRST_ROWS} AS source",
        )
        counted = Step(
            "shares",
            "SELECT count(written), count(share) FILTER (WHERE share BETWEEN 0 AND 1), "
            "count(*) FILTER (WHERE share > 0 AND share < 1), "
            "min(written) FILTER (WHERE share > 0 AND share < 1) FROM percentages",
        )
        written, shares, between, example = draft.query(Query(values, counted)).row(0)
        if between and shares == written:
            columns[name] = column.model_copy(update={"multiply_by": _OF_A_SHARE})
            sentence = (
                f"{opened.headers[name][0]} holds shares: {example} is read as "
                f"{float(example.replace(',', '.')):.0%}, since no value is over 1."
            )
            remark = Remark(
                kind=RemarkKind.MARKS,
                column=opened.headers[name][0],
                rows=written,
                sentence=sentence,
            )
            note_remark(draft, load_id, remark)
    return replace(opened, mapping=opened.mapping.model_copy(update={"columns": columns}))
