"""Findings of the data itself: broken consent, what is late, refused or uncounted, its health."""

from __future__ import annotations

import polars as pl

from data.terms.titles import name_title
from metrics.findings.finding import Finding, Link, Page, PlanFacts
from metrics.findings.question import FindingsQuestion
from metrics.health.consent import consent
from metrics.health.counted_nowhere import ADVICE, Uncounted, counted_nowhere
from metrics.health.loads import refusals, source_freshness
from metrics.health.score import FRESH_DAYS, health_score
from metrics.period import in_words
from metrics.wording import formats


def _part(name: str) -> Link:
    return Link(Page.DATA_HEALTH, (("health_part", name),))


_WAYS = {
    "Accepted rows": _part("Loads"),
    "Leads with a channel": _part("Values"),
    "Complete leads": _part("Completeness"),
}
"""Where it is seen what to do for a part of the score; for the others a file is to be loaded."""

WORTH_MENDING = 5.0
"""A part of the data's health is a finding when the score could gain so many points by it."""


def late_data(question: FindingsQuestion) -> list[Finding]:
    """Files that are missing: nothing new at all, or one kind of file that lags behind."""
    link = Link(Page.LOAD)
    days = (question.today - question.horizon.last).days
    if days > FRESH_DAYS:
        return [
            Finding(
                f"Nothing after {in_words(question.horizon.last)} is loaded: all figures here are"
                f" {formats.counted(days, 'day')} old. Load the newest exports.",
                None,
                link,
            )
        ]
    late = source_freshness(question.warehouse).filter(pl.col("days_behind") > FRESH_DAYS)
    if late.is_empty():
        return []
    row = late.row(0, named=True)
    lag = ("other kind of file lags", "other kinds of file lag")
    more = formats.counted(len(late) - 1, *lag) if len(late) > 1 else ""
    said = (
        f"The newest export of {name_title(row['mapping'])} is"
        f" {formats.counted(row['days_behind'], 'day')} older than the newest of all"
        + (f", and {more} behind as well" if more else "")
        + ". What they would show is missing here."
    )
    return [Finding(said, None, link)]


def broken_consent(question: FindingsQuestion, facts: PlanFacts | None = None) -> list[Finding]:
    """People who were contacted after they had withdrawn their consent."""
    found = consent(question.warehouse, question.definitions)
    people = int(found["people_contacted_after"].sum())
    if not people:
        return []
    times = formats.counted(int(found["contacts_after"].sum()), "time")
    said = (
        f"{formats.counted(people, 'person was', 'people were')} contacted after withdrawing"
        f" consent, {times} in all. Stop whatever still contacts them."
    )
    return [Finding(said, None, _part("Consent"))]


def uncounted_rows(question: FindingsQuestion) -> list[Finding]:
    """What is loaded and counted nowhere: the kind with the most rows, and how many others."""
    found = counted_nowhere(question.warehouse)
    if found.is_empty():
        return []
    row = found.sort("row_count", "kind", descending=[True, False]).row(0, named=True)
    kind = Uncounted(row["kind"])
    more = formats.counted(len(found) - 1, "other kind of row", "other kinds of rows")
    besides = f", beside {more}" if len(found) > 1 else ""
    said = (
        f"Loaded and counted nowhere: {formats.count(row['row_count'])} × {kind}{besides}."
        f" {ADVICE[kind]}"
    )
    return [Finding(said, None, _part("Links"))]


def worst_of_data(question: FindingsQuestion, most: int) -> list[Finding]:
    """What to mend first: people's rights, then what is missing, refused and uncounted.

    No more than so many, the worst first.
    """
    found = [
        *broken_consent(question),
        *late_data(question),
        *refused_rows(question, None),
        *uncounted_rows(question),
        *poor_health(question, None),
    ]
    return found[:most]


def refused_rows(question: FindingsQuestion, facts: PlanFacts | None) -> list[Finding]:
    """Rows that were refused: no number has them."""
    found = refusals(question.warehouse)
    if found.is_empty():
        return []
    worst = found.row(0, named=True)
    rows = int(found["rows_rejected"].sum())
    files = found["load_id"].n_unique()
    most = (
        ""
        if len(found) == 1
        else f", most of them ({formats.count(worst['rows_rejected'])}) of {worst['file_name']}"
    )
    said = (
        f"{formats.counted(rows, 'row was', 'rows were')} rejected in"
        f" {formats.counted(files, 'file')}{most}: no number has them. {worst['reason']}"
    )
    return [Finding(f"{said.rstrip('.')}.", None, _part("Loads"))]


def poor_health(question: FindingsQuestion, facts: PlanFacts | None) -> list[Finding]:
    """The part of the data's health that would raise its score most."""
    part = health_score(question.warehouse).row(0, named=True)
    if part["could_gain"] < WORTH_MENDING:
        return []
    said = f"{part['part']}: {formats.share(part['share'])}. {part['advice']}"
    return [Finding(said, None, _WAYS.get(part["part"], Link(Page.LOAD)))]
