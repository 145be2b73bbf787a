"""The most common paths and their lengths, against paths walked one by one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from statistics import median

import polars as pl
import pytest

from data.definitions import Definitions
from data.errors import MissingRateError
from metrics.attribution.conversion_paths.common import (
    conversion_paths,
    lengths_of,
    path_lengths,
    path_summary,
    paths_of,
    summary_of,
)
from metrics.attribution.conversion_paths.seen import SeenPaths, seen_paths, usual_paths
from metrics.attribution.question import Question, Worth
from metrics.scope import Scope
from tests.metrics.attribution.conversion_paths.conftest import Both
from tests.metrics.attribution.conversion_paths.walked import Walked, worth_of
from tests.metrics.facts import DraftWarehouse
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE


def seen_of(*paths: str, worth: Decimal | None = Decimal(1)) -> SeenPaths:
    """A conversion per text, each letter of which is a touch a day, the last on the day itself."""
    conversions = [(f"O{number}", worth) for number in range(len(paths))]
    touches = [
        (f"O{number}", place, segment, len(path) - place)
        for number, path in enumerate(paths)
        for place, segment in enumerate(path, start=1)
    ]
    amounts = pl.Schema({"subject_id": pl.String(), "worth": pl.Decimal(18, 6)})
    texts = {"subject_id": pl.String(), "place": pl.Int64(), "segment": pl.String()}
    types = pl.Schema({**texts, "days_before": pl.Int64()})
    return SeenPaths(
        pl.DataFrame(conversions, schema=amounts, orient="row"),
        pl.DataFrame(touches, schema=types, orient="row"),
    )


def test_paths_are_those_walked_one_by_one(both: Both) -> None:
    seen, walks = both
    by_path: dict[tuple[str, ...], list[Walked]] = defaultdict(list)
    for each in walks:
        by_path[each.path].append(each)
    found = paths_of(seen)
    assert {tuple(path) for path in found["path"].to_list()} == set(by_path)
    for row in found.iter_rows(named=True):
        own = by_path[tuple(row["path"])]
        assert row["length"] == len(row["path"])
        assert row["conversions"] == len(own)
        assert row["share"] == pytest.approx(len(own) / len(walks))
        assert row["worth"] == worth_of(own)
        assert row["unpriced"] == sum(each.worth is None for each in own)
        assert row["touches_median"] == median(len(each.segments) for each in own)
        days = [each.days[0] for each in own if each.days]
        assert row["days_median"] == (median(days) if days else None)
    assert found["rank"].to_list() == list(range(1, len(by_path) + 1))
    assert found["conversions"].is_sorted(descending=True)
    assert found["conversions"].sum() == len(walks)
    assert found["worth"].sum() == worth_of(walks)


def test_lengths_and_the_summary_are_of_the_same_paths(both: Both) -> None:
    seen, walks = both
    found = lengths_of(seen)
    for row in found.iter_rows(named=True):
        own = [each for each in walks if len(each.path) == row["length"]]
        days = [each.days[0] for each in own if each.days]
        assert (row["conversions"], row["worth"]) == (len(own), worth_of(own))
        assert row["days_median"] == (median(days) if days else None)
    assert found["conversions"].sum() == len(walks)
    assert found["length"].is_sorted()
    touched = [each for each in walks if each.touches]
    summary = summary_of(seen).row(0, named=True)
    assert (summary["conversions"], summary["touched"]) == (len(walks), len(touched))
    assert summary["paths"] == len({each.path for each in touched})
    assert summary["worth"] == worth_of(walks)
    assert summary["length_median"] == median(len(each.path) for each in touched)
    assert summary["touches_median"] == median(len(each.touches) for each in touched)
    assert summary["days_median"] == median(each.days[0] for each in touched)


def test_edges_counted_by_hand() -> None:
    found = paths_of(seen_of("A", "AAB", "AB", "ABA", "", "B"))
    assert found.select("path", "conversions", "touches_median", "days_median").rows() == [
        (["A", "B"], 2, 2.5, 1.5),
        ([], 1, 0, None),
        (["A"], 1, 1, 0),
        (["A", "B", "A"], 1, 3, 2),
        (["B"], 1, 1, 0),
    ]


def test_without_conversions_there_are_no_paths() -> None:
    nothing = seen_of()
    assert paths_of(nothing).is_empty()
    assert lengths_of(nothing).is_empty()
    assert summary_of(nothing).row(0) == (0, 0, 0, Decimal(0), None, None, None, None)
    untouched = summary_of(seen_of("", worth=None)).row(0)
    assert untouched == (1, 0, 0, Decimal(0), None, None, None, None)


def test_the_metrics_ask_about_the_usual_paths() -> None:
    warehouse, scope = DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN)
    usual = usual_paths(warehouse, scope, Definitions.load())
    assert conversion_paths(warehouse, scope, Definitions.load()).equals(paths_of(usual))
    assert path_lengths(warehouse, scope, Definitions.load()).equals(lengths_of(usual))
    assert path_summary(warehouse, scope, Definitions.load()).equals(summary_of(usual))
    # O1: a webinar before; O3: a call, then an e-mail; O4: nobody's touch and no amount.
    assert conversion_paths(warehouse, scope, Definitions.load()).select(
        "path", "worth", "unpriced"
    ).rows() == [
        (["Webinar"], Decimal(10000), 0),
        (["Outbound Sales", "Email"], Decimal(770), 0),
        ([], Decimal(0), 1),
    ]
    without_rates = DraftWarehouse().hold(replace(TWELVE, exchange_rate=()))
    with pytest.raises(MissingRateError, match="EUR"):
        path_summary(without_rates, scope, Definitions.load())
    counted = Question(scope, worth=Worth.COUNT)
    assert summary_of(seen_paths(without_rates, counted))["worth"].item() == 3
