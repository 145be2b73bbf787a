"""The workbook of a plan: formulas that stay formulas, and what they come to."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest

from metrics.period import Period
from metrics.plan.backward.plan import BackwardPlan, backward_plan
from metrics.plan.backward.required import required_funnel
from metrics.plan.draws import draw
from metrics.plan.in_flight import in_flight
from metrics.plan.target import Deadline, Target, TargetKind
from pages.plan.backward.workbook import FIRST_MONTH, to_plan_workbook
from tests.metrics.plan.histories import counts, some_deals, some_history

YEAR = Period(date(2027, 1, 1), date(2027, 12, 31))


@pytest.fixture(scope="module")
def made() -> tuple[BackwardPlan, dict[str, str]]:
    history = some_history(
        counts(300, {30: 12, 90: 12}, {10: 250}), deals=some_deals(amounts=(50.0, 90.0))
    )
    draws = draw(history, 1000)
    target = Target(TargetKind.REVENUE, (Deadline(YEAR, 9000),))
    plan = backward_plan(history, draws, in_flight(history, draws, (YEAR,)), target)
    content = to_plan_workbook(plan, required_funnel(plan, draws), "USD")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheets = {name: book.read(name).decode() for name in book.namelist() if "/sheet" in name}
        sheets["strings"] = book.read("xl/sharedStrings.xml").decode()
    return plan, sheets


def cells(sheet: str) -> dict[str, tuple[str | None, float | None]]:
    """Formula and value of each cell with a number."""
    found = {}
    for name, body in re.findall(r'<c r="([A-Z]+[0-9]+)"[^>]*>(.*?)</c>', sheet):
        formula = re.search("<f>(.*?)</f>", body)
        value = re.search("<v>(.*?)</v>", body)
        found[name] = (formula[1] if formula else None, float(value[1]) if value else None)
    return found


def test_the_chain_is_live_and_its_results_agree(
    made: tuple[BackwardPlan, dict[str, str]],
) -> None:
    plan, sheets = made
    chain = cells(sheets["xl/worksheets/sheet2.xml"])
    (wins_formula, wins), (_, chance), (needed_formula, needed) = (
        chain[f"B{n}"] for n in (5, 6, 7)
    )
    assert wins_formula == "ROUNDUP(MAX(0,B2-B3)/B4,0)"
    assert needed_formula == "IF(B6&gt;0,B5/B6,0)"
    assert wins is not None
    assert chance is not None
    assert needed is not None
    assert needed == pytest.approx(wins / chance)
    rows = range(FIRST_MONTH, FIRST_MONTH + len(plan.months))
    assert sum(chain[f"D{row}"][1] or 0 for row in rows) == pytest.approx(needed)
    assert sum(chain[f"E{row}"][1] or 0 for row in rows) == pytest.approx(wins)
    # The middle is less than what is needed to be sure, and about the median.
    assert 0.7 * needed < plan.volume
    assert chain["B2"][1] == 9000


def test_the_first_sheet_says_which_is_which(made: tuple[BackwardPlan, dict[str, str]]) -> None:
    _, sheets = made
    for part in ("Plan to win 9,000 USD", "P50 chain: live formulas", "Quantiles: values"):
        assert part in sheets["strings"]
