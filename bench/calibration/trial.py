"""One made-up company: what is planned and forecast on a day, and what really came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from bench.calibration.baselines import level, predictive
from bench.calibration.naive import Division, divided
from bench.calibration.planner import planner_history
from data.sample_company.families.company import Company, company
from data.sample_company.families.nature import CHANNELS, Family
from metrics.estimators.first_passage import answer, chance
from metrics.estimators.forecasts.scores import crps, mid_pit
from metrics.forecast.back_test import BASELINES
from metrics.forecast.baselines import TooEarlyError
from metrics.forecast.landing import landing
from metrics.period import Period
from metrics.plan.backward.plan import BackwardPlan, backward_plan
from metrics.plan.draws import Draws, draw
from metrics.plan.in_flight import in_flight
from metrics.plan.past.history import History
from metrics.plan.target import Deadline, Target, TargetKind

OURS = "ours"

MONTHS = 60
FIRST_ORIGIN, LAST_ORIGIN = 30, 48
"""Plans and forecasts are made at the end of a quarter, so many months into the life."""

FIRST_ROLLING, LAST_ROLLING = 24, 57
"""Where something breaks, forecasts are made at the end of every quarter of these months."""

FEWEST_WINS, MOST_WINS = 10, 600
"""Wins a year of the smallest and the largest company."""

LEAST_TARGET, MOST_TARGET = 0.9, 1.5
"""A target is what was won in the last year times a factor between these."""

CONFIDENCES = (0.5, 0.8, 0.9)

PERCENTILES = (2.5, 10, 25, 50, 75, 90, 97.5)

DRAWS, ROLLING_DRAWS = 2_000, 1_000

MONTHS_OF_A_PLAN = 12

QUARTERS = 4


@dataclass(frozen=True, slots=True)
class PlanTrial:
    """One volume, planned by one method for one target, and whether it was enough.

    `origin` is the month of the life in which the plan begins, `wins_known` how many deals had been
    won by then. `stated` is P(hit) of the volume as the draws of our plan have it.
    """

    family: str
    seed: int
    origin: int
    wins_known: int
    kind: str
    method: str
    confidence: float
    target: float
    volume: float
    stated: float
    landed: float


@dataclass(frozen=True, slots=True)
class ForecastTrial:
    """One forecast of one quarter by one method, and what was won in it.

    `ahead` is 1 for the quarter that begins on the next day, `since_change` how many quarters ended
    between the change of the family and the origin, None where there is none. `level` is the
    revenue or the deals of a quarter on average over the last year, by which scores are divided.
    """

    family: str
    seed: int
    origin: int
    is_rolling: bool
    since_change: int | None
    wins_known: int
    kind: str
    method: str
    ahead: int
    level: float
    actual: float
    crps: float
    pit: float
    p2_5: float
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float
    p97_5: float


def made(family: Family, seed: int) -> tuple[Company, int]:
    """The company of this number, of random size, and the month in which its plan begins."""
    random = np.random.default_rng([seed, list(Family).index(family), 9])
    wins = float(np.exp(random.uniform(np.log(FEWEST_WINS), np.log(MOST_WINS))))
    origin = int(random.choice(np.arange(FIRST_ORIGIN, LAST_ORIGIN + 1, 3)))
    return company(family, seed, wins_per_year=wins, months=MONTHS), origin


def last_day(of: Company, origin: int) -> date:
    """The day before the month of this number."""
    return of.life.date_of(int(of.life.month_starts[origin])) - timedelta(days=1)


def tried(family: Family, seed: int) -> tuple[list[PlanTrial], list[ForecastTrial]]:
    """All plans and forecasts of one company; none where nothing was won in the last year."""
    of, origin = made(family, seed)
    seen = planner_history(of.seen_on(last_day(of, origin)))
    draws = draw(seen, DRAWS, seed)
    plans: list[PlanTrial] = []
    for kind in TargetKind:
        plans += _plans(family, of, origin, seen, draws, kind)
    forecasts = _forecasts(family, of, origin, seen, draws)
    forecasts += _baselines(family, of, origin, seen)
    if family is Family.BREAK:
        for month in range(FIRST_ROLLING, LAST_ROLLING + 1, 3):
            past = planner_history(of.seen_on(last_day(of, month)))
            forecasts += _forecasts(
                family, of, month, past, draw(past, ROLLING_DRAWS, seed), is_rolling=True
            )
    return plans, forecasts


def _plans(
    family: Family,
    of: Company,
    origin: int,
    seen: History,
    draws: Draws,
    kind: TargetKind,
) -> list[PlanTrial]:
    random = np.random.default_rng([of.seed, origin, list(TargetKind).index(kind)])
    factor = random.uniform(LEAST_TARGET, MOST_TARGET)
    last_year = _window(of, origin - MONTHS_OF_A_PLAN)
    deals, revenue = seen.deals.won.within(last_year)
    amount = factor * revenue if kind is TargetKind.REVENUE else float(np.ceil(factor * deals))
    if amount == 0:
        return []
    window = _window(of, origin)
    target = Target(kind, (Deadline(window, amount),))
    plan = backward_plan(seen, draws, in_flight(seen, draws, [window]), target)
    volumes: list[tuple[str, float, float]] = []
    for confidence in CONFIDENCES:
        volumes.append((OURS, confidence, answer(plan.needed[0], confidence)))
        for way in Division if kind is TargetKind.REVENUE else ():
            volumes.append((way.value, confidence, divided(way, seen, draws, plan, confidence)))
    landed: dict[float, float] = {np.inf: np.inf}
    found = []
    for method, confidence, volume in volumes:
        if volume not in landed:
            landed[volume] = _landed(of, origin, seen, plan, int(volume))
        found.append(
            PlanTrial(
                family=family.value,
                seed=of.seed,
                origin=origin,
                wins_known=seen.wins,
                kind=kind.value,
                method=method,
                confidence=confidence,
                target=amount,
                volume=volume,
                stated=chance(plan.needed[0], volume),
                landed=landed[volume],
            )
        )
    return found


def _window(of: Company, origin: int) -> Period:
    """The twelve months from the month of this number on."""
    return Period(
        of.life.date_of(int(of.life.month_starts[origin])), last_day(of, origin + MONTHS_OF_A_PLAN)
    )


def _landed(of: Company, origin: int, seen: History, plan: BackwardPlan, volume: int) -> float:
    """What is really won in the window, had exactly so many leads come by the plan's profile."""
    place = [CHANNELS.index(segment) for segment in seen.segments]
    shares = plan.entries / plan.entries.sum() if plan.volume else np.full(len(plan.months), 1 / 12)
    leads = np.zeros((of.life.months - origin, len(CHANNELS)), dtype=np.int64)
    leads[: len(shares), place] = whole(volume * np.outer(shares, plan.mix / plan.mix.sum()))
    truth = of.with_leads(origin, leads).truth
    in_revenue = plan.target.kind is TargetKind.REVENUE
    months = truth.revenue_by_month if in_revenue else truth.won_by_month
    return float(months[origin : origin + MONTHS_OF_A_PLAN].sum())


def whole(cells: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers near these, of the same sum, which is whole: largest remainders go up.

    >>> whole(np.array([0.4, 1.3, 1.3])).tolist()
    [1, 1, 1]
    """
    found = np.floor(cells).astype(np.int64)
    missing = round(float(cells.sum())) - int(found.sum())
    up = np.argsort(-(cells - found).ravel(), kind="stable")[:missing]
    found.ravel()[up] += 1
    return found


def _forecasts(
    family: Family,
    of: Company,
    origin: int,
    seen: History,
    draws: Draws,
    *,
    is_rolling: bool = False,
) -> list[ForecastTrial]:
    landed = landing(seen, draws)
    deals, revenue = seen.deals.won.within(_window(of, origin - MONTHS_OF_A_PLAN))
    if deals == 0:
        return []
    found = []
    for kind, drawn, usual in (
        (TargetKind.REVENUE, landed.total_revenue, revenue / QUARTERS),
        (TargetKind.DEALS, landed.total_deals.astype(np.float64), deals / QUARTERS),
    ):
        found += _scored(family, of, origin, seen, kind, OURS, drawn, usual, is_rolling=is_rolling)
    return found


def _baselines(family: Family, of: Company, origin: int, seen: History) -> list[ForecastTrial]:
    snapshot = of.seen_on(last_day(of, origin))
    found = []
    for baseline in BASELINES:
        try:
            said, usual = predictive(baseline, snapshot, QUARTERS), level(snapshot)
        except TooEarlyError:
            continue
        found += _scored(family, of, origin, seen, TargetKind.REVENUE, baseline.value, said, usual)
    return found


def _scored(
    family: Family,
    of: Company,
    origin: int,
    seen: History,
    kind: TargetKind,
    method: str,
    drawn: NDArray[np.float64],
    usual: float,
    *,
    is_rolling: bool = False,
) -> list[ForecastTrial]:
    """One row per quarter that is over at the end of the life."""
    truth = of.truth
    won = truth.revenue_by_quarter if kind is TargetKind.REVENUE else truth.won_by_quarter
    actual = won[origin // 3 : origin // 3 + len(drawn)].astype(np.float64)
    drawn = drawn[: len(actual)]
    quantiles = np.percentile(drawn, PERCENTILES, axis=1).T
    change = of.nature.change_month
    return [
        ForecastTrial(
            family.value,
            of.seed,
            origin,
            is_rolling,
            None if change is None else (origin - change) // 3,
            seen.wins,
            kind.value,
            method,
            place + 1,
            usual,
            came,
            score,
            pit,
            *map(float, quantiles[place]),
        )
        for place, (came, score, pit) in enumerate(
            zip(
                actual.tolist(),
                crps(drawn, actual).tolist(),
                mid_pit(drawn, actual).tolist(),
                strict=True,
            )
        )
    ]
