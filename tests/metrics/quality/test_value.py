"""What open leads are worth, and which way levels moved, against plain Python and by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from metrics.funnel.ages import told_days
from metrics.period import Period
from metrics.quality.moves import level_moves
from metrics.quality.value import FEWEST_ENTRIES, lead_value
from metrics.scope import Stage
from tests.metrics.facts import DraftWarehouse, Facts, lead
from tests.metrics.quality.conftest import OWN, Asked
from tests.metrics.quality.quality_oracle import fates, is_undated, is_untold, longest
from tests.metrics.scopes import asked

STAGES = ("lead", "mql", "sql", "opportunity", "won")


def _curve(ways: list[tuple[int, int, str]], age: int) -> tuple[float, float]:
    """Shares that have come, and that are open, after an age."""
    still, share = 1.0, 0.0
    for day in range(age + 1):
        at_risk = sum(1 for first, last, _ in ways if first <= day <= last)
        gone = [how for _, last, how in ways if last == day and how != "open"]
        if at_risk:
            share += still * gone.count("came") / at_risk
            still *= 1 - len(gone) / at_risk
    return share, still


def _standing(row: dict[str, Any], seen: date) -> tuple[str, int] | None:
    """The stage in which an open lead stands, and for how many days."""
    if row["exit_on"] is not None and row["exit_on"] <= seen:
        return None
    if any(is_undated(row, stage, seen) for stage in STAGES[1:]):
        return None
    for stage in reversed(STAGES):
        since = row[f"{stage}_on"]
        if since is not None and since <= seen:
            return None if stage == "won" else (stage, (seen - since).days)
    return None


def test_chances_and_values_are_those_of_plain_python(each: Asked) -> None:
    seen, told = each.scope.observed_until, told_days(each.warehouse)
    won = [row for row in each.leads if row["won_on"] is not None and row["won_on"] <= seen]
    amounts = [
        float(row["won_amount"] or 0)
        for row in won
        if row["won_amount"] is not None or not row["is_primary"]
    ]
    size = sum(amounts) / len(amounts)
    rated = 0
    for row in lead_value(each.warehouse, each.scope, OWN).iter_rows(named=True):
        mine = [lead for lead in each.leads if lead["level"] == row["level"]]
        places = [found for lead in mine if (found := _standing(lead, seen))]
        ages = [age for stage, age in places if stage == row["stage"]]
        assert row["open_leads"] == len(ages)
        steps = [
            fates(mine, each.scope, start, end, told.get(Stage(end)))
            for start, end in pairwise(STAGES[STAGES.index(row["stage"]) :])
        ]
        names = pairwise(STAGES[STAGES.index(row["stage"]) :])
        hidden = [
            is_untold(mine, ways, each.scope, *way) for ways, way in zip(steps, names, strict=True)
        ]
        if min(map(len, steps)) < FEWEST_ENTRIES or any(hidden):
            assert row["value"] is None
            continue
        finals = [_curve(ways, longest(ways))[0] for ways in steps]
        later = 1.0
        for final in finals[1:]:
            later *= final
        assert row["new_value"] == pytest.approx(finals[0] * later * size)
        if not ages:
            continue
        chance = 0.0
        for age in ages:
            came, still = _curve(steps[0], min(age, longest(steps[0])))
            going = max(0.0, finals[0] - came) / still if still > 1e-9 else 0.0
            chance += min(1.0, going) * later / len(ages)
        rated += 1
        assert row["win_rate"] == pytest.approx(chance, abs=1e-9)
        assert row["deal_size"] == pytest.approx(size)
        assert row["value"] == pytest.approx(chance * size, abs=1e-6)
        assert row["total"] == pytest.approx(chance * size * len(ages), abs=1e-6)
        assert row["value_low"] <= row["value"] <= row["value_high"]
    assert rated


def _reported(exports: list[tuple[str, date, dict[str, str]]]) -> DraftWarehouse:
    """A company whose leads several exports tell of: the last one is what is true now."""
    last = exports[-1][2]
    rows = tuple(lead(name, datetime(2026, 1, 5), tier=tier) for name, tier in last.items())
    warehouse = DraftWarehouse().hold(Facts(lead=rows), OWN)
    for load, day, tiers in exports:
        at = datetime(day.year, day.month, day.day, 8)
        told = {"load_id": load, "file_name": load, "sha256": load, "mapping": "generic_lead"}
        counts = dict.fromkeys(("rows_read", "rows_kept", "rows_changed", "rows_rejected"), 0)
        times = {"as_of": at, "started_at": at, "finished_at": at + timedelta(hours=1)}
        warehouse.put("load", told | counts | times)
        for name, tier in tiers.items():
            warehouse.put_version("lead", lead(name, datetime(2026, 1, 5), tier=tier, load_id=load))
    warehouse.derive()
    return warehouse


EXPORTS = [
    ("e1", date(2026, 1, 10), {"L1": "Nurture", "L2": "High value", "L3": "Verify"}),
    ("e2", date(2026, 2, 10), {"L1": "high value", "L2": "HIGH VALUE", "L3": "Verify"}),
    ("e3", date(2026, 3, 10), {"L1": "verify", "L2": "nurture", "L3": "Verify"}),
]


def test_leads_go_from_the_level_they_had_to_the_one_they_get() -> None:
    warehouse = _reported(EXPORTS)
    moves = [(row["lead_id"], row["moved_on"], row["level_before"], row["level"])
             for row in warehouse.table("lead_move")]  # fmt: skip
    assert sorted(moves) == [
        ("L1", date(2026, 2, 10), "Nurture", "High value"),
        ("L1", date(2026, 3, 10), "High value", "Verify"),
        ("L2", date(2026, 3, 10), "High value", "Nurture"),
    ]
    files = [row["entered_file"] for row in warehouse.table("lead_quality")]
    assert files == ["e1"] * 3, "the first load that told of them"
    months = {
        (date(2026, 2, 1), date(2026, 2, 28)): {
            ("High value", "High value"): 1, ("Nurture", "High value"): 1, ("Verify", "Verify"): 1,
        },
        (date(2026, 3, 1), date(2026, 3, 31)): {
            ("High value", "Verify"): 1, ("High value", "Nurture"): 1, ("Verify", "Verify"): 1,
        },
        (date(2026, 1, 1), date(2026, 3, 31)): {
            ("Nurture", "Verify"): 1, ("High value", "Nurture"): 1, ("Verify", "Verify"): 1,
        },
    }  # fmt: skip
    for (start, end), expected in months.items():
        scope = asked(Period(start, end), date(2026, 4, 1))
        found = level_moves(warehouse, scope, OWN)
        counted = {
            (row["from_level"], row["to_level"]): row["leads"]
            for row in found.iter_rows(named=True)
            if row["leads"]
        }
        assert counted == expected
        ways = {(row[0], row[1]): row[4] for row in found.rows()}
        assert ways["Nurture", "High value"] == "up"
        assert ways["High value", "Verify"] == "down"


def test_one_export_tells_no_movement() -> None:
    rows = (lead("L1", datetime(2026, 1, 5), tier="Verify"),)
    scope = asked(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 4, 1))
    assert level_moves(DraftWarehouse().hold(Facts(lead=rows), OWN), scope, OWN).is_empty()
