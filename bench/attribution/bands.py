"""How often 90 % bands of credit hold what endlessly many journeys of the same chain would give."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

import numpy as np
import polars as pl

from bench.attribution.chain import Chain, random_chain
from bench.attribution.company import BEGIN, Held, Shape, company
from data.definitions import AttributionTerms, Definitions
from metrics.attribution.credit import FEWEST_TOUCHED, credit_of
from metrics.attribution.question import Question, Worth
from metrics.attribution.usual import settled
from metrics.period import Period
from metrics.scope import Scope

MODELS = ("first", "last", "linear", "u_shaped", "time_decay", "markov_1", "shapley")
CLOSED_MODELS = ("first", "last", "linear", "markov_1", "shapley")
ENDLESS = 600_000
COMPANIES_OF_A_CHAIN = 25


class Seen(StrEnum):
    """How long journeys are seen."""

    CLOSED = "closed"
    """Until all have ended, with every touch: the chain's own credit is exact."""
    OPEN = "open"
    """The last of three years, with the usual lookback and journeys that are still open."""


def tried(seen: Seen, first: int, companies: int) -> pl.DataFrame:
    """One row per company, worth, model and channel: its share and bounds, and the truth."""
    warehouse = Held(Definitions.load())
    rows = []
    for number in range(first, first + companies):
        of_chain = number // COMPANIES_OF_A_CHAIN if seen is Seen.OPEN else number
        if number == first or (seen is Seen.OPEN and number % COMPANIES_OF_A_CHAIN == 0):
            chain = random_chain(np.random.default_rng((1, of_chain)))
            endless = _endless(warehouse, chain, of_chain) if seen is Seen.OPEN else None
        if seen is Seen.CLOSED:
            chain, endless = random_chain(np.random.default_rng((1, number))), None
        rng = np.random.default_rng((2, number))
        shape = shape_of(seen, int(np.exp(rng.uniform(np.log(2_000), np.log(12_000)))))
        found = credited(warehouse, chain, shape, seen, rng)
        truth = _of_chain(chain) if endless is None else endless
        rows.append(
            found.join(truth, on=[c for c in truth.columns if c != "truth"]).with_columns(
                company=pl.lit(number)
            )
        )
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


def covered(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    """How many bands hold the truth, and on which side it lies else, by these columns."""
    return (
        rows.group_by(*by)
        .agg(
            bands=pl.len(),
            companies=pl.col("company").n_unique(),
            covered=pl.col("truth").is_between("share_low", "share_high").mean(),
            above=(pl.col("truth") > pl.col("share_high")).mean(),
            below=(pl.col("truth") < pl.col("share_low")).mean(),
            off=(pl.col("share") - pl.col("truth")).mean(),
        )
        .sort(*by)
    )
