"""Levels, grades, needs, relationships, tenths of the score and fields against plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from data.engine.warehouse import Warehouse
from data.schema.derived_quality import BANT_C
from metrics.funnel.ages import told_days
from metrics.period import Period
from metrics.quality.calibration import score_calibration
from metrics.quality.completeness import completeness_outcome, qualification_completeness
from metrics.quality.grades import grades, need_layers, relationships
from metrics.quality.levels import lead_levels, unknown_quality_words
from metrics.quality.outcomes import Standing
from metrics.scope import Scope, Stage
from tests.metrics.facts import DraftWarehouse, Facts, change, lead
from tests.metrics.quality.conftest import LEVELS, OWN, Asked
from tests.metrics.quality.quality_oracle import (
    entered,
    fates,
    is_untold,
    longest,
    share_by,
    wilson,
)
from tests.metrics.scopes import asked

GROUPED: dict[str, tuple[str, Callable[[Warehouse, Scope], pl.DataFrame]]] = {
    "level": ("level", lambda warehouse, scope: lead_levels(warehouse, scope, OWN)),
    "graded": ("group", grades),
    "need_layer": ("group", lambda warehouse, scope: need_layers(warehouse, scope, OWN)),
    "related_as": ("group", relationships),
    "score_tenth": ("tenth", score_calibration),
    "filled_fields": ("filled", completeness_outcome),
}

USUAL = {"sql": 120, "opportunity": 210, "won": 390}


@pytest.mark.parametrize("column", GROUPED)
def test_rates_are_those_of_plain_python(each: Asked, column: str) -> None:
    name, metric = GROUPED[column]
    told = told_days(each.warehouse)
    leads = [row for row in entered(each.leads, each.scope) if row[column] is not None]
    rows = metric(each.warehouse, each.scope).rows(named=True)
    counts = Counter(row[column] for row in leads)
    assert {row[name]: row["leads"] for row in rows if row["leads"]} == counts
    rated = 0
    for row in rows:
        mine = [each_lead for each_lead in leads if each_lead[column] == row[name]]
        stage = Stage(row["stage"])
        every = fates(leads, each.scope, "lead", stage.value, told.get(stage))
        own = fates(mine, each.scope, "lead", stage.value, told.get(stage))
        days = min(USUAL[stage.value], longest(every))
        if len(own) < 20 or is_untold(mine, own, each.scope, "lead", stage.value):
            assert row["rate"] is None
            continue
        if longest(own) * 2 < days:
            assert row["rate"] is None
            continue
        rated += 1
        assert row["days"] == days
        assert row["rate"] == pytest.approx(share_by(own, days))
        assert row["lift"] == pytest.approx(share_by(own, days) / share_by(every, days))
        assert row["rate_low"] <= row["rate"] <= row["rate_high"]
    assert rated


def test_levels_that_nobody_has_are_told_and_shares_add_up(each: Asked) -> None:
    found = lead_levels(each.warehouse, each.scope, OWN).filter(pl.col("stage") == "sql")
    assert found["level"].to_list() == [level.name for level in LEVELS] + ["Unassigned"]
    assert found["share"].sum() == pytest.approx(1)
    assert found.filter(level="Low conversion")["leads"].item() == 0


def test_words_that_no_definition_knows_are_told(each: Asked) -> None:
    leads = entered(each.leads, each.scope)
    tiers = Counter(row["tier"] for row in leads if row["tier"] == "lukewarm")
    needs = Counter(row["need_word"] for row in leads if row["need_word"] == "unclear")
    found = unknown_quality_words(each.warehouse, each.scope)
    told = {(row["field"], row["word"]): row["leads"] for row in found.iter_rows(named=True)}
    assert told["tier", "lukewarm"] == tiers["lukewarm"] > 0
    assert told["need", "unclear"] == needs["unclear"] > 0
    assert not {word for field, word in told if field == "tier"} - {"lukewarm"}


def test_fields_are_counted_by_owner_and_source(each: Asked) -> None:
    leads = entered(each.leads, each.scope)
    found = qualification_completeness(each.warehouse, each.scope)
    kinds: dict[str, Callable[[Any], str]] = {
        "all": lambda _: "all",
        "owner": lambda row: str(row["owner"]),
        "source": lambda row: str(row["channel"]),
    }
    for row in found.iter_rows(named=True):
        mine = [lead for lead in leads if kinds[row["by"]](lead) == row["value"]]
        fields = BANT_C if row["field"] == "all five" else (row["field"],)
        filled = sum(all(lead[f"has_{name}"] for name in fields) for lead in mine)
        assert (row["leads"], row["filled"]) == (len(mine), filled)
        low, high = wilson(filled, len(mine))
        assert (row["share_low"], row["share_high"]) == (pytest.approx(low), pytest.approx(high))
    for by, of in kinds.items():
        assert set(found.filter(by=by)["value"]) == {of(lead) for lead in leads}


def _company(rates: dict[str, tuple[int, int]]) -> DraftWarehouse:
    return DraftWarehouse().hold(_facts(rates, date(2025, 1, 1)), OWN)


def _facts(rates: dict[str, tuple[int, int]], since: date) -> Facts:
    """Leads by tier, of which so many become SQLs ten days after they came in."""
    leads, changes = [], []
    for tier, (came, of) in rates.items():
        for number in range(of):
            name, day = f"{tier} {number}", since + timedelta(days=number % 90)
            at = pl.datetime_range(day, day, eager=True)[0]
            leads.append(lead(name, at, tier=tier))
            if number < came:
                changes.append(change("lead", name, "sql", at + timedelta(days=10)))
    return Facts(lead=tuple(leads), stage_change=tuple(changes))


def test_a_better_level_that_converts_worse_is_flagged() -> None:
    """Verify converts much worse than the level below it, and nurture a little worse by chance."""
    rates = {"high value": (60, 100), "nurture": (28, 100), "verify": (30, 100),
             "low conversion": (70, 100)}  # fmt: skip
    scope = asked(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2026, 2, 28))
    found = lead_levels(_company(rates), scope, OWN).filter(pl.col("stage") == "sql")
    assert found.select("level", "converted", "rate", "next_level", "standing").rows() == [
        ("High value", 60, pytest.approx(0.6), "Nurture", Standing.IN_ORDER),
        ("Nurture", 28, pytest.approx(0.28), "Verify", Standing.MAY_BE_CHANCE),
        ("Verify", 30, pytest.approx(0.3), "Low conversion", Standing.WORSE),
        ("Low conversion", 70, pytest.approx(0.7), None, Standing.LAST),
    ]
    low, high = wilson(60 * 0.99, 99)  # a hundred accounts tell what 99 leads would
    assert found.select("rate_low", "rate_high").row(0) == (
        pytest.approx(low),
        pytest.approx(high),
    )


def test_of_too_few_nothing_is_said_and_the_next_with_a_rate_is_compared() -> None:
    rates = {"high value": (8, 40), "nurture": (9, 19), "verify": (30, 40)}
    scope = asked(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2026, 2, 28))
    found = lead_levels(_company(rates), scope, OWN).filter(pl.col("stage") == "sql")
    told = {row["level"]: (row["rate"], row["standing"]) for row in found.iter_rows(named=True)}
    assert told["High value"] == (pytest.approx(0.2), Standing.WORSE)
    assert told["Nurture"] == (None, Standing.TOO_FEW)
    assert told["Verify"] == (pytest.approx(0.75), Standing.LAST)


def test_of_leads_too_young_of_which_nothing_came_the_bounds_are_those_of_who_is_seen() -> None:
    """Low conversion came in last: none of its leads can be followed as long as the others."""
    old = _facts({"high value": (20, 60)}, date(2025, 1, 1))
    young = _facts({"low conversion": (0, 30)}, date(2025, 9, 1))
    scope = asked(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 20))
    warehouse = DraftWarehouse().hold(old.plus(young), OWN)
    found = lead_levels(warehouse, scope, OWN).filter(stage="sql", level="Low conversion")
    row = found.row(0, named=True)
    assert (row["days"], row["rate"], row["rate_low"]) == (120, 0.0, 0.0)
    assert 0 < row["rate_high"] < 0.6, "three are seen for nearly as long"


def test_a_score_of_few_values_keeps_leads_of_one_score_together(each: Asked) -> None:
    found = score_calibration(each.warehouse, each.scope).filter(pl.col("stage") == "sql")
    bounds = found.sort("tenth").select("score_low", "score_high").rows()
    assert all(high < low for (_, high), (low, _) in pairwise(bounds))
    expected = found.sort("tenth")["expected"].drop_nulls().to_list()
    assert expected in (sorted(expected), sorted(expected, reverse=True))
