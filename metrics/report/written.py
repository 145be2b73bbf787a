"""A report in words: every figure formatted once, for whichever format shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from metrics.attribution.bounds import UNATTRIBUTED
from metrics.chance import Verdict
from metrics.period import in_words
from metrics.report.content import (
    ChannelShare,
    Credit,
    Figure,
    Kind,
    Number,
    PlannedMonth,
    ReportContent,
)
from metrics.report.finding import Finding
from metrics.wording import formats

TITLE = "Marketing report"

NO_FINDINGS = (
    "Nothing asks for a decision: no step of the funnel and no part of a plan differs by more than"
    " chance, and no source is late."
)

MOST_CHANNELS = 7
"""So many channels have a line; the smaller ones share the last."""

LONGEST_NAME = 60
"""A name from data is cut here: the report has to fit a page."""


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
class WrittenTable:
    """A table; all columns but the first are numbers. The last row is a total if `has_total`."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    has_total: bool = False


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
        plan=_plan(content),
        landing=content.landing.basis if content.landing else "",
        credit_name=f"{content.credit.model}, {content.credit.period.name}"
        if content.credit
        else "",
        credit=_credit(content.credit, content.currency) if content.credit else None,
        notes=content.notes,
    )


def short(name: str) -> str:
    """A name from data on one line, cut where it is longer than a report has room for.

    >>> short("Plan  2027"), len(short("a" * 100))
    ('Plan 2027', 60)
    """
    line = " ".join(name.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1]}…"


def number(value: Number | None, kind: Kind, currency: str) -> str:
    """A figure as a tile of the pages has it.

    >>> number(1234.5, Kind.MONEY, "EUR"), number(None, Kind.COUNT, "EUR")
    ('€1.2K', '—')
    """
    if kind is Kind.MONEY:
        return formats.money(value, currency)
    if kind is Kind.SHARE:
        return formats.share(value)
    if kind is Kind.TIMES:
        return formats.times(None if value is None else float(value))
    return formats.count(value)


def _amount(value: float | None, *, is_money: bool, currency: str) -> str:
    return number(value, Kind.MONEY if is_money else Kind.COUNT, currency)


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
        text = _amount(value, is_money=found.is_money, currency=content.currency)
        return text if found.is_money else f"{text} deals"

    sentence = (
        f"{found.quarter.name} lands at {amount(found.middle)}"
        f" ({amount(found.low)} to {amount(found.high)} in 8 of 10 cases)"
    )
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


def _plan(content: ReportContent) -> WrittenTable | None:
    plan = content.plan
    if plan is None:
        return None

    def amount(value: float | None) -> str:
        return _amount(value, is_money=plan.is_money, currency=content.currency)

    def ends(month: PlannedMonth) -> str:
        if month.projected_low is None or month.projected_high is None:
            return formats.NOTHING
        return _range(amount(month.projected_low), amount(month.projected_high))

    rows = [
        (
            f"{month.month_on:%b %Y}",
            amount(month.target),
            amount(month.actual),
            formats.share(month.actual / month.target)
            if month.actual is not None and month.target
            else formats.NOTHING,
            ends(month),
            _chance(month),
        )
        for month in plan.months
    ]
    note = plan.explained or ""
    if plan.won_from.day != 1:
        note = f"Wins count from {in_words(plan.won_from)}. {note}".strip()
    unit = "Won" if plan.is_money else "Won deals"
    heads = ("Month", "Plan", unit, "Of plan", "Ends at, 8 of 10", "Chance")
    total = _plan_total(content)
    return WrittenTable(heads, (*rows, *([total] if total else [])), note, bool(total))


def _chance(month: PlannedMonth) -> str:
    """How likely the month reaches its plan; of one that is over, whether it has."""
    if month.projected_low is not None and month.projected_low == month.projected_high:
        return "reached" if month.hit_chance == 1 else "missed"
    return formats.share(month.hit_chance)


def _plan_total(content: ReportContent) -> tuple[str, ...] | None:
    """The quarter's row, where the landing is that of the report's quarter and in its unit."""
    plan, found = content.plan, content.landing
    if plan is None or found is None or found.target is None:
        return None
    if found.quarter != content.period or found.is_money != plan.is_money:
        return None

    def amount(value: float) -> str:
        return _amount(value, is_money=found.is_money, currency=content.currency)

    return (
        found.quarter.name,
        amount(found.target),
        amount(found.won_so_far),
        formats.share(found.won_so_far / found.target),
        _range(amount(found.low), amount(found.high)),
        formats.share(found.hit_chance),
    )


def _credit(credit: Credit, currency: str) -> WrittenTable:
    """The largest channels, the smaller ones in one line, and what no touch earned."""
    channels = [each for each in credit.channels if each.channel != UNATTRIBUTED]
    untouched = [each for each in credit.channels if each.channel == UNATTRIBUTED]
    room = MOST_CHANNELS if len(channels) > MOST_CHANNELS + 1 else len(channels)
    shown, rest = channels[:room], channels[room:]
    rows = [_channel(each, currency) for each in shown]
    if rest:
        money, share = sum(each.credit for each in rest), sum(each.share for each in rest)
        name = f"{formats.count(len(rest))} others"
        rows.append((name, formats.money(money, currency), formats.share(share), ""))
    rows += [_channel(each, currency) for each in untouched if each.credit]
    return WrittenTable(
        ("Channel", "Credit", "Share", "By other models"),
        tuple(rows),
        "Credit says which touches were there, not what they caused.",
    )


def _channel(each: ChannelShare, currency: str) -> tuple[str, ...]:
    return (
        short(each.channel),
        formats.money(each.credit, currency),
        formats.share(each.share),
        _range(formats.share(each.share_low), formats.share(each.share_high)),
    )


def _range(low: str, high: str) -> str:
    """Two bounds in words; where they are written alike, one of them.

    >>> _range("5 %", "7 %"), _range("5 %", "5 %")
    ('5 % to 7 %', '5 %')
    """
    return low if low == high else f"{low} to {high}"
