"""A slip without a loss is all timing, a loss without a slip all rate: large made-up companies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.variance.company import told
from bench.variance.life import Nature
from metrics.plan.variance.chance import chance_of, parts_by_chance
from metrics.plan.variance.gap import part_names
from metrics.plan.variance.sides import Comparison
from metrics.plan.variance.split import gap, gap_parts
from metrics.scope import Stage

NAMES = part_names((Stage.MQL, Stage.SQL, Stage.OPPORTUNITY, Stage.WON))
MANY = Nature(entries=6_000.0, opening_deals=0.0, sigma=0.1)
"""So many entries that chance hardly matters."""


def shares(found: Comparison) -> dict[str, float]:
    """What each part is of the gap."""
    parts = gap_parts(found.planned, found.actual)
    whole = float(gap(found.planned, found.actual))
    assert parts.sum() == pytest.approx(whole)
    return dict(zip(NAMES, (parts / whole).tolist(), strict=True))


def test_a_slip_without_a_loss_is_late_and_not_lost() -> None:
    slower = replace(MANY, days=tuple(1.8 * each for each in MANY.days))
    found = shares(told(MANY, slower, 6, seed=6))
    assert found["timing"] == pytest.approx(1, abs=0.15), found


def test_a_slip_of_the_last_step_alone_is_all_timing() -> None:
    slower = replace(MANY, days=(*MANY.days[:-1], 3 * MANY.days[-1]))
    found = shares(told(MANY, slower, 6, seed=6))
    assert found["timing"] == pytest.approx(1, abs=0.15), found


@pytest.mark.parametrize("step", range(4), ids=("mql", "sql", "opportunity", "won"))
def test_a_loss_is_the_rate_of_the_step_where_it_happens(step: int) -> None:
    worse = tuple(
        tuple(rate * (0.6 if place == step else 1) for place, rate in enumerate(rates))
        for rates in MANY.rates
    )
    found = shares(told(MANY, replace(MANY, rates=worse), 6, seed=6))
    part = NAMES[3 + step]
    assert max(found, key=lambda name: found[name]) == part, found
    assert found[part] > 0.7, found


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("volume", {"entries": 4_000.0}),
        ("mix", {"mix": (0.1, 0.8, 0.1)}),
        ("size", {"amount": 25_000.0}),
    ],
)
def test_other_causes_come_first_too(part: str, change: dict[str, object]) -> None:
    found = shares(told(MANY, replace(MANY, **change), 6, seed=6))  # type: ignore[arg-type]
    assert max(found, key=lambda name: found[name]) == part, found
    assert found[part] == pytest.approx(1, abs=0.2), found


def test_a_planted_cause_is_more_than_chance_and_nothing_else_is() -> None:
    usual = Nature(entries=1_000.0)
    found = told(usual, replace(usual, amount=usual.amount / 2), 6, seed=6)
    parts = gap_parts(found.planned, found.actual)
    is_tested = np.array([name not in ("currency", "restatement") for name in NAMES])
    chance = chance_of(parts, parts_by_chance(found), is_tested)
    named = [name for name, p in zip(NAMES, chance.adjusted, strict=True) if p <= 0.05]
    assert named == ["size"]
    assert np.isnan(chance.p_value[~is_tested]).all()
    place = NAMES.index("size")
    assert chance.low[place] <= parts[place] <= chance.high[place] < 0
    assert np.nanargmax(chance.strength) == place
    assert chance.strength[place] > 1 > np.nanmax(np.delete(chance.strength, place))
    assert np.isnan(chance.strength[~is_tested]).all()


def test_missing_entries_are_no_chance_however_few_have_won() -> None:
    usual = Nature(entries=100.0)
    found = told(usual, replace(usual, entries=50.0), 3, seed=6)
    assert found.actual.leaves[..., 0].sum() < 0.6 * found.planned.leaves[..., 0].sum()
    parts = gap_parts(found.planned, found.actual)
    is_tested = np.array([name not in ("currency", "restatement") for name in NAMES])
    chance = chance_of(parts, parts_by_chance(found), is_tested)
    assert [name for name, p in zip(NAMES, chance.adjusted, strict=True) if p <= 0.05] == ["volume"]
