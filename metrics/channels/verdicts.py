"""Verdicts on channels: cut, keep, grow or test first, one sentence each."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.channels.evidence import channel_evidence
from metrics.scope import Scope
from metrics.verdicts.verdict import Call, Grade, Verdict, verdicts
from metrics.verdicts.words import deciding_sentence, headline, sentence
from metrics.wording import formats


class ChannelVerdict(pa.DataFrameModel):
    """One row per channel with spend, the most money at stake first.

    `grade` is how the verdict is known: A by an experiment, B by natural variation, C by credit
    alone. `test` is the test that would decide it, null where nothing is open or no test can be
    made; `power` how often it would find the effect that credit claims, `test_spend_amount` what it
    costs. `headline` is the verdict without its evidence.
    """

    channel: str
    call: str = pa.Field(isin=[each.value for each in Call])
    grade: str = pa.Field(isin=[each.value for each in Grade])
    at_stake_amount: float
    headline: str
    sentence: str
    test: str = pa.Field(nullable=True)
    power: float = pa.Field(ge=0, le=1, nullable=True)
    test_spend_amount: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns, one row per channel."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["channel"]


def channel_verdicts(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ChannelVerdict]:
    """Which channel should be cut, kept or grown, which tested first, and how sure is that?

    Of the period's spend, by the best evidence there is (`metrics.verdicts.verdict`): experiments
    that were registered, else credit, costs and return. Only an experiment is said to show what a
    channel caused. Raises what `channel_evidence` does.
    """
    found = verdicts(channel_evidence(warehouse, scope, definitions))
    rows = [_row(each, definitions.base_currency) for each in found]
    columns = ChannelVerdict.to_schema().columns.items()
    schema = {name: column.dtype.type for name, column in columns}
    return ChannelVerdict.validate(pl.DataFrame(rows, schema=schema, orient="row"), lazy=True)


def _row(found: Verdict, currency: str) -> dict[str, object]:
    def money(amount: float) -> str:
        return formats.money(amount, currency)

    test = None if found.deciding is None else found.deciding.test
    return {
        "channel": found.evidence.channel,
        "call": found.call.value,
        "grade": found.grade.value,
        "at_stake_amount": found.evidence.at_stake,
        "headline": headline(found),
        "sentence": sentence(found, money),
        "test": deciding_sentence(found, money),
        "power": None if test is None else test.power,
        "test_spend_amount": None if test is None else test.spend,
    }
