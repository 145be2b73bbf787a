"""What a command that is more than one metric prints."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Answered:
    """Sentences, and a table."""

    sentences: tuple[str, ...]
    table: pl.DataFrame
