"""What there is to know of a load beside the others, once tables are derived."""

from __future__ import annotations

from collections.abc import Iterator

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from loaders.outcome import Remark


def remarks_beside_others(draft: Draft) -> dict[str, tuple[Remark, ...]]:
    """Remarks by the id of the load that they are about; of most loads there is none."""
    remarks: dict[str, tuple[Remark, ...]] = {}
    for load_id, remark in _ties(draft):
        remarks[load_id] = (*remarks.get(load_id, ()), remark)
    return remarks


def _ties(draft: Draft) -> Iterator[tuple[str, Remark]]:
    """Loads that contradict another one of the same time: each load of a pair is told so."""
    found = draft.query(
        """
        SELECT newer.load_id AS newer_id, newer.file_name AS newer_name, older.load_id AS older_id,
            older.file_name AS older_name, newer.as_of, load_tie.table_name, load_tie.records
        FROM load_tie
        JOIN load AS newer ON newer.load_id = load_tie.newer_load_id
        JOIN load AS older ON older.load_id = load_tie.older_load_id
        ORDER BY load_tie.records DESC, load_tie.table_name, newer_id, older_id
        """
    )
    for row in found.iter_rows(named=True):
        records = f"{row['records']:,} {'record' if row['records'] == 1 else 'records'}"
        for own, other in (("newer", "older"), ("older", "newer")):
            sentence = (
                f"it and {row[f'{other}_name']} say different things of {records} of "
                f"{row['table_name']}, and both were true at {row['as_of']:%Y-%m-%d %H:%M}. "
                f"{row['newer_name']} is taken for the newer. If it is not, load the file that is "
                "again and say when it was true: --as-of, or Exported on."
            )
            remark = Remark(kind=RemarkKind.SAME_TIME, sentence=sentence, rows=row["records"])
            yield row[f"{own}_id"], remark
