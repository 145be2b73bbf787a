"""What all trials say together: tables of hits, coverage and scores, and the goals they miss."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from bench.calibration.goals import by_break, goals
from bench.calibration.naive import Division
from bench.calibration.rows import kept_companies, kept_forecasts, kept_plans
from bench.calibration.shares import INTERVALS, comparable, families, hit, skill, table, within
from bench.calibration.trial import (
    CONFIDENCES,
    DRAWS,
    FEWEST_WINS,
    FIRST_ORIGIN,
    LAST_ORIGIN,
    MOST_WINS,
    OURS,
)
from bench.calibration.widened import Widening, widened_intervals
from data.sample_company.families.nature import Family
from metrics.estimators.forecasts.scores import pinball, pit_histogram
from metrics.forecast.back_test import BASELINES
from metrics.plan.target import TargetKind

REPORT = Path(__file__).parents[1] / "CALIBRATION.md"

FOUND = "## What was found"
"""From this heading on the report is written by hand, and kept."""

PITS = 10

WINS = (40, 100, 300, 1_000)
"""Bounds of the classes of wins known."""


def write_report(folder: Path) -> None:
    """Write the report of a folder's rows over its measured part; what was found is kept."""
    plans, forecasts = kept_plans(folder), kept_forecasts(folder)
    tried = kept_companies(folder)
    own = forecasts.filter(~pl.col("is_rolling"))
    plans = plans.join(own.select("company", "since_change").unique(), on="company", how="left")
    parts = [
        "# Calibration",
        _introduction(plans, own, tried),
        "## Goals",
        goals(plans, own, forecasts),
        "## Plans: how often the target was hit",
        _hits(plans),
        "How often what a plan states comes true: all volumes of all methods for targets in"
        " revenue, each with P(hit) as the draws of our plan have it.",
        _reliability(plans),
        "## Forecasts: how often an interval held what was won",
        _coverages(own, TargetKind.REVENUE),
        "The same of won deals:",
        _coverages(own, TargetKind.DEALS),
        "By quarters ahead, all families, revenue:",
        _by_ahead(own),
        "Where in its forecast the revenue fell, share by tenth (10% each is honest):",
        _pits(own),
        "## Forecasts: how far off",
        "Mean CRPS ÷ the revenue of a usual quarter, on forecasts that all seven could make:",
        _scores(own),
        "Pinball loss ÷ the revenue of a usual quarter, all families:",
        _pinballs(own),
        "## After a break",
        _after_break(forecasts),
        "Plans of companies that break, by when they are made. Before the break the target is that"
        " of a company which soon no longer exists, and nothing on record tells:",
        _plans_after_break(plans),
        "## By size",
        _by_size(plans, own),
    ]
    kept = ""
    if REPORT.exists():
        text = REPORT.read_text(encoding="utf-8")
        kept = text[text.index(FOUND) :] if FOUND in text else ""
    REPORT.write_text("\n\n".join(parts) + "\n\n" + (kept or FOUND + "\n"), encoding="utf-8")


def _introduction(plans: pl.DataFrame, own: pl.DataFrame, tried: pl.DataFrame) -> str:
    companies, families = len(tried), tried["family"].n_unique()
    planned, forecast = (len(rows.filter(method=OURS)) for rows in (plans, own))
    minutes = 100 * float(tried["seconds"].to_numpy().mean()) / 60
    return (
        "Made by `python -m bench calibration` and `python -m bench calibration --report`."
        f" {companies:,} made-up companies of {families} families, of {FEWEST_WINS} to {MOST_WINS}"
        f" wins a year, each seen at the end of one quarter after {FIRST_ORIGIN} to {LAST_ORIGIN}"
        f" months: {planned:,} plans for the year after it and {forecast:,} forecasts of its"
        f" quarters, {DRAWS:,} draws each. A plan is tried by letting the company live on with"
        f" exactly the planned leads. A hundred companies take {minutes:.1f} minutes in one"
        " process. Brackets are 95% intervals, which allow for trials of one company being alike."
    )


def _hits(plans: pl.DataFrame) -> str:
    headings = ["family"]
    for kind in TargetKind:
        headings += [f"{kind.value}, P{round(100 * confidence)}" for confidence in CONFIDENCES]
    headings += [f"{way.value}, P80" for way in Division]
    rows = []
    for name, of_family in families(plans):
        row: list[object] = [name]
        for kind in TargetKind:
            ours = of_family.filter(method=OURS, kind=kind.value)
            row += [hit(ours.filter(confidence=confidence)) for confidence in CONFIDENCES]
        row += [hit(of_family.filter(method=way.value, confidence=0.8)) for way in Division]
        rows.append(row)
    return table(headings, rows)


def _reliability(plans: pl.DataFrame) -> str:
    edges = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0001]
    known = plans.filter(pl.col("stated").is_not_null() & (pl.col("kind") == "revenue"))
    known = known.unique(["company", "volume"])
    rows = []
    for low, high in pairwise(edges):
        part = known.filter(pl.col("stated") >= low, pl.col("stated") < high)
        if len(part):
            mean = float(part["stated"].to_numpy().mean())
            rows.append((f"{low:.0%}–{min(high, 1):.0%}", len(part), f"{mean:.0%}", hit(part)))
    return table(["stated P(hit)", "plans", "mean stated", "hit"], rows)


def _coverages(own: pl.DataFrame, kind: TargetKind) -> str:
    ours = own.filter(method=OURS, kind=kind.value)
    rows = [
        [name, len(rows), *(within(rows, level) for level in INTERVALS)]
        for name, rows in families(ours)
    ]
    return table(["family", "forecasts", *(f"{level:.0%}" for level in INTERVALS)], rows)


def _by_ahead(own: pl.DataFrame) -> str:
    methods = [OURS, *(each.value for each in BASELINES)]
    rows = []
    for ahead in range(1, 5):
        here = own.filter(ahead=ahead, kind="revenue")
        cells = [within(here.filter(method=OURS), level) for level in INTERVALS]
        cells += [within(here.filter(method=method), 0.8) for method in methods[1:]]
        rows.append([ahead, *cells])
    levels = [f"ours, {level:.0%}" for level in INTERVALS]
    return table(["quarters ahead", *levels, *(f"{each}, 80%" for each in methods[1:])], rows)


def _pits(own: pl.DataFrame) -> str:
    ours = own.filter(method=OURS, kind="revenue")
    rows = []
    for name, of_family in families(ours):
        counts = pit_histogram(of_family["pit"].to_numpy(), PITS)
        rows.append([name, *(f"{count / counts.sum():.0%}" for count in counts)])
    return table(["family", *(f"{place + 1}" for place in range(PITS))], rows)


def _scores(own: pl.DataFrame) -> str:
    scores = comparable(own)
    names = [OURS, *(each.value for each in BASELINES)]
    rows = []
    for name, of_family in families(scores):
        best, gain, low, high = skill(of_family)
        means = [f"{float(of_family[each].to_numpy().mean()):.3f}" for each in names]
        rows.append([name, len(of_family), *means, best, f"{gain:.0%} ({low:.0%}–{high:.0%})"])
    return table(["family", "forecasts", *names, "best baseline", "ours better by"], rows)


def _pinballs(own: pl.DataFrame) -> str:
    scores = comparable(own).select("company", "ahead")
    rows = []
    levels = np.array([0.1, 0.5, 0.9])
    for method in [OURS, *(each.value for each in BASELINES)]:
        here = own.filter(kind="revenue", method=method).join(scores, on=["company", "ahead"])
        loss = pinball(
            here.select("p10", "p50", "p90").to_numpy(), levels, here["actual"].to_numpy()
        )
        means = (loss / here["level"].to_numpy()[:, None]).mean(axis=0)
        rows.append([method, *(f"{each:.3f}" for each in means)])
    return table(["method", "P10", "P50", "P90"], rows)


def _after_break(forecasts: pl.DataFrame) -> str:
    rolling = forecasts.filter(is_rolling=True, method=OURS, kind="revenue", ahead=1)
    ways = {way: widened_intervals(rolling, way) for way in Widening}
    rows = []
    for since in range(-3, 8):
        cells: list[object] = [since]
        for rows_of in ways.values():
            cells.append(within(rows_of.filter(since_change=since), 0.8))
        rows.append(cells)
    text = (
        "Nominal 80% intervals of the next quarter's revenue, made at every quarter's end. From 0"
        " on the whole quarter that is forecast lies after the break, of which at 0 at most two"
        " months are seen."
    )
    return text + "\n\n" + table(["quarters since", *(way.value for way in Widening)], rows)


def _plans_after_break(plans: pl.DataFrame) -> str:
    broken = plans.filter(family=Family.BREAK.value, method=OURS)
    pairs = [(kind, confidence) for kind in TargetKind for confidence in CONFIDENCES]
    rows = []
    for name, part in by_break(broken):
        cells = [
            hit(part.filter(kind=kind.value, confidence=confidence)) for kind, confidence in pairs
        ]
        rows.append([name, part["company"].n_unique(), *cells])
    headings = [f"{kind.value}, P{round(100 * confidence)}" for kind, confidence in pairs]
    return table(["plans made", "companies", *headings], rows)


def _by_size(plans: pl.DataFrame, own: pl.DataFrame) -> str:
    rows = []
    for low, high in zip((0, *WINS), (*WINS, 10**9), strict=True):
        of_size = pl.col("wins_known").is_between(low, high - 1)
        planned = plans.filter(of_size, pl.col("method") == OURS, pl.col("confidence") == 0.8)
        ours = own.filter(of_size, pl.col("method") == OURS, pl.col("kind") == "revenue")
        scores = comparable(own.filter(of_size))
        gain = skill(scores) if scores["company"].n_unique() > 1 else None
        rows.append(
            [
                f"{low}–{high - 1}" if high < 10**9 else f"{low} or more",
                hit(planned.filter(kind="revenue")),
                hit(planned.filter(kind="deals")),
                *(within(ours, level) for level in INTERVALS),
                f"{gain[1]:.0%} ({gain[2]:.0%}–{gain[3]:.0%})" if gain else "",
            ]
        )
    headings = ["wins known", "P80 hit, revenue", "P80 hit, deals"]
    headings += [f"{level:.0%}" for level in INTERVALS]
    return table([*headings, "CRPS better than the best baseline by"], rows)
