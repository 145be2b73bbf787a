"""What loads changed in months that had been reported already."""

from __future__ import annotations

import polars as pl

from data.query import Query, Step
from data.warehouse import Warehouse


def restatements(warehouse: Warehouse) -> pl.DataFrame:
    """Which numbers of closed months changed, by how much, and through which file?

    One row per load, month, metric and segment; the latest load first, then the earliest month:
    load_id, file_name, as_of (UTC), month_on, metric (a stage, `won_amount`, `spend_amount`),
    dimension (`total`, `channel`), segment, before, after, cause (`new_rows`, `changed_rows`,
    `merge`, `definition`). Empty when no closed month changed.
    """
    return warehouse.query(
        Query(
            Step(
                "restated",
                """
                SELECT load.load_id, load.file_name, load.as_of, restatement.month_on,
                    restatement.metric, restatement.dimension, restatement.segment,
                    restatement.before, restatement.after, restatement.cause
                FROM restatement
                JOIN load ON load.load_id = restatement.load_id
                ORDER BY load.finished_at DESC, load.load_id, restatement.month_on,
                    restatement.metric, restatement.dimension DESC, restatement.segment
                """,
            )
        )
    )
