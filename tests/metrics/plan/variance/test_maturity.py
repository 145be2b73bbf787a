"""Late and lost: what is open is late, what has left is lost, what came early comes no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from metrics.plan.variance.maturity import eventual_conversions

Floats = NDArray[np.float64]

PLANNED = {"due": 30.0, "planned_open": 30.0, "to_come": 10.0}
"""Of a hundred: forty convert in the end, sixty never do, and a third of these has not left."""


def eventual(converted: float, still_open: float) -> float:
    """Of a hundred records, of which the rest has left."""
    numbers = (converted, still_open, 100.0, *PLANNED.values())
    found = eventual_conversions(*(np.full((1, 1, 1), each) for each in numbers))
    return float(found.item())


def test_as_planned_converts_as_planned() -> None:
    assert eventual(30, 30) == pytest.approx(40)


def test_conversions_that_are_still_open_are_late() -> None:
    assert eventual(10, 50) == pytest.approx(40)
    assert eventual(0, 60) == pytest.approx(40)


def test_conversions_that_left_or_stay_like_those_who_never_convert_are_lost() -> None:
    # Twenty are not due to convert any more; a third of them stays open for ever, as others do.
    assert eventual(10, 30 + 20 / 3) == pytest.approx(20)


def test_of_more_exits_than_that_what_was_to_come_is_lost_as_well() -> None:
    assert 10 < eventual(10, 30) < 20
    assert eventual(30, 15) == pytest.approx(35)


def test_exits_that_are_late_change_nothing() -> None:
    assert eventual(30, 60) == pytest.approx(40)
    assert eventual(10, 80) == pytest.approx(40)


def test_conversions_that_came_early_are_not_to_come_any_more() -> None:
    assert eventual(38, 22) == pytest.approx(40)


def test_more_conversions_from_those_who_would_have_left_stay() -> None:
    assert eventual(45, 30 - 15 / 3) == pytest.approx(55)


def test_when_nothing_is_open_it_is_as_it_was_seen() -> None:
    for converted in (0.0, 12.0, 30.0, 71.0):
        assert eventual(converted, 0) == pytest.approx(converted)


@given(
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 50),
    st.floats(0, 1), st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
def test_never_fewer_than_have_converted_nor_more_than_still_can(
    converted: int, left: int, still_open: int, due: float, open_by_plan: float, later: float
) -> None:
    records = float(converted + left + still_open)
    planned_open = (1 - due) * open_by_plan * records
    counts = float(converted), float(still_open), records
    planned = due * records, planned_open, later * planned_open
    found = eventual_conversions(*(np.full((1, 1, 1), each) for each in (*counts, *planned))).item()
    assert converted - 1e-9 <= found <= converted + still_open + 1e-9


def test_what_is_late_lies_where_something_is_open() -> None:
    def of(*values: float) -> Floats:
        return np.array(values).reshape(2, 1, 1)

    found = eventual_conversions(
        of(10, 10), of(70, 0), of(100, 100), due=of(30, 30), planned_open=of(30, 30),
        to_come=of(10, 10),
    )  # fmt: skip
    assert found[1].item() == 10
    assert found[0].item() > 10
