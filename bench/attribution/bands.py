"""How often 90% bands of credit hold what endlessly many journeys of the same chain would give."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import numpy as np
import polars as pl

from bench.attribution.chain import Chain, random_chain
from bench.attribution.company import BEGIN, Held, Shape, company
from bench.calibration.shares import Share, table
from data.definitions import Definitions
from data.terms.attribution import AttributionTerms
from metrics.attribution.credit import FEWEST_TOUCHED, credit_of
from metrics.attribution.question import Question, Worth
from metrics.attribution.usual import settled
from metrics.period import Period
from metrics.scope import Scope

MODELS = ("first", "last", "linear", "u_shaped", "time_decay", "markov_1", "shapley")
ENDLESS = 600_000
"""So many journeys make a company hundreds of times as large as the others."""
SIZES = (1_500, 6_000)
"""Journeys of a company in three years, from and to."""


class Seen(StrEnum):
    """How long journeys are seen."""

    CLOSED = "closed"
    """Until all have ended, with every touch: the chain's own credit is exact."""
    OPEN = "open"
    """The last of three years, with the usual lookback and journeys that are still open."""


OF_A_CHAIN = {Seen.CLOSED: 5, Seen.OPEN: 25}
"""So many companies share a planted chain: that of an endless company takes a minute to learn."""


def try_all(seen: Seen, companies: int, folder: Path) -> None:
    """Try so many companies and keep their rows, a file for each chain; those there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    warehouse = Held(Definitions.load())
    for number in range(companies // OF_A_CHAIN[seen]):
        path = folder / f"{seen.value}-{number:03}.parquet"
        if not path.exists():
            tried(warehouse, seen, number).write_parquet(path)


def tried(warehouse: Held, seen: Seen, number: int) -> pl.DataFrame:
    """One row per company of a chain, worth, model and channel: its share and bounds, and truth."""
    chain = random_chain(np.random.default_rng((1, number)))
    truth = _of_chain(chain) if seen is Seen.CLOSED else _endless(warehouse, chain, number)
    rows = []
    for place in range(OF_A_CHAIN[seen]):
        rng = np.random.default_rng((2, number, place))
        shape = shape_of(seen, int(np.exp(rng.uniform(*np.log(SIZES)))))
        found = credited(warehouse, chain, shape, seen, rng).join(truth, on=["model", "segment"])
        rows.append(found.with_columns(company=pl.lit(f"{seen.value} {number} {place}")))
    return pl.concat(rows)


def shape_of(seen: Seen, journeys: int) -> Shape:
    """A company of so many journeys."""
    whole = Shape(journeys, begin_within=1095, seen=1095)
    return whole if seen is Seen.OPEN else replace(whole, journeys=journeys // 3, seen=4000)


def credited(
    warehouse: Held, chain: Chain, shape: Shape, seen: Seen, rng: np.random.Generator
) -> pl.DataFrame:
    """The product's credit of a company, by conversions and by money."""
    warehouse.hold(company(chain, shape, rng), shape.last)
    return pl.concat(
        _asked(warehouse, shape, seen, worth).with_columns(worth=pl.lit(worth.value))
        for worth in Worth
    )


def _asked(warehouse: Held, shape: Shape, seen: Seen, worth: Worth) -> pl.DataFrame:
    last = shape.last
    begin = BEGIN if seen is Seen.CLOSED else last - timedelta(days=364)
    question = Question(Scope(Period(begin, last), last), worth=worth)
    if seen is Seen.CLOSED:
        question = replace(question, lookback_days=shape.seen)
    question, half_life = settled(warehouse, question, AttributionTerms())
    found = credit_of(warehouse, question, half_life)
    wanted = found.filter(pl.col("model").is_in(MODELS), pl.col("segment") != "Unattributed")
    return wanted.select(
        "model", "segment", "conversions", "share", "share_low", "share_high", "is_told"
    )


def _endless(warehouse: Held, chain: Chain, number: int) -> pl.DataFrame:
    """The credit of a company of the same chain some hundred times as large."""
    rng = np.random.default_rng((3, number))
    found = credited(warehouse, chain, shape_of(Seen.OPEN, ENDLESS), Seen.OPEN, rng)
    # What a deal is worth does not depend on its journey, so that both have one truth.
    counted = found.filter(worth=Worth.COUNT.value)
    return counted.select("model", "segment", truth="share")


def _of_chain(chain: Chain) -> pl.DataFrame:
    names = [f"Channel {channel}" for channel in range(chain.channels)]
    return pl.concat(
        pl.DataFrame({"model": model, "segment": names, "truth": of_model})
        for model, of_model in chain.credit.items()
    )


def shown(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that the product shows of data-driven models, and of rules those like them."""
    half = pl.max_horizontal(
        pl.col("share_high") - pl.col("share"), pl.col("share") - pl.col("share_low")
    )
    enough = pl.col("conversions") >= FEWEST_TOUCHED
    return rows.filter(enough & (half <= pl.col("share") / 2))


def covered(rows: pl.DataFrame, *by: str) -> str:
    """A table of how many bands hold the truth, by these columns, with the side it else lies on."""
    lines = []
    for key, part in rows.sort(*by).group_by(*by, maintain_order=True):
        holds = part.select(pl.col("truth").is_between("share_low", "share_high")).to_series()
        above = part.select((pl.col("truth") > pl.col("share_high")).mean()).item()
        below = part.select((pl.col("truth") < pl.col("share_low")).mean()).item()
        share = Share.of(holds.to_numpy(), part["company"].to_list())
        found = f"{share.share:.1%} ({share.low:.1%}–{share.high:.1%})"
        companies = part["company"].n_unique()
        lines.append([*key, companies, share.trials, found, f"{above:.1%}", f"{below:.1%}"])
    headings = [*by, "companies", "bands", "hold the truth", "truth above", "truth below"]
    return table(headings, lines)


_SIZE = (
    pl.when(pl.col("conversions") < 40)
    .then(pl.lit("20 to 39"))
    .when(pl.col("conversions") < 80)
    .then(pl.lit("40 to 79"))
    .otherwise(pl.lit("80 or more"))
)
"""Of how many conversions a channel is known."""


def report(folder: Path) -> str:
    """Coverage of the bands that are shown: by model, by worth, and by conversions of a channel."""
    parts = []
    for seen in Seen:
        files = sorted(folder.glob(f"{seen.value}-*.parquet"))
        if not files:
            continue
        rows = shown(pl.concat(pl.read_parquet(each) for each in files))
        rows = rows.with_columns(touched=_SIZE)
        parts.append(f"{seen.value}:\n\n{covered(rows, 'model', 'worth')}")
        parts.append(covered(rows, "touched", "worth"))
    return "\n\n".join(parts)
