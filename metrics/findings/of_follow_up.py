"""Findings of follow-up: whom sales left without a response, and who is to hear of a new lead."""

from __future__ import annotations

import polars as pl

from metrics.findings.finding import Finding, Link, Page, PlanFacts
from metrics.findings.question import FindingsQuestion
from metrics.follow_up.states import follow_up_states
from metrics.pipeline.owner_notices import owner_notices
from metrics.wording import formats


def overdue_responses(question: FindingsQuestion, facts: PlanFacts | None) -> list[Finding]:
    """MQLs past their deadline without any response. Raises MetricError where nothing tells."""
    found = follow_up_states(question.warehouse, question.scope)
    overdue = int(found["overdue"].sum())
    if not overdue:
        return []
    worst = found.row(0, named=True)
    with_whom = (
        f", {formats.count(worst['overdue'])} of them with {worst['segment']}"
        if len(found) > 1
        else ""
    )
    handed_over = int(found["handed_over"].sum())
    days = formats.counted(question.definitions.follow_up.deadline_days, "working day")
    said = (
        f"{formats.count(overdue)} of {formats.counted(handed_over, 'hand-over')} of MQLs to sales"
        f" got no response within {days}, and none since{with_whom}."
    )
    link = Link(Page.FOLLOW_UP, (*question.days_in_address, ("follow_up_part", "Work list")))
    return [Finding(said, None, link)]


def owners_to_tell(question: FindingsQuestion, facts: PlanFacts | None) -> list[Finding]:
    """New leads of customers and of companies with an open deal, whose owner is somebody else."""
    found = owner_notices(question.warehouse, question.scope).filter(~pl.col("is_told"))
    if found.is_empty():
        return []
    owners = found["notify_owner"].drop_nulls().n_unique()
    whom = f" Tell {formats.counted(owners, 'owner')}." if owners else ""
    said = (
        f"{formats.counted(len(found), 'new lead')} came from companies that somebody deals with"
        f" already, and not from their owner.{whom}"
    )
    link = Link(Page.PIPELINE, (*question.days_in_address, ("pipeline_part", "Notices")))
    return [Finding(said, None, link)]
