"""The event plan: closed forms, forward of backward, what is unknown, and an event that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom, nbinom

from data.errors import MetricError
from metrics.plan.events.control import step_control
from metrics.plan.events.like import LikeEvents, like_events
from metrics.plan.events.planner import (
    Goal,
    arrivals,
    event_forecast,
    event_plan,
    plan_from_here,
)
from metrics.plan.events.rates import StepRates, step_rates
from metrics.plan.events.steps import EventStep, EventSteps, Method

S = EventStep
COUNTS = tuple(each.value for each in EventStep)
MANY = 10_000_000


def found(
    *events: Mapping[EventStep, int],
    method: Method = Method.EMAIL,
    running: bool = False,
    cost: float | None = None,
) -> pl.DataFrame:
    """One row per event, with a count of these steps and none of the others."""
    rows = [
        {
            "campaign_id": f"E{number}",
            "campaign": f"Event {number}",
            "kind": "Webinar",
            "starts_on": date(2026, 1, 1),
            "ends_on": date(2026, 1, 2),
            "is_running": running,
            "method": method.value,
            "segment": "all",
            "mails": 2 * event.get(S.LISTED, 0),
            "calls": 0,
            **{name: event.get(EventStep(name)) for name in COUNTS},
            "unknown": None,
            "cost_amount": cost,
        }
        for number, event in enumerate(events)
    ]
    types = {name: each.dtype.type for name, each in EventSteps.to_schema().columns.items()}
    return pl.DataFrame(rows, schema=types)


def like(*events: Mapping[EventStep, int]) -> LikeEvents:
    return like_events(found(*events))


def fixed(**rates: float) -> StepRates:
    """Rates that are all assumed; the like events record another pair of steps."""
    others = like({S.HIGH_VALUE: 9, S.OPPORTUNITY: 3})
    return step_rates(others, {EventStep(step): rate for step, rate in rates.items()})


TYPICAL = tuple(
    {S.LISTED: listed, S.REACHED: reached, S.REGISTERED: registered, S.ATTENDED: attended}
    for listed, reached, registered, attended in (
        (500, 180, 60, 31), (800, 350, 90, 40), (300, 140, 35, 20), (650, 230, 80, 37),
        (420, 190, 41, 22), (900, 300, 130, 70), (550, 260, 55, 24), (380, 130, 48, 26),
    )
)  # fmt: skip


def test_where_everybody_goes_on_a_seat_takes_an_invitation() -> None:
    plan = event_plan(fixed(registered=1.0, attended=1.0), Goal(S.ATTENDED, 40))
    assert (plan.entry, plan.volume) == (S.LISTED, 40)
    assert set(plan.needed) == {40.0}


def test_fixed_rates_are_the_negative_binomial_back_and_the_binomial_forward() -> None:
    rates = fixed(registered=0.2, attended=0.5)
    plan = event_plan(rates, Goal(S.ATTENDED, 30))
    near = 30 + nbinom.ppf([0.785, 0.815], 30, 0.1)
    assert near[0] <= plan.volume <= near[1]
    assert binom.sf(29, plan.volume, 0.1) == pytest.approx(0.8, abs=0.015)
    forecast = event_forecast(rates, like(*TYPICAL), S.LISTED, 400)
    expected = binom.ppf([0.1, 0.5, 0.9], 400, 0.1)
    row = forecast.filter(step="attended").select("low", "middle", "high").row(0)
    assert np.abs(np.array(row) - expected).max() <= 1
    assert forecast["is_assumed"].to_list()[1:3] == [True, True]


def test_a_rate_of_none_is_out_of_reach_and_says_so() -> None:
    plan = event_plan(fixed(registered=0.5, attended=0.0), Goal(S.ATTENDED, 1))
    assert not plan.is_reachable
    assert plan.chance_with(1e9) == 0


def test_forward_of_backward_is_the_confidence() -> None:
    rates = step_rates(like(*TYPICAL))
    for people, confidence in ((120, 0.8), (5, 0.6), (40, 0.95)):
        plan = event_plan(rates, Goal(S.ATTENDED, people, confidence))
        assert plan.chance_with(plan.volume) >= confidence > plan.chance_with(plan.volume - 1)
        came = arrivals(rates, plan.entry, int(plan.volume))[:, -1]
        assert (came >= people).mean() == pytest.approx(confidence, abs=0.02)


def test_a_surer_or_larger_goal_never_needs_fewer() -> None:
    rates = step_rates(like(*TYPICAL))
    surer = [event_plan(rates, Goal(S.ATTENDED, 30, each)).volume for each in (0.5, 0.7, 0.9)]
    larger = [event_plan(rates, Goal(S.ATTENDED, each)).volume for each in (1, 10, 60)]
    assert surer == sorted(surer)
    assert larger == sorted(larger)


def test_events_that_differ_among_themselves_need_a_longer_list() -> None:
    alike = [{S.REGISTERED: 100, S.ATTENDED: 50}] * 8
    differing = [{S.REGISTERED: 100, S.ATTENDED: each} for each in (20, 80, 35, 65, 50, 50, 25, 75)]
    volumes = [event_plan(step_rates(like(*each)), Goal(S.ATTENDED, 50)).volume
               for each in (alike, differing)]  # fmt: skip
    # Of the same share altogether.
    assert volumes[1] > 1.3 * volumes[0]


def test_one_like_event_is_enough_and_spreads_wide() -> None:
    one = like({S.REGISTERED: 800, S.ATTENDED: 400})
    eight = like(*[{S.REGISTERED: 100, S.ATTENDED: 50}] * 8)
    assert (one.events_behind(S.ATTENDED), one.people_behind(S.ATTENDED)) == (1, 800)
    spreads = [np.quantile(step_rates(each).rates[:, 0], [0.1, 0.9]) for each in (one, eight)]
    assert np.diff(spreads[0]) > 3 * np.diff(spreads[1])
    assert event_plan(step_rates(one), Goal(S.ATTENDED, 50)).is_reachable


@pytest.mark.parametrize("came", [0, 100])
def test_none_or_all_of_one_event_is_no_certainty(came: int) -> None:
    rates = step_rates(like({S.REGISTERED: 100, S.ATTENDED: came})).rates
    assert (rates > 0).any()
    assert (rates < 1).any()


def by_segment(*events: tuple[tuple[int, int], ...]) -> pl.DataFrame:
    """Registered and attended of each segment, A, B, C and so on, event by event."""
    parts = [
        found(*({S.REGISTERED: event[place][0], S.ATTENDED: event[place][1]} for event in events))
        .with_columns(segment=pl.lit("ABCDEF"[place]))
        for place in range(len(events[0]))
    ]  # fmt: skip
    return pl.concat(parts)


def test_a_segment_of_few_people_learns_from_the_others_how_much_events_differ() -> None:
    rows = by_segment(*[((2, 1), (100, 50), (90, 45))] * 12)
    few = like_events(rows, segment="A")
    assert few.people_behind(S.ATTENDED) == 24
    assert few.tried[:, 0].tolist() == [192] * 12
    alone = like_events(rows.filter(segment="A"))
    spread, lonely = (
        np.diff(np.quantile(step_rates(each).rates[:, 0], [0.1, 0.9]))[0] for each in (few, alone)
    )
    assert spread < 0.5 * lonely
    with pytest.raises(MetricError, match="no segment 'D' among these events; there are A, B, C"):
        like_events(rows, segment="D")


def test_a_segment_of_many_people_has_a_rate_of_its_own() -> None:
    rows = by_segment(*[((200, 40), (200, 120), (200, 110))] * 10)
    rates = {each: np.median(step_rates(like_events(rows, segment=each)).rates) for each in "AB"}
    assert rates["A"] == pytest.approx(0.2, abs=0.03)
    assert rates["B"] == pytest.approx(0.6, abs=0.03)
    own = {S.REGISTERED: 4000, S.ATTENDED: 400}
    sure = step_rates(like_events(rows, segment="B"), so_far=own).rates
    assert np.median(sure) < 0.3


def test_a_segment_of_which_none_or_all_came_is_no_certainty() -> None:
    rows = by_segment(*[((5, 0), (5, 5))] * 6)
    for segment in "AB":
        rates = step_rates(like_events(rows, segment=segment)).rates
        assert np.isfinite(rates).all()
        assert ((rates > 0) & (rates < 1)).mean() > 0.5


def test_the_confidence_holds_where_the_truth_is_known() -> None:
    rng = np.random.default_rng(8)
    hits = []
    for world in range(120):
        true = rng.beta(9, 11, 9)
        registered = rng.integers(20, 120, 8)
        came = rng.binomial(registered, true[:8])
        events = [
            {S.REGISTERED: int(n), S.ATTENDED: int(x)}
            for n, x in zip(registered, came, strict=True)
        ]
        rates = step_rates(like(*events), draws=1_500, seed=world)
        volume = event_plan(rates, Goal(S.ATTENDED, 50)).volume
        hits.append(binom.sf(49, volume, true[8]))
    # Of 120 worlds, three standard errors of a share of four fifths.
    assert np.mean(hits) == pytest.approx(0.8, abs=0.11)


def test_the_entry_is_the_first_step_from_which_every_rate_is_known() -> None:
    mailing = found({S.LISTED: 900, S.REACHED: 300}, {S.LISTED: 400, S.REACHED: 150})
    webinar = found({S.REGISTERED: 80, S.ATTENDED: 40}, method=Method.UNKNOWN)
    both = like_events(pl.concat([mailing, webinar.with_columns(campaign_id=pl.lit("W"))]))
    assert both.steps == (S.LISTED, S.REACHED, S.REGISTERED, S.ATTENDED)
    assert event_plan(step_rates(both), Goal(S.ATTENDED, 10)).entry is S.REGISTERED
    forecast = event_forecast(step_rates(both), both, S.LISTED, 1000)
    assert forecast["middle"].is_null().to_list() == [False, False, True, True]
    mended = step_rates(both, {S.REGISTERED: 0.1})
    assert event_plan(mended, Goal(S.ATTENDED, 10)).entry is S.LISTED
    with pytest.raises(MetricError, match="do not record opportunity; they record listed, reached"):
        event_plan(mended, Goal(S.OPPORTUNITY, 1))
    with pytest.raises(MetricError, match="no similar event tells which share is registered"):
        event_plan(step_rates(both), Goal(S.REGISTERED, 10))


def test_like_events_are_those_that_are_over_for_the_methods_asked() -> None:
    mailed = found(*TYPICAL[:2], cost=1000.0)
    came = found({S.REGISTERED: 10, S.ATTENDED: 9}, method=Method.UNINVITED, cost=1000.0)
    running = found(*TYPICAL[:3], running=True).filter(campaign_id="E2")
    learned = like_events(pl.concat([mailed, came, running]))
    assert learned.names == ("Event 0", "Event 1")
    assert learned.tried.tolist() == [[500, 180, 60], [800, 350, 90]]
    assert learned.taken.tolist() == [[180, 60, 31], [350, 90, 40]]
    assert (learned.mails_per_person, learned.calls_per_person) == (2, 0)
    # Who came without an invitation cost as much as the others.
    assert learned.cost_per_person[S.ATTENDED] == pytest.approx(2000 / (31 + 40 + 9))
    assert like_events(mailed, is_whole=False).cost_per_person == {}
    with pytest.raises(MetricError, match="no event or campaign that is over"):
        like_events(running)
    with pytest.raises(MetricError, match="record no step only for this method"):
        like_events(mailed, [Method.CALL])
    with pytest.raises(MetricError, match="record listed only"):
        like_events(found({S.LISTED: 5}))


def test_value_after_coming_is_not_mixed_with_value_after_a_call() -> None:
    calls = found({S.REACHED: 50, S.HIGH_VALUE: 20, S.OPPORTUNITY: 10}, method=Method.CALL)
    room = found({S.ATTENDED: 40, S.HIGH_VALUE: 10, S.OPPORTUNITY: 1})
    both = like_events(pl.concat([calls, room.with_columns(campaign_id=pl.lit("R"))]))
    assert both.tried[:, -1].tolist() == [0, 10]


@pytest.mark.parametrize(
    ("assumed", "message"),
    [
        ({S.ATTENDED: 1.2}, "a rate of 1.2 cannot be assumed for attended"),
        ({S.ATTENDED: -0.1}, "lies between 0 and 1"),
        ({S.LISTED: 0.5}, "the list is the first step"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(assumed: dict[EventStep, float], message: str) -> None:
    with pytest.raises(MetricError, match=message):
        step_rates(like(*TYPICAL), assumed)


@pytest.mark.parametrize("people", [0, -3])
def test_nothing_to_plan_for_is_refused(people: int) -> None:
    with pytest.raises(MetricError, match="nothing to plan for"):
        Goal(S.ATTENDED, people)
    with pytest.raises(MetricError, match="choose 50% to 99%"):
        Goal(S.ATTENDED, 5, 0.999)


def test_the_same_seed_gives_the_same_plan_and_another_nearly() -> None:
    volumes = [
        event_plan(step_rates(like(*TYPICAL), seed=seed), Goal(S.ATTENDED, 60)).volume
        for seed in (1, 1, 2)
    ]
    assert volumes[0] == volumes[1]
    assert volumes[2] == pytest.approx(volumes[0], rel=0.05)


def test_an_events_own_counts_outweigh_the_others_as_they_grow() -> None:
    def median(*own: int) -> float:
        counts = {S.REGISTERED: own[0], S.ATTENDED: own[1]}
        return float(np.median(step_rates(like(*TYPICAL), so_far=counts).rates[:, -1]))

    usual = float(np.median(step_rates(like(*TYPICAL)).rates[:, -1]))
    few, many = median(10, 1), median(1000, 100)
    assert usual > few > many
    assert many == pytest.approx(0.1, abs=0.02)


def test_what_exists_lowers_what_it_takes_now() -> None:
    goal = Goal(S.ATTENDED, 60)
    start = event_plan(step_rates(like(*TYPICAL)), goal).volume
    planned = {S.LISTED: 700, S.REACHED: 290, S.REGISTERED: 85}
    now = plan_from_here(like(*TYPICAL), goal, planned)
    assert 0 < now.volume < start
    assert now.brought.mean() == pytest.approx(85 * 0.5, rel=0.1)
    met = plan_from_here(like(*TYPICAL), goal, planned | {S.ATTENDED: 60})
    assert met.volume == 0
    short = plan_from_here(like(*TYPICAL), goal, planned | {S.ATTENDED: 59})
    assert 0 < short.volume < now.volume


def test_counts_that_grow_from_step_to_step_are_refused() -> None:
    counts = {S.LISTED: 100, S.REGISTERED: 30, S.ATTENDED: 31}
    with pytest.raises(
        MetricError, match=r"more people are attended \(31\) than registered \(30\)"
    ):
        plan_from_here(like(*TYPICAL), Goal(S.ATTENDED, 60), counts)
    with pytest.raises(MetricError, match="count from 0"):
        step_control(step_rates(like(*TYPICAL)), {S.LISTED: -1})


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(
    ("tried", "rates"), [((40, 17), (0.4, 0.5)), ((500, 9), (0.02, 0.9)), ((3, 1), (0.5, 0.5))]
)
def test_an_event_that_goes_as_planned_is_rarely_out(
    level: float, tried: Sequence[int], rates: Sequence[float]
) -> None:
    planned = fixed(registered=rates[0], attended=rates[1])
    counts = {S.LISTED: tried[0], S.REGISTERED: tried[1], S.ATTENDED: min(tried[1], 1)}
    control = step_control(planned, counts, level)
    assert control["step"].to_list() == ["registered", "attended"]
    alarms = [
        binom.cdf(row["low"] - 1, row["tried"], row["planned"])
        + binom.sf(row["high"], row["tried"], row["planned"])
        for row in control.rows(named=True)
    ]
    assert sum(alarms) <= 1 - level
    for row in control.rows(named=True):
        # A count that is within reach of the limits would break the level: they are exact.
        tail = (1 - level) / 4
        assert binom.cdf(row["low"], row["tried"], row["planned"]) >= tail
        assert binom.sf(row["high"] - 1, row["tried"], row["planned"]) >= tail or row["high"] == 0


def test_the_step_that_is_out_is_named_and_the_others_are_not() -> None:
    rates = step_rates(like(*TYPICAL))
    counts = {S.LISTED: 600, S.REACHED: 250, S.REGISTERED: 30, S.ATTENDED: 15}
    control = step_control(rates, counts)
    states = dict(control.select("step", "state").rows())
    assert states == {"reached": "within", "registered": "below", "attended": "within"}
    better = step_control(rates, counts | {S.REGISTERED: 140, S.ATTENDED: 70})
    assert dict(better.select("step", "state").rows())["registered"] == "above"
    # Like events differ more than chance makes them, so an event may be off its plan and usual.
    assert (control["usual_low"] <= control["low"]).all()
    assert (control["usual_high"] >= control["high"]).all()


def test_steps_without_counts_or_rates_are_not_looked_at() -> None:
    rates = step_rates(like(*TYPICAL))
    assert step_control(rates, {}).is_empty()
    assert step_control(rates, {S.LISTED: 100, S.REGISTERED: 3}).is_empty()
    assert step_control(rates, {S.LISTED: 0, S.REACHED: 0}).is_empty()
    with pytest.raises(MetricError, match="limits at 100%"):
        step_control(rates, {}, 1.0)
