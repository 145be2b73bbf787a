"""Credit of a file of paths against ChannelAttribution: `python -m bench.weighted_paths FILE.csv`.

The file has one row per path, as the peer ships its own data: path, total_conversions,
total_conversion_value and total_null. It is loaded by the product's own command and credited from
the warehouse; the peer reads the same file. PYTHONPATH may name the folder where the peer lies.
"""

from __future__ import annotations

import argparse
import tempfile
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl

from bench.report import machine
from bench.stores import run_module
from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse, Warehouse
from data.storage.store import Store
from metrics.attribution.data_driven import learned
from metrics.attribution.loaded_paths.credit import path_credit, path_value_credit
from metrics.attribution.loaded_paths.question import PathQuestion
from metrics.attribution.loaded_paths.steps import chain_counts_of_paths
from metrics.attribution.loaded_paths.totals import loaded_paths

PEER = "ChannelAttribution"
EXACT = 1e-6
"""Relative distance that rules may have: the product's last place is a millionth."""

SIMULATED = 0.01
"""Distance that shares by removal effect may have: the peer simulates its chain."""

RULES = {"first": "first_touch", "last": "last_touch", "linear": "linear_touch"}


def main() -> None:
    """Load the file, credit it in both, and print the greatest distances; exit with 1 when far."""
    parser = argparse.ArgumentParser(prog="python -m bench.weighted_paths", description=__doc__)
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    peer: Any = import_module(PEER)
    frame = pl.read_csv(options.file).to_pandas()
    with tempfile.TemporaryDirectory(prefix="bench-paths-") as folder:
        store = Path(folder) / "store"
        begun = perf_counter()
        run_module("loaders", "load", str(options.file.resolve()), store=store)
        loading = perf_counter() - begun
        with DuckDBWarehouse.open(Store(store).current().path) as warehouse:
            loaded = loaded_paths(warehouse).row(0, named=True)
            begun = perf_counter()
            by_count = path_credit(warehouse, Definitions.load())
            by_value = path_value_credit(warehouse, Definitions.load())
            crediting = perf_counter() - begun
            far = [
                *_rules(peer, frame, by_count, "total_conversions", "conversions"),
                *_rules(peer, frame, by_value, "total_conversion_value", "value"),
            ]
            shares = _removal(warehouse, loaded["source_system"])
    print(f"{machine()}\n")
    print(f"{loaded['paths']:,} paths, {loaded['touches']:,} touches, {loaded['conversions']} "
          f"conversions worth {loaded['value_amount']}, {loaded['nulls']} nulls: loaded in "
          f"{loading:.1f} s, credited by all models twice in {crediting:.2f} s")  # fmt: skip
    for name, distance in far:
        print(f"{name}: greatest relative distance {distance:.1e}")
    markov = _simulated(peer, frame, shares)
    print(f"Markov, order 1: greatest distance of a share {markov:.4f}")
    if max(distance for _, distance in far) > EXACT or markov > SIMULATED:
        raise SystemExit(1)


def _rules(
    peer: Any, frame: Any, credit: pl.DataFrame, column: str, what: str
) -> list[tuple[str, float]]:
    """Of each rule that both have, how far apart they are on any channel."""
    value = {} if what == "conversions" else {"var_value": column}
    theirs = peer.heuristic_models(frame, "path", "total_conversions", **value)
    theirs = theirs.set_index("channel_name")
    found = []
    for model, name in RULES.items():
        named = name if what == "conversions" else f"{name}_value"
        mine = credit.filter(pl.col("model") == model, pl.col("segment") != "Unattributed")
        if what == "conversions" and named not in theirs.columns:
            named = f"{name}_conversions"
        distances = [
            abs(float(row["credit"]) - float(theirs.loc[row["segment"], named]))
            / max(float(theirs.loc[row["segment"], named]), 1e-9)
            for row in mine.iter_rows(named=True)
        ]
        found.append((f"{model}, by {what}", max(distances)))
    return found


def _removal(warehouse: Warehouse, system: str) -> dict[str, float]:
    """The exact removal effects of order 1 as shares, as the peer credits them."""
    counts, chances = chain_counts_of_paths(warehouse, PathQuestion(system))
    effects = learned(counts, chances, groups=1).of_models["markov_1"]
    return dict(zip(counts.segments, (effects / effects.sum()).tolist(), strict=True))


def _simulated(peer: Any, frame: Any, shares: dict[str, float]) -> float:
    simulated = peer.markov_model(
        frame, "path", "total_conversions", var_null="total_null", verbose=False
    )
    whole = float(simulated["total_conversions"].sum())
    theirs = simulated[["channel_name", "total_conversions"]].itertuples(index=False)
    return max(abs(float(credit) / whole - shares[name]) for name, credit in theirs)


if __name__ == "__main__":
    main()
