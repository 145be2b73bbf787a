"""One family of errors: each message says what was wrong, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST_NAME = 200


class BackcastError(Exception):
    """Something the user can act on, as one or several sentences. `str(error)` is all of them.

    >>> BackcastError("line 3: a is missing", "line 5: b is 7; it must be 8").problems
    ('line 3: a is missing', 'line 5: b is 7; it must be 8')
    """

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(self.problems)


class StoreError(BackcastError):
    """The store cannot be read or written: missing, damaged, full or not permitted."""


class OtherVersionError(StoreError):
    """A file was written by another version, whose tables have other columns."""


class NotDerivedError(StoreError):
    """The derived tables of a store are not those that this version reads."""


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


class DefinitionConflict(DefinitionError):  # noqa: N818 - a conflict is nobody's fault
    """Somebody else saved a newer version of the definitions. Nothing of this one was saved."""


class MissingRateError(BackcastError):
    """Money was recorded in a currency and on days for which no exchange rate is loaded."""


class MetricError(BackcastError):
    """A question that cannot be answered as asked: an unknown metric, dimension or value."""


class ReportError(BackcastError):
    """A report cannot be written or sent. Names no secret of where it was to go."""


class NotebookError(BackcastError):
    """The notebook does not take what somebody wrote, or has no such entry."""


class NotebookConflict(NotebookError):  # noqa: N818 - a conflict is nobody's fault
    """Somebody else wrote a newer version of an entry. Nothing of this one was saved."""


class SampleError(BackcastError):
    """A made-up company cannot be written as asked."""


class SourceError(BackcastError):
    """A file cannot be read: what is wrong with it, where, and what to do about it."""


class MappingError(BackcastError):
    """A mapping file is invalid, or no mapping fits a file."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` Did you mean …?` for a misspelt name, or nothing when no known one is near.

    A text over 200 characters is no name: comparing it takes the square of its length.

    >>> did_you_mean("stgae", ["stage", "status"])
    ' Did you mean "stage"?'
    >>> did_you_mean("stage" * 100, ["stage" * 100])
    ''
    """
    if len(name) > _LONGEST_NAME:
        return ""
    near = get_close_matches(name, [each for each in known if len(each) <= _LONGEST_NAME], n=1)
    return f' Did you mean "{near[0]}"?' if near else ""
