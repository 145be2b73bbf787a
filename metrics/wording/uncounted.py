"""What is counted nowhere, in one sentence beside the numbers that would count it."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from metrics.health.counted_nowhere import WOULD_COUNT_IN, Uncounted
from metrics.wording import formats

_WORDS = {
    Uncounted.UNDATED_LEAD: (
        "lead without a date is", "leads without a date are", "in no period and no cohort"
    ),
    Uncounted.UNDATED_STAGE: (
        "lead is", "leads are",
        "in a stage since an unknown day and in no month, speed or forecast of that stage, which"
        " cannot be told where they are many: export the history of the stages, or a column of"
        " days for each",
    ),
    Uncounted.ENTRY_OF_NO_LEAD: (
        "stage entry is", "stage entries are", "of leads that are not loaded"
    ),
    Uncounted.ENTRY_OF_NO_DEAL: (
        "stage entry is", "stage entries are", "of deals that are not loaded"
    ),
    Uncounted.UNDATED_DEAL: (
        "closed deal without a close date is", "closed deals without a close date are",
        "in no period",
    ),
    Uncounted.UNPRICED_DEAL: (
        "won deal without an exchange rate is", "won deals without an exchange rate are",
        "in no revenue",
    ),
    Uncounted.UNPRICED_SPEND: (
        "day of spend without an exchange rate is", "days of spend without an exchange rate are",
        "in no cost",
    ),
    Uncounted.UNREAD_WORD: (
        "row was rejected", "rows were rejected", "for a word that no mapping knows"
    ),
    Uncounted.UNKNOWN_ACTION: (
        "interaction has", "interactions have", "an action that the definitions do not name"
    ),
}  # fmt: skip


def uncounted_sentence(found: pl.DataFrame, tables: Collection[str]) -> str | None:
    """What an answer made of these tables leaves out, of all that is loaded; None where nothing.

    `found` are the rows of `counted_nowhere`.

    >>> rows = {"kind": ["day of spend without an exchange rate"], "row_count": [1]}
    >>> said = uncounted_sentence(pl.DataFrame(rows), {"spend"})
    >>> said.removesuffix(" Data health lists them.")
    'Of all that is loaded, 1 day of spend without an exchange rate is in no cost.'
    >>> uncounted_sentence(pl.DataFrame(rows), {"deal"}) is None
    True
    """
    said = [
        f"{formats.counted(count, one, many)} {rest}"
        for kind, count in found.select("kind", "row_count").iter_rows()
        if not set(WOULD_COUNT_IN[Uncounted(kind)]).isdisjoint(tables)
        for one, many, rest in [_WORDS[Uncounted(kind)]]
    ]
    if not said:
        return None
    return f"Of all that is loaded, {'; '.join(said)}. Data health lists them."
