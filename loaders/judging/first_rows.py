"""The first rows of a file, read once: by them it is judged how the file is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from data.engine.draft import Draft
from data.sql import Query, Step
from loaders.language.opening import Opened

FIRST_ROWS = "first_rows"
"""The temporary table of them, with the columns of the file's relation."""

MOST = 20_000
"""How many they are at most: where they hold nothing unusual, the others are not read twice."""


@contextmanager
def first_rows(draft: Draft, opened: Opened) -> Iterator[None]:
    """Keep the first rows of a file as a temporary table while it is judged."""
    first = f"SELECT * FROM ({opened.source.relation}) AS file LIMIT {MOST}"
    draft.build(FIRST_ROWS, Query(Step(FIRST_ROWS, first)))
    yield
    draft.execute(f"DROP TABLE {FIRST_ROWS}")
