"""Fakes by who entered them against plain Python, and the leads behind every number."""

from __future__ import annotations

from collections import Counter
from math import erfc, sqrt
from typing import Any

import polars as pl
import pytest

from metrics.chance import Verdict
from metrics.quality.completeness import completeness_outcome
from metrics.quality.fakes import ENTERED_BY, fake_leads
from metrics.quality.grades import grades
from metrics.quality.levels import lead_levels
from metrics.quality.moves import level_moves
from metrics.quality.records import (
    Behind,
    number_behind,
    quality_records,
    quality_records_query,
)
from metrics.scope import Stage
from tests.metrics.quality.conftest import OWN, Asked
from tests.metrics.quality.quality_oracle import entered, wilson


def test_fakes_are_those_of_plain_python(each: Asked) -> None:
    leads = entered(each.leads, each.scope)
    found = fake_leads(each.warehouse, each.scope).rows(named=True)
    assert found[0]["entered_by"] == "all"
    assert found[0]["leads"] == len(leads)
    assert found[0]["fakes"] == sum(row["fake_by"] is not None for row in leads) > 0
    for by, column in ENTERED_BY.items():
        mine = [row for row in found if row["entered_by"] == by]
        assert {row["value"] for row in mine} == {row[column] for row in leads}
        assert [row["fakes"] for row in mine] == sorted((r["fakes"] for r in mine), reverse=True)
        for row in mine:
            of_value = [lead for lead in leads if lead[column] == row["value"]]
            rules = Counter(lead["fake_by"] for lead in of_value)
            told = (row["by_word"], row["by_mailbox"], row["by_domain"])
            assert told == (rules["word"], rules["mailbox"], rules["domain"])
            assert (row["leads"], row["fakes"]) == (len(of_value), sum(told))
            low, high = wilson(sum(told), len(of_value))
            assert row["fake_rate_low"] == pytest.approx(low)
            assert row["fake_rate_high"] == pytest.approx(high)
        assert sum(row["fakes"] for row in mine) == found[0]["fakes"]


def test_who_enters_more_fakes_than_the_rest_is_told_by_more_than_chance(each: Asked) -> None:
    found = [
        row
        for row in fake_leads(each.warehouse, each.scope).rows(named=True)
        if row["entered_by"] == "source"
    ]
    expected = [_rest(row, found) for row in found]
    tested = sorted(p for p, thinnest in expected if thinnest >= 5)
    for row, (chance, thinnest) in zip(found, expected, strict=True):
        adjusted = min(
            (p * len(tested) / place for place, p in enumerate(tested, 1) if p >= chance),
            default=1.0,
        )
        surely = Verdict.MORE_THAN_CHANCE if adjusted <= 0.05 else Verdict.MAY_BE_CHANCE
        assert row["against_rest"] == (Verdict.TOO_FEW if thinnest < 5 else surely)


def _rest(row: dict[str, Any], found: list[dict[str, Any]]) -> tuple[float, float]:
    """The chance of a difference to all others, and the events to be expected of the thinnest."""
    n, k = row["leads"], row["fakes"]
    m = sum(other["leads"] for other in found) - n
    j = sum(other["fakes"] for other in found) - k
    share = (k + j) / (n + m)
    thinnest = min(n, m) * min(share, 1 - share)
    variance = share * (1 - share) * (1 / n + 1 / m) * (n + m) / (n + m - 1)
    return erfc(abs(k / n - j / m) / sqrt(variance) / sqrt(2)), thinnest


def test_a_number_s_records_are_as_many_as_it_says(each: Asked) -> None:
    warehouse, scope = each.warehouse, each.scope
    groups = {
        "level": lead_levels(warehouse, scope, OWN).rename({"level": "group"}),
        "graded": grades(warehouse, scope),
        "filled_fields": completeness_outcome(warehouse, scope).rename({"filled": "group"}),
    }
    for column, found in groups.items():
        for row in found.filter(pl.col("stage") == "won").iter_rows(named=True):
            behind = Behind(column, str(row["group"]))
            assert number_behind(warehouse, scope, behind) == row["leads"], (column, row["group"])
    for row in fake_leads(warehouse, scope).filter(entered_by="seller").iter_rows(named=True):
        fakes = Behind("owner", row["value"], fakes=True)
        records = quality_records(warehouse, scope, fakes, limit=10_000)
        assert len(records) == row["fakes"]
        assert records["fake_by"].null_count() == 0
    for row in level_moves(warehouse, scope, OWN).iter_rows(named=True):
        moved = Behind(moved=(row["from_level"], row["to_level"]))
        assert number_behind(warehouse, scope, moved) == row["leads"]


def test_pages_are_the_whole_in_order_and_a_stage_narrows_it(each: Asked) -> None:
    warehouse, scope, behind = each.warehouse, each.scope, Behind("level", "Nurture")
    whole = quality_records(warehouse, scope, behind, limit=10_000)
    pages = [
        quality_records(warehouse, scope, behind, limit=7, offset=7 * page)
        for page in range(len(whole) // 7 + 1)
    ]
    assert pl.concat(pages).equals(whole)
    assert warehouse.query(quality_records_query(scope, behind)).equals(whole)
    reached = quality_records(warehouse, scope, Behind("level", "Nurture", Stage.SQL))
    mine = [row for row in entered(each.leads, scope) if row["level"] == "Nurture"]
    sqls = {
        row["lead_id"] for row in mine if row["sql_on"] and row["sql_on"] <= scope.observed_until
    }
    assert set(reached["lead_id"]) == sqls


def test_leads_are_told_by_what_they_have_alone() -> None:
    with pytest.raises(ValueError, match="not told by shoe_size"):
        Behind("shoe_size", "42")
