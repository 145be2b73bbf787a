"""References by which source systems find their own records of a person; never a clear address."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from data.references import person_of_record_sql
from data.sql import Step


def reference_steps(of: str) -> tuple[Step, ...]:
    """Steps to `keyed_records`: one row per person of the step `of` and record of theirs.

    `of` has a column `person_id`; `reference` is `system:record`.
    """
    record = person_of_record_sql("person_alias.source_system", "person_alias.source_record_id")
    return (
        Step("listed_people", f"SELECT DISTINCT person_id FROM {of} WHERE person_id IS NOT NULL"),
        Step(
            "keyed_records",
            f"""
            SELECT DISTINCT listed_people.person_id, {record} AS reference
            FROM person_alias
            LEFT JOIN person_identity ON person_identity.reference = person_alias.person_id
            JOIN listed_people ON listed_people.person_id
                = coalesce(person_identity.person_id, person_alias.person_id)
            """,
        ),
    )


def with_records(frame: pl.DataFrame, references: pl.DataFrame) -> pl.DataFrame:
    """The frame with `records`: each person's references, with a blank between; null without any.

    >>> people = pl.DataFrame({"person_id": ["p_1", "p_2"]})
    >>> known = pl.DataFrame({"person_id": ["p_1", "p_1"], "reference": ["web:7", "crm:1"]})
    >>> with_records(people, known)["records"].to_list()
    ['crm:1 web:7', None]
    """
    records = references.group_by("person_id").agg(records=pl.col("reference").sort().str.join(" "))
    return frame.join(records, on="person_id", how="left", maintain_order="left")


def keyed_references(frame: pl.DataFrame, kept: Sequence[str] = ()) -> pl.DataFrame:
    """One row per record behind a list, as its source system finds it again.

    `source_system` and `source_record_id` of what `records` holds, with the columns `kept`. Who has
    no record in any system is left out: nothing could match them.

    >>> rows = pl.DataFrame({"records": ["crm:1 web:a:7", None], "state": ["quiet", "quiet"]})
    >>> keyed_references(rows, ["state"]).rows()
    [('crm', '1', 'quiet'), ('web', 'a:7', 'quiet')]
    """
    each = (
        frame.select("records", *kept)
        .drop_nulls("records")
        .with_columns(pl.col("records").str.split(" "))
        .explode("records")
    )
    parts = pl.col("records").str.splitn(":", 2).struct
    return each.select(
        parts.field("field_0").alias("source_system"),
        parts.field("field_1").alias("source_record_id"),
        *kept,
    ).unique(maintain_order=True)
