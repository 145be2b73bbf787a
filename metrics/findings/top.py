"""Findings of what there is: each source says what in its field asks for a decision.

A source is a function from the question to its findings. Another one takes part by its name in
`SOURCES` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from data.errors import MetricError, MissingRateError
from metrics.findings.finding import Finding, PlanFacts
from metrics.findings.of_data import broken_consent, late_data, poor_health, refused_rows
from metrics.findings.of_follow_up import overdue_responses, owners_to_tell
from metrics.findings.of_funnel import changed_steps, channel_to_decide
from metrics.findings.of_plan import missed_plan, missing_entries
from metrics.findings.question import FindingsQuestion

MOST = 3
"""So many findings are told."""

Source = Callable[[FindingsQuestion, PlanFacts | None], Sequence[Finding]]


@dataclass(frozen=True)
class Findings:
    """What is told, and why a source had nothing to say where it could not be asked."""

    told: tuple[Finding, ...]
    untold: tuple[str, ...]
    """Whole sentences."""


def top_findings(question: FindingsQuestion, facts: PlanFacts | None, most: int = MOST) -> Findings:
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
    return Findings(tuple([*late, *found][:most]), tuple(untold))


SOURCES: tuple[Source, ...] = (
    missed_plan,
    missing_entries,
    changed_steps,
    channel_to_decide,
    overdue_responses,
    owners_to_tell,
    broken_consent,
    refused_rows,
    poor_health,
)
"""Where findings come from."""

SUBJECTS: dict[Source, str] = {
    missed_plan: "Nothing is said of the plan",
    missing_entries: "Nothing is said of entries that are missing",
    changed_steps: "Nothing is said of steps that changed",
    channel_to_decide: "No channel is judged",
    overdue_responses: "Nothing is said of follow-up",
    owners_to_tell: "Nothing is said of owners to tell",
    broken_consent: "Nothing is said of consent",
    refused_rows: "Nothing is said of rejected rows",
    poor_health: "Nothing is said of the data's health",
}
"""What is missing where a source cannot be asked."""
