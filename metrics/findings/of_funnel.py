"""Findings of the funnel: steps that changed, and the channel that should not stay as it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import polars as pl

from metrics.chance import Verdict, judged
from metrics.channels.verdicts import channel_verdicts
from metrics.findings.finding import Finding, Link, Page, PlanFacts
from metrics.findings.question import FindingsQuestion
from metrics.funnel.change import periods
from metrics.funnel.differences import differences
from metrics.funnel.segments import step_segments
from metrics.headline import headline
from metrics.scope import Basis, Comparison, Stage
from metrics.sentences import compared_days_named
from metrics.verdicts.verdict import Call
from metrics.wording import formats


def changed_steps(question: FindingsQuestion, facts: PlanFacts | None) -> list[Finding]:
    """Steps of the funnel at which another share converts than in the quarter before.

    At the same age, tested together. At stake is what the difference brings at the usual worth of
    the step's end: won revenue of the last twelve months ÷ entries into the stage in them.
    """
    scope = replace(question.scope, basis=Basis.COHORT)
    if (compared := compared_days_named(scope)) is None:
        return []
    steps = list(pairwise(scope.unit.stages))
    earlier, now = (
        [step_segments(question.warehouse, each, way, ()).whole for way in steps]
        for each in periods(scope)
    )
    tested = differences(list(zip(now, earlier, strict=True)))
    _, verdicts = judged(tested.p_value, tested.expected)
    worth = _usual_worth(question)
    found = []
    for way, new, old, verdict in zip(steps, now, earlier, verdicts, strict=True):
        if verdict is not Verdict.MORE_THAN_CHANCE:
            continue
        start, end = way
        change = new.rate - old.rate
        price = worth.get(end)
        found.append(
            Finding(
                f"{start.label} to {end.label}: {formats.share(new.rate)} of"
                f" {formats.count(new.reached)} have converted so far, at the same age"
                f" {formats.share(old.rate)} had in {compared}. That is more than chance.",
                None if price is None else abs(change) * new.reached * price,
                Link(Page.FUNNEL, (*question.days_in_address, ("basis", "Cohort"))),
            )
        )
    return found


def _usual_worth(question: FindingsQuestion) -> dict[Stage, float]:
    """Won revenue of the last twelve months for each entry into a stage; empty without revenue."""
    year = replace(question.scope, period=question.year, comparison=Comparison.NONE)
    row = headline(question.warehouse, year).row(0, named=True)
    if row["won_amount"] is None or row["unconverted_deals"]:
        return {}
    return {stage: float(row["won_amount"]) / row[stage] for stage in Stage if row[stage]}


def channel_to_decide(question: FindingsQuestion, facts: PlanFacts | None) -> list[Finding]:
    """The channel with the most money at stake that should not be kept as it is.

    Raises MetricError without spend, MissingRateError where money has no exchange rate.
    """
    year = replace(question.scope, period=question.year, comparison=Comparison.NONE)
    found = channel_verdicts(question.warehouse, year, question.definitions)
    changed = found.filter(pl.col("call") != Call.KEEP.value)
    if changed.is_empty():
        return []
    row = changed.row(0, named=True)
    said = row["sentence"] if row["test"] is None else f"{row['sentence']} {row['test']}"
    return [Finding(said, row["at_stake_amount"], Link(Page.CHANNELS), row["headline"])]
