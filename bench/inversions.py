"""How often a level that converts worse than the next is flagged: `python -m bench.inversions`.

Made-up companies whose levels convert as stated, followed until some weeks after the period. Leads
of one account convert together. A company is flagged where any level is worse than the next by more
than chance, to SQL, opportunity or won.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import binom

from metrics.estimators.comparing.clustering import AccountSums
from metrics.quality.outcomes import (
    STAGES,
    Outcomes,
    Standing,
    counted_outcomes,
    standings,
)
from metrics.scope import Stage

Floats = NDArray[np.float64]

LEVELS = ("High value", "High potential", "Nurture", "Verify", "Low conversion")

SHARES = (0.08, 0.17, 0.30, 0.25, 0.20)
"""Of all leads, those of each level."""

IN_ORDER = (0.30, 0.20, 0.12, 0.08, 0.04)
"""Of the leads of each level, those that become SQLs."""

TRUTHS = {
    "in order": IN_ORDER,
    "two pairs alike": (0.30, 0.12, 0.12, 0.06, 0.06),
    "all alike": (0.15,) * 5,
}
"""Companies of which no level may be flagged."""

LEADS = (2_500, 5_000, 10_000, 20_000)

PERIOD, AFTER = 365, 60
"""Leads come in over so many days, and are followed until so many days after the last."""

USUAL = {Stage.SQL: 120, Stage.OPPORTUNITY: 210, Stage.WON: 390}


def inverted(pair: int) -> tuple[float, ...]:
    """The rates in order, but for a level and the next one, which have changed places."""
    rates = list(IN_ORDER)
    rates[pair], rates[pair + 1] = rates[pair + 1], rates[pair]
    return tuple(rates)


@dataclass(frozen=True)
class Company:
    """Leads with the number of their level and account, and on which day of their life what came.

    Days are NaN where it did not come; `followed` is for how many days each can be seen.
    """

    level: NDArray[np.int64]
    account: NDArray[np.int64]
    followed: Floats
    reached: dict[Stage, Floats]
    left: Floats

    def outcomes(self) -> Outcomes:
        """What the metric makes of its counts."""
        ages = pl.concat([self._ages(stage) for stage in STAGES])
        return counted_outcomes(ages, self._sums(), "level", USUAL)

    def _ages(self, stage: Stage) -> pl.DataFrame:
        came = self.reached[stage] <= self.followed
        gone = ~came & (self.left <= self.followed)
        age = np.where(came, self.reached[stage], np.where(gone, self.left, self.followed))
        left = pl.DataFrame(
            {"level": self.level, "age_days": age.astype(np.int64), "records": 0, "converted": came,
             "exited": gone, "open": ~came & ~gone}
        )  # fmt: skip
        entered = pl.DataFrame(
            {"level": self.level, "age_days": 0, "records": 1, "converted": False, "exited": False,
             "open": False}
        )  # fmt: skip
        counts = ("records", "converted", "exited", "open")
        return (
            pl.concat([left, entered], how="vertical_relaxed")
            .group_by("level", "age_days")
            .agg(pl.col(*counts).cast(pl.Int64).sum())
            .sort("level", "age_days")
            .with_columns(
                pl.col("level").replace_strict(dict(enumerate(LEVELS)), return_dtype=pl.String),
                undated=pl.lit(0),
                from_stage=pl.lit("lead"),
                to_stage=pl.lit(stage.value),
            )
        )

    def _sums(self) -> pl.DataFrame:
        rows = []
        for place, level in enumerate(LEVELS):
            mine = self.level == place
            row: dict[str, object] = {"level": level}
            for stage in STAGES:
                came = self.reached[stage][mine] <= self.followed[mine]
                sums = AccountSums.of_records(came, self.account[mine])
                row |= {
                    "accounts": sums.accounts,
                    "reached": sums.reached,
                    "reached_squared": sums.reached_squared,
                    f"converted_{stage.value}": sums.converted,
                    f"squared_{stage.value}": sums.converted_squared,
                    f"crossed_{stage.value}": sums.converted_by_reached,
                }
            rows.append(row)
        return pl.DataFrame(rows)


def company(rates: Sequence[float], leads: int, generator: np.random.Generator) -> Company:
    """A company of so many leads, whose levels become SQLs at these rates.

    Half of the accounts convert half as often, and half of them half as often again: of a rate of
    0.3 the leads of one account go together with a correlation of 0.11. An account has 2.5 leads on
    average. Half of the SQLs become opportunities, three in ten of these are won.
    """
    level = generator.choice(len(LEVELS), leads, p=SHARES)
    account = generator.integers(0, max(1, round(leads / 2.5)), leads)
    keenness = generator.choice([0.5, 1.5], leads)[account]
    chance = np.array(rates)[level] * keenness
    reached, day, still = {}, np.zeros(leads), np.ones(leads, np.bool_)
    for stage, share, lag in zip(STAGES, (chance, 0.5, 0.3), (25.0, 40.0, 60.0), strict=True):
        still &= generator.random(leads) < share
        day = day + np.ceil(generator.gamma(2.0, lag / 2, leads))
        reached[stage] = np.where(still, day, np.nan)
    leaves = (generator.random(leads) < 0.7) & np.isnan(reached[Stage.WON])
    left = day + np.ceil(generator.gamma(2.0, 22.0, leads))
    followed = generator.integers(AFTER, PERIOD + AFTER, leads).astype(np.float64)
    return Company(level, account, followed, reached, np.where(leaves, left, np.nan))


def flagged(made: Company) -> set[str]:
    """Its levels that are said to be worse than the next, to any stage."""
    told = standings(made.outcomes(), LEVELS)
    return {level for (level, _), standing in told.items() if standing is Standing.WORSE}


@dataclass(frozen=True)
class Rates:
    """Of so many companies, in which share the planted level was flagged, and any other one."""

    companies: int
    found: float
    falsely: float


def tried(
    truths: Sequence[tuple[Sequence[float], str | None]],
    leads: int,
    companies: int,
    generator: np.random.Generator,
) -> Rates:
    """Companies of each truth in turn: its rates, and the level that is planted to be worse."""
    found, falsely, planted_ones = 0, 0, 0
    for number in range(companies):
        rates, planted = truths[number % len(truths)]
        told = flagged(company(rates, leads, generator))
        planted_ones += planted is not None
        found += planted in told
        falsely += bool(told - {planted})
    return Rates(companies, found / planted_ones if planted_ones else np.nan, falsely / companies)


def most_power(
    rates: tuple[float, float], leads: tuple[int, int], errors: Sequence[float]
) -> tuple[list[float], float]:
    """How often can any test find that the first rate is below the second?

    The power that no test exceeds which, were both rates alike, would find it with these
    probabilities; and the least such probability with which one can find it in 90%. Leads convert
    independently and all is seen of them. The test knows both rates.
    Source: Neyman and Pearson (1933), randomised where the likelihoods tie.
    """
    alike = float(np.dot(rates, leads)) / sum(leads)
    sides = [_likelihoods(rate, alike, many) for rate, many in zip(rates, leads, strict=True)]
    (ratio, under, truly), (other_ratio, other_under, other_truly) = sides
    order = np.argsort(-np.add.outer(ratio, other_ratio).ravel())
    falsely = np.cumsum(np.outer(under, other_under).ravel()[order])
    found = np.cumsum(np.outer(truly, other_truly).ravel()[order])
    return np.interp(errors, falsely, found).tolist(), float(np.interp(0.9, found, falsely))


def _likelihoods(rate: float, alike: float, leads: int) -> tuple[Floats, Floats, Floats]:
    """Of each count: the log ratio of its likelihoods, and its probability under either rate."""
    ends = [binom.ppf(each, leads, p) for each in (1e-12, 1 - 1e-12) for p in (rate, alike)]
    counts = np.arange(min(ends), max(ends) + 1)
    ratio = binom.logpmf(counts, leads, rate) - binom.logpmf(counts, leads, alike)
    return ratio, binom.pmf(counts, leads, alike), binom.pmf(counts, leads, rate)


def bounds(leads: int) -> Iterator[str]:
    """A line per pair: the most power of a twelfth, a quarter and all of 5%, and what 90% need."""
    for pair in range(len(LEVELS) - 1):
        better, worse = inverted(pair)[pair : pair + 2]
        sizes = round(leads * SHARES[pair]), round(leads * SHARES[pair + 1])
        powers, needed = most_power((better, worse), sizes, (0.05 / 12, 0.05 / 4, 0.05))
        told = ", ".join(f"{each:.1%}" for each in powers)
        yield f"{leads:,} leads, {LEVELS[pair]} inverted: at most {told}; 90% need {needed:.3%}"


INVERSIONS = tuple((inverted(pair), LEVELS[pair]) for pair in range(len(LEVELS) - 1))


def measured(leads: int, companies: int, generator: np.random.Generator) -> Iterator[str]:
    """A line per truth."""
    for name, rates in TRUTHS.items():
        none = tried([(rates, None)], leads, companies, generator)
        yield f"{leads:,} leads, {name}: falsely flagged {none.falsely:.1%} of {companies}"
    for truth in INVERSIONS:
        one = tried([truth], leads, companies, generator)
        yield (
            f"{leads:,} leads, {truth[1]} inverted: flagged {one.found:.1%}, another one falsely"
            f" {one.falsely:.1%} of {companies}"
        )


def main() -> None:
    """Print, for each size and truth, how often levels were flagged."""
    parser = argparse.ArgumentParser(prog="python -m bench.inversions", description=__doc__)
    parser.add_argument("--companies", type=int, default=300)
    parser.add_argument(
        "--bound", action="store_true", help="the power that no test exceeds, to SQL alone"
    )
    parser.add_argument("--leads", type=int, nargs="+", default=LEADS)
    options = parser.parse_args()
    for leads in options.leads:
        if options.bound:
            print(*bounds(leads), sep="\n", flush=True)
            continue
        generator = np.random.default_rng(leads)
        for line in measured(leads, options.companies, generator):
            print(line, flush=True)


if __name__ == "__main__":
    main()
