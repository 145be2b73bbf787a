"""Findings of what there is: each source says what in its field asks for a decision.

A source is a function from the question to its findings. Another one takes part by its name in
`SOURCES` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import polars as pl

from data.errors import MetricError, MissingRateError
from metrics.chance import Verdict, judged
from metrics.channels.verdicts import channel_verdicts
from metrics.funnel.change import periods
from metrics.funnel.differences import differences
from metrics.funnel.segments import step_segments
from metrics.headline import headline
from metrics.health.loads import source_freshness
from metrics.health.score import FRESH_DAYS, health_score
from metrics.period import in_words
from metrics.plan.attainment.early_warning import early_warning
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.target import plural
from metrics.plan.variance.gap import ACTUAL, PLANNED, VOLUME
from metrics.plan.variance.words import sentence
from metrics.report.finding import Finding, Link, Page
from metrics.report.question import ReportQuestion
from metrics.scope import Basis, Comparison, Stage
from metrics.sentences import compared_days_named
from metrics.verdicts.verdict import Call
from metrics.wording import formats

MOST = 3
"""So many findings are told."""

WORTH_MENDING = 5.0
"""A part of the data's health is a finding when the score could gain so many points by it."""

PlanFacts = tuple[KeptPlan, pl.DataFrame]
"""The plan that the days are held against, and its gap of revenue."""

Source = Callable[[ReportQuestion, PlanFacts | None], Sequence[Finding]]


@dataclass(frozen=True)
class Findings:
    """What is told, and why a source had nothing to say where it could not be asked."""

    told: tuple[Finding, ...]
    untold: tuple[str, ...]
    """Whole sentences."""


def top_findings(question: ReportQuestion, facts: PlanFacts | None) -> Findings:
    """The findings that matter most: what is late first, for all else rests on it, then by money.

    One whose worth nobody can tell comes after those with a price.
    """
    late = late_data(question)
    found: list[Finding] = []
    untold = []
    for source in SOURCES:
        try:
            found += source(question, facts)
        except (MetricError, MissingRateError) as reason:
            text = str(reason).rstrip(".")
            untold.append(f"{SUBJECTS[source]}: {text}.")
    found.sort(key=lambda finding: -(finding.money_at_stake or 0.0))
    return Findings(tuple([*late, *found][:MOST]), tuple(untold))


def late_data(question: ReportQuestion) -> list[Finding]:
    """Files that are missing: nothing new at all, or one kind of file that lags behind."""
    link = Link(Page.DATA_HEALTH)
    days = (question.today - question.horizon.last).days
    if days > FRESH_DAYS:
        return [
            Finding(
                f"Nothing after {in_words(question.horizon.last)} is loaded: every figure here is"
                f" {formats.counted(days, 'day')} old. Load the newest exports.",
                None,
                link,
            )
        ]
    late = source_freshness(question.warehouse).filter(pl.col("days_behind") > FRESH_DAYS)
    if late.is_empty():
        return []
    row = late.row(0, named=True)
    more = formats.counted(len(late) - 1, "other kind") if len(late) > 1 else ""
    said = (
        f"The newest export of {row['mapping'].replace('_', ' ')} is"
        f" {formats.counted(row['days_behind'], 'day')} older than the newest of all"
        + (f", and {more} of file lag behind as well" if more else "")
        + ". What they would tell is missing here."
    )
    return [Finding(said, None, link)]


def missed_plan(question: ReportQuestion, facts: PlanFacts | None) -> list[Finding]:
    """A plan that is missed by more than chance makes of it."""
    if facts is None:
        return []
    plan, gap = facts
    amounts = dict(gap.select("part", "amount").iter_rows())
    missing = float(amounts[PLANNED] - amounts[ACTUAL])
    if missing <= 0 or not gap["is_more_than_chance"].any():
        return []
    said = sentence(gap, f"{plan.name} so far", question.definitions.base_currency)
    return [Finding(said, missing, _versus(plan))]


def missing_entries(question: ReportQuestion, facts: PlanFacts | None) -> list[Finding]:
    """Entries that are short of the plan by more than chance, before revenue misses them."""
    if facts is None:
        return []
    plan, gap = facts
    volume = gap.filter(part=VOLUME).row(0, named=True)
    if not volume["is_more_than_chance"] or volume["amount"] >= 0:
        return []
    short = early_warning(question.warehouse, question.everything, plan)
    if short.is_empty():
        return []
    money = float(short["amount"].sum()) if short["amount"].is_not_null().all() else None
    worst = short.sort("missing", descending=True).row(0, named=True)
    missing = formats.count(float(short["missing"].sum()))
    lost = (
        f"{formats.money(money, question.definitions.base_currency)} of revenue"
        if money is not None
        else f"{formats.count(float(short['deals'].sum()))} won deals"
    )
    return [
        Finding(
            f"{missing} {plural(plan.entry)} fewer than planned have entered, most of them in"
            f" {worst['entered_on']:%B %Y}. Unless they are made up for, {lost} will be missing,"
            f" most of it in {worst['worst_on']:%B %Y}.",
            money,
            _versus(plan),
        )
    ]


def changed_steps(question: ReportQuestion, facts: PlanFacts | None) -> list[Finding]:
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
                Link(Page.FUNNEL, (("period", question.days.value), ("basis", "Cohort"))),
            )
        )
    return found


def _usual_worth(question: ReportQuestion) -> dict[Stage, float]:
    """Won revenue of the last twelve months for each entry into a stage; empty without revenue."""
    year = replace(question.scope, period=question.year, comparison=Comparison.NONE)
    try:
        row = headline(question.warehouse, year).row(0, named=True)
    except MissingRateError:
        return {}
    if row["won_amount"] is None:
        return {}
    return {stage: float(row["won_amount"]) / row[stage] for stage in Stage if row[stage]}


def channel_to_decide(question: ReportQuestion, facts: PlanFacts | None) -> list[Finding]:
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
    return [Finding(said, row["at_stake_amount"], Link(Page.CHANNELS))]


def poor_health(question: ReportQuestion, facts: PlanFacts | None) -> list[Finding]:
    """The part of the data's health that would raise its score most."""
    part = health_score(question.warehouse).row(0, named=True)
    if part["could_gain"] < WORTH_MENDING:
        return []
    said = f"{part['part']}: {formats.share(part['share'])}. {part['advice']}"
    return [Finding(said, None, Link(Page.DATA_HEALTH))]


def _versus(plan: KeptPlan) -> Link:
    return Link(Page.PLAN_VERSUS_ACTUAL, (("versus_plan", plan.name),))


SOURCES: tuple[Source, ...] = (
    missed_plan,
    missing_entries,
    changed_steps,
    channel_to_decide,
    poor_health,
)
"""Where findings come from."""

SUBJECTS: dict[Source, str] = {
    missed_plan: "Nothing is said of the plan",
    missing_entries: "Nothing is said of entries that are missing",
    changed_steps: "Nothing is said of steps that changed",
    channel_to_decide: "No channel is judged",
    poor_health: "Nothing is said of the data's health",
}
"""What is missing where a source cannot be asked."""
