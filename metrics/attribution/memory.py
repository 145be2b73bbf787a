"""Memory: on how many of the last touches the next step of a journey depends."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.attribution.chains import chances_to_come, folds, longer_steps
from metrics.attribution.journeys import ChainCounts, chain_counts
from metrics.attribution.models import DATA_DRIVEN
from metrics.attribution.question import Question
from metrics.attribution.usual import settled
from metrics.estimators.credit.memory import memory_of
from metrics.scope import Scope

ORDERS = 3


class ChainMemory(pa.DataFrameModel):
    """One row per order of the chain, the shortest first.

    `log_loss` is the mean of -ln(chance of what followed) over steps of accounts that the chain has
    not seen: the smaller the better. `excess_error` is the standard error of its distance from the
    best. `auc` compares ends with a conversion with ends without, as other tools report it; null
    where all ends are alike. The shortest memory within one standard error of the best is chosen.
    """

    model: str
    log_loss: float = pa.Field(ge=0)
    excess_error: float = pa.Field(ge=0)
    auc: float = pa.Field(ge=0, le=1, nullable=True)
    is_chosen: bool

    class Config:
        """Exactly these columns, one row per order."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["model"]


def chain_memory(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ChainMemory]:
    """Which order of the Markov model foretells best how journeys go on that it has not seen?

    Of the journeys by which channels are credited for what was won (`channel_credit`), an eighth of
    the accounts held out in turn.

    No rows where the scope has filters, which nobody who has not converted is known to pass, and
    where the journeys are of too few accounts to hold any out. Raises what `chain_counts` does.
    """
    columns = ChainMemory.to_schema().columns.items()
    rows = pl.DataFrame(schema={name: column.dtype.type for name, column in columns})
    if not scope.filters:
        question, _ = settled(warehouse, Question(scope), definitions.attribution)
        counts = chain_counts(warehouse, question, question.lookback_days or 1)
        parts = folds(counts)
        if len(np.unique(parts)) > 1:
            rows = _told(counts, parts)
    return ChainMemory.validate(rows, lazy=True)


def _told(counts: ChainCounts, parts: NDArray[np.int64]) -> pl.DataFrame:
    found = memory_of(longer_steps(counts, ORDERS, chances_to_come(counts)), parts)
    return pl.DataFrame(
        {
            "model": DATA_DRIVEN[:ORDERS],
            "log_loss": found.log_loss,
            "excess_error": found.excess_error,
            "auc": found.auc,
            "is_chosen": [order == found.order for order in range(1, ORDERS + 1)],
        }
    ).with_columns(pl.col("auc").fill_nan(None))
