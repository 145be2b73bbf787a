"""How the sample's values look as text: identifiers, times and words, a column at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pyarrow as pa

from data.sample_company.world.planted import NEVER, Flags, Integers

_DIGITS = np.frombuffer(
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8
)

_CHECKS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)

_LENGTH = 18


def pick(words: Sequence[str | None], numbers: Integers | pl.Series) -> pl.Series:
    """The word at each number.

    >>> pick(("a", "b"), np.array([1, 0])).to_list()
    ['b', 'a']
    """
    return pl.Series(words, dtype=pl.String).gather(numbers)


def choose(
    flags: Flags | pl.Series, yes: pl.Series | str | None, no: pl.Series | str | None
) -> pl.Series:
    """One value where the flag is set, the other where it is not.

    >>> choose(np.array([True, False]), "N/A", pl.Series(["a", "b"])).to_list()
    ['N/A', 'b']
    """
    whole = [value if isinstance(value, pl.Series) else pl.Series([value]) for value in (yes, no)]
    return whole[0].zip_with(pl.Series(flags), whole[1])


def drawn_words(random: np.random.Generator, words: Sequence[str], count: int) -> pl.Series:
    """Draw words, the earlier ones more often."""
    return pick(words, (random.random(count) ** 1.5 * len(words)).astype(np.int64))


def true_false(flags: Flags) -> pl.Series:
    """Flags as Salesforce exports them.

    >>> true_false(np.array([True, False])).to_list()
    ['true', 'false']
    """
    return pick(("false", "true"), flags.astype(np.int64))


def salesforce_ids(prefix: str, numbers: Integers) -> pl.Series:
    """The 18-character Salesforce id of each number: 15 that count, 3 that check upper case.

    >>> salesforce_ids("00Q", np.array([0, 61, 62])).to_list()
    ['00Q5g0000000000EAA', '00Q5g000000000zEAA', '00Q5g0000000010EAA']
    """
    count = len(numbers)
    text = np.empty((count, _LENGTH), dtype=np.uint8)
    text[:, :7] = np.frombuffer(f"{prefix}5g00".encode(), dtype=np.uint8)
    rest = np.asarray(numbers, dtype=np.int64)
    for position in range(14, 6, -1):
        rest, digit = np.divmod(rest, 62)
        text[:, position] = _DIGITS[digit]
    upper = (text[:, :15] >= ord("A")) & (text[:, :15] <= ord("Z"))
    for block in range(3):
        bits = upper[:, block * 5 : block * 5 + 5] @ (1 << np.arange(5))
        text[:, 15 + block] = _CHECKS[bits]
    offsets = np.arange(0, (count + 1) * _LENGTH, _LENGTH, dtype=np.int64)
    array = pa.LargeStringArray.from_buffers(
        count, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text.tobytes())
    )
    series = pl.from_arrow(array)
    assert isinstance(series, pl.Series)
    return series


def ids_or_empty(prefix: str, numbers: Integers) -> pl.Series:
    """The id of each number, null where the number is negative."""
    ids = salesforce_ids(prefix, np.maximum(numbers, 0))
    return choose(numbers >= 0, ids, None)


def moments(times: Integers) -> pl.Series:
    """Seconds since 1970 as timestamps in UTC, null for `NEVER`."""
    series = pl.Series(times)
    return (
        pl.select(pl.when(series < int(NEVER)).then(series * 1_000_000).cast(pl.Datetime("us")))
        .to_series()
    )  # fmt: skip


def times_text(times: Integers, layout: str = "%Y-%m-%dT%H:%M:%S.000Z") -> pl.Series:
    """Times as text, by default as Salesforce exports them; null for `NEVER`.

    >>> times_text(np.array([0, NEVER])).to_list()
    ['1970-01-01T00:00:00.000Z', None]
    """
    return moments(times).dt.strftime(layout)
