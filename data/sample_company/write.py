"""The sample: a company that does not exist, exported by the systems it would use.

`write_sample` writes the exports of a B2B vendor of industrial software that sells in Europe,
North America and China. Beside them stand `truth.json`, what was planted and what came of it, and
`manifest.json`, by which the exports are known for a sample when they are loaded. The same size,
seed and date give the same text files, byte for byte. Everything streams, so memory does not grow
with the number of leads.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO

import polars as pl

from data.sample_company.exports.calls import call_export, sales_export
from data.sample_company.exports.crm import (
    account_export,
    contact_export,
    lead_export,
    lead_history_export,
)
from data.sample_company.exports.customers import (
    consent_export,
    order_export,
    suppression_export,
    tag_export,
    target_export,
)
from data.sample_company.exports.events import (
    download_export,
    email_export,
    event_export,
    web_export,
    webinar_export,
)
from data.sample_company.exports.experiments import arms_export, experiments_export
from data.sample_company.exports.interactions import canonical_interactions
from data.sample_company.exports.media import write_media
from data.sample_company.exports.opportunities import (
    contact_role_export,
    opportunity_export,
    opportunity_history_export,
)
from data.sample_company.exports.selling import (
    action_export,
    assignment_export,
    earlier_level_export,
    qualification_export,
)
from data.sample_company.exports.workbook import WebinarWorkbook
from data.sample_company.journeys import Touches
from data.sample_company.manifest import write_manifest
from data.sample_company.truth import Truth
from data.sample_company.world.campaigns import Programme, spend_by_day
from data.sample_company.world.chunk import Chunk, draw_chunks
from data.sample_company.world.customers.base import CustomerBase
from data.sample_company.world.experiments import Experiment, experiments
from data.sample_company.world.planted import Calendar
from data.sample_company.world.selling.levels import DAYS_AGO
from data.sample_company.world.selling.work import SalesWork

_QUALIFIED = "lead_qualification.csv"

_QUALIFIED_BEFORE = f"lead_qualification_{DAYS_AGO}_days_ago.csv"


@dataclass(frozen=True)
class SampleSize:
    """How much to generate: lead records, the last day, months of history, and the seed."""

    leads: int
    until: date
    seed: int = 7
    months: int = 30

    def __post_init__(self) -> None:
        if self.leads < 1 or self.months < 1:
            raise ValueError("a sample needs at least one lead and one month")

    def programme(self) -> Programme:
        """What the company runs in that time."""
        return Programme(Calendar(self.until, self.months), self.seed)


def write_sample(directory: Path, size: SampleSize) -> dict[str, object]:
    """Write every export, `truth.json` and `manifest.json` into a directory; return the truth.

    Nothing that happens after `size.until` is written: the youngest leads are immature. Files
    of the same names are replaced. `data.sample_company.truth.Truth.as_dict` describes the truth.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     truth = write_sample(Path(folder), SampleSize(leads=40, until=date(2026, 11, 20)))
    ...     len(list(Path(folder).iterdir()))
    34
    >>> truth["realised"]["reached"]["lead"]
    40
    """
    directory.mkdir(parents=True, exist_ok=True)
    programme = size.programme()
    spend = spend_by_day(programme, size.leads)
    truth = Truth(programme, size.leads)
    truth.count_spend(spend)
    with ExitStack() as stack:
        files = _Appender(directory, stack)
        workbook = stack.enter_context(
            WebinarWorkbook(directory / "webinar_attendance.xlsx", size.until)
        )
        for chunk in draw_chunks(programme, size.leads):
            touches, base, work = Touches.of(chunk), CustomerBase.of(chunk), SalesWork.of(chunk)
            truth.count_chunk(chunk, touches, base, work)
            _append_crm(files, chunk, base, work)
            _append_selling(files, chunk, touches, work)
            _append_customers(files, chunk, base)
            _append_events(files, workbook, chunk, touches)
        _append_experiments(files, truth.test_members())
    rows = files.rows | {"webinar_attendance.xlsx": workbook.rows}
    rows |= write_media(directory, programme, spend, size.leads)
    _date_lists(directory, size.until)
    write_manifest(directory, rows)
    report = truth.as_dict(rows)
    (directory / "truth.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    return report


def write_interactions(directory: Path, size: SampleSize) -> int:
    """Write only `interactions.csv`, about ten rows per lead; return how many rows.

    The columns are `interaction_id`, `email`, `visitor_id`, `occurred_at` (ISO, UTC), `action`,
    `channel`, `campaign_id`, `content_id`, `utm_source`, `utm_medium`, `utm_campaign` and
    `source_system`. They are the same interactions that `write_sample` writes into the exports of
    the single systems.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_interactions(Path(folder), SampleSize(leads=40, until=date(2026, 11, 20))) > 200
    True
    """
    directory.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files = _Appender(directory, stack)
        for chunk in draw_chunks(size.programme(), size.leads):
            systems = Touches.of(chunk).by_system()
            files.append("interactions.csv", canonical_interactions(chunk, systems))
    return files.rows["interactions.csv"]


def _append_crm(files: _Appender, chunk: Chunk, base: CustomerBase, work: SalesWork) -> None:
    files.append("salesforce_accounts.csv", account_export(chunk, base.parents))
    files.append("salesforce_contacts.csv", contact_export(chunk))
    files.append("salesforce_leads.csv", lead_export(chunk, work.owner, work.tiers))
    history = lead_history_export(chunk, work.owner, work.reasons)
    files.append("salesforce_lead_history.csv", history)
    files.append("salesforce_opportunities.csv", opportunity_export(chunk))
    files.append("salesforce_opportunity_history.csv", opportunity_history_export(chunk))
    files.append("salesforce_opportunity_contact_roles.csv", contact_role_export(chunk))
    if experiments(chunk.programme.calendar):
        files.append("experiment_arms.csv", arms_export(chunk))


def _append_selling(files: _Appender, chunk: Chunk, touches: Touches, work: SalesWork) -> None:
    files.append("lead_assignments.csv", assignment_export(chunk, work))
    files.append("next_actions.csv", action_export(chunk, work))
    called = touches.call.filter("linked")["lead"].to_numpy()
    files.append(_QUALIFIED, qualification_export(chunk, work, called))
    earlier = earlier_level_export(chunk, work)
    if earlier.height:
        files.append(_QUALIFIED_BEFORE, earlier)


def _date_lists(directory: Path, until: date) -> None:
    """Give lists of leads their time: the CRM, in which leads come in, is exported before them."""
    for name in (_QUALIFIED, "telemarketing_list.csv"):
        os.utime(directory / name)
    if (directory / _QUALIFIED_BEFORE).exists():
        at = datetime.combine(until - timedelta(days=DAYS_AGO), time(12), UTC).timestamp()
        os.utime(directory / _QUALIFIED_BEFORE, (at, at))


def _append_customers(files: _Appender, chunk: Chunk, base: CustomerBase) -> None:
    files.append("erp_orders.csv", order_export(chunk, base))
    files.append("target_accounts.csv", target_export(chunk, base))
    files.append("tags.csv", tag_export(chunk, base))
    files.append("consent_log.csv", consent_export(chunk, base))
    files.append("suppression_list.csv", suppression_export(chunk, base))


def _append_events(
    files: _Appender, workbook: WebinarWorkbook, chunk: Chunk, touches: Touches
) -> None:
    files.append_lines("web_events.jsonl", web_export(chunk, touches.web))
    files.append("email_engagement.csv", email_export(chunk, touches.email))
    workbook.append(webinar_export(chunk, touches.webinar))
    files.append("content_downloads.csv", download_export(chunk, touches.download))
    files.append("telemarketing_list.csv", call_export(chunk, touches.call), separator=";")
    files.append("event_activities.csv", event_export(chunk, touches.event))
    files.append("sales_activities.csv", sales_export(chunk, touches.sales))


def _append_experiments(files: _Appender, test_members: dict[Experiment, int]) -> None:
    if test_members:
        files.append("experiments.csv", experiments_export(test_members))


class _Appender:
    """Appends frames to text files, with a header where a file begins, and counts their rows."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory
        self._stack = stack
        self._files: dict[str, BinaryIO] = {}
        self.rows: dict[str, int] = {}

    def append(self, name: str, frame: pl.DataFrame, separator: str = ",") -> None:
        begins = name not in self._files
        frame.write_csv(self._open(name), include_header=begins, separator=separator)
        self.rows[name] += frame.height

    def append_lines(self, name: str, lines: pl.Series) -> None:
        lines.to_frame().write_csv(self._open(name), include_header=False, quote_style="never")
        self.rows[name] += len(lines)

    def _open(self, name: str) -> BinaryIO:
        if name not in self._files:
            self._files[name] = self._stack.enter_context((self._directory / name).open("wb"))
            self.rows[name] = 0
        return self._files[name]
