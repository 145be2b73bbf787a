"""How the command line shows what happened."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, ProgressColumn, Task, TaskProgressColumn, TextColumn
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from data.privacy.contacts import without_contacts
from loaders.outcome import Outcome, Status
from loaders.progress import Course
from loaders.protocol import Progress as Event

if TYPE_CHECKING:
    import polars as pl

    from loaders.language.model import Mapping
    from loaders.outcome import Preview

_REASONS_SHOWN = 5

_WIDTH_WITHOUT_TERMINAL = 160

_STYLES = {Status.LOADED: "green", Status.ALREADY_LOADED: "cyan", Status.FAILED: "red"}


def output() -> Console:
    """Standard output, wide enough for tables also where it is no terminal."""
    width = None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(highlight=False, width=width)


def show_outcomes(console: Console, outcomes: Sequence[Outcome], *, dry_run: bool) -> None:
    """A table of files, then why rows or files were refused."""
    table = Table(title="Dry run: nothing was published" if dry_run else None, title_justify="left")
    for header in ("file", "mapping", "result"):
        table.add_column(header, overflow="fold")
    for header in ("read", "kept", "changed", "unchanged", "rejected"):
        table.add_column(header, justify="right")
    for each in outcomes:
        counts = (each.rows_read, each.rows_kept, each.rows_changed, each.rows_unchanged)
        table.add_row(
            escape(each.file_name),
            each.mapping or "",
            f"[{_STYLES[each.status]}]{each.status}[/]",
            *(f"{count:,}" for count in (*counts, each.rows_rejected)),
        )
    console.print(table)
    for each in outcomes:
        _show_details(console, each)


def _show_details(console: Console, outcome: Outcome) -> None:
    if outcome.message:
        console.print(escape(_sentence(outcome)), style=_STYLES[outcome.status])
    if outcome.replaced:
        console.print(f"  replaces load {outcome.replaced}: its mapping has changed", style="dim")
    if outcome.rows_skipped:
        console.print(f"  {outcome.file_name}: {outcome.rows_skipped:,} rows skipped as no data")
    for each in outcome.taken_out:
        console.print(f"  {escape(f'{outcome.file_name}: {each.sentence}')}", style="yellow")
    for remark in outcome.remarks:
        console.print(f"  {escape(f'{outcome.file_name}: {remark.sentence}')}", style="yellow")
    for reason in outcome.reasons[:_REASONS_SHOWN]:
        console.print(f"  {escape(reason.sentence(outcome.file_name))}", style="yellow")
    if len(outcome.reasons) > _REASONS_SHOWN:
        more = len(outcome.reasons) - _REASONS_SHOWN
        console.print(f"  … and {more} more reasons", style="yellow")
    if outcome.rows_rejected and outcome.status is Status.LOADED:
        console.print(f"  All of them: python -m loaders rejects {outcome.load_id}", style="dim")


def _sentence(outcome: Outcome) -> str:
    if outcome.message.startswith(outcome.file_name):
        return outcome.message
    return f"{outcome.file_name}: {outcome.message}"


@contextmanager
def progress_bar(console: Console, paths: Sequence[Path]) -> Iterator[Callable[[Event], None]]:
    """One bar over the whole command: what is at work, rows, how fast they go, time left."""
    course = Course(
        {without_contacts(path.name): path.stat().st_size for path in paths if path.is_file()}
    )
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _Pace(course),
    )
    with RichProgress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def follow(event: Event) -> None:
            course.note(event)
            at = ": ".join(filter(None, (event.file_name, event.phase)))
            bar.update(task, description=escape(at), completed=course.standing().share)

        yield follow


class _Pace(ProgressColumn):
    """Rows, rate and time left, worked out again each time the bar is drawn."""

    def __init__(self, course: Course) -> None:
        super().__init__()
        self._course = course

    def render(self, task: Task) -> Text:
        return Text(" · ".join(self._course.standing().pace), style="cyan")


def show_loads(console: Console, frame: pl.DataFrame) -> None:
    """A table of loads."""
    table = Table()
    headers = ("load", "file", "mapping", "as of", "by", "read", "kept", "changed", "rejected")
    for header in headers:
        table.add_column(
            header, justify="right" if header in headers[5:] else "left", overflow="fold"
        )
    for row in frame.iter_rows(named=True):
        table.add_row(
            row["load_id"],
            escape(row["file_name"]),
            row["mapping"],
            f"{row['as_of']:%Y-%m-%d %H:%M}",
            row["as_of_by"] or "",
            *(f"{row[f'rows_{name}']:,}" for name in headers[5:]),
        )
    console.print(table)


def show_rejected(console: Console, frame: pl.DataFrame, file_name: str) -> None:
    """One sentence per refused row and reason."""
    for row in frame.iter_rows(named=True):
        value = f' "{row["value"]}"' if row["value"] is not None else ""
        column = f" {row['column']}" if row["column"] else ""
        console.print(
            escape(
                f"{file_name} line {row['line']}, {row['kind']}:{column}{value} {row['reason']}"
            ),
            soft_wrap=True,
        )


def show_unresolved(console: Console, frame: pl.DataFrame) -> None:
    """A table of names that rows refer to and that mean no single campaign or asset."""
    table = Table()
    for header in ("refers to", "name"):
        table.add_column(header, overflow="fold")
    for header in ("rows that refer to it", "that are called so"):
        table.add_column(header, justify="right")
    for kind, name, referring, named in frame.iter_rows():
        table.add_row(kind, escape(name), f"{referring:,}", f"{named:,}")
    console.print(table)


def show_recognised(console: Console, found: Preview) -> None:
    """The mapping that fits a file, and where each of its columns goes."""
    console.print(f"{found.file_name}: {found.mapping} ({found.title})", markup=False)
    table = Table()
    table.add_column("column of the file", overflow="fold")
    table.add_column("becomes", overflow="fold")
    for use in found.columns:
        table.add_row(escape(use.header), ", ".join(use.feeds) or "[dim]not used[/]")
    console.print(table)
    for remark in found.remarks:
        console.print(escape(remark.sentence), style="yellow")


def show_mappings(console: Console, mappings: dict[str, Mapping]) -> None:
    """A table of mappings."""
    table = Table()
    for header in ("name", "what it reads", "becomes", "file"):
        table.add_column(header, overflow="fold")
    for mapping in mappings.values():
        tables = ", ".join(dict.fromkeys(rows.into for rows in mapping.tables))
        table.add_row(mapping.name, escape(mapping.title), tables, escape(mapping.file.name))
    console.print(table)
