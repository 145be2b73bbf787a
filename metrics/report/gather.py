"""The content of a report, gathered from the metrics that the pages show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError, MissingRateError
from data.notebook.notebook import Notebook
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.credit import channel_credit
from metrics.attribution.models import RULES, own_rules
from metrics.chance import FEWEST, Verdict, count_changes
from metrics.findings.of_plan import revenue_gap_of
from metrics.findings.top import top_findings
from metrics.headline import headline
from metrics.horizon import horizon
from metrics.period import Period, days_in_month, in_words
from metrics.plan.attainment.kept_plan import KeptPlan, kept_plan
from metrics.report.content import (
    ChannelShare,
    Credit,
    Figure,
    Kind,
    Number,
    PlanSoFar,
    ReportContent,
    WonMonth,
)
from metrics.report.planned import plan_so_far, quarter_landing, untold_chance
from metrics.report.question import ReportDays, ReportQuestion, plan_for, report_scope
from metrics.returns.spread_spend import Grain, spread_spend
from metrics.scope import Comparison, Scope
from metrics.sentences import compared_days_named, days_named
from metrics.wording.gaps import gaps
from metrics.wording.spread import spread_sentence

T = TypeVar("T")

Row = dict[str, Any]

MODEL = "w_shaped"
"""The model of credit, where the definitions have none of the business's own."""

NO_PLAN = (
    "No plan is kept, so nothing is held against one. Save one on the Backward plan page, and "
    "lock it: from then on it stands here."
)


def gather(
    warehouse: Warehouse,
    notebook: Notebook,
    definitions: Definitions,
    *,
    today: date,
    days: ReportDays = ReportDays.THIS_QUARTER,
    plan: str | None = None,
) -> ReportContent:
    """What does the report say? The same data and day give the same report.

    Figures are those of the pages for the same days. What the data cannot tell is None, and why
    stands in the notes. `plan` is the name or id of a kept plan; without it see `plan_for`. Raises
    MetricError where nothing that has a date is loaded, and for a plan that is not kept.
    """
    found = horizon(warehouse)
    scope = report_scope(found, days, definitions)
    kept = plan_for(notebook, scope, scope.period, plan)
    question = ReportQuestion(
        warehouse, definitions, found, scope, today, (("period", days.value),), kept=kept
    )
    notes: list[str] = []
    now, before = _headline(warehouse, scope), _headline(warehouse, scope.compared())
    notes += gaps(now, scope)
    spread = spread_spend(warehouse, scope).filter(pl.col("grain") == Grain.PERIOD.value)
    notes += [spread_sentence(row, definitions.base_currency) for row in spread.to_dicts()]
    if scope.comparison is Comparison.NONE:
        notes.append(f"There is no comparison: the data starts on {in_words(found.first)}.")
    known = _told(notes, lambda: kept_plan(warehouse, question.everything, kept) if kept else None)
    gap = None if known is None else revenue_gap_of(question, known)
    landed = _told(notes, lambda: quarter_landing(question))
    findings = top_findings(question, None if known is None or gap is None else (known, gap))
    notes += findings.untold
    if kept is None:
        notes.append(NO_PLAN)
    elif landed and (untold := untold_chance(kept, landed, definitions.base_currency)):
        notes.append(untold)
    return ReportContent(
        period=scope.period,
        seen_until=scope.observed_until,
        days=days_named(scope),
        compared_days=compared_days_named(scope),
        currency=definitions.base_currency,
        figures=_figures(now, before),
        stages=_stages(now, before, scope),
        won_months=_won_months(question),
        plan=_plan(question, known, gap, notes),
        landing=landed,
        credit=_told(notes, lambda: _credit(question)),
        findings=findings.told,
        notes=tuple(dict.fromkeys(notes)),
    )


def _told(notes: list[str], answer: Callable[[], T]) -> T | None:
    """A part of the report; None, and why as a note, where it cannot be told."""
    try:
        return answer()
    except (MetricError, MissingRateError) as reason:
        text = str(reason).rstrip(".")
        notes.append(f"{text[:1].upper()}{text[1:]}.")
        return None


def _headline(warehouse: Warehouse, scope: Scope | None) -> Row:
    """The numbers of a scope; none for no scope."""
    return {} if scope is None else headline(warehouse, scope).row(0, named=True)


def _figures(now: Row, before: Row) -> tuple[Figure, ...]:
    deals, opened = "won_deals", "opportunity"

    def figure(label: str, name: str, kind: Kind, meaning: str, counted: str | None) -> Figure:
        few = counted is not None and _is_few(now.get(counted), before.get(counted))
        verdict = Verdict.TOO_FEW if few else Verdict.UNTESTED
        return Figure(label, _worked_out(now)[name], _worked_out(before)[name], kind, meaning,
                      verdict)  # fmt: skip

    return (
        figure("Won revenue", "won_amount", Kind.MONEY, "deals closed as won", deals),
        figure(
            "Sourced by marketing",
            "marketing_sourced_share",
            Kind.SHARE,
            "of won revenue; touched before the deal was opened",
            deals,
        ),
        figure("Spend", "spend_amount", Kind.MONEY, "cost of campaigns on these days", None),
        figure("Return", "return", Kind.TIMES, "sourced won revenue ÷ spend", deals),
        figure(
            "Cost per opportunity",
            "cost_per_opportunity",
            Kind.MONEY,
            "spend ÷ leads that became an opportunity",
            opened,
        ),
    )


def _worked_out(row: Row) -> dict[str, Number | None]:
    """The amounts of a headline, and the quotients that a report adds: of whole amounts alone."""
    spend = None if row.get("unconverted_days") else row.get("spend_amount")
    sourced = None if row.get("unconverted_deals") else row.get("sourced_amount")
    opened = row.get("opportunity")
    return {
        "won_amount": row.get("won_amount"),
        "marketing_sourced_share": row.get("marketing_sourced_share"),
        "spend_amount": row.get("spend_amount"),
        "return": float(sourced / spend) if spend and sourced is not None else None,
        "cost_per_opportunity": float(spend) / opened if spend is not None and opened else None,
    }


def _is_few(now: int | None, before: int | None) -> bool:
    return now is not None and before is not None and min(now, before) < FEWEST


def _stages(now: Row, before: Row, scope: Scope) -> tuple[Figure, ...]:
    compared = scope.compared()
    days = (1, 1)
    if compared is not None and scope.seen and compared.seen:
        days = (scope.seen.days, compared.seen.days)
    stages = scope.unit.stages
    pairs = [(now[stage.value], before.get(stage.value)) for stage in stages]
    return tuple(
        Figure(
            stage.plural[0].upper() + stage.plural[1:],
            *pair,
            Kind.COUNT,
            "",
            verdict,
        )
        for stage, pair, verdict in zip(stages, pairs, count_changes(pairs, days=days), strict=True)
    )


def _won_months(question: ReportQuestion) -> tuple[WonMonth, ...]:
    """The last twelve months, as far as the data goes back."""
    found = []
    for month in question.year.months():
        whole = Period(month, month.replace(day=days_in_month(month)))
        if whole.end < question.horizon.first:
            continue
        scope = replace(question.scope, period=whole, comparison=Comparison.NONE)
        row = _headline(question.warehouse, scope)
        seen = scope.seen.days if scope.seen else 0
        won = None if row["unconverted_deals"] else row["won_amount"]
        found.append(WonMonth(month, whole.days, seen, won))
    return tuple(found)


def _plan(
    question: ReportQuestion, known: KeptPlan | None, gap: pl.DataFrame | None, notes: list[str]
) -> PlanSoFar | None:
    if known is None:
        return None
    before = len(notes)
    found = _told(notes, lambda: plan_so_far(question, known, gap))
    if found is None and len(notes) == before:
        notes.append(
            f"{known.name} wants no revenue and no deals in {question.scope.period.name}, so"
            " nothing is held against it."
        )
    return found


def _credit(question: ReportQuestion) -> Credit | None:
    """The credit of each channel for the won revenue of the last twelve months.

    A quarter has too few wins to tell channels apart. None where no touch earned any.
    """
    terms = question.definitions.attribution
    rules = own_rules(terms.model) or tuple(rule for rule in RULES if rule.name == MODEL)
    year = replace(question.scope, period=question.year, comparison=Comparison.NONE)
    frame = channel_credit(question.warehouse, year, question.definitions)
    shown = frame.filter(pl.col("share").is_not_null(), model=rules[0].name)
    if shown.filter(pl.col("segment") != UNATTRIBUTED).is_empty():
        return None
    told = (
        frame.filter("is_told")
        .group_by("segment")
        .agg(low=pl.col("share").min(), high=pl.col("share").max())
    )
    rows = shown.join(told, on="segment", how="left", maintain_order="left")
    return Credit(
        question.year,
        rules[0].label,
        tuple(
            ChannelShare(*row)
            for row in rows.select("segment", "credit", "share", "low", "high").iter_rows()
        ),
    )
