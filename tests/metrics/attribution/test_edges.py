"""Edges of credit in the warehouse: ties, loops, late names, refunds, and what never converts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from data.sql import Query
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.credit import credit_of
from metrics.attribution.data_driven import MARKOV, SHAPLEY
from metrics.attribution.models import RULES
from metrics.attribution.question import PathKind, Question
from metrics.attribution.rules import credit_steps
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.attribution.test_data_driven import CHANNELS, QUESTION, asked
from tests.metrics.attribution.test_rules import facts_of
from tests.metrics.facts import DraftWarehouse, Facts, account, opportunity, touch
from tests.metrics.twelve_leads import at

QUARTER = Question(Scope(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 3, 31)))


def credits_of(draft: DraftWarehouse, model: str, question: Question = QUARTER) -> dict[str, int]:
    """Whole units by interaction."""
    found = draft.query(Query(*credit_steps(question, 20))).filter(model=model)
    return dict(found.sort("interaction_id").select("interaction_id", "credit_units").iter_rows())


@pytest.mark.parametrize(
    ("model", "lead_day", "deal_day", "expected"),
    [
        # First touch, lead and deal are one touch: 67.5, the last 22.5, the others 10.
        ("full_path", 1, 1, [68, 10, 22]),
        # Lead and deal are the last touch: 30 and 60, of which nothing is left over for a middle.
        ("w_shaped", 2, 2, [33, 67]),
        # All four are one touch.
        ("full_path", 1, 1, [100]),
        # The lead is between two touches, the deal is opened after all of them.
        ("w_shaped", 2, 9, [30, 30, 10, 30]),
    ],
)
def test_a_touch_that_is_several_milestones_has_all_their_shares(
    draft: DraftWarehouse, model: str, lead_day: int, deal_day: int, expected: list[int]
) -> None:
    draft.hold(facts_of(list("ABCD")[: len(expected)], lead_day, deal_day))
    assert list(credits_of(draft, model).values()) == expected


def test_touches_of_one_moment_are_in_order_of_their_ids(draft: DraftWarehouse) -> None:
    facts = facts_of(["B", "A"])
    same = tuple({**each, "occurred_at": at(1, 1)} for each in facts.interaction)
    for rows in (same, same[::-1]):
        draft.hold(replace(facts, interaction=rows))
        assert credits_of(draft, "first") == {"I1": 100, "I2": 0}
        assert credits_of(draft, "last") == {"I1": 0, "I2": 100}


def test_of_equal_remainders_the_smallest_ids_have_what_is_left(draft: DraftWarehouse) -> None:
    draft.hold(facts_of(list("ABCDEFG"), amount="0.10"))
    assert list(credits_of(draft, "linear").values()) == [2, 2, 2, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("path", "linear", "unique"),
    [
        (PathKind.COLLAPSED, [34, None, 33, 33], [25, None, 50, 25]),
        (PathKind.EVERY, [25, 25, 25, 25], [17, 17, 50, 16]),
        (PathKind.FIRST_OF_EACH, [50, None, 50, None], [50, None, 50, None]),
    ],
)
def test_a_channel_that_comes_again_and_back(
    draft: DraftWarehouse, path: PathKind, linear: list[int | None], unique: list[int | None]
) -> None:
    draft.hold(facts_of(list("AABA")))
    question = replace(QUARTER, path=path)
    for model, expected in (("linear", linear), ("unique_linear", unique)):
        known = {f"I{n}": each for n, each in enumerate(expected, start=1) if each is not None}
        assert credits_of(draft, model, question) == known


def test_a_loop_counted_by_hand() -> None:
    _, found = asked([((0, 1, 0, 1), True), ((1,), False)], CHANNELS[:2])
    # Order 1: from 1 a third each goes back to 0, converts and ends. Half of all convert, of those
    # who begin with 1 and never come to 0 a third.
    assert found.of_models[MARKOV[0]] == pytest.approx([2 / 3, 1])
    # Order 2 knows that who came to 1 without 0 was lost.
    assert found.of_models[MARKOV[1]] == pytest.approx([1, 1])
    assert found.of_models[SHAPLEY] == pytest.approx([1 / 6, 1 / 3])


def test_a_channel_only_of_journeys_that_do_not_convert_earns_nothing() -> None:
    journeys = [((0, 1), True), ((0,), True), ((2, 0), False), ((2,), False)]
    warehouse, found = asked(journeys, CHANNELS[:3])
    # Of order 1, Search leads to Email, which does convert; a longer memory knows it did not then.
    assert found.of_models[MARKOV[0]][2] > 0
    for name in MARKOV[1:]:
        assert found.of_models[name][2] == pytest.approx(0)
    assert all(found.of_models[name][:2].min() > 0 for name in (*MARKOV, SHAPLEY))
    credit = credit_of(warehouse, replace(QUESTION, lookback_days=30), 20)
    assert "Search" not in set(credit["segment"])
    assert set(credit["model"]) == {*(rule.name for rule in RULES), *MARKOV, SHAPLEY}


def test_touches_that_come_after_the_win_or_too_early_leave_it_unattributed(
    draft: DraftWarehouse,
) -> None:
    facts = facts_of(["A"])
    late = ({**facts.interaction[0], "interaction_id": "I9", "occurred_at": at(3, 2)},)
    for rows, lookback in ((late, None), (facts.interaction, 30)):
        draft.hold(replace(facts, interaction=rows))
        found = credit_of(draft, replace(QUARTER, lookback_days=lookback), 20)
        assert set(found["segment"]) == {UNATTRIBUTED}
        assert set(found["share"]) == {1.0}
        assert set(found["credit"]) == {Decimal(1)}


def test_touches_of_a_visitor_earn_once_the_person_is_known(draft: DraftWarehouse) -> None:
    facts = facts_of(["A"])
    visit = touch("I0", at(1, 1), None, channel="Ads", visitor_id="V1")
    named = touch("I5", at(1, 20), "P1", channel="B", visitor_id="V1")
    draft.hold(replace(facts, interaction=(visit,)))
    assert set(credit_of(draft, QUARTER, 20)["segment"]) == {UNATTRIBUTED}
    draft.hold(replace(facts, interaction=(visit, named)))
    assert credits_of(draft, "first") == {"I0": 100, "I5": 0}
    assert credits_of(draft, "linear") == {"I0": 50, "I5": 50}
    # Known only after the win, it was still the same person before it.
    draft.hold(replace(facts, interaction=(visit, {**named, "occurred_at": at(3, 20)})))
    assert credits_of(draft, "linear") == {"I0": 100}


def two_deals(amount: str, outcome: str = "won") -> Facts:
    """A deal of 100 and one of 50 of one account, a touch before each; the first is refunded."""
    closed = {"account_id": "A1", "currency": "USD"}
    return Facts(
        account=(account("A1", "One"),),
        person=({"person_id": "P1", "account_id": "A1"},),
        opportunity=(
            opportunity("O1", at(1, 2), closed_at=at(2, 1), outcome=outcome,
                        original_amount=Decimal(amount), **closed),
            opportunity("O2", at(1, 2), closed_at=at(3, 1), outcome="won",
                        original_amount=Decimal(50), **closed),
        ),
        interaction=(touch("I1", at(1, 5), "P1", channel="A"),
                     touch("I2", at(2, 5), "P1", channel="B")),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "outcome", "expected"),
    [
        ("100", "won", {"A": 100, "B": 50}),
        # A part is paid back: the deal is worth less, and so is the touch before it.
        ("40", "won", {"A": 40, "B": 50}),
        # All of it: the account was still won, and used its touches up.
        ("0", "won", {"A": 0, "B": 50}),
        # The win is taken back: no win used the touch up, it belongs to the next one.
        ("100", "lost", {"A": 25, "B": 25}),
    ],
)
def test_a_refund_takes_the_credit_back(
    draft: DraftWarehouse, amount: str, outcome: str, expected: dict[str, int]
) -> None:
    draft.hold(two_deals(amount, outcome))
    found = credit_of(draft, QUARTER, 20)
    by_segment = dict(found.filter(model="linear").select("segment", "credit").iter_rows())
    assert by_segment == {**expected, UNATTRIBUTED: 0}
    for (model,), rows in found.group_by("model"):
        assert rows["credit"].sum() == sum(expected.values()), model


def test_where_all_is_refunded_nobody_has_a_share(draft: DraftWarehouse) -> None:
    facts = two_deals("0")
    zero = tuple({**each, "original_amount": Decimal(0)} for each in facts.opportunity)
    draft.hold(replace(facts, opportunity=zero))
    found = credit_of(draft, replace(QUARTER, lookback_days=30), 20)
    assert found["credit"].sum() == 0
    assert found["share"].is_null().all()
    assert found["share_low"].is_null().all()
    assert found.filter(model="linear").select("segment", "conversions").rows() == [
        ("A", 1), ("B", 1), (UNATTRIBUTED, 0),
    ]  # fmt: skip


def test_the_first_day_of_the_lookback_counts(draft: DraftWarehouse) -> None:
    draft.hold(facts_of(["A"]))
    days = (date(2026, 3, 1) - date(2026, 1, 1)).days
    within = replace(QUARTER, lookback_days=days)
    assert credits_of(draft, "first", within) == {"I1": 100}
    assert credits_of(draft, "first", replace(within, lookback_days=days - 1)) == {}
