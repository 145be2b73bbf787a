"""Where the first touches lead: what comes to a touch goes on from it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import polars as pl

from data.definitions import Definitions
from metrics.attribution.conversion_paths.first_touches import (
    FIRST,
    Next,
    first_touches,
    first_touches_of,
)
from metrics.attribution.conversion_paths.seen import usual_paths
from metrics.scope import Scope
from tests.metrics.attribution.conversion_paths.conftest import Both
from tests.metrics.attribution.conversion_paths.test_common import seen_of
from tests.metrics.facts import DraftWarehouse
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE


def test_links_are_those_of_paths_walked_one_by_one(both: Both) -> None:
    seen, walks = both
    links: Counter[tuple[object, ...]] = Counter()
    worth: Counter[tuple[object, ...]] = Counter()
    for each in walks:
        for place, segment in enumerate(each.path[:FIRST], start=1):
            rest = each.path[place:]
            leads_to = "conversion" if not rest else "later" if place == FIRST else "touch"
            link = (place, segment, leads_to, rest[0] if leads_to == "touch" else None)
            links[link] += 1
            worth[link] += each.worth or Decimal(0)  # type: ignore[assignment]
    found = first_touches_of(seen)
    keys = ("place", "segment", "leads_to", "next_segment")
    rows = {row[:4]: row[4:] for row in found.select(*keys, "conversions", "worth").iter_rows()}
    assert rows == {link: (many, worth[link]) for link, many in links.items()}
    touched = sum(bool(each.path) for each in walks)
    assert found.filter(place=1)["conversions"].sum() == touched
    ends = found.filter(pl.col("leads_to") != Next.TOUCH.value)
    assert ends["conversions"].sum() == touched


def test_what_reaches_a_touch_leaves_it(both: Both) -> None:
    found = first_touches_of(both[0])
    reached = (
        found.filter(leads_to="touch")
        .group_by(pl.col("place") + 1, segment="next_segment")
        .agg(pl.col("conversions").sum())
    )
    left = found.group_by("place", "segment").agg(pl.col("conversions").sum())
    inflow = {row[:2]: row[2] for row in reached.iter_rows()}
    outflow = {row[:2]: row[2] for row in left.iter_rows() if row[0] > 1}
    assert inflow == outflow


def test_edges_counted_by_hand() -> None:
    found = first_touches_of(seen_of("", "A", "AAB", "ABABA", "ABABAB"))
    assert found.drop("worth").rows() == [
        (1, "A", "touch", "B", 3), (1, "A", "conversion", None, 1),
        (2, "B", "touch", "A", 2), (2, "B", "conversion", None, 1),
        (3, "A", "touch", "B", 2), (4, "B", "touch", "A", 2),
        (5, "A", "conversion", None, 1), (5, "A", "later", None, 1),
    ]  # fmt: skip
    assert first_touches_of(seen_of("")).is_empty()


def test_the_metric_asks_about_the_usual_paths() -> None:
    warehouse, scope = DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN)
    found = first_touches(warehouse, scope, Definitions.load())
    assert found.equals(first_touches_of(usual_paths(warehouse, scope, Definitions.load())))
    assert len(found) == 3
