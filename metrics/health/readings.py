"""Standardised words: which text was read as what, how often, and where the original is."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.derived_identity import DECIDED_BY
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step

READ = (
    "channel", "campaign", "content", "product", "tool", "owner", "region", "country", "city",
    "company", "industry", "size band", "seniority", "department", "persona", "tier", "tags",
)  # fmt: skip
"""What texts are read as, in order."""

WORD = "standard_word"
"""What decided of a text that is not a spelling of what it is read as."""


_FILE_AND_LOAD = r"^(?s)(.*) (\S+)$"


class StandardReading(pa.DataFrameModel):
    """One row per text and what it was read as, the most frequent of each kind first.

    `decided_by`: a standard word for the text, its most frequent spelling, a name that the
    definitions give, or the channel rule that has the text as a source.
    """

    becomes: str = pa.Field(isin=READ)
    original: str
    standard: str
    decided_by: str = pa.Field(isin=(WORD, *DECIDED_BY))
    row_count: int = pa.Field(ge=1)
    stands_in: str
    file_count: int = pa.Field(ge=1, nullable=True)
    file_name: str = pa.Field(nullable=True)
    load_id: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def standardised_values(warehouse: Warehouse) -> DataFrame[StandardReading]:
    """Which texts were read as another word, and where is the original?

    One row per text and what it was read as. Cities, countries and companies come from files:
    `row_count` is rows of all loaded files, `stands_in` the column of the file, `file_name` and
    `load_id` are those of the first file by name, of `file_count`. A company keeps its name, and
    `standard` is the key that its spellings share. Job titles and industries are kept as written:
    `row_count` is people or accounts, `stands_in` the table's column, and there is no file. In
    originals from files # stands for a digit, and nothing is kept beyond 60 characters.
    """
    found = warehouse.query(
        Query(
            Step(
                "read",
                f"""
                SELECT rewritten_value.becomes, rewritten_value.original,
                    rewritten_value.standard, '{WORD}' AS decided_by,
                    CAST(sum(rewritten_value."rows") AS BIGINT) AS row_count,
                    min(rewritten_value."column") AS stands_in, count(*) AS file_count,
                    min(load.file_name || ' ' || load.load_id) AS first_file
                FROM rewritten_value
                JOIN load ON load.load_id = rewritten_value.load_id
                GROUP BY rewritten_value.becomes, rewritten_value.original,
                    rewritten_value.standard
                UNION ALL
                SELECT becomes, original, standard, '{WORD}', "rows", "column",
                    CAST(NULL AS BIGINT), CAST(NULL AS VARCHAR)
                FROM standardised_value
                UNION ALL
                SELECT replace(segment, '_', ' '), written, shown, decided_by, "rows", stands_in,
                    CAST(NULL AS BIGINT), CAST(NULL AS VARCHAR)
                FROM shown_value
                """,
            )
        )
    )
    order = pl.col("becomes").cast(pl.Enum(READ))
    ordered = found.sort(order, -pl.col("row_count"), "original", "standard", "stands_in")
    named = ordered.with_columns(
        file_name=pl.col("first_file").str.extract(_FILE_AND_LOAD, 1),
        load_id=pl.col("first_file").str.extract(_FILE_AND_LOAD, 2),
    )
    return StandardReading.validate(named.drop("first_file"), lazy=True)
