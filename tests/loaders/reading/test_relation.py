"""Engine errors are reported as errors of the file, or end the process that reads it."""

from __future__ import annotations

import pytest

from data.errors import EngineError, SourceError
from loaders.reading.relation import blamed_on


@pytest.mark.parametrize(
    ("reason", "kind", "said"),
    [
        ("Invalid Input Error: bad page", SourceError, "a.parquet cannot be read to its end"),
        ('IO Error: Cannot open file "a": denied', SourceError, "a.parquet can no longer be read"),
        ("Out of Memory Error: 5 MB", MemoryError, "5 MB"),
        ("INTERNAL Error: lost\n\nStack Trace:\n 0x1", RuntimeError, "INTERNAL Error: lost$"),
    ],
)
def test_a_failure_is_blamed_on_the_file_or_ends_the_process(
    reason: str, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said), blamed_on("a.parquet"):
        raise EngineError(reason, step=None, sql="SELECT 1")
