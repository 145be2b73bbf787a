"""One family of errors: each message says what was wrong, where, and what to do next."""

from __future__ import annotations


class BackcastError(Exception):
    """Something the user can act on. `str(error)` is fit to be shown as it is."""


class StoreError(BackcastError):
    """The store can not be read or written: missing, damaged, full or not permitted."""


class OtherVersionError(StoreError):
    """A file was written by another version, whose tables have other columns."""


class StoreBusyError(StoreError):
    """Another load holds the store's lock and did not finish in time."""


class EmptyStoreError(StoreError):
    """Nothing has been loaded yet, so there is no generation to read."""


class EngineError(BackcastError):
    """An engine refused a query. Carries the step it failed in and the rendered SQL.

    >>> error = EngineError("no column chanel", step="scoped", sql="SELECT chanel FROM x")
    >>> print(error)
    step "scoped": no column chanel
    """

    def __init__(self, reason: str, *, step: str | None, sql: str) -> None:
        self.reason = reason
        self.step = step
        self.sql = sql
        super().__init__(f'step "{step}": {reason}' if step else reason)


class DefinitionError(BackcastError):
    """A definitions file is invalid. Names the file, the line, the key and what is allowed."""


class MissingRateError(BackcastError):
    """Money was recorded in a currency and on days for which no exchange rate is loaded."""


class MetricError(BackcastError):
    """A question that can not be answered as asked: an unknown metric, dimension or value."""


class SourceError(BackcastError):
    """A file can not be read: what is wrong with it, where, and what to do about it."""


class MappingError(BackcastError):
    """A mapping file is invalid, or no mapping fits a file."""
