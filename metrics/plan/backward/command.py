"""`python -m metrics backward_plan …`: a backward plan from a shell."""

from __future__ import annotations

import argparse
from datetime import date, timedelta

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from metrics.period import Period, in_words
from metrics.plan.backward.plan import BackwardPlan, backward_plan, hit_chance, most_reachable
from metrics.plan.backward.required import required_funnel
from metrics.plan.calendar import months_ahead
from metrics.plan.draws import draw
from metrics.plan.in_flight import in_flight
from metrics.plan.past.history import history
from metrics.plan.target import FACTORS, Assumptions, Deadline, Target, TargetKind, Together, plural
from metrics.plan.volumes import best_month, entries_per_month
from metrics.scope import Dimension, Scope

PARTS = {"one": 0, "quarter": 3, "month": 1}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command beside those of a scope."""
    parser.add_argument("--target", type=float, help="what to win, in the base currency or deals")
    parser.add_argument(
        "--target-in", choices=[kind.value for kind in TargetKind], default=TargetKind.REVENUE.value
    )
    parser.add_argument("--by", type=_last_day, help="the last day that counts, 2027-12 or a date")
    parser.add_argument("--since", type=_first_day, help="the first day that counts")
    parser.add_argument("--confidence", type=float, default=0.8, help="0.5 to 0.99; default 0.8")
    parser.add_argument("--deadlines", choices=list(PARTS), default="one")
    parser.add_argument(
        "--together", choices=[each.value for each in Together], default=Together.EACH.value
    )
    for factor in FACTORS:
        name = factor.replace("_", "-")
        parser.add_argument(
            f"--{name}", type=float, default=1.0, metavar="TIMES", help="times what history shows"
        )


def answer(
    warehouse: Warehouse, scope: Scope, by: Dimension | None, options: argparse.Namespace
) -> tuple[str, pl.DataFrame]:
    """The answer in a sentence, and the required funnel.

    Raises MetricError where the question is incomplete or cannot be answered.
    """
    if options.target is None or options.by is None:
        raise MetricError(
            "a backward plan needs a target and the day by which to win it, such as"
            " --target 12000000 --by 2027-12"
        )
    start = options.since or max(
        date(options.by.year, 1, 1), scope.observed_until + timedelta(days=1)
    )
    months_ahead(scope.observed_until, options.by)
    windows = Period(start, options.by).parts(PARTS[options.deadlines])
    target = Target(
        TargetKind(options.target_in),
        tuple(Deadline(window, options.target / len(windows)) for window in windows),
        options.confidence,
        Together(options.together),
    )
    known = history(warehouse, scope, by)
    draws = draw(known)
    assumed = Assumptions().scaled({factor: getattr(options, factor) for factor in FACTORS})
    plan = backward_plan(known, draws, in_flight(known, draws, windows), target, assumed)
    usual = entries_per_month(known)
    sentence = _sentence(plan, usual, best_month(known))
    if not plan.is_reachable:
        raise MetricError(sentence)
    return sentence, required_funnel(plan, draws)


def _sentence(plan: BackwardPlan, usual: float, best: float) -> str:
    target = plan.target
    what = f"{target.total:,.0f}" + (" deals" if target.kind is TargetKind.DEALS else "")
    goal = f"To win {what} by {in_words(target.windows[-1].end)} at {target.confidence:.0%}"
    days = sum(month.days for month in plan.months)
    going_on = usual * days / 30.4375 * plan.month_shares
    if not plan.is_reachable:
        most = most_reachable(plan, going_on)
        return (
            f"{goal} is out of reach: what enters from now on is won too late. With the usual"
            f" volume {most:,.0f} can be reached as surely"
        )
    chance = hit_chance(plan, going_on)
    most = plan.volume / days * 30.4375
    seen = f" No past month had more than {best:,.0f}." if most > best else ""
    return (
        f"{goal}, {plan.volume:,.0f} more {plural(plan.entry)} are needed, {most:,.0f} a month."
        f"{seen}{_decided(plan)}"
        f" With the usual {usual:,.0f} a month the chance is {chance:.0%}."
    )


def _decided(plan: BackwardPlan) -> str:
    return "".join(
        f" {window.name} is too near for new {plural(plan.entry)}: what exists meets it in"
        f" {chance:.0%} of cases."
        for window, chance in plan.decided
    )


def _last_day(text: str) -> date:
    day = _day(text)
    if len(text) == 7:
        return (day + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return day


def _first_day(text: str) -> date:
    return _day(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01" if len(text) == 7 else text)
    except ValueError as failure:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a month like 2027-12 nor a date like 2027-12-31"
        ) from failure
