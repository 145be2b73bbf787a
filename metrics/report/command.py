"""`python -m metrics report …`: the head's report as a file, and sent where it is wanted."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import ReportError
from data.notebook.notebook import Notebook
from metrics.period import in_words
from metrics.report.content import ReportContent
from metrics.report.gather import gather
from metrics.report.page import to_html
from metrics.report.pdf import to_pdf
from metrics.report.question import ReportDays
from metrics.report.send import VARIABLE, Message, check, destinations, send
from metrics.report.workbook import to_workbook
from metrics.report.written import Written, written

NAME = "report"

FORMATS: dict[str, Callable[[ReportContent, str | None], bytes]] = {
    "pdf": to_pdf,
    "html": to_html,
    "xlsx": to_workbook,
}


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of the command, whose name comes first. Leaves with the status 2 on misuse."""
    parser = argparse.ArgumentParser(prog=f"python -m metrics {NAME}", description=__doc__)
    parser.add_argument("name", choices=[NAME], help=argparse.SUPPRESS)
    parser.add_argument("--format", choices=list(FORMATS), default="pdf")
    parser.add_argument("--out", type=Path, help="the file; by default named after the data's day")
    parser.add_argument(
        "--to",
        action="append",
        default=[],
        metavar="URL",
        help=f"send it there, such as mailtos://… or jsons://…; else where {VARIABLE} says",
    )
    parser.add_argument("--address", help="where the cockpit is, such as https://backcast.example")
    parser.add_argument(
        "--period",
        choices=[each.option for each in ReportDays],
        default=ReportDays.THIS_QUARTER.option,
    )
    parser.add_argument("--plan", help="name or id of a kept plan; else the locked, the newest")
    return parser.parse_args(arguments)


def answer(
    warehouse: Warehouse,
    notebook: Notebook,
    options: argparse.Namespace,
    environment: Mapping[str, str] = os.environ,
) -> Iterable[str]:
    """Write the report and send it; what was done, in sentences.

    The file is there before anything is sent, and stays when that fails. Raises ReportError where
    the file cannot be written or a destination cannot be understood or reached, and what `gather`
    does.
    """
    to = destinations(options.to, environment)
    check(to)
    definitions = Definitions.load()
    content = gather(
        warehouse,
        notebook,
        definitions,
        today=datetime.now(UTC).astimezone(definitions.zone).date(),
        days=next(each for each in ReportDays if each.option == options.period),
        plan=options.plan,
    )
    name = f"marketing_report_{content.seen_until}.{options.format}"
    path: Path = options.out or Path(name)
    _write(path, FORMATS[options.format](content, options.address))
    yield f"Written to {path}."
    try:
        yield from send(_message(content, options.address, path), to)
    except ReportError as failed:
        raise ReportError(*failed.problems, f"The report is kept in {path}") from failed


def _write(path: Path, report: bytes) -> None:
    """The whole file or none: what was there before stays until the new one is complete."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(report)
        part.replace(path)
    except OSError as failure:
        part.unlink(missing_ok=True)
        raise ReportError(
            f"{path} cannot be written: {failure.strerror}. Name another file with --out"
        ) from failure


def _message(content: ReportContent, address: str | None, path: Path) -> Message:
    said = written(content, address)
    subject = f"{said.title}, {content.period.name}, {in_words(content.seen_until)}"
    return Message(subject, "\n".join(_lines(said, path)), path)


def _lines(said: Written, path: Path) -> Iterable[str]:
    yield from said.answer
    yield ""
    yield from [said.no_findings] if said.no_findings else []
    for place, finding in enumerate(said.findings, start=1):
        stake = f" {finding.stake}." if finding.stake else ""
        yield f"{place}. {finding.sentence}{stake} See {finding.address or finding.page}"
    yield ""
    yield f"{said.days} The report is attached as {path.name}."
