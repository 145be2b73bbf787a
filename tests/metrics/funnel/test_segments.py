"""Segments of a step: by hand on twelve leads, by the oracle on hundreds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.funnel.segments import Group, step_segments
from metrics.scope import Counting, Dimension, Stage, Unit
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers
from tests.metrics.oracle import segments as oracle
from tests.metrics.oracle.segments import Member
from tests.metrics.scopes import FILTERS, PERIODS, asked
from tests.metrics.twelve_leads import JANUARY, SEEN

DIMENSIONS = (Dimension.CHANNEL, Dimension.INDUSTRY, Dimension.OWNER)
STEPS = {
    Unit.LEAD: ((Stage.LEAD, Stage.MQL), (Stage.MQL, Stage.WON)),
    Unit.ACCOUNT: ((Stage.LEAD, Stage.WON),),
    Unit.DEAL: ((Stage.OPPORTUNITY, Stage.WON),),
}


def test_segments_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = step_segments(twelve, asked(JANUARY, SEEN), (Stage.LEAD, Stage.SQL), DIMENSIONS[:1])
    # SQL of January: L01 to L06, L09 and L11 of the eleven.
    assert (found.whole.reached, found.whole.converted) == (11, 8)
    counts = {
        each.value: (each.own.reached, each.own.converted, each.others.reached)
        for each in found.segments
    }
    assert counts == {"Email": (5, 4, 6), "Webinar": (5, 4, 6), "Unassigned": (1, 0, 10)}
    # All Email leads are of different accounts: A1, A3, A4, A8 and L08 by itself. Each is 1/5 off:
    # 5/4 · (4 · 0.2² + 0.8²) ÷ (5 · 0.8 · 0.2) = 1.25.
    email = next(each for each in found.segments if each.value == "Email")
    assert email.own.design_effect == pytest.approx(1.25)
    assert email.own.effective == pytest.approx((3.2, 4))
    # The one lead without a channel does not tell how accounts differ.
    alone = next(each for each in found.segments if each.value == "Unassigned")
    assert alone.own.design_effect != alone.own.design_effect


def assert_group(found: Group, expected: list[Member], has: Callable[[Member], bool]) -> None:
    assert found.reached == len(expected)
    assert found.converted == sum(map(has, expected))
    effect = oracle.design_effect(expected, has)
    assert found.design_effect == pytest.approx(
        float("nan") if effect is None else effect, rel=1e-9, nan_ok=True
    )


@pytest.mark.parametrize("unit", Unit)
def test_segments_are_the_oracles(observed: Observed, unit: Unit) -> None:
    for (period, seen), filters, way, (counting, window) in product(
        PERIODS, FILTERS[:2], STEPS[unit], ((Counting.REACHED, None), (Counting.STRICT, 30))
    ):
        scope = asked(
            period, seen, unit=unit, counting=counting, window_days=window, filters=filters
        )
        found = step_segments(observed.warehouse, scope, way, DIMENSIONS)
        everyone = oracle.members(numbers.subjects(observed.world, scope), scope, *way)
        if not everyone:
            assert not found.segments
            continue
        assert_group(found.whole, everyone, lambda each: each.converted)
        places = [(each.dimension, each.value) for each in found.segments]
        assert sorted(places) == [
            (by, value) for by in sorted(DIMENSIONS) for value in oracle.values(everyone, by)
        ]
        for segment in found.segments:

            def inside(
                each: Member, of: str = segment.dimension, value: str = segment.value
            ) -> bool:
                return each.segments[of] == value

            own = [each for each in everyone if inside(each)]
            others = [each for each in everyone if not inside(each)]
            assert_group(segment.own, own, lambda each: each.converted)
            assert_group(segment.others, others, lambda each: each.converted)
            assert_group(segment.weight, everyone, inside)
