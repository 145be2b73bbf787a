"""How the command line shows what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from loaders.mapping import Mapping
from loaders.preview import Preview
from loaders.protocol import Outcome, Status
from loaders.protocol import Progress as Event

_REASONS_SHOWN = 5
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_STYLES = {Status.LOADED: "green", Status.ALREADY_LOADED: "cyan", Status.FAILED: "red"}


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
    """A bar over all files: rows of the file at work, how fast, how long it will take."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f} rows"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def on_event(event: Event) -> None:
            name = event.file_name or "warehouse"
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=1, rate="")
            task = tasks[name]
            speed = bar.tasks[bar.task_ids.index(task)].speed
            bar.update(
                task,
                description=f"{escape(name)}: {event.phase}",
                total=event.of,
                completed=event.rows,
                rate=f"{speed:,.0f} rows/s" if speed else "",
            )

        yield on_event


def show_loads(console: Console, frame: pl.DataFrame) -> None:
    """A table of loads."""
    table = Table()
    headers = ("load", "file", "mapping", "as of", "read", "kept", "changed", "rejected")
    for header in headers:
        table.add_column(
            header, justify="right" if header in headers[4:] else "left", overflow="fold"
        )
    for row in frame.iter_rows(named=True):
        table.add_row(
            row["load_id"],
            escape(row["file_name"]),
            row["mapping"],
            f"{row['as_of']:%Y-%m-%d %H:%M}",
            *(f"{row[f'rows_{name}']:,}" for name in headers[4:]),
        )
    console.print(table)


def show_rejected(console: Console, frame: pl.DataFrame, file_name: str) -> None:
    """One sentence per refused row and reason."""
    for row in frame.iter_rows(named=True):
        value = f' "{row["value"]}"' if row["value"] is not None else ""
        column = f" {row['column']}" if row["column"] else ""
        console.print(
            escape(f"{file_name} line {row['line']}:{column}{value} {row['reason']}"),
            soft_wrap=True,
        )


def write_rejected(frame: pl.DataFrame, path: Path) -> None:
    """The refused rows as CSV; a text that a spreadsheet would run as a formula is escaped."""
    texts = pl.col(pl.String)
    starts = texts.str.slice(0, 1).is_in(_FORMULA_STARTS)
    frame.with_columns(pl.when(starts).then("'" + texts).otherwise(texts).name.keep()).write_csv(
        path
    )


def show_recognised(console: Console, found: Preview) -> None:
    """The mapping that fits a file, and where each of its columns goes."""
    console.print(f"{found.file_name}: {found.mapping} ({found.title})", markup=False)
    table = Table()
    table.add_column("column of the file", overflow="fold")
    table.add_column("becomes", overflow="fold")
    for use in found.columns:
        table.add_row(escape(use.header), ", ".join(use.feeds) or "[dim]not used[/]")
    console.print(table)


def show_mappings(console: Console, mappings: dict[str, Mapping]) -> None:
    """A table of mappings."""
    table = Table()
    for header in ("name", "what it reads", "becomes", "file"):
        table.add_column(header, overflow="fold")
    for mapping in mappings.values():
        tables = ", ".join(dict.fromkeys(rows.into for rows in mapping.tables))
        table.add_row(mapping.name, escape(mapping.title), tables, escape(mapping.file.name))
    console.print(table)
