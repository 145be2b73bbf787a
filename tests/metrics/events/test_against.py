"""Events against each other and against like ones; what a person of them cost."""

from __future__ import annotations

from datetime import date
from math import exp, lgamma, log, sqrt

import numpy as np
import pytest

from data.errors import MetricError
from metrics.events.compared import events_compared
from metrics.events.costs import event_costs
from metrics.events.likes import event_likes
from metrics.events.words import compared_words
from metrics.scope import Dimension, Filter
from tests.metrics.events.attendees import attendees, funnel_of
from tests.metrics.events.conftest import SEEN, TAKEN, TRIED, YEAR, Company
from tests.metrics.facts import DraftWarehouse
from tests.metrics.scopes import asked

SCOPE = asked(YEAR, SEEN)


def wilson(x: int, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    middle, half = x / n + z * z / (2 * n), z * sqrt(x / n * (1 - x / n) / n + (z / (2 * n)) ** 2)
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def test_thirty_and_eighty_of_a_hundred_are_not_the_same(by_hand: DraftWarehouse) -> None:
    rows = events_compared(by_hand, SCOPE, "A", "Webinar B").rows(named=True)
    (row,) = (each for each in rows if each["step"] == "high_value")
    assert (row["first_taken"], row["first_tried"]) == (30, 100)
    assert (row["second_taken"], row["second_tried"]) == (80, 100)
    (low, high), (other_low, other_high) = wilson(30, 100), wilson(80, 100)
    assert row["difference"] == pytest.approx(-0.5)
    assert row["difference_low"] == pytest.approx(
        -0.5 - sqrt((0.3 - low) ** 2 + (other_high - 0.8) ** 2)
    )
    assert row["difference_high"] == pytest.approx(
        -0.5 + sqrt((high - 0.3) ** 2 + (0.8 - other_low) ** 2)
    )
    assert compared_words(row).replace("\u00a0", " ") == (
        "Not the same, by more than chance: at Webinar A 30 of 100 (30.0%) did something of high"
        " value, at Webinar B 80 of 100 (80.0%), a difference of −50.0 pts (95% interval"
        " −60.5 pts to −36.9 pts)."
    )
    (came,) = (each for each in rows if each["step"] == "attended")
    assert (came["difference"], came["verdict"]) == (0, "too few to compare")


def test_without_names_the_two_latest_alike_are_compared(by_hand: DraftWarehouse) -> None:
    named = events_compared(by_hand, SCOPE, "D1", "D2")
    assert events_compared(by_hand, SCOPE).equals(named)


def test_what_cannot_be_compared_says_why(by_hand: DraftWarehouse) -> None:
    early = asked(YEAR, date(2026, 3, 10))
    rows = {row["step"]: row for row in events_compared(by_hand, early, "A", "C").rows(named=True)}
    assert rows["attended"]["because"] == "second event: has not taken place"
    assert rows["attended"]["difference"] is None
    assert compared_words(rows["attended"]) == (
        "Attended cannot be compared, because of the second event: has not taken place."
    )
    with pytest.raises(MetricError, match=r"there is no event 'Webinar D' in the period. Did you"):
        events_compared(by_hand, SCOPE, "A", "Webinar D")
    with pytest.raises(MetricError, match="an event is not compared with itself"):
        events_compared(by_hand, SCOPE, "A", "Webinar A")
    with pytest.raises(MetricError, match="name both"):
        events_compared(by_hand, SCOPE, "A")


def integrated(taken: tuple[int, ...], tried: tuple[int, ...]) -> list[float]:
    """The mean true rate of each event, summed over a fine grid of the population."""
    weights, means = [], []
    for logit in np.linspace(-5, 5, 70):
        mean = 1 / (1 + exp(-logit))
        for log_kappa in np.linspace(0, log(1e6), 70):
            kappa = exp(log_kappa)
            a, b = mean * kappa, (1 - mean) * kappa
            density = log(mean * (1 - mean)) - log_kappa / 2
            for x, n in zip(taken, tried, strict=True):
                density += lgamma(a + x) + lgamma(b + n - x) - lgamma(kappa + n)
                density += lgamma(kappa) - lgamma(a) - lgamma(b)
            weights.append(density)
            means.append([(a + x) / (kappa + n) for x, n in zip(taken, tried, strict=True)])
    share = np.exp(np.array(weights) - max(weights))
    return list(share @ np.array(means) / share.sum())


def test_small_events_are_drawn_to_what_is_typical(by_hand: DraftWarehouse) -> None:
    every = event_likes(by_hand, SCOPE)
    rows = every.filter(kind="Talk", step="high_value").sort("campaign_id")
    assert (*rows["taken"],) == TAKEN
    assert rows["like_events"].unique().to_list() == [5]
    assert rows["shrunk"].to_list() == pytest.approx(integrated(TAKEN, TRIED), abs=0.01)
    assert rows["standing"].to_list()[-1] == "better"
    of_others = (sum(TAKEN) - TAKEN[5]) / (sum(TRIED) - TRIED[5])
    assert rows["like_rate"][5] == pytest.approx(of_others)
    # Everybody who registered for any of the talks came: none of them went better.
    came = every.filter(kind="Talk", step="attended")
    assert came["standing"].unique().to_list() == ["alike"]
    # Two of two is everyone, and says little.
    assert (rows["rate"][4], rows["standing"][4]) == (1, "alike")
    assert rows["shrunk"][4] < 0.75
    # Only one fair tells how many of those on its list had a valid contact.
    alone = every.filter(campaign_id="F1", step="valid_contact")
    assert alone.select("standing", "shrunk").row(0) == ("no similar event", None)
    # What is still to come is no like event, and is held against none.
    early = event_likes(by_hand, asked(YEAR, date(2026, 3, 10)))
    assert "C" not in set(early["campaign_id"])


def test_costs_are_those_of_people_one_by_one(companies: list[Company]) -> None:
    company = companies[0]
    rows = event_costs(company.warehouse, company.scope).rows(named=True)
    counted = funnel_of(attendees(company.tables, company.facts, company.scope, None))
    cost: dict[str, float | None] = {}
    for row in company.tables["spend"]:
        if row["spend_on"] <= SEEN:
            event, amount = row["campaign_id"], row["cost_amount"]
            known = cost.get(event, 0.0)
            cost[event] = None if amount is None or known is None else known + float(amount)
    running = {row["campaign_id"] for row in rows if row["is_running"]}
    kinds = {row["campaign_id"]: row["kind"] for row in rows}
    assert {(row["campaign_id"], row["step"]) for row in rows} == {
        key for key, each in counted.items() if each["people"] is not None
    }
    for row in rows:
        event, step = row["campaign_id"], row["step"]
        spent, people = cost.get(event), row["people"]
        assert (row["cost_amount"], people) == (spent, counted[event, step]["people"])
        assert row["cost_per_person"] == (spent / people if spent is not None and people else None)
        like = [
            (float(cost[other]), counted[other, step]["people"])  # type: ignore[arg-type]
            for other, kind in kinds.items()
            if kind == row["kind"] and other != event and other not in running
            if cost.get(other) is not None and counted[other, step]["people"] is not None
        ]
        assert row["like_events"] == len(like)
        total = sum(each for _, each in like)
        expected = sum(each for each, _ in like) / total if total else None
        assert row["like_cost_per_person"] == (expected and pytest.approx(expected))
    assert sum(row["like_cost_per_person"] is not None for row in rows) > 3


def test_a_cost_is_not_shared_among_segments(by_hand: DraftWarehouse) -> None:
    rows = event_costs(by_hand, SCOPE).filter(step="attended")
    came = {row["campaign_id"]: row for row in rows.rows(named=True)}
    assert came["A"]["cost_per_person"] == 25
    assert came["B"]["cost_per_person"] is None
    assert came["B"]["because"] == "no spend with a price is recorded"
    assert came["B"]["like_cost_per_person"] == 25
    narrow = asked(YEAR, SEEN, filters=(Filter(Dimension.REGION, ("Unassigned",)),))
    part = event_costs(by_hand, narrow)
    assert part["because"].unique().to_list() == ["spend is not known by segment"]
    assert part["cost_amount"].null_count() == len(part) > 0
