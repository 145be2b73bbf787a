"""What an asset adds: by hand, against a plain count of strata, and where it was planted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.content.readers import World, company
from data.errors import MetricError
from metrics.content.effect import Adds, content_effect, verdicts
from metrics.content.matching import NEVER, ActiveDays, Asked, Effect, People, Study
from metrics.estimators.comparing.matched import MatchedDifference, exceeds
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Stage
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, change, lead, touch

SCOPE = Scope(Period(date(2026, 3, 2), date(2026, 5, 31)), date(2026, 8, 31), windows=TERMS.windows)


def _person(number: int, read: str | None, *, mql_after: int | None) -> Facts:
    """Somebody who did something on Tuesday 7 April: read an asset, or something else."""
    who, day = f"p{number}", datetime(2026, 4, 7, 9)
    leads: tuple[Row, ...] = (lead(f"L{number}", datetime(2026, 4, 1), person_id=who, grade="A"),)
    changes: tuple[Row, ...] = ()
    if mql_after is not None:
        changes = (change("lead", f"L{number}", "mql", day + timedelta(days=mql_after)),)
    did = touch(f"I{number}", day, who, content_id=read, action="ad_click")
    return Facts(person=({"person_id": who},), lead=leads, stage_change=changes, interaction=(did,))


def _company(*people: Facts) -> Facts:
    whole = Facts()
    for each in people:
        whole = whole.plus(each)
    return replace(whole, as_of=datetime(2026, 8, 31))


def test_one_stratum_by_hand(draft: DraftWarehouse) -> None:
    facts = _company(
        *(_person(n, "T1", mql_after=10 if n < 3 else None) for n in range(4)),
        _person(4, "T1", mql_after=61),  # a day too late
        _person(5, "T1", mql_after=0),  # on the day itself: no longer open
        *(_person(n, None, mql_after=10 if n == 10 else None) for n in range(10, 20)),
        _person(20, "T2", mql_after=10),
    )
    rows = content_effect(draft.hold(facts), SCOPE).rows(named=True)
    (row,) = [each for each in rows if each["content_id"] == "T1"]
    assert (row["readers"], row["converted"], row["reader_rate"]) == (5, 3, 0.6)
    assert (row["matched_readers"], row["matched_others"]) == (5, 11)
    assert row["adds"] == pytest.approx(3 / 5 - 2 / 11)
    assert row["raw_difference"] == pytest.approx(3 / 5 - 2 / 11)
    # Nobody was there a window earlier, and so few tell nothing.
    assert (row["placebo_readers"], row["placebo"]) == (0, None)
    assert row["verdict"] == "too few to compare"
    assert row["reason"] == "fewer than 5 events are to be expected of matched people"


def test_a_window_that_is_not_over_and_a_filter_leave_people_out(draft: DraftWarehouse) -> None:
    facts = _company(*(_person(n, "T1" if n < 4 else None, mql_after=5) for n in range(8)))
    draft.hold(facts)
    early = replace(SCOPE, observed_until=date(2026, 6, 5))
    assert content_effect(draft, early)["readers"].to_list() == [0]
    assert content_effect(draft, replace(early, window_days=30))["readers"].to_list() == [4]
    nobody = replace(SCOPE, filters=(Filter(Dimension.GRADE, ("C",)),))
    assert content_effect(draft, nobody).is_empty()
    assert content_effect(draft, SCOPE, Stage.WON)["converted"].to_list() == [0]
    with pytest.raises(MetricError, match="a lead is no outcome of reading"):
        content_effect(draft, SCOPE, Stage.LEAD)


def test_of_nothing_there_is_nothing(draft: DraftWarehouse) -> None:
    assert content_effect(draft.hold(Facts()), SCOPE).is_empty()


def test_strata_are_those_of_a_plain_count() -> None:
    rng = np.random.default_rng(5)
    who, day = np.divmod(np.sort(rng.choice(60 * 300, 1_800, replace=False)), 300)
    actions = rng.integers(1, 5, 1_800)
    people = People(
        account=np.arange(60),
        persona=np.zeros(60, np.int64),
        stages=rng.integers(0, 400, (1, 60)),
        outcome=np.where(rng.random(60) < 0.5, rng.integers(100, 400, 60), NEVER),
    )
    first = np.full(60, NEVER)
    for place in rng.choice(1_800, 60, replace=False):
        first[who[place]] = min(first[who[place]], day[place])
    asked = Asked(100, 250, 299, 20)
    found = Study(ActiveDays(who, day, actions), people, asked).effect(first)
    cells: dict[tuple[int, ...], list[tuple[bool, bool, int, int]]] = {}
    for one, on, number in zip(who, day, actions, strict=True):
        outcome = people.outcome[one]
        if not 100 <= on <= 250 or on + 20 > 299 or outcome <= on or on > first[one]:
            continue
        is_first = on == first[one]
        before = [(d, a) for w, d, a in zip(who, day, actions, strict=True) if w == one and d < on]
        lately = on - max((d for d, _ in before), default=-(10**6))
        often = sum(a for d, a in before if on - d <= 90)
        bands = [
            sum(value > end for end in ends)
            for value, ends in (
                (lately, (7, 30, 90, 10**5)), (often, (0, 1, 3, 7, 15)), (number, (1, 2, 4)),
            )
        ]  # fmt: skip
        stage = int(people.stages[0, one] <= on)
        key = (int(on // 7), int(people.persona[one]), stage, *bands)
        acts = sum(a for _, a in before)
        known = on - min((d for d, _ in before), default=on)
        cells.setdefault(key, []).append((is_first, outcome <= on + 20, acts, known))
    # Who had read it before counts for how often everybody acts, and is not compared.
    usual = _usual(who, day, actions, people.outcome)
    both = [rows for rows in cells.values() if len({read for read, *_ in rows}) == 2]
    lines, happened = [], []
    for place, rows in enumerate(both):
        for read, came, acts, known in rows:
            rate = (1 + acts) / (1 / usual + known)
            dummies = np.eye(len(both))[place]
            lines.append([float(read), np.log(rate), rate, np.log1p(known), *dummies])
            happened.append(float(came))
    fitted, *_ = np.linalg.lstsq(np.array(lines), np.array(happened), rcond=None)
    treated = sum(read for rows in both for read, *_ in rows)
    assert (found.adds.treated, found.adds.others) == (treated, len(lines) - treated)
    assert treated >= 3
    assert found.adds.value == pytest.approx(fitted[0])


def _usual(
    who: NDArray[np.int64],
    day: NDArray[np.int64],
    actions: NDArray[np.int64],
    outcome: NDArray[np.int64],
) -> float:
    """Actions a day of all compared records, in all that was known before each."""
    acts = days = 0
    for one, on in zip(who, day, strict=True):
        if 100 <= on <= 250 and outcome[one] > on:
            before = [(d, a) for w, d, a in zip(who, day, actions, strict=True)
                      if w == one and d < on]  # fmt: skip
            acts += sum(a for _, a in before)
            days += on - min((d for d, _ in before), default=on)
    return float(acts / days)


@pytest.mark.parametrize("lift", [1.0, 2.2])
def test_an_effect_is_found_where_it_was_planted_and_only_there(lift: float) -> None:
    world = World(people=2_500, spread=1.0, share=0.012, lift=lift)
    effects = [Study.effect(*company(world, np.random.default_rng(seed))) for seed in (1, 2)]
    assert all(each.raw > 0 for each in effects), "keen people read it"
    said = [verdict for verdict, _ in verdicts(effects)[1]]
    if lift == 1.0:
        assert Adds.ADDS.value not in said
    else:
        assert said == [Adds.ADDS.value] * 2


def _difference(value: float, half: float, p_value: float = 0.001) -> MatchedDifference:
    return MatchedDifference(100, 500, value, value - half, value + half, p_value, 20.0)


@pytest.mark.parametrize(
    ("adds", "placebo", "said"),
    [
        (_difference(0.2, 0.05), _difference(0.0, 0.05), "adds"),
        (_difference(-0.2, 0.05), _difference(0.0, 0.05), "goes with less"),
        (_difference(0.2, 0.05), _difference(0.1, 0.05), "cannot be told"),
        (_difference(0.2, 0.05), _difference(-0.1, 0.05), "cannot be told"),
        (_difference(0.1, 0.05), _difference(0.04, 0.05), "adds"),
        (_difference(0.1, 0.05), _difference(0.045, 0.05), "may add"),
        (_difference(0.1, 0.2, p_value=0.3), _difference(0.0, 0.05), "may be chance"),
    ],
)
def test_verdicts(adds: MatchedDifference, placebo: MatchedDifference, said: str) -> None:
    _, ((verdict, reason),) = verdicts([Effect(100, 40, 0.2, adds, placebo)])
    assert verdict == said
    assert (reason is not None) == (said in ("cannot be told", "may add"))


def test_a_difference_may_not_exceed_its_placebo() -> None:
    def asked(placebo: float) -> bool | None:
        return exceeds(_difference(0.1, 0.05), _difference(placebo, 0.05))

    # The error of either is 0.0255, of both 0.036, of which 1.645 are 0.0593.
    assert (asked(0.0), asked(0.04), asked(0.041)) == (True, True, False)
    assert exceeds(_difference(0.1, 0.05), _difference(0.0, np.nan)) is None


def test_of_many_assets_few_large_differences_are_chance() -> None:
    alike = [Effect(100, 40, 0.0, _difference(0.1, 0.09, 0.03), _difference(0, 0.05))] * 1
    others = [Effect(100, 40, 0.0, _difference(0.0, 0.09, 0.9), _difference(0, 0.05))] * 19
    assert verdicts(alike)[1][0][0] == "adds"
    assert verdicts(alike + others)[1][0][0] == "may be chance"
