"""What is tried on a company is held against its own truth, and the rows are kept once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.calibration import reporting
from bench.calibration.naive import Division
from bench.calibration.rows import keep, kept_companies, kept_forecasts, kept_plans
from bench.calibration.run import try_all
from bench.calibration.trial import CONFIDENCES, OURS, ForecastTrial, PlanTrial, made, tried
from data.sample_company.families.nature import Family
from metrics.forecast.back_test import BASELINES

FAMILY, SEED = Family.SEASON, 2

Trials = tuple[list[PlanTrial], list[ForecastTrial]]


@pytest.fixture(scope="module")
def trials() -> Trials:
    return tried(FAMILY, SEED)


def test_a_surer_plan_needs_no_less(trials: Trials) -> None:
    for kind in ("revenue", "deals"):
        ours = [row for row in trials[0] if (row.kind, row.method) == (kind, OURS)]
        assert [row.confidence for row in ours] == list(CONFIDENCES)
        assert [row.volume for row in ours] == sorted(row.volume for row in ours)
        assert all(row.stated >= row.confidence for row in ours)


def test_every_division_is_tried_beside_it(trials: Trials) -> None:
    methods = {row.method for row in trials[0] if row.kind == "revenue"}
    assert methods == {OURS, *(way.value for way in Division)}
    plain = {row.volume for row in trials[0] if row.method == Division.PLAIN.value}
    assert len(plain) == 1, "what is divided by means does not depend on a confidence"


def test_forecasts_are_held_against_the_quarters_that_came(trials: Trials) -> None:
    of, origin = made(FAMILY, SEED)
    ours = [row for row in trials[1] if (row.kind, row.method) == ("revenue", OURS)]
    expected = of.truth.revenue_by_quarter[origin // 3 : origin // 3 + 4]
    assert [row.actual for row in ours] == expected.tolist()
    assert [row.ahead for row in ours] == [1, 2, 3, 4]
    assert {row.method for row in trials[1]} <= {OURS, *(each.value for each in BASELINES)}
    for row in trials[1]:
        assert row.p2_5 <= row.p10 <= row.p25 <= row.p50 <= row.p75 <= row.p90 <= row.p97_5
        assert 0 <= row.pit <= 1


def test_a_company_is_tried_once_and_one_broken_off_anew(tmp_path: Path, trials: Trials) -> None:
    plans, forecasts = trials
    keep(tmp_path, FAMILY, SEED, plans, forecasts, seconds=1.0)
    try_all([(FAMILY, SEED)], tmp_path)
    assert len(kept_companies(tmp_path)) == 1
    keep(tmp_path, FAMILY, SEED, plans, forecasts, seconds=2.0)
    assert len(kept_plans(tmp_path)) == len(plans)
    assert len(kept_forecasts(tmp_path)) == len(forecasts)
    assert kept_companies(tmp_path)["seconds"].to_list() == [2.0]
    hits = [row.landed >= row.target for row in plans]
    assert np.array_equal(kept_plans(tmp_path)["is_hit"].to_numpy(), hits)


def test_the_report_says_what_is_missed_and_keeps_what_was_found(
    tmp_path: Path, trials: Trials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "REPORT", tmp_path / "report.md")
    (tmp_path / "report.md").write_text(f"# Old\n\n{reporting.FOUND}\n\nThe cause is known.\n")
    for seed in (1, 2):
        plans = [replace(row, seed=seed) for row in trials[0]]
        forecasts = [replace(row, seed=seed) for row in trials[1]]
        keep(tmp_path, FAMILY, seed, plans, forecasts, seconds=1.0)
    reporting.write_report(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert text.endswith(f"{reporting.FOUND}\n\nThe cause is known.\n")
    assert "2 made-up companies of 1 families" in text
    hits = sum(
        row.landed >= row.target
        for row in trials[0]
        if (row.kind, row.method, row.confidence) == ("revenue", OURS, 0.8)
    )
    assert f"| P(hit) at P80, revenue, season | 76–84% | {hits:.0%} (" in text
    line = next(line for line in text.splitlines() if "P(hit) at P80, revenue, season" in line)
    assert line.split(" | ")[3] == "2", "so many targets"


def test_what_is_planned_before_a_break_is_shown_and_not_judged(
    tmp_path: Path, trials: Trials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "REPORT", tmp_path / "report.md")
    for seed, since in ((1, -1), (2, 0), (3, 2), (4, 5)):
        plans = [replace(row, seed=seed, family=Family.BREAK.value) for row in trials[0]]
        forecasts = [
            replace(row, seed=seed, family=Family.BREAK.value, since_change=since)
            for row in trials[1]
        ]
        keep(tmp_path, Family.BREAK, seed, plans, forecasts, seconds=1.0)
    reporting.write_report(tmp_path)
    lines = (tmp_path / "report.md").read_text().splitlines()
    (before,) = (line for line in lines if "at P80, revenue, break, before the break" in line)
    assert before.endswith(" | 1 | cannot be known |")
    (known,) = (line for line in lines if "at P80, revenue, all but what is before" in line)
    assert " | 3 | " in known
    (later,) = (line for line in lines if "at P80, deals, break, 2 or more quarters" in line)
    assert " | 2 | " in later
