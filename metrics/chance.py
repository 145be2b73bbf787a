"""Whether a difference is more than chance: what may be claimed of two numbers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import polars as pl

from metrics.rates import wilson

FEWEST = 20
"""Of fewer nothing is claimed."""

_ERROR = 0.05


class Verdict(StrEnum):
    """What may be claimed of a change."""

    UNTESTED = "untested"
    TOO_FEW = "too few to compare"
    MAY_BE_CHANCE = "may be chance"
    MORE_THAN_CHANCE = "more than chance"


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many; None where the number is not known."""

    part: int | None
    whole: int | None


def share_changes(pairs: Sequence[tuple[Part, Part]]) -> list[Verdict]:
    """Is a share another one than before? For all pairs that are shown together.

    Each pair is now and before. Under FEWEST in either whole it is too few to compare, without a
    number untested. A change is more than chance when the interval of the difference excludes 0. So
    that 5 % are the chance of a false claim among all pairs, each is held to 5 % ÷ their number.
    Records are taken to convert independently of each other.
    Source: the hybrid score interval of Newcombe (1998), method 10; Bonferroni.

    >>> share_changes([(Part(60, 100), Part(30, 100)), (Part(0, 5), Part(4, 5))])
    [<Verdict.MORE_THAN_CHANCE: 'more than chance'>, <Verdict.TOO_FEW: 'too few to compare'>]
    """
    rows = [(now.part, now.whole, then.part, then.whole) for now, then in pairs]
    names = ("now", "now_of", "then", "then_of")
    z = _quantile(len(pairs))
    low, high = wilson(pl.col("now"), pl.col("now_of"), z)
    then_low, then_high = wilson(pl.col("then"), pl.col("then_of"), z)
    share, then_share = pl.col("now") / pl.col("now_of"), pl.col("then") / pl.col("then_of")
    difference = share - then_share
    above = difference - ((share - low) ** 2 + (then_high - then_share) ** 2).sqrt() > 0
    below = difference + ((high - share) ** 2 + (then_share - then_low) ** 2).sqrt() < 0
    enough = pl.min_horizontal("now_of", "then_of") >= FEWEST
    return _verdicts(rows, names, enough=enough, surely=above | below)


def count_changes(
    pairs: Sequence[tuple[int | None, int | None]], *, days: tuple[int, int] = (1, 1)
) -> list[Verdict]:
    """Is a count of events another one than before? For all pairs that are shown together.

    Each pair is now and before, counted on so many `days` each. With both under FEWEST it is too
    few to compare, without a number untested. A change is more than chance when the interval of the
    ratio excludes 1 and, on the same side, the ratio of the days. So that 5 % are the chance of a
    false claim among all pairs, each is held to 5 % ÷ their number. Events are taken to be
    independent: what comes in bunches, such as the leads of one fair, varies more than this says.
    Source: Wilson (1927) for the part of now in both; Bonferroni.

    >>> count_changes([(425, 275), (3, 9), (66, 50)])[::2]
    [<Verdict.MORE_THAN_CHANCE: 'more than chance'>, <Verdict.MAY_BE_CHANCE: 'may be chance'>]
    """
    # A ratio above 1 is a share above one half of both; this way neither may be missing.
    low, high = wilson(pl.col("now"), pl.col("now") + pl.col("then"), _quantile(len(pairs)))
    expected = days[0] / sum(days)
    surely = (low > max(0.5, expected)) | (high < min(0.5, expected))
    enough = pl.max_horizontal("now", "then") >= FEWEST
    return _verdicts(pairs, ("now", "then"), enough=enough, surely=surely)


def _quantile(comparisons: int) -> float:
    """How many standard errors leave the error of one of so many comparisons."""
    return NormalDist().inv_cdf(1 - _ERROR / 2 / max(1, comparisons))


def _verdicts(
    rows: Sequence[tuple[int | None, ...]],
    names: Sequence[str],
    *,
    enough: pl.Expr,
    surely: pl.Expr,
) -> list[Verdict]:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row")
    verdict = (
        pl.when(pl.any_horizontal(pl.col(names).is_null()))
        .then(pl.lit(Verdict.UNTESTED.value))
        .when(~enough)
        .then(pl.lit(Verdict.TOO_FEW.value))
        .when(surely)
        .then(pl.lit(Verdict.MORE_THAN_CHANCE.value))
        .otherwise(pl.lit(Verdict.MAY_BE_CHANCE.value))
    )
    return [Verdict(each) for each in frame.select(verdict=verdict)["verdict"]]
