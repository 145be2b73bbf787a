"""`python -m metrics alerts …`: check the rules of the definitions, and tell what came up."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from data.definitions import Definitions, in_force
from data.engine.warehouse import Warehouse
from data.notebook.notebook import Notebook
from metrics.alerts.check import check_alerts, sentences
from metrics.alerts.reading import Asked
from metrics.alerts.rows import alert_rows
from metrics.report.send import VARIABLE as REPORT_VARIABLE
from metrics.report.send import destinations

NAME = "alerts"

VARIABLE = "BACKCAST_ALERTS_TO"
"""The variable of the environment that holds where alerts go; without it, where reports go."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: sentences, the table, and whether all could be checked and told."""

    sentences: tuple[str, ...]
    table: pl.DataFrame | None
    is_well: bool = True


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of the command, whose name comes first. Leaves with the status 2 on misuse."""
    parser = argparse.ArgumentParser(prog=f"python -m metrics {NAME}", description=__doc__)
    parser.add_argument("name", choices=[NAME], help=argparse.SUPPRESS)
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument("--dry-run", action="store_true", help="send nothing and keep nothing")
    parser.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="URL",
        help=f"send there, such as mailtos://… or jsons://…; else where {VARIABLE} says, else"
        f" {REPORT_VARIABLE}",
    )
    return parser.parse_args(arguments)


def answer(
    warehouse: Warehouse,
    notebook: Notebook,
    options: argparse.Namespace,
    environment: Mapping[str, str] = os.environ,
    now: datetime | None = None,
) -> Answer:
    """Check the alerts, and tell whom it concerns. Raises what `check_alerts` does."""
    definitions = Definitions.load()
    rules = definitions.alerts.rule
    if not rules:
        return Answer((_none_is_on(),), None)
    to = destinations(options.to, environment, (VARIABLE, REPORT_VARIABLE))
    asked = Asked(warehouse, notebook, definitions, now or datetime.now(UTC))
    checked = check_alerts(asked, notebook.store, to, dry_run=options.dry_run)
    said = sentences(checked, len(rules))
    if options.dry_run:
        said = (*said, "Nothing was sent or kept: this was a dry run.")
    elif not to:
        said = (*said, f"Nobody is told: {VARIABLE} and {REPORT_VARIABLE} name no destination.")
    table: pl.DataFrame = alert_rows(checked.log, definitions.alerts.address)
    if options.format == "table":
        table = table.drop("sentence")  # too long for a line beside all else
    return Answer(said, table, checked.is_well)


def _none_is_on() -> str:
    return (
        f"No alert is on: {in_force().path.name} has no [[alerts.rule]]. docs/alerts.md says how to"
        " write one."
    )
