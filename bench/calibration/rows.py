"""The rows of trials, kept as CSV files of a folder, so that a run can stop and go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from bench.calibration.trial import ForecastTrial, PlanTrial
from data.sample_company.families.nature import Family

PLANS, FORECASTS, TRIED = "plans.csv", "forecasts.csv", "companies.csv"


def tried_before(folder: Path) -> set[tuple[str, int]]:
    """Families and seeds of the companies whose rows are there."""
    path = folder / TRIED
    if not path.exists():
        return set()
    return set(pl.read_csv(path).select("family", "seed").iter_rows())


def keep(
    folder: Path,
    family: Family,
    seed: int,
    plans: Sequence[PlanTrial],
    forecasts: Sequence[ForecastTrial],
    seconds: float,
) -> None:
    """Append the rows of one company."""
    _append(folder / PLANS, plans)
    _append(folder / FORECASTS, forecasts)
    # Last, so that a company that was broken off is tried anew.
    taken = {"family": family.value, "seed": seed, "seconds": seconds}
    _write(folder / TRIED, pl.DataFrame([taken]))


def _append(path: Path, rows: Sequence[PlanTrial] | Sequence[ForecastTrial]) -> None:
    if rows:
        _write(path, pl.DataFrame([asdict(row) for row in rows], infer_schema_length=None))


def _write(path: Path, frame: pl.DataFrame) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(frame.write_csv(include_header=file.tell() == 0))


def kept_plans(folder: Path) -> pl.DataFrame:
    """The rows of `PlanTrial`, with the columns `company` and `is_hit`."""
    frame = _read(folder / PLANS, ["family", "seed", "kind", "method", "confidence"])
    return frame.with_columns(
        pl.concat_str("family", "seed").alias("company"),
        (pl.col("landed") >= pl.col("target")).alias("is_hit"),
    )


def kept_forecasts(folder: Path) -> pl.DataFrame:
    """The rows of `ForecastTrial`, with the column `company`."""
    keys = ["family", "seed", "origin", "is_rolling", "kind", "method", "ahead"]
    return _read(folder / FORECASTS, keys).with_columns(
        pl.col("since_change").cast(pl.Int64),
        pl.concat_str("family", "seed").alias("company"),
    )


def kept_companies(folder: Path) -> pl.DataFrame:
    """One row per company, with the seconds it took."""
    return _read(folder / TRIED, ["family", "seed"])


def _read(path: Path, keys: Sequence[str]) -> pl.DataFrame:
    """Rows of a file; of a company that was tried anew the last ones."""
    frame = pl.read_csv(path, infer_schema_length=None)
    return frame.unique(keys, keep="last", maintain_order=True)
