"""A question about segments: which measures, and by which dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from metrics.chance import Verdict
from metrics.funnel.deal_links import deal_links, unlinked_stages
from metrics.scope import Dimension, Scope
from metrics.segments.measures import Kind, Measure
from metrics.segments.segment_table import segment_table
from metrics.wording import formats
from metrics.wording.order import in_reading_order
from pages.controls.measure import definitions, measure

NOTHING = "Nothing more"
"""Chosen in place of a second dimension."""

TIMES = " × "
"""Between the values that make a segment."""

Cell = Mapping[Dimension, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """The scope, the measures, of which the first sorts and is drawn, and the dimensions."""

    scope: Scope
    measures: tuple[Measure, ...]
    by: tuple[Dimension, ...]

    @property
    def main(self) -> Measure:
        """The measure that the page is about."""
        return self.measures[0]

    @property
    def currency(self) -> str:
        """The base currency."""
        return definitions().base_currency

    @property
    def names(self) -> list[str]:
        """The columns of the dimensions."""
        return [each.value for each in self.by]

    @property
    def by_words(self) -> str:
        """The dimensions in a sentence."""
        return TIMES.join(each.label for each in self.by)


def table(asked: Asked) -> pl.DataFrame:
    """A row per segment and measure; nothing is said of a stage that no file tells anything of."""
    found = measure(segment_table, asked.scope, definitions(), by=asked.by, measures=asked.measures)
    links = measure(deal_links, asked.scope).row(0, named=True)
    unknown = unlinked_stages(links, asked.scope.unit)
    because = "no deal is linked to a lead" if links["leads"] else "no lead is loaded, only deals"
    for each in asked.measures:
        if not unknown or not set(each.stages) & set(unknown):
            continue
        rows = pl.col("measure") == each.value
        total = found.filter(rows).select(pl.col("value").sum()).item()
        if each.kind in (Kind.COUNT, Kind.RATE) and total:
            continue
        values = dict.fromkeys(_SAID) | {"chance": Verdict.UNTESTED.value}
        untold = values | {"reason": f"{because}: count deals instead"}
        found = found.with_columns(
            pl.when(rows).then(pl.lit(value)).otherwise(name).alias(name)
            for name, value in untold.items()
        )
    return found


_SAID = ("value", "records", "low", "high", "others", "others_records", "p_value")


def of_measure(found: pl.DataFrame, chosen: Measure) -> pl.DataFrame:
    """The rows of one measure."""
    return found.filter(pl.col("measure") == chosen.value)


def segment_name(asked: Asked) -> pl.Expr:
    """The segment in words, in a column `segment`."""
    return pl.concat_str(asked.names, separator=TIMES).alias("segment")


def cells(asked: Asked, rows: pl.DataFrame) -> dict[str, Cell]:
    """Each row's segment by its name."""
    return {
        TIMES.join(row): dict(zip(asked.by, row, strict=True))
        for row in rows.select(asked.names).iter_rows()
    }


def in_order(asked: Asked, dimension: Dimension, found: pl.DataFrame, most: int) -> list[str]:
    """The largest values of a dimension: bands in their own order, others by their records."""
    rows = of_measure(found, asked.main)
    sums = rows.group_by(dimension.value).agg(pl.col("records").sum(), pl.col("value").sum())
    ordered = sums.sort("records", "value", dimension.value, descending=[True, True, False])
    return in_reading_order(dimension, ordered[dimension.value].head(most))


def written(chosen: Measure, value: float | None, currency: str, *, flow: bool = False) -> str:
    """A value as people read it."""
    if chosen.kind is Kind.RATE:
        return formats.per_hundred(value) if flow else formats.share(value)
    if chosen.kind is Kind.COUNT:
        return formats.count(value)
    if chosen.kind is Kind.RETURN:
        return formats.share(value)
    return formats.money(value, currency)
