"""Content judged: counts against plain Python, the edges, and what is true whatever the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from statistics import median

import numpy as np
import polars as pl
import pytest
from scipy.stats import beta

from data.errors import MetricError
from metrics.content.effective import effective_changed_people, effective_changes
from metrics.content.performance import band_words, content_performance
from metrics.estimators.comparing.proportions import chance_below
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.content.conftest import Read
from tests.metrics.content.use_oracle import Use
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, lead, touch

DOWNLOAD = "form_submit"


def _of(read: Read, asset: str) -> dict[str, list[Use]]:
    """The uses of an asset by person."""
    found: dict[str, list[Use]] = {}
    for use in read.uses:
        if use.content_id == asset:
            found.setdefault(use.person_id, []).append(use)
    return found


def _downloads(people: dict[str, list[Use]]) -> dict[str, list[Use]]:
    taken = {who: [use for use in uses if DOWNLOAD in use.actions] for who, uses in people.items()}
    return {who: uses for who, uses in taken.items() if uses}


def _any(values: list[bool | None]) -> bool | None:
    known = [each for each in values if each is not None]
    return any(known) if known else None


def test_counts_are_those_of_the_oracle(read: Read) -> None:
    rows = content_performance(read.warehouse, read.scope, TERMS).rows(named=True)
    assert {row["content_id"] for row in rows} == {"T1", "T2", "T-gone"}
    for row in rows:
        people = _of(read, row["content_id"])
        taken = _downloads(people)
        judged = {who: _any([use.is_effective for use in uses]) for who, uses in taken.items()}
        now = {who: uses[0].is_effective_now for who, uses in taken.items()}
        for name, expected in {
            "exposed": len(people),
            "readers": sum(
                any({DOWNLOAD, "ad_click"} & set(use.actions) for use in uses)
                for uses in people.values()
            ),
            "downloads": len(taken),
            "effective": sum(each is True for each in judged.values()),
            "effective_unknown": sum(each is None for each in judged.values()),
            "effective_now": sum(each is True for each in now.values()),
            "new_effective": sum(
                any(use.is_new and use.is_effective for use in uses) for uses in taken.values()
            ),
            "reactivated_effective": sum(
                any(use.is_reactivated and use.is_effective for use in uses)
                for uses in taken.values()
            ),
        }.items():
            assert row[name] == expected, (name, row)
        assert row["download_rate"] == pytest.approx(len(taken) / len(people))
        assert row["effective_rate"] == pytest.approx(row["effective"] / len(taken))
        assert row["download_rate_low"] < row["download_rate"] < row["download_rate_high"]
    assert sum(row["new_effective"] for row in rows) > 0
    assert sum(row["effective"] for row in rows) != sum(row["effective_now"] for row in rows)


def test_engaged_minutes_are_those_of_the_oracle(read: Read) -> None:
    for row in content_performance(read.warehouse, read.scope, TERMS).rows(named=True):
        people = _of(read, row["content_id"]).values()
        at_it = [[each for use in uses for each in use.engaged] for uses in people]
        readers = [
            sum(times) / 60
            for times, uses in zip(at_it, people, strict=True)
            if times and any({DOWNLOAD, "ad_click"} & set(use.actions) for use in uses)
        ]
        assert row["engaged_minutes"] == pytest.approx(sum(map(sum, at_it)) / 60)
        assert 0 < row["engaged_readers"] == len(readers) < row["readers"]
        assert row["engaged_minutes_median"] == pytest.approx(median(readers))
        assert row["engaged_minutes_median"] > 0
        assert row["visitor_engaged_minutes"] is row["engaged_unknown_because"] is None


def test_changes_are_those_of_the_oracle_and_their_people_add_up(read: Read) -> None:
    rows = effective_changes(read.warehouse, read.scope, TERMS)
    people = effective_changed_people(read.warehouse, read.scope, TERMS)
    expected = set()
    for asset in ("T1", "T2", "T-gone"):
        for who, uses in _downloads(_of(read, asset)).items():
            before, after = _any([use.is_effective for use in uses]), uses[0].is_effective_now
            if None not in (before, after) and before != after:
                expected.add((asset, who, "dropped out" if before else "came in"))
    assert set(people.select("content_id", "person_id", "change").rows()) == expected
    assert len(expected) > 5
    for change, name in (("dropped out", "dropped_out"), ("came in", "came_in")):
        assert rows[name].sum() == people.filter(pl.col("change") == change).height


def test_a_rule_makes_some_effective_and_others_no_longer(draft: DraftWarehouse) -> None:
    values = (("A", "low", "Buyer"), ("C", "high value", "Buyer"), ("C", "low", "User"))
    people = tuple(
        {"person_id": f"a-{number}", "account_id": f"A{number}", "persona": persona}
        for number, (*_, persona) in enumerate(values)
    )
    leads = tuple(
        lead(f"L{number}", datetime(2026, 1, 1), person_id=f"a-{number}", grade=grade, tier=tier)
        for number, (grade, tier, _) in enumerate(values)
    )
    facts = replace(_asset("a", 4, 4), lead=leads)
    facts = replace(facts, person=(*people, facts.person[3]))
    found = effective_changes(draft.hold(facts), JANUARY, TERMS)
    assert found.rows() == [("a", "On a", 4, 1, 1, 1, 1, 1)]
    people_of = effective_changed_people(draft, JANUARY, TERMS)
    assert people_of.select("person_id", "change", "downloaded_on").rows() == [
        ("a-1", "came in", date(2026, 1, 5)),
        ("a-0", "dropped out", date(2026, 1, 5)),
    ]


def test_a_narrower_scope_never_counts_more(read: Read) -> None:
    whole = content_performance(read.warehouse, read.scope, TERMS).sort("content_id")
    only = replace(read.scope, filters=(Filter(Dimension.CHANNEL, ("Webinar", "Email")),))
    shorter = replace(read.scope, period=Period(date(2024, 6, 1), date(2025, 1, 31)))
    for narrow in (only, shorter):
        part = content_performance(read.warehouse, narrow, TERMS).sort("content_id")
        for name in ("exposed", "readers", "downloads"):
            assert (part[name] <= whole[name]).all()
            assert part[name].sum() < whole[name].sum()


def _asset(asset: str, people: int, downloads: int, *, together: bool = False) -> Facts:
    """So many people met an asset; they are of one account each, or of two."""
    who = [f"{asset}-{number}" for number in range(people)]
    return Facts(
        person=tuple(
            {"person_id": each, "account_id": f"A{number % 2}" if together else f"{asset}{number}"}
            for number, each in enumerate(who)
        ),
        content=({"content_id": asset, "title": f"On {asset}"},),
        interaction=tuple(
            touch(
                f"I-{each}", datetime(2026, 1, 5), each, content_id=asset,
                action=DOWNLOAD if number < downloads else "email_sent",
            )
            for number, each in enumerate(who)
        ),
    )  # fmt: skip


JANUARY = Scope(Period(date(2026, 1, 1), date(2026, 1, 31)), date(2026, 1, 31))


def test_assets_are_ranked_within_their_band_by_probability(draft: DraftWarehouse) -> None:
    facts = _asset("big", 40, 14).plus(_asset("wide", 30, 12)).plus(_asset("small", 4, 3))
    rows = content_performance(draft.hold(facts), JANUARY, TERMS).rows(named=True)
    told = [(row["content_id"], row["exposure_band"], row["rank_in_band"]) for row in rows]
    # The small one has the best rate, and is compared with those as small as itself.
    assert told == [("wide", "11 to 100", 1), ("big", "11 to 100", 2), ("small", "1 to 10", 1)]
    # Forty people of forty accounts are worth 39: A ÷ (A − 1) of the design effect.
    by_hand = beta(14 * 39 / 40 + 0.5, 26 * 39 / 40 + 0.5).sf(TERMS.content.good_from)
    assert rows[1]["chance_good"] == pytest.approx(by_hand)
    # Nobody of them is a lead: no grade is known, so nobody knows who is effective.
    assert rows[0]["effective"] is None
    assert rows[0]["effective_unknown"] == 12
    assert "nobody who downloaded it has a known value" in rows[0]["unknown_because"]


def test_people_of_one_account_say_less(draft: DraftWarehouse) -> None:
    apart = content_performance(draft.hold(_asset("a", 40, 14)), JANUARY, TERMS)
    facts = replace(_asset("a", 40, 14, together=True))
    halves = tuple(
        {**row, "account_id": "A0" if number < 20 else "A1"}
        for number, row in enumerate(facts.person)
    )
    together = content_performance(draft.hold(replace(facts, person=halves)), JANUARY, TERMS)
    width = [each["download_rate_high"] - each["download_rate_low"] for each in (apart, together)]
    assert width[1].item() > 2 * width[0].item()


def test_what_is_not_on_record_is_null_with_the_reason(draft: DraftWarehouse) -> None:
    facts = _asset("a", 5, 0).plus(Facts(content=({"content_id": "unmet"},)))
    rows = content_performance(draft.hold(facts), JANUARY, TERMS).rows(named=True)
    assert [(row["content_id"], row["exposed"]) for row in rows] == [("a", 5), ("unmet", 0)]
    for row in rows:
        assert (
            row["readers"] is row["downloads"] is row["download_rate"] is row["effective"] is None
        )
        assert row["unknown_because"].startswith("no download of any asset is on record")
    assert rows[1]["exposure_band"] is rows[1]["rank_in_band"] is None
    silent = TERMS.model_copy(update={"effective": ()})
    draft.hold(_asset("a", 5, 2), silent)
    row = content_performance(draft, JANUARY, silent).row(0, named=True)
    assert row["downloads"] == 2
    assert row["effective"] is row["effective_now"] is None
    assert "no rule of who is effective" in row["unknown_because"]
    with pytest.raises(MetricError, match=r"add \[\[effective\]\] .* python -m data derive"):
        effective_changes(draft, JANUARY, silent)


def test_visitors_are_told_apart_and_of_no_lead(draft: DraftWarehouse) -> None:
    visits = tuple(
        touch(f"V{n}", datetime(2026, 1, 6), None, visitor_id=f"v{n // 2}", content_id="a")
        for n in range(6)
    )
    leads = (lead("L1", datetime(2026, 1, 1), person_id="a-0", grade="B"),)
    facts = _asset("a", 3, 1).plus(Facts(interaction=visits, lead=leads))
    draft.hold(facts)
    row = content_performance(draft, JANUARY, TERMS).row(0, named=True)
    assert (row["exposed"], row["visitors"], row["visitor_downloads"]) == (3, 3, 3)
    assert (row["effective"], row["downloads"]) == (1, 1)
    only = replace(JANUARY, filters=(Filter(Dimension.GRADE, ("B",)),))
    row = content_performance(draft, only, TERMS).row(0, named=True)
    assert (row["exposed"], row["visitors"]) == (1, 0)


def _timed(facts: Facts, *seconds: float | None) -> Facts:
    """The facts with so long a time of each of the first interactions."""
    rest = facts.interaction[len(seconds) :]
    known = zip(facts.interaction, seconds, strict=False)
    return replace(
        facts, interaction=(*({**row, "engaged_seconds": each} for row, each in known), *rest)
    )


def _engaged(row: dict[str, object]) -> tuple[object, ...]:
    names = ("minutes", "readers", "minutes_median", "unknown_because")
    return tuple(row[f"engaged_{name}"] for name in names)


def test_no_time_is_not_zero_time(draft: DraftWarehouse) -> None:
    # Of three readers two were timed, one of them at 0; a fourth person was only sent it.
    facts = _timed(_asset("a", 4, 3), 0.0, 90.0, None, 30.0).plus(_asset("b", 2, 1))
    a, b = content_performance(draft.hold(facts), JANUARY, TERMS).rows(named=True)
    assert _engaged(a) == (2.0, 2, 0.75, None)
    assert _engaged(b)[:3] == (None, None, None)
    assert b["engaged_unknown_because"] == "nobody who met it in the period has a time on record"
    later = replace(JANUARY, period=Period(date(2026, 1, 6), date(2026, 1, 31)))
    row = content_performance(draft, later, TERMS).row(0, named=True)
    assert (row["exposed"], *_engaged(row)[:3]) == (0, None, None, None)
    zero = content_performance(draft.hold(_timed(_asset("a", 1, 1), 0.0)), JANUARY, TERMS)
    assert _engaged(zero.row(0, named=True)) == (0, 1, 0, None)
    silent = content_performance(draft.hold(_asset("a", 2, 1)), JANUARY, TERMS).row(0, named=True)
    assert silent["engaged_minutes"] is None
    assert "load web, video or attendance" in silent["engaged_unknown_because"]


def test_of_nobody_who_read_it_but_of_others_a_time_is_known(draft: DraftWarehouse) -> None:
    sent = _timed(_asset("a", 1, 0), 60.0)
    visit = touch("V", datetime(2026, 1, 6), None, visitor_id="v", content_id="a")
    facts = sent.plus(Facts(interaction=({**visit, "engaged_seconds": 120.0},)))
    row = content_performance(draft.hold(facts), JANUARY, TERMS).row(0, named=True)
    assert _engaged(row) == (1, 0, None, None)
    assert row["visitor_engaged_minutes"] == 2


def test_of_nothing_there_is_nothing(draft: DraftWarehouse) -> None:
    draft.hold(Facts())
    assert content_performance(draft, JANUARY, TERMS).is_empty()
    assert effective_changes(draft, JANUARY, TERMS).is_empty()


def test_the_chance_is_that_of_the_posterior() -> None:
    successes, trials = np.array([0.0, 3, 10, 5]), np.array([4.0, 9, 10, 0])
    found = chance_below(successes, trials, 0.2)
    for have, x, n in zip(found[:3], successes, trials, strict=False):
        assert have == pytest.approx(beta(x + 0.5, n - x + 0.5).cdf(0.2))
    assert np.isnan(found[3])
    with pytest.raises(ValueError, match="a mark of 1 is not within 0 and 1"):
        chance_below(successes, trials, 1)


def test_bands_meet() -> None:
    assert band_words((10, 100)) == ("1 to 10", "11 to 100", "over 100")
    assert band_words(()) == ("any",)
