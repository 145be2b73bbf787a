"""Records that their source ended: deleted, merged into another, or vanished from a full export."""

from __future__ import annotations

from typing import ClassVar

from data.engine.warehouse import Warehouse
from data.schema.contract import RECORDS, Timestamp
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step

PROBLEMS = {
    "came back": "A newer file has it again.",
    "circle": "The merges run in a circle, so that all of its records still count.",
    "not loaded": "The record that was kept is not loaded, so that this one still counts.",
}
"""Why an end does not apply, in words, by its name in `retired_record`."""


class RetiredRecordRow(pa.DataFrameModel):
    """One row per record that its source ended: those with a problem first, then the latest ended.

    `was_at` is when the newest file that has the record alive was true, null where none ever had
    it; `told_at` when the file that ended it was. What it had belongs to `into_id` where it was
    merged. `still_counts` says why an end does not apply; null where nothing counts the record.
    """

    subject_kind: str = pa.Field(isin=RECORDS)
    subject_id: str
    how: str = pa.Field(isin=("deleted", "merged", "vanished"))
    was_at: Timestamp = pa.Field(nullable=True)
    told_at: Timestamp
    into_id: str = pa.Field(nullable=True)
    file_name: str
    still_counts: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per record."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["subject_kind", "subject_id"]


def retired_records(warehouse: Warehouse) -> DataFrame[RetiredRecordRow]:
    """Which records did their source delete or merge, or do full exports no longer have?

    A record without a problem counts nowhere, until a newer file has it alive again or the load
    that ended it is undone. A delete without any file that had the record stands here as well.
    """
    problems = " ".join(f"WHEN '{name}' THEN '{words}'" for name, words in PROBLEMS.items())
    found = warehouse.query(
        Query(
            Step(
                "retired",
                f"""
                SELECT retired_record.subject_kind, retired_record.subject_id, retired_record.how,
                    retired_record.was_at, retired_record.told_at,
                    coalesce(retired_record.survivor_id, retired_record.into_id) AS into_id,
                    load.file_name, CASE retired_record.problem {problems} END AS still_counts
                FROM retired_record
                JOIN load ON load.load_id = retired_record.load_id
                """,
            )
        )
    ).sort(
        "still_counts", "told_at", "subject_kind", "subject_id",
        descending=[True, True, False, False], nulls_last=[True, False, False, False],
    )  # fmt: skip
    return RetiredRecordRow.validate(found, lazy=True)
