"""Fakes: leads behind which nobody stands who could ever buy, by who entered them."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.derived_quality import FAKE_RULES
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.chance import Verdict, judged
from metrics.estimators.comparing.difference import expected_events, p_value
from metrics.rates import ratio, wilson
from metrics.scope import Scope

EVERYBODY = "all"

ENTERED_BY = {
    "source": "channel",
    "file": "entered_file",
    "campaign": "campaign",
    "seller": "owner",
}
"""By what fakes are told apart, with the column of a lead that says it."""


class FakeLead(pa.DataFrameModel):
    """One row per `entered_by` and what it was: all leads, then source, file, campaign, seller.

    Within each the most fakes first. `leads` came in within the period, `fakes` are those of them
    that are fakes: `by_word` of the reason or status, `by_mailbox` of a throw-away kind,
    `by_domain` of the mailbox, each by the first of these that holds. `fake_rate` is fakes ÷ leads,
    with bounds of 95%. `against_rest` says whether it differs from that of all other leads by more
    than chance; it is null for all leads.
    """

    entered_by: str = pa.Field(isin=(EVERYBODY, *ENTERED_BY))
    value: str
    leads: int = pa.Field(ge=1)
    fakes: int = pa.Field(ge=0)
    by_word: int = pa.Field(ge=0)
    by_mailbox: int = pa.Field(ge=0)
    by_domain: int = pa.Field(ge=0)
    fake_rate: float = pa.Field(ge=0, le=1)
    fake_rate_low: float = pa.Field(ge=0, le=1)
    fake_rate_high: float = pa.Field(ge=0, le=1)
    against_rest: str = pa.Field(isin=list(Verdict), nullable=True)

    class Config:
        """Exactly these columns, one row per who entered them."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["entered_by", "value"]


def fake_leads(warehouse: Warehouse, scope: Scope) -> DataFrame[FakeLead]:
    """Which leads are fakes by the definitions' rules, and who enters them?

    Of leads that came in within the period, by source (channel), by the file of the first load that
    told of them, such as a bought list, by campaign and by seller (owner). What is asked is whether
    anybody stands behind a lead; `bad_contacts` asks whether somebody can still be reached. A
    throw-away mailbox says no to both.

    Source: Wilson (1927) for the bounds; the score test (`difference`) and Benjamini and Hochberg
    (1995), within each of source, file, campaign and seller.
    """
    cells = warehouse.query(Query(scope.step("lead_quality"), _CELLS))
    counts = ["leads", *(f"by_{rule}" for rule in FAKE_RULES)]
    groups = {EVERYBODY: pl.lit(EVERYBODY)} | {by: pl.col(name) for by, name in ENTERED_BY.items()}
    rows = pl.concat(
        [
            cells.group_by(value=value)
            .agg(pl.col(counts).sum())
            .with_columns(entered_by=pl.lit(by))
            for by, value in groups.items()
        ]
    ).filter(pl.col("leads") > 0)
    rows = rows.with_columns(fakes=pl.sum_horizontal(counts[1:]))
    low, high = wilson(pl.col("fakes"), pl.col("leads"))
    rows = rows.with_columns(
        fake_rate=ratio(pl.col("fakes"), pl.col("leads")), fake_rate_low=low, fake_rate_high=high
    ).sort(
        pl.col("entered_by").cast(pl.Enum(list(groups))), -pl.col("fakes"), -pl.col("leads"),
        "value",
    )  # fmt: skip
    parts = rows.partition_by("entered_by", maintain_order=True)
    told = pl.concat([_against_rest(part) for part in parts or [rows]])
    return FakeLead.validate(told.select(list(FakeLead.to_schema().columns)), lazy=True)


def _against_rest(part: pl.DataFrame) -> pl.DataFrame:
    """The rows of one kind of `entered_by`, each held against all others of it."""
    if part.is_empty() or part["entered_by"][0] == EVERYBODY:
        return part.with_columns(against_rest=pl.lit(None, pl.String))
    fakes, leads = (part[name].cast(pl.Float64).to_numpy() for name in ("fakes", "leads"))
    sides = (fakes, leads, fakes.sum() - fakes, leads.sum() - leads)
    _, verdicts = judged(p_value(*sides), expected_events(*sides))
    return part.with_columns(against_rest=pl.Series([each.value for each in verdicts]))


_RULES = ",\n        ".join(
    f"count(CASE WHEN fake_by = '{rule}' THEN 1 END) AS by_{rule}" for rule in FAKE_RULES
)

_CELLS = Step(
    "cells",
    f"""
    SELECT channel, entered_file, campaign, owner, count(*) AS leads,
        {_RULES}
    FROM scoped
    WHERE lead_on BETWEEN period_start AND period_end AND lead_on <= observed_until
    GROUP BY channel, entered_file, campaign, owner
    ORDER BY channel, entered_file, campaign, owner
    """,
)
