"""What the engine says of a file that it reads, in words about the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from data.errors import EngineError, SourceError

_NO_MEMORY = "Out of Memory"
_OWN_MISTAKE = "INTERNAL Error"
_NOT_OPENED = "Cannot open file"


@contextmanager
def blamed_on(name: str) -> Iterator[None]:
    """Damage that only the engine sees, in the pages of a Parquet file say, is that file's.

    Raises SourceError, and after a failure that the engine does not survive an error that ends
    the process: MemoryError or RuntimeError.

    >>> with blamed_on("a.parquet"):
    ...     raise EngineError("Invalid page", step=None, sql="SELECT 1")
    Traceback (most recent call last):
    ...
    data.errors.SourceError: a.parquet can not be read to its end (Invalid page). It is ...
    """
    try:
        yield
    except EngineError as error:
        reason = error.reason.splitlines()[0]
        if reason.startswith(_NO_MEMORY):
            # An engine without memory can not even take back what it did.
            raise MemoryError(reason) from error
        if reason.startswith(_OWN_MISTAKE):
            # Some damage leads to one, and after it the engine refuses everything.
            raise RuntimeError(reason) from error
        if _NOT_OPENED in reason:  # it was, a moment ago
            raise SourceError(
                f"{name} can no longer be read ({reason}). Check that it is still there and may be "
                "read, and load it again."
            ) from error
        raise SourceError(
            f"{name} can not be read to its end ({reason}). "
            "It is probably damaged; export it again."
        ) from error
