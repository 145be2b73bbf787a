"""The gap of a plan in words, alike on the page and in a report."""

from __future__ import annotations

import polars as pl

from metrics.plan.variance.gap import ACTUAL, PLANNED, RESERVE
from metrics.wording import formats

PART_LABELS = {
    PLANNED: "Planned",
    RESERVE: "Reserve of the plan",
    "opening": "In flight before",
    "volume": "Volume",
    "mix": "Mix",
    "rate_mql": "Rate to MQL",
    "rate_sql": "Rate to SQL",
    "rate_opportunity": "Rate to opportunity",
    "rate_won": "Rate to won",
    "timing": "Timing: late or early",
    "size": "Deal size",
    "currency": "Currency",
    "restatement": "Restatement",
    ACTUAL: "Actual",
}


def sentence(gap: pl.DataFrame, name: str, currency: str) -> str:
    """What came of the plan, in one sentence, and what of it is late or more than chance.

    The cause that goes furthest beyond chance comes first, not the largest amount: chance makes
    more of deal sizes than of volume.
    """
    amounts = {part: float(amount) for part, amount in gap.select("part", "amount").iter_rows()}
    planned, actual = amounts[PLANNED], amounts[ACTUAL]
    missing = planned - actual
    share = (
        f"{100 * actual / planned:.0f}% of the plan was won" if planned else "nothing was planned"
    )
    causes = gap.filter(pl.col("is_more_than_chance").fill_null(value=False))
    named = causes.sort("strength", descending=True, nulls_last=False)["part"].to_list()
    if missing > 0:
        text = f"{name}: {share}, {formats.money(missing, currency)} is missing"
        if amounts["timing"] < 0 and "timing" in named:
            late = min(-amounts["timing"], missing)
            text += f", {formats.money(late, currency)} of it late, not lost"
    else:
        text = f"{name}: {share}, {formats.money(-missing, currency)} more than planned"
    if not named:
        return f"{text}. No cause goes beyond chance."
    labels = [PART_LABELS[part].partition(":")[0].lower() for part in named]
    cause = "This cause goes" if len(labels) == 1 else "These causes go"
    return f"{text}. {cause} beyond chance: {' and '.join(labels)}."
