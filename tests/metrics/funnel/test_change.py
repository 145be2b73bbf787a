"""What explains a change: by hand on twelve leads, by the oracle on hundreds, and one planted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.funnel.change import explained_change, periods, rate_difference
from metrics.period import Period
from metrics.scope import Comparison, Dimension, Stage, Unit
from tests.metrics.facts import DraftWarehouse, Facts, Row, change, lead
from tests.metrics.observing import Observed
from tests.metrics.oracle import chance, numbers
from tests.metrics.oracle import segments as oracle
from tests.metrics.oracle.chance import Counted
from tests.metrics.oracle.segments import Member
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import JANUARY, SEEN

TO_MQL = (Stage.LEAD, Stage.MQL)
DIMENSIONS = (Dimension.CHANNEL, Dimension.INDUSTRY, Dimension.OWNER, Dimension.CITY)
YEARS = asked(
    Period(date(2025, 1, 1), date(2025, 12, 31)),
    date(2026, 2, 28),
    comparison=Comparison.SAME_PERIOD_LAST_YEAR,
)


def test_the_change_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    scope = asked(JANUARY, SEEN)
    (whole,) = rate_difference(twelve, scope, TO_MQL).rows(named=True)
    # In December L10 came and became MQL; in January nine of eleven, not L07 and L08.
    assert (whole["converted_before"], whole["reached_before"]) == (1, 1)
    assert (whole["converted"], whole["reached"]) == (9, 11)
    assert whole["difference"] == pytest.approx(-2 / 11)
    assert (whole["chance"], whole["difference_low"]) == ("untested", None)  # one account
    found = explained_change(twelve, scope, TO_MQL, (Dimension.CHANNEL,))
    # Nothing was in both months, so that all is mix, against the mean rate of 10/11.
    parts = {row["value"]: row["mix_part"] for row in found.iter_rows(named=True)}
    assert parts == pytest.approx(
        {
            "展会": (1 - 10 / 11) * -1,
            "Email": (4 / 5 - 10 / 11) * 5 / 11,
            "Webinar": (4 / 5 - 10 / 11) * 5 / 11,
            "Unassigned": (1 - 10 / 11) * 1 / 11,
        }
    )
    assert sum(parts.values()) == pytest.approx(-2 / 11)
    assert found["rate_part"].to_list() == [0.0] * 4
    assert found["value"].to_list()[0] == "展会"  # the largest part


def test_it_is_compared_with_the_period_before_unless_asked_otherwise() -> None:
    before, now = periods(asked(JANUARY, SEEN))
    assert before.period == Period(date(2025, 12, 1), date(2025, 12, 31))
    assert now.comparison is Comparison.NONE
    before, _ = periods(YEARS)
    assert before.period == Period(date(2024, 1, 1), date(2024, 12, 31))


def effective(found: Sequence[Member]) -> Counted:
    effect = oracle.design_effect(found, lambda each: each.converted)
    if effect is None:
        return None
    return sum(each.converted for each in found) / effect, len(found) / effect


def weight(found: Sequence[Member], of: str, value: str) -> Counted:
    having = [each for each in found if each.segments[of] == value]
    effect = oracle.design_effect(found, lambda each: each.segments[of] == value)
    return None if effect is None else (len(having) / effect, len(found) / effect)


@pytest.mark.parametrize("unit", [Unit.LEAD, Unit.ACCOUNT])
def test_parts_and_verdicts_are_the_oracles(observed: Observed, unit: Unit) -> None:
    scope = asked(YEARS.period, YEARS.observed_until, unit=unit, comparison=YEARS.comparison)
    sides = [
        oracle.members(numbers.subjects(observed.world, each), each, "lead", "mql")
        for each in periods(scope)
    ]
    before, now = sides
    (whole,) = rate_difference(observed.warehouse, scope, TO_MQL).rows(named=True)
    assert (whole["reached_before"], whole["reached"]) == (len(before), len(now))
    rates = [sum(each.converted for each in side) / len(side) for side in sides]
    assert whole["difference"] == pytest.approx(rates[1] - rates[0])
    pair = effective(now), effective(before)
    assert whole["chance"] == chance.verdicts([(chance.p_value(*pair), chance.expected(*pair))])[0]
    assert whole["difference_low"] < whole["difference"] < whole["difference_high"]

    found = explained_change(observed.warehouse, scope, TO_MQL, DIMENSIONS)
    tests = []
    for row in found.iter_rows(named=True):
        parts = [
            [each for each in side if each.segments[row["dimension"]] == row["value"]]
            for side in sides
        ]
        shares = [len(part) / len(side) for part, side in zip(parts, sides, strict=True)]
        own = [sum(each.converted for each in part) / len(part) if part else None for part in parts]
        first = own[0] if own[0] is not None else own[1]
        last = own[1] if own[1] is not None else own[0]
        assert first is not None
        assert last is not None
        assert (row["rate_before"], row["rate"]) == (own[0], own[1])
        assert row["rate_part"] == pytest.approx(sum(shares) / 2 * (last - first))
        mean = sum(rates) / 2
        assert row["mix_part"] == pytest.approx(
            ((first + last) / 2 - mean) * (shares[1] - shares[0])
        )
        rate_pair = effective(parts[1]), effective(parts[0])
        mix_pair = tuple(weight(side, row["dimension"], row["value"]) for side in (now, before))
        for one, other in (rate_pair, mix_pair):
            tests.append((chance.p_value(one, other), chance.expected(one, other)))
    said = chance.verdicts(tests)
    assert found["rate_chance"].to_list() == said[::2]
    assert found["mix_chance"].to_list() == said[1::2]
    for (_,), rows in found.partition_by("dimension", as_dict=True).items():
        total = rows.select(pl.col("rate_part").sum() + pl.col("mix_part").sum()).item()
        assert total == pytest.approx(whole["difference"])
    assert found["rank"].to_list() == sorted(found["rank"])
    assert len(set(zip(found["rank"], found["dimension"], strict=True))) == len(DIMENSIONS)


def quarter(name: str, day: date, leads: int, rate: float, **segments: str) -> Facts:
    """So many leads of one day, spread over owners, of which a share becomes MQL in a week."""
    start = datetime(day.year, day.month, day.day)
    rows = [
        lead(f"{name}{number}", start, owner=f"owner {number % 5}", **segments)
        for number in range(leads)
    ]
    became = [
        change("lead", row["lead_id"], "mql", start + timedelta(days=7))
        for row in rows[: round(leads * rate)]
    ]
    return Facts(lead=tuple(rows), stage_change=tuple(became))


def company(*parts: tuple[str, date, int, float]) -> Facts:
    found = Facts()
    for place, (channel, day, leads, rate) in enumerate(parts):
        found = found.plus(quarter(f"{place}-", day, leads, rate, channel=channel))
    return found


BEFORE, NOW = date(2025, 11, 10), date(2025, 12, 10)
DECEMBER = asked(Period(date(2025, 12, 1), date(2025, 12, 31)), date(2026, 2, 28))


def first_row(draft: DraftWarehouse, facts: Facts) -> Row:
    by = (Dimension.OWNER, Dimension.CHANNEL)
    return explained_change(draft.hold(facts), DECEMBER, TO_MQL, by).row(0, named=True)


def test_a_channel_that_converts_worse_is_found_and_so_is_one_that_only_grew(
    draft: DraftWarehouse,
) -> None:
    steady = (("Email", BEFORE, 400, 0.5), ("Email", NOW, 400, 0.5))
    worse = company(*steady, ("Fair", BEFORE, 400, 0.5), ("Fair", NOW, 400, 0.2))
    row = first_row(draft, worse)
    assert (row["rank"], row["dimension"], row["value"]) == (1, "channel", "Fair")
    assert row["explains"] is True
    assert row["explained_share"] == pytest.approx(1)
    assert row["rate_part"] == pytest.approx(-0.15)
    assert row["mix_part"] == 0
    assert (row["rate_chance"], row["mix_chance"]) == ("more than chance", "may be chance")
    grown = company(*steady, ("Fair", BEFORE, 100, 0.1), ("Fair", NOW, 800, 0.1))
    row = first_row(draft, grown)
    assert (row["dimension"], row["value"]) == ("channel", "Fair")
    assert (row["rate_part"], row["mix_chance"]) == (0, "more than chance")
    assert row["mix_part"] < -0.09


def test_a_dimension_of_one_value_explains_nothing(twelve: DuckDBWarehouse) -> None:
    found = explained_change(twelve, asked(JANUARY, SEEN), TO_MQL, (Dimension.PRODUCT,))
    assert found.is_empty()


def test_without_anybody_before_the_change_is_unknown(twelve: DuckDBWarehouse) -> None:
    first = asked(Period(date(2025, 12, 20), date(2025, 12, 31)), SEEN)
    (whole,) = rate_difference(twelve, first, TO_MQL).rows(named=True)
    assert (whole["reached_before"], whole["rate_before"], whole["difference"]) == (0, None, None)
    month = asked(JANUARY, SEEN, comparison=Comparison.SAME_PERIOD_LAST_YEAR)
    found = explained_change(twelve, month, TO_MQL, (Dimension.CHANNEL,))
    assert set(found["rate_part"]) == {None}
    assert not any(found["explains"])
