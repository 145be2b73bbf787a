"""Which channels touch the same conversions, and which assist: counted conversion by conversion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from data.definitions import Definitions
from metrics.attribution.conversion_paths.seen import usual_paths
from metrics.attribution.conversion_paths.together import (
    assisted_conversions,
    assisted_of,
    channel_overlap,
    overlap_of,
)
from metrics.scope import Scope
from tests.metrics.attribution.conversion_paths.conftest import Both
from tests.metrics.attribution.conversion_paths.test_common import seen_of
from tests.metrics.attribution.conversion_paths.walked import worth_of
from tests.metrics.facts import DraftWarehouse
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE


def test_pairs_are_counted_conversion_by_conversion(both: Both) -> None:
    seen, walks = both
    found = overlap_of(seen)
    segments = {segment for each in walks for segment in each.segments}
    assert len(found) == len(segments) ** 2
    for row in found.iter_rows(named=True):
        own = [each for each in walks if row["segment"] in each.segments]
        others = [each for each in walks if row["other"] in each.segments]
        shared = [each for each in own if row["other"] in each.segments]
        assert row["conversions"] == len(shared)
        assert row["worth"] == worth_of(shared)
        assert row["share"] == pytest.approx(len(shared) / len(own))
        either = len(own) + len(others) - len(shared)
        assert row["share_of_either"] == pytest.approx(len(shared) / either)
    itself = found.filter(found["segment"] == found["other"])
    assert itself["conversions"].is_sorted(descending=True)
    assert itself["share"].to_list() == [1.0] * len(segments)


def test_a_segment_is_last_or_assists(both: Both) -> None:
    seen, walks = both
    found = assisted_of(seen)
    assert set(found["segment"]) == {segment for each in walks for segment in each.segments}
    for row in found.iter_rows(named=True):
        own = [each for each in walks if row["segment"] in each.segments]
        last = [each for each in own if each.segments[-1] == row["segment"]]
        assisted = [each for each in own if each.segments[-1] != row["segment"]]
        assert (row["conversions"], row["last"]) == (len(own), len(last))
        assert row["assisted"] == len(assisted) == row["conversions"] - row["last"]
        assert row["first"] == sum(each.segments[0] == row["segment"] for each in own)
        assert row["worth"] == worth_of(own)
        assert (row["last_worth"], row["assisted_worth"]) == (worth_of(last), worth_of(assisted))
        ratio = len(assisted) / len(last) if last else None
        assert row["assisted_per_last"] == (None if ratio is None else pytest.approx(ratio))
    touched = sum(bool(each.touches) for each in walks)
    assert found["last"].sum() == found["first"].sum() == touched


def test_edges_counted_by_hand() -> None:
    seen = seen_of("A", "ABA", "BAC", "")
    names = ("segment", "conversions", "first", "last", "assisted", "assisted_per_last")
    assert assisted_of(seen).select(names).rows() == [
        ("B", 2, 1, 0, 2, None),
        # In the loop A is last; that it also began it is no assist.
        ("A", 3, 2, 2, 1, 0.5),
        ("C", 1, 0, 1, 0, 0.0),
    ]
    pairs = {row[:2]: row[2] for row in overlap_of(seen).iter_rows()}
    assert pairs["A", "B"] == pairs["B", "A"] == pairs["B", "B"] == 2
    assert pairs["A", "C"] == pairs["B", "C"] == 1
    nothing = seen_of("")
    assert overlap_of(nothing).is_empty()
    assert assisted_of(nothing).is_empty()


def test_without_amounts_conversions_are_counted_and_worth_nothing() -> None:
    (row,) = assisted_of(seen_of("A", worth=None)).iter_rows(named=True)
    assert (row["conversions"], row["worth"]) == (1, Decimal(0))


def test_the_metrics_ask_about_the_usual_paths() -> None:
    warehouse, scope = DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN)
    usual = usual_paths(warehouse, scope, Definitions.load())
    assert channel_overlap(warehouse, scope, Definitions.load()).equals(overlap_of(usual))
    assert assisted_conversions(warehouse, scope, Definitions.load()).equals(assisted_of(usual))
    assert assisted_of(usual)["segment"].to_list() == ["Outbound Sales", "Email", "Webinar"]
