"""Contracts of the canonical tables of experiments: what was tested, on whom, against whom."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import Contract, Money
from data.schema.frames import pa


class Experiment(Contract):
    """One row per experiment with a channel, by people or by regions.

    `spend_amount`, in the base currency, is what was spent on the test arm and not on the control.
    `outcome` is what is counted, MQLs where it is not told, from `starts_on` to `counts_until`, or
    to `ends_on` where that is not told: deals take longer than an experiment.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["experiment_id"]

    experiment_id: str
    name: str = pa.Field(nullable=True)
    channel: str
    kind: str = pa.Field(isin=("persons", "regions"))
    starts_on: pl.Date
    ends_on: pl.Date
    outcome: str = pa.Field(
        nullable=True, isin=("lead", "mql", "sql", "opportunity", "won", "revenue")
    )
    counts_until: pl.Date = pa.Field(nullable=True)
    spend_amount: Money = pa.Field(nullable=True, ge=0)
    load_id: str


class ExperimentArm(Contract):
    """One row per person or region of an experiment; `member` is the person's id or the region."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["experiment_id", "member"]

    experiment_id: str
    member: str
    role: str = pa.Field(isin=("test", "control"))
    load_id: str
