"""`python -m metrics event_plan …`: how many invitations for so many in the room, from a shell."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError, did_you_mean
from metrics.answered import Answered
from metrics.plan.events.control import LEVEL, step_control
from metrics.plan.events.effort import Prices, effort
from metrics.plan.events.like import LikeEvents, counts_so_far, like_events
from metrics.plan.events.planner import Goal, event_forecast, event_plan, plan_from_here
from metrics.plan.events.rates import step_rates
from metrics.plan.events.steps import INVITED, EventStep, Method, event_steps
from metrics.plan.events.words import answer_words, control_words, effort_words, rests_on
from metrics.scope import Dimension, Scope

GOALS = {
    "register": EventStep.REGISTERED,
    "attend": EventStep.ATTENDED,
    "high_value": EventStep.HIGH_VALUE,
    "opportunities": EventStep.OPPORTUNITY,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command beside those of a scope."""
    goal = parser.add_mutually_exclusive_group()
    for name, step in GOALS.items():
        what = "people who are" if step is not EventStep.OPPORTUNITY else "people with an"
        goal.add_argument(
            f"--{name.replace('_', '-')}",
            type=int,
            metavar="N",
            help=f"plan for so many {what} {step.label.lower()}",
        )
    parser.add_argument("--list", type=int, metavar="N", help="what a list of so many brings")
    parser.add_argument("--confidence", type=float, default=0.8, help="0.5 to 0.99; default 0.8")
    parser.add_argument(
        "--kind", action="append", help="learn from events of this kind; may be given again"
    )
    parser.add_argument(
        "--method",
        choices=[each.value for each in Method],
        help="learn from people invited by this method; default: from all who were invited",
    )
    parser.add_argument(
        "--segment",
        type=_segment,
        metavar="DIM=VALUE",
        help="plan for people of this segment; the others tell how much events differ",
    )
    parser.add_argument(
        "--assume",
        type=_rate,
        action="append",
        default=[],
        metavar="STEP=RATE",
        help="assume the rate of a step, such as registered=0.05",
    )
    parser.add_argument("--running", metavar="EVENT", help="hold this event to the plan")
    parser.add_argument(
        "--so-far",
        type=_count,
        action="append",
        default=[],
        metavar="STEP=N",
        help="hold these counts to the plan, such as registered=60",
    )
    parser.add_argument("--level", type=float, default=LEVEL, help="of the control limits")
    parser.add_argument("--cost-per-mail", type=float, metavar="AMOUNT")
    parser.add_argument("--cost-per-call", type=float, metavar="AMOUNT")
    parser.add_argument("--steps", action="store_true", help="print the similar events instead")


def answer(warehouse: Warehouse, scope: Scope, options: argparse.Namespace) -> Answered:
    """The answer in sentences, and a table: the steps forward, their control, or the like events.

    Raises MetricError where the question is incomplete or cannot be answered.
    """
    by, segment = options.segment or (None, None)
    found = event_steps(warehouse, scope, by)
    goal = _goal(options)
    chosen = _chosen(found, options.kind, goal)
    if options.steps:
        return Answered((), chosen)
    if goal is None and options.list is None:
        raise MetricError(
            "an event plan needs a goal or a list, such as --attend 120 or --list 2000"
        )
    methods = (Method(options.method),) if options.method else INVITED
    whole = not (scope.filters or scope.viewer.restrictions)
    like = like_events(chosen, methods, segment, is_whole=whole)
    assumed = dict(options.assume)
    if options.running or options.so_far:
        whose = found if segment is None else found.filter(segment=segment)
        counts = dict(options.so_far) or counts_so_far(
            whose, _event(found, options.running), methods
        )
        return _held(like, goal, counts, assumed, options.level)
    return _planned(like, goal, assumed, options)


def _planned(
    like: LikeEvents,
    goal: Goal | None,
    assumed: Mapping[EventStep, float],
    options: argparse.Namespace,
) -> Answered:
    rates = step_rates(like, assumed)
    if goal is None:
        return Answered((), event_forecast(rates, like, rates.steps[0], options.list))
    plan = event_plan(rates, goal)
    found = effort(plan, like, Prices(options.cost_per_mail, options.cost_per_call))
    money = None if found.cost is None else f"{found.cost:,.2f}"
    said = (answer_words(plan), effort_words(found, money), rests_on(like, plan))
    if not plan.is_reachable:
        raise MetricError(said[0])
    people = int(plan.volume) if options.list is None else options.list
    chance = (
        ()
        if options.list is None
        else (f"With {people:,} the chance is {plan.chance_with(people):.0%}.",)
    )
    forecast = event_forecast(rates, like, plan.entry, people)
    return Answered((*(each for each in said if each), *chance), forecast)


def _held(
    like: LikeEvents,
    goal: Goal | None,
    counts: Mapping[EventStep, int],
    assumed: Mapping[EventStep, float],
    level: float,
) -> Answered:
    control = step_control(step_rates(like, assumed), counts, level)
    said = [control_words(control)]
    if goal is not None:
        said.append(answer_words(plan_from_here(like, goal, counts, assumed), more=True))
    return Answered(tuple(said), control)


def _goal(options: argparse.Namespace) -> Goal | None:
    for name, step in GOALS.items():
        if (people := getattr(options, name)) is not None:
            return Goal(step, people, options.confidence)
    return None


def _chosen(found: pl.DataFrame, kinds: list[str] | None, goal: Goal | None) -> pl.DataFrame:
    """The events of these kinds; without any, of all kinds that record the goal's step."""
    if found.is_empty():
        raise MetricError(
            "no event or campaign has an invitation, a registration or a visitor on record: load"
            " e-mail, call, webinar or badge exports that name their campaign"
        )
    known = found["kind"].unique().sort().to_list()
    if kinds:
        if unknown := sorted(set(kinds) - set(known)):
            raise MetricError(
                f"there is no kind {unknown[0]!r}.{did_you_mean(unknown[0], known)} There are"
                f" {', '.join(known)}"
            )
        return found.filter(pl.col("kind").is_in(kinds))
    if goal is None:
        return found
    recording = found.filter(pl.col(goal.step.value).is_not_null())["kind"].unique().to_list()
    return found.filter(pl.col("kind").is_in(recording)) if recording else found


def _event(found: pl.DataFrame, asked: str) -> str:
    named = found.filter((pl.col("campaign_id") == asked) | (pl.col("campaign") == asked))
    ids: list[str] = named["campaign_id"].unique().to_list()
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise MetricError(f"several events are called {asked!r}: give one's id, {', '.join(ids)}")
    names = found["campaign"].unique().to_list()
    raise MetricError(f"there is no event {asked!r}.{did_you_mean(asked, names)}")


def _segment(text: str) -> tuple[Dimension, str]:
    name, equals, value = text.partition("=")
    if not equals or name.strip() not in list(Dimension):
        names = ", ".join(each.value for each in Dimension)
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form DIM=VALUE, with {names}")
    return Dimension(name.strip()), value


def _step(text: str) -> tuple[EventStep, str]:
    name, equals, value = text.partition("=")
    if not equals or name.strip() not in list(EventStep):
        steps = ", ".join(each.value for each in EventStep)
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form STEP=NUMBER, with {steps}")
    return EventStep(name.strip()), value


def _rate(text: str) -> tuple[EventStep, float]:
    step, value = _step(text)
    try:
        return step, float(value)
    except ValueError as failure:
        raise argparse.ArgumentTypeError(f"{value!r} is no rate like 0.05") from failure


def _count(text: str) -> tuple[EventStep, int]:
    step, value = _step(text)
    try:
        return step, int(value)
    except ValueError as failure:
        raise argparse.ArgumentTypeError(f"{value!r} is no whole number") from failure
