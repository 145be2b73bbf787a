"""What there is to know of a load beside the others, once tables are derived."""

from __future__ import annotations

from collections.abc import Iterator

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from loaders.outcome import Remark


def remarks_beside_others(draft: Draft) -> dict[str, tuple[Remark, ...]]:
    """Remarks by the id of the load that they are about; of most loads there is none."""
    remarks: dict[str, tuple[Remark, ...]] = {}
    for load_id, remark in (*_ties(draft), *_superseded(draft)):
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


def _superseded(draft: Draft) -> Iterator[tuple[str, Remark]]:
    """Ad reports that took the place of older ones, or whose place a newer one has."""
    found = draft.query(
        """
        SELECT newer.load_id AS newer_id, newer.file_name AS newer_name, older.load_id AS older_id,
            older.file_name AS older_name, superseded.*
        FROM superseded_spend AS superseded
        JOIN load AS newer ON newer.load_id = superseded.newer_load_id
        JOIN load AS older ON older.load_id = superseded.older_load_id
        ORDER BY superseded.older_cost_amount DESC, newer_id, older_id
        """
    )
    for row in found.iter_rows(named=True):
        days = f"{row['first_on']} to {row['last_on']}"
        older, newer = (
            f"{row[f'{name}_cost_amount']:,} {row[f'{name}_currency']}" for name in _TWO
        )
        is_named = row["ad_account"] not in (row["older_currency"], row["newer_currency"])
        of = f" of the account {row['ad_account']}" if is_named else ""
        less = row["newer_cost_amount"] < row["older_cost_amount"]
        hint = f". {_OF_SOME_CAMPAIGNS}" if less else "."
        for own, sentence in (
            ("newer", f"its {newer} for {days}{of} replace {older} told by {row['older_name']}"),
            ("older", f"its {older} for {days}{of} do not count: {row['newer_name']} is newer and "
                      f"tells {newer}"),
        ):  # fmt: skip
            yield (
                row[f"{own}_id"],
                Remark(kind=RemarkKind.REPLACED_SPEND, sentence=f"{sentence}{hint}"),
            )


_OF_SOME_CAMPAIGNS = (
    "If one is a report of some campaigns alone, give it an ad_account of its own in its mapping."
)

_TWO = ("older", "newer")
