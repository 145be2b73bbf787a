"""The goals of a calibration, what was measured of each, and on how many plans or forecasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from bench.calibration.shares import (
    INTERVALS,
    Share,
    comparable,
    families,
    hit,
    skill,
    table,
    within,
)
from bench.calibration.trial import OURS
from bench.calibration.widened import Widening, widened_intervals
from data.sample_company.families.nature import Family
from metrics.plan.target import TargetKind

FIRST_FIVE = (Family.STABLE, Family.TREND, Family.SEASON, Family.BREAK, Family.OVERDISPERSED)
"""The families whose coverage has a goal."""

BEFORE, AFTER = "before the break", "after the break"

Rows = list[Sequence[object]]


def by_break(broken: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Plans or forecasts of companies that break, by the whole quarters since the break."""
    since = pl.col("since_change")
    yield BEFORE, broken.filter(since < 0)
    yield "0 to 1 quarters after it", broken.filter(since.is_between(0, 1))
    yield "2 or more quarters after it", broken.filter(since >= 2)


def goals(plans: pl.DataFrame, own: pl.DataFrame, forecasts: pl.DataFrame) -> str:
    """One row per goal. `plans` have the column `since_change` of `own`, the forecasts beside them.

    What is planned or forecast before a break cannot be known. It is shown, but the goal of the
    family is that of what is made after it.
    """
    rows = [*_hits(plans), *_coverages(own), *_after_a_break(forecasts), *_skills(own)]
    return table(["what", "goal", "measured", "of", ""], rows)


def _is_known(rows: pl.DataFrame) -> pl.DataFrame:
    """Without what is planned or forecast before a break."""
    before = (pl.col("family") == Family.BREAK.value) & (pl.col("since_change") < 0)
    return rows.filter(~before)


def _parts(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame, bool]]:
    """The families, that which breaks in its parts, all that can be known; and whether it can."""
    for name, of_family in families(rows):
        if name == Family.BREAK.value:
            for when, part in by_break(of_family):
                yield f"{name}, {when}", part, when != BEFORE
        elif name == "all":
            yield "all but what is before a break", _is_known(of_family), True
        else:
            yield name, of_family, True


def _judged(
    what: str, goal: str, bounds: tuple[float, float], share: Share, *, is_known: bool = True
) -> Sequence[object]:
    verdict = share.meets(*bounds) if share.trials else "not tried"
    verdict = verdict if is_known else "cannot be known"
    return what, goal if is_known else "", share, f"{share.trials:,}", verdict


def _hits(plans: pl.DataFrame) -> Rows:
    ours = plans.filter(method=OURS, confidence=0.8)
    return [
        _judged(f"P(hit) at P80, {kind.value}, {name}", "76–84%", (0.76, 0.84), hit(part),
                is_known=is_known)
        for kind in TargetKind
        for name, part, is_known in _parts(ours.filter(kind=kind.value))
    ]  # fmt: skip


def _coverages(own: pl.DataFrame) -> Rows:
    revenue = own.filter(method=OURS, kind="revenue")
    first_five = revenue.filter(pl.col("family").is_in([family.value for family in FIRST_FIVE]))
    return [
        _judged(f"coverage of {level:.0%}, {name}", "± 3 points", (level - 0.03, level + 0.03),
                within(part, level), is_known=is_known)
        for name, part, is_known in _parts(first_five)
        if not name.startswith("all")
        for level in INTERVALS
    ]  # fmt: skip


def _after_a_break(forecasts: pl.DataFrame) -> Rows:
    rolling = forecasts.filter(is_rolling=True, method=OURS, kind="revenue", ahead=1)
    rows: Rows = []
    for way in Widening:
        after = widened_intervals(rolling, way).filter(pl.col("since_change").is_between(3, 7))
        what = f"coverage of 80% from the third quarter after a break, {way.value}"
        rows.append(_judged(what, "≥ 75%", (0.75, 1.0), within(after, 0.8)))
    return rows


def _skills(own: pl.DataFrame) -> Rows:
    known = _is_known(own)
    named = [(name, rows) for name, rows in families(comparable(own)) if name != Family.BREAK.value]
    broken = known.filter(family=Family.BREAK.value)
    if len(broken):
        named.insert(-1, (f"{Family.BREAK.value}, {AFTER}", comparable(broken)))
    rows: Rows = []
    for name, scores in named:
        best, gain, low, high = skill(scores)
        verdict = "met" if gain >= 0.15 else "missed, within chance" if high >= 0.15 else "missed"
        rows.append(
            (f"CRPS against the best baseline ({best}), {name}", "≥ 15% better",
             f"{gain:.0%} ({low:.0%}–{high:.0%})", f"{len(scores):,}", verdict)
        )  # fmt: skip
    return rows
