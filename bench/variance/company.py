"""A made-up company as arrays: thirty months of a past, a half-year's plan, what came of it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.variance.life import AHEAD, BEGINS, PAST, STAGES, Nature, Numbers, Records, lived
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.log_slope import LogGroups
from metrics.funnel.counts import Cohorts as CohortCounts
from metrics.funnel.counts import age_counts, horizon_days
from metrics.period import Period
from metrics.plan.draws import draw
from metrics.plan.past.deals import AtClose, ByDay, Deals, OpenDeals
from metrics.plan.past.history import Entries, History, OpenLeads
from metrics.plan.target import Assumptions
from metrics.plan.variance.cohorts import Wins
from metrics.plan.variance.factors import (
    actual_revenue,
    cohorts_of,
    expected_rates,
    planned_revenue,
)
from metrics.plan.variance.learned import DRAWS, Learned, step_curve
from metrics.plan.variance.restated import Restated
from metrics.plan.variance.sides import Comparison
from metrics.scope import Stage


def ages(records: Records, until: int) -> pl.DataFrame:
    """The rows of `age_steps` for the steps, as they stood on a day."""
    rows = []
    for step, stage in enumerate(STAGES):
        here = records.reached[:, step] <= until
        start = records.reached[here, step]
        end, left = records.reached[here, step + 1], records.left[here]
        converted = end <= until
        exited = ~converted & (left <= until)
        age = np.where(converted, end, np.where(exited, left, until)) - start
        names = {
            "segment": records.segment[here].astype(str),
            "month": _month_numbers(records.reached[here, 0]),
            "age_days": age.astype(np.int64),
            "converted": converted.astype(np.int64),
            "exited": exited.astype(np.int64),
        }
        frame = pl.DataFrame(names).with_columns(
            from_stage=pl.lit(stage.value), open=1 - pl.col("converted") - pl.col("exited")
        )
        came = frame.with_columns(
            age_days=pl.lit(0, pl.Int64),
            records=pl.lit(1, pl.Int64),
            converted=pl.lit(0, pl.Int64),
            exited=pl.lit(0, pl.Int64),
            open=pl.lit(0, pl.Int64),
        )
        went = frame.with_columns(records=pl.lit(0, pl.Int64))
        rows += [came, went.select(came.columns)]
    keys = ["segment", "month", "from_stage", "age_days"]
    return (
        pl.concat(rows).group_by(keys).agg(pl.col("records", "converted", "exited", "open").sum())
    )


def _month_numbers(days: Numbers) -> NDArray[np.int64]:
    edges = np.array([(month.start - BEGINS).days for month in [*PAST, *AHEAD]])
    return np.searchsorted(edges, days, side="right") - 1


def known_of(records: Records, seed: int) -> Learned:
    """What the past tells on the day before the plan."""
    until = -1
    rows = ages(records, until)
    names = tuple(str(each) for each in range(int(records.segment.max()) + 1))
    rng = np.random.default_rng((seed, 8))
    direct = _direct(records, until)
    history = History(
        observed_until=BEGINS - timedelta(days=1),
        entry=Stage.LEAD,
        segments=("all",),
        to_won=(direct,),
        reached={},
        next_step={},
        won_from={},
        open_leads=OpenLeads(*(np.zeros(0, dtype=kind) for kind in (int, np.str_, int, int))),
        entries=Entries((), {}),
        cohorts=CohortCounts((), ()),
        to_deal=CohortCounts((), ()),
        deals=_deals(records, until),
    )
    monthly = np.zeros((len(PAST), len(names)))
    np.add.at(monthly, (_month_numbers(records.reached[:, 0]), records.segment), 1)
    return Learned(
        until=BEGINS - timedelta(days=1),
        history=history,
        draws=draw(history, DRAWS, seed),
        steps=tuple(
            step_curve(rows.filter(pl.col("from_stage") == stage.value), names, rng)
            for stage in STAGES
        ),
        monthly=monthly[1:],
    )


def _direct(records: Records, until: int) -> AgeCounts:
    won = records.reached[:, -1]
    converted = won <= until
    exited = ~converted & (records.left <= until)
    end = np.where(converted, won, np.where(exited, records.left, until))
    age = (end - records.reached[:, 0]).astype(np.int64)
    frame = pl.DataFrame(
        {
            "age_days": np.concatenate((np.zeros(len(age), dtype=np.int64), age)),
            "records": np.repeat([1, 0], len(age)),
            "converted": np.concatenate((np.zeros(len(age), dtype=np.int64), converted)),
            "exited": np.concatenate((np.zeros(len(age), dtype=np.int64), exited)),
            "open": np.concatenate((np.zeros(len(age), dtype=np.int64), ~converted & ~exited)),
        }
    )
    return age_counts(frame, horizon_days(frame))


def _deals(records: Records, until: int) -> Deals:
    won = records.reached[:, -1] <= until
    nothing = AgeCounts.of([0], [0], [0], [0], [0], 1)
    days = ByDay((), np.zeros(0, dtype=np.int64), np.zeros(0))
    return Deals(
        ages=nothing,
        bands=(nothing,) * 4,
        cohorts=CohortCounts((), ()),
        opened=days,
        won=days,
        without_lead=days,
        open=OpenDeals(*(np.zeros(0, dtype=kind) for kind in (int, int, int, float, bool))),
        won_amounts=records.amount[won],
        won_deals=np.ones(int(won.sum()), dtype=np.int64),
        at_close=AtClose(np.zeros(0), np.zeros(0, dtype=np.int64)),
        paces=LogGroups.of([], []),
        prices=LogGroups.of([], []),
        stale_days=None,
        stale_deals=0,
        stale_amount=0.0,
        undated_deals=0,
    )


def told(usual: Nature, came: Nature, months_passed: int, seed: int) -> Comparison:
    """A company that lived as usual, planned on, and of which `came` is true from the plan on.

    Seen at the end of so many months of the plan; the period is these months.
    """
    rng = np.random.default_rng(seed)
    past = lived(usual, PAST, rng)
    known = known_of(past, seed)
    ahead = AHEAD[:months_passed]
    period = Period(BEGINS, ahead[-1].end)
    seen = (period.end - BEGINS).days
    records = lived(came, ahead, rng)
    names = tuple(str(each) for each in range(len(usual.mix)))
    assumed = Assumptions()
    months = tuple(ahead)
    cohorts = cohorts_of(followed(records, seen), months, names, STAGES, known, assumed)
    sizes = known.draws.sizes
    assert sizes is not None
    openings = np.array(
        [
            rng.choice(sizes.amounts, count).sum()
            for count in rng.poisson(usual.opening_deals, DRAWS)
        ]
    )
    deals = rng.poisson(came.opening_deals)
    opened = (came.amount * np.exp(rng.normal(-(came.sigma**2) / 2, came.sigma, deals))).sum()
    wins = _wins(records, seen, float(opened))
    mix = np.array(usual.mix) / sum(usual.mix)
    wanted = np.array([usual.entries * month.days / 30.4375 for month in ahead])[:, None] * mix
    planned = planned_revenue(wanted, months, period, known, assumed, float(openings.mean()))
    actual = actual_revenue(cohorts, wins, planned, expected_rates(known, assumed), 0.0)
    return Comparison(
        period=period,
        seen=period.end,
        segments=names,
        steps=(*STAGES[1:], Stage.WON),
        planned=planned,
        actual=actual,
        target=None,
        total=float(wins.all["amount"].sum()),
        cohorts=cohorts,
        known=known,
        assumed=assumed,
        openings=openings,
        restated=Restated(0.0, None),
    )


def followed(records: Records, until: int) -> pl.DataFrame:
    """The rows of `followed_steps`, as they stood on a day."""
    rows = []
    for step, stage in enumerate(STAGES):
        here = records.reached[:, step] <= until
        converted = records.reached[here, step + 1] <= until
        exited = ~converted & (records.left[here] <= until)
        month = _month_numbers(records.reached[here, 0]) - len(PAST)
        rows.append(
            pl.DataFrame(
                {
                    "month_on": [AHEAD[each].start for each in month],
                    "segment": records.segment[here].astype(str),
                    "from_stage": [stage.value] * int(here.sum()),
                    "followed_days": (until - records.reached[here, step]).astype(np.int64),
                    "records": np.ones(int(here.sum()), dtype=np.int64),
                    "converted": converted.astype(np.int64),
                    "exited": exited.astype(np.int64),
                },
                schema_overrides={"month_on": pl.Date, "from_stage": pl.String},
            )
        )
    keys = ["month_on", "segment", "from_stage", "followed_days"]
    return pl.concat(rows).group_by(keys).agg(pl.col("records", "converted", "exited").sum())


def _wins(records: Records, until: int, opened: float) -> Wins:
    won = records.reached[:, -1] <= until
    month = _month_numbers(records.reached[won, 0]) - len(PAST)
    mine = pl.DataFrame(
        {
            "month_on": [AHEAD[each].start for each in month],
            "segment": records.segment[won].astype(str),
            "deals": np.ones(int(won.sum()), dtype=np.int64),
            "amount": records.amount[won],
            "planned_amount": records.amount[won],
        },
        schema_overrides={"month_on": pl.Date},
    )
    total = float(records.amount[won].sum()) + opened
    return Wins(mine, pl.DataFrame({"amount": [total], "planned_amount": [total]}))
