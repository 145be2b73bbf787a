"""The rows of one file on their way into the tables: what every strategy of writing is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from data.engine.draft import Draft
from data.sql import Step
from loaders.outcome import Counts, TakenOut
from loaders.progress import Phases
from loaders.reading.source import Source
from loaders.transform.file_sql import FileSql


@dataclass(frozen=True, slots=True)
class FileRows:
    """One row per record of a file that could be read; `sql` says what becomes of each."""

    draft: Draft
    sql: FileSql
    source: Source
    cells: tuple[Step, ...]
    """The step `file_cells`, or nothing where the file's text is in a temporary table so named."""
    phases: Phases

    def counts(
        self,
        *,
        kept: int,
        changed: int = 0,
        unchanged: int = 0,
        skipped: int = 0,
        taken_out: tuple[TakenOut, ...],
    ) -> Counts:
        """The counts of the whole file: every record that is nothing else is rejected."""
        read = self.source.rows + self.source.rows_damaged - skipped
        return Counts(
            rows_read=read,
            rows_kept=kept,
            rows_changed=changed,
            rows_unchanged=unchanged,
            rows_rejected=read - kept - unchanged,
            rows_skipped=skipped,
            taken_out=taken_out,
        )


Strategy: TypeAlias = Callable[[FileRows], Counts | None]
"""A way to write rows. It gives the counts of the whole file, or None when it does not apply to
these rows: then the draft is as it was."""
