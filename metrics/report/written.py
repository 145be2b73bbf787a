"""A report in words: every figure formatted once, for whichever format shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from metrics.chance import Verdict
from metrics.findings.finding import Finding
from metrics.period import in_words
from metrics.report import amounts
from metrics.report.amounts import number, short
from metrics.report.content import Figure, ReportContent
from metrics.report.tables import WrittenTable, credit_table, plan_table
from metrics.wording import formats

TITLE = "Marketing report"

NO_FINDINGS = (
    "Nothing needs a decision: no step of the funnel and no part of a plan differs by more "
    "than chance, and no source is late."
)


class Tone(StrEnum):
    """Whether a change is more than chance, and which way it goes."""

    NONE = "none"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class WrittenFigure:
    """A figure as it stands on a tile."""

    label: str
    value: str
    change: str
    tone: Tone
    meaning: str


@dataclass(frozen=True, slots=True)
class WrittenFinding:
    """A finding, what is at stake, the page it is on, and the page's address where one is known."""

    sentence: str
    stake: str
    page: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """The report, ready to be laid out. Texts of data are as they are: a format escapes them."""

    title: str
    days: str
    compared: str
    answer: tuple[str, ...]
    figures: tuple[WrittenFigure, ...]
    stages: tuple[WrittenFigure, ...]
    findings: tuple[WrittenFinding, ...]
    no_findings: str
    plan_name: str
    plan: WrittenTable | None
    landing: str
    credit_name: str
    credit: WrittenTable | None
    notes: tuple[str, ...]


def written(content: ReportContent, address: str | None = None) -> Written:
    """The report in words; links lead to the cockpit at `address`, or nowhere without one."""
    compared = f"Compared with {content.compared_days}." if content.compared_days else ""
    return Written(
        title=TITLE,
        days=f"{content.days}. The data ends on {in_words(content.seen_until)}.",
        compared=compared,
        answer=tuple(_answer(content)),
        figures=tuple(_figure(each, content) for each in content.figures),
        stages=tuple(_figure(each, content) for each in content.stages),
        findings=tuple(_finding(each, content.currency, address) for each in content.findings),
        no_findings="" if content.findings else NO_FINDINGS,
        plan_name=short(content.plan.name) if content.plan else "",
        plan=plan_table(content),
        landing=content.landing.basis if content.landing else "",
        credit_name=f"{content.credit.model}, {content.credit.period.name}"
        if content.credit
        else "",
        credit=credit_table(content.credit, content.currency) if content.credit else None,
        notes=content.notes,
    )


def _answer(content: ReportContent) -> Iterable[str]:
    """The report in two sentences: what came of the days, and where the quarter lands."""
    values = {figure.label: figure for figure in content.figures}
    won, share = values["Won revenue"], values["Sourced by marketing"]
    text = f"{content.period.name}: {_said(won, content.currency)} won"
    if share.value is not None:
        text += f", {_said(share, content.currency)} of it sourced by marketing"
    spend = values["Spend"]
    if spend.value is not None:
        text += f"; {_said(spend, content.currency)} spent"
    yield f"{text}."
    if content.landing is None:
        return
    found = content.landing

    def amount(value: float) -> str:
        text = amounts.amount(value, is_money=found.is_money, currency=content.currency)
        return text if found.is_money else f"{text} deals"

    sentence = f"{found.quarter.name} lands at {amount(found.middle)}"
    if amount(found.low) != amount(found.high):
        sentence += f" ({amount(found.low)} to {amount(found.high)} in 8 of 10 cases)"
    if found.target is not None and found.hit_chance is not None and found.plan is not None:
        sentence += (
            f"; {short(found.plan)} wants {amount(found.target)}, which is reached in"
            f" {formats.share(found.hit_chance)} of cases"
        )
    yield f"{sentence}."


def _said(figure: Figure, currency: str) -> str:
    return number(figure.value, figure.kind, currency)


def _figure(figure: Figure, content: ReportContent) -> WrittenFigure:
    return WrittenFigure(
        figure.label,
        number(figure.value, figure.kind, content.currency),
        _change(figure, content),
        _tone(figure),
        figure.meaning,
    )


def _change(figure: Figure, content: ReportContent) -> str:
    if figure.value is None or figure.before is None:
        return ""
    was = f"was {number(figure.before, figure.kind, content.currency)}"
    if figure.verdict is Verdict.TOO_FEW:
        return f"{was}; too few to compare"
    if figure.verdict is Verdict.MORE_THAN_CHANCE:
        arrow = "▲" if figure.value > figure.before else "▼"
        return f"{arrow} {was}; more than chance"
    return was


def _tone(figure: Figure) -> Tone:
    if figure.verdict is not Verdict.MORE_THAN_CHANCE:
        return Tone.NONE
    assert figure.value is not None
    assert figure.before is not None
    return Tone.GOOD if figure.value > figure.before else Tone.BAD


def _finding(finding: Finding, currency: str, address: str | None) -> WrittenFinding:
    stake = finding.money_at_stake
    return WrittenFinding(
        finding.sentence,
        "" if stake is None else f"{formats.money(stake, currency)} at stake",
        finding.link.page.title,
        finding.link.address(address) if address else None,
    )
