"""Incidence: what share of records has converted by each age, with competing exits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import fft

from metrics.estimators.age_counts import AgeCounts, Bins, binned

__all__ = [
    "AgeCounts",
    "Bins",
    "Incidence",
    "IncidenceDraws",
    "binned",
    "chained",
    "draw_incidence",
    "incidence",
]

PRIOR_CONVERTED, PRIOR_EXITED = 0.05, 0.05
"""The conversions and exits of the one record that the prior of the draws adds."""

MOST_BINS = 40
"""Curves with many events are drawn in about this many bins."""

DRAWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, eq=False)
class Incidence:
    """The shares of records converted, exited and still open at the end of each age, in days.

    A curve of steps: between two ages it keeps the value of the first. Before the first age
    nobody has converted; after the last age, the horizon, nothing more is known and the last value
    stands.
    """

    age: NDArray[np.int64]
    converted: NDArray[np.float64]
    exited: NDArray[np.float64]
    open: NDArray[np.float64]

    def at(self, ages: ArrayLike) -> NDArray[np.float64]:
        """The share converted by each of these ages."""
        return _step(self.age, self.converted, 0.0, ages)

    def open_at(self, ages: ArrayLike) -> NDArray[np.float64]:
        """The share still open after each of these ages."""
        return _step(self.age, self.open, 1.0, ages)

    @property
    def horizon(self) -> int:
        """The last age, in days."""
        return int(self.age[-1])

    @property
    def final(self) -> float:
        """The share converted by the horizon."""
        return float(self.converted[-1])


def _step(
    age: NDArray[np.int64], value: NDArray[np.float64], before: float, ages: ArrayLike
) -> NDArray[np.float64]:
    index = np.searchsorted(age, np.asarray(ages), side="right")
    return np.concatenate(([before], value))[index]


def incidence(counts: AgeCounts) -> Incidence:
    """What share of records converts within each age of entering?

    One value per day of age, 0 to the horizon. With n_t at risk at age t, d_t converting, e_t
    exiting: F(t) = Σ S(t−1) · d_t ÷ n_t, the same of e_t for the exits, S = 1 − F − E. Events on
    one day compete for the same n_t; those at age 0 count. An age nobody is at risk at changes
    nothing. Where the first records under observation are few and all leave, S is 0 from there on
    and later ages no longer count: late entry needs a risk set worth its name.

    Source: Aalen & Johansen (1978), in discrete time.

    >>> counts = AgeCounts.of([0, 1, 3], entered=[10, 0, 0], converted=[1, 2, 3],
    ...                       exited=[0, 1, 0], censored=[1, 0, 2], horizon=3)
    >>> incidence(counts).at([0, 1, 2, 3]).round(3).tolist()
    [0.1, 0.325, 0.325, 0.662]
    """
    n = np.maximum(counts.at_risk, 1)
    converting, exiting = counts.converted / n, counts.exited / n
    still_open = np.cumprod(1 - (counts.converted + counts.exited) / n, dtype=np.float64)
    before = np.concatenate(([1.0], still_open[:-1]))
    return Incidence(
        np.arange(counts.horizon + 1),
        # Sums of shares miss 1 by rounding.
        np.minimum(np.cumsum(before * converting), 1),
        np.minimum(np.cumsum(before * exiting), 1),
        still_open,
    )


@dataclass(frozen=True, slots=True, eq=False)
class IncidenceDraws:
    """Draws of a whole curve: [draws, bins] of what is converted and open at each bin's last age.

    `estimate` is the curve that is drawn around. Between the ends of a bin a draw rises in the
    estimate's own steps (`converted_by`, `exited_by`: the part of the bin's rise that has come
    by each age), so that a wide bin of few conversions keeps their dates.
    """

    estimate: Incidence
    age: NDArray[np.int64]
    converted: NDArray[np.float32]
    open: NDArray[np.float32]
    converted_by: NDArray[np.float64]
    exited_by: NDArray[np.float64]

    def at(self, ages: ArrayLike) -> NDArray[np.float32]:
        """The share converted by each of these ages: [draws, ages]."""
        return self._risen(lambda bins: self.converted.T[bins], self.converted_by, ages).T

    def open_at(self, ages: ArrayLike) -> NDArray[np.float32]:
        """The share still open after each of these ages: [draws, ages]."""
        converted = self._risen(lambda bins: self.converted.T[bins], self.converted_by, ages)
        exited = self._risen(
            lambda bins: 1 - self.converted.T[bins] - self.open.T[bins], self.exited_by, ages
        )
        still_open: NDArray[np.float32] = np.clip(1 - converted - exited, 0, 1)
        return still_open.T

    def part(self, draws: slice) -> IncidenceDraws:
        """Some of the draws."""
        return replace(self, converted=self.converted[draws], open=self.open[draws])

    @property
    def final(self) -> NDArray[np.float32]:
        """The share converted by the horizon, per draw."""
        return self.converted[:, -1]

    def _risen(
        self,
        by_the_end: Callable[[NDArray[np.int64]], NDArray[np.float32]],
        share: NDArray[np.float64],
        ages: ArrayLike,
    ) -> NDArray[np.float32]:
        """What has come by each age: [ages, draws], where rows are contiguous.

        `by_the_end` is what has come by the end of each of some bins, `share` the part of its bin's
        rise that has come by each age.
        """
        asked = np.asarray(ages)
        age = np.clip(asked, 0, self.age[-1]).astype(np.int64)
        index = np.searchsorted(self.age, age)
        part = np.where(asked < 0, 0, share[age]).astype(np.float32)[:, None]
        below = np.where(index[:, None] > 0, by_the_end(index - 1), np.float32(0))
        risen: NDArray[np.float32] = below + part * (by_the_end(index) - below)
        return risen


def draw_incidence(counts: AgeCounts, draws: int, rng: np.random.Generator) -> IncidenceDraws:
    """How sure is the whole curve? Draws of it, with its ages moving together.

    Per bin the hazards (converting, exiting, staying) ~ Dirichlet(d + a, e + b, n − d − e + c),
    the curve their product. The prior is one record in all, not one per bin: at risk throughout,
    it converts with 0.05, exits with 0.05, and otherwise stays. Its 0.05 is spread like the
    conversions seen (a = 0.05 · d ÷ Σ d, evenly where there are none), likewise the exits, and c is
    what has not left yet. The mean of the draws is thus the product limit of the records and this
    one. With 0.05 in every bin, 3 wins among 900 exits would come out threefold, on every day
    sevenfold.

    Bins hold five events or, of many, a fortieth (`binned`).
    Source: the beta-Stacy process, Walker & Muliere (1997).
    """
    events = int(counts.converted.sum() + counts.exited.sum())
    bins = binned(counts, at_least=max(5, -(-events // MOST_BINS)))
    converted = bins.converted + PRIOR_CONVERTED * _spread(bins.converted)
    exited = bins.exited + PRIOR_EXITED * _spread(bins.exited)
    stayed = np.maximum(bins.at_risk - bins.converted - bins.exited, 0) + 1
    stayed -= np.cumsum(converted - bins.converted + exited - bins.exited)
    converting, exiting, staying = (
        _gammas(each, draws, rng) for each in (converted, exited, stayed)
    )
    exiting += converting
    exiting += staying  # the sum of the three
    staying /= exiting
    converting /= exiting
    still_open = np.cumprod(staying, axis=0)
    converting[1:] *= still_open[:-1]
    return IncidenceDraws(
        incidence(counts),
        bins.age,
        np.cumsum(converting, axis=0).T,
        still_open.T,
        bins.converted_by,
        bins.exited_by,
    )


def _spread(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of each bin in what was seen; even where nothing was."""
    total = seen.sum()
    return seen / total if total else np.full(len(seen), 1 / len(seen))


def _gammas(
    shape: NDArray[np.float64], draws: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Gamma variables, [shapes, draws]; a shape of 0 gives 0."""
    found = np.zeros((len(shape), draws), dtype=np.float32)
    for row, each in zip(found, shape.tolist(), strict=True):
        if each:
            rng.standard_gamma(each, dtype=np.float32, out=row)
    return found


@overload
def chained(first: Incidence, second: Incidence) -> Incidence: ...


@overload
def chained(first: IncidenceDraws, second: IncidenceDraws) -> IncidenceDraws: ...


def chained(
    first: Incidence | IncidenceDraws, second: Incidence | IncidenceDraws
) -> Incidence | IncidenceDraws:
    """What share passes two steps, one after the other, within each age of entering the first?

    Of two curves of daily ages from 0, or draw by draw of equally many draws. The clock of the
    second step starts when the first ends, and its course does not depend on how long that took.
    Exits are those of either step. The chain speaks up to the longer of the two horizons, like the
    direct curve it is held against; who would pass both later is open.

    >>> step = Incidence(np.arange(3), np.array([0.0, 0.5, 0.5]), np.zeros(3), np.ones(3) / 2)
    >>> chained(step, step).at([1, 2]).tolist()
    [0.0, 0.25]
    """
    if isinstance(first, IncidenceDraws) and isinstance(second, IncidenceDraws):
        estimate = chained(first.estimate, second.estimate)
        every = np.ones(len(estimate.age))
        # So many at a time that what they need stays in a processor's cache.
        drawn = np.empty((2, len(first.final), len(every)), dtype=np.float32)
        for start in range(0, len(first.final), DRAWS_AT_ONCE):
            part = slice(start, start + DRAWS_AT_ONCE)
            drawn[:, part] = _chain(first.part(part), second.part(part), estimate.age)
        return IncidenceDraws(estimate, estimate.age, drawn[0], drawn[1], every, every)
    if isinstance(first, Incidence) and isinstance(second, Incidence):
        ages = np.arange(max(first.horizon, second.horizon) + 1)
        converted, still_open = _chain(first, second, ages)
        return Incidence(ages, converted, 1 - converted - still_open, still_open)
    raise TypeError("a curve is chained with a curve, draws with draws")


def _chain(
    first: Incidence | IncidenceDraws, second: Incidence | IncidenceDraws, ages: NDArray[np.int64]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """What is converted and open at each age, which is the last axis."""
    reached: NDArray[Any] = first.at(ages)
    passing: NDArray[Any] = second.at(ages)
    daily = np.diff(reached, axis=-1, prepend=reached.dtype.type(0))
    exiting = 1 - passing - second.open_at(ages)
    if daily.ndim == 1:
        converted, exited = (np.convolve(daily, each)[: len(ages)] for each in (passing, exiting))
    else:
        converted, exited = _convolved(daily, passing, exiting)
    still_open: NDArray[Any] = reached + first.open_at(ages) - converted - exited
    return converted, still_open.clip(0, 1)


def _convolved(daily: NDArray[Any], *shares: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The first with each of the others, draw by draw up to the last age, by Fourier's way."""
    ages = daily.shape[1]
    size = fft.next_fast_len(2 * ages - 1, real=True)
    transformed = fft.rfft(daily, size, axis=1)
    for share in shares:
        joined = fft.irfft(transformed * fft.rfft(share, size, axis=1), size, axis=1)
        # Off by rounding, which must not make a share negative.
        yield joined[:, :ages].clip(0, 1)
