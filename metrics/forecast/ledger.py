"""What was said of each quarter, when: written down once, and read beside what came."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import numpy as np
import polars as pl

from data.definitions import Definitions
from data.errors import MetricError
from data.notebook.ledger import Contribution, LedgerEntry, Provenance
from data.notebook.ledger import ledger as kept_ledger
from data.notebook.ledger import record as keep
from data.notebook.notebook import Notebook
from data.schema.contract import Timestamp
from data.schema.frames import DataFrame, pa
from metrics.forecast.landing import Landing
from metrics.forecast.planned import as_query, has_filters, planned_for
from metrics.forecast.rows import framed
from metrics.period import Period
from metrics.plan.past.history import History
from metrics.scope import Scope


class Said(pa.DataFrameModel):
    """One row per quarter and time at which something was said of it, in order of both.

    Percentiles are of revenue in `currency`, or of deals where that is null. `won` is what came of
    the quarter, in the same unit; null until it is over.
    """

    quarter_on: pl.Date
    quarter_end_on: pl.Date
    said_at: Timestamp
    as_of_on: pl.Date
    provenance: str = pa.Field(isin=[each.value for each in Provenance])
    currency: str = pa.Field(nullable=True)
    p10: float
    p50: float
    p90: float
    target: float = pa.Field(nullable=True)
    p_hit: float = pa.Field(nullable=True, ge=0, le=1)
    won: float = pa.Field(nullable=True)
    generation: str
    definitions_digest: str

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class SaidParts(pa.DataFrameModel):
    """One row per quarter, time at which something was said of it, and source, in order of these.

    `mean` is what the source was said to bring, in `currency`, or in deals where that is null. The
    means of the sources add up to the mean of what was said.
    """

    quarter_on: pl.Date
    said_at: Timestamp
    source: str
    mean: float
    currency: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def record_forecast(
    notebook: Notebook,
    landed: Landing,
    scope: Scope,
    *,
    definitions: Definitions,
    generation: str,
    said_at: datetime,
) -> int:
    """Write what is forecast of each quarter into the ledger; how many quarters that are.

    Revenue in the base currency, or deals where no won deal has an amount. With the target of the
    newest locked plan that covers the quarter, and the chance of reaching it. What is written stays
    as it is: another forecast is another entry.

    Raises MetricError where the viewer may see a part of the rows only: that would be said of the
    whole. Raises what `Notebook.write` does.
    """
    if scope.viewer.restrictions:
        raise MetricError(
            "a forecast of the rows that one viewer may see is not recorded: record it without"
            " the restriction"
        )
    currency = definitions.base_currency if landed.has_amounts else None
    sources = landed.revenue if landed.has_amounts else landed.deals
    total = landed.total
    for place, quarter in enumerate(landed.quarters):
        p10, p50, p90 = np.percentile(total[place], [10, 50, 90])
        planned = planned_for(notebook, quarter, scope)
        if planned is not None and planned.currency != currency:
            planned = None
        entry = LedgerEntry(
            said_at=said_at,
            as_of=landed.as_of,
            provenance=Provenance.RECORDED,
            generation=generation,
            definitions_digest=definitions.digest,
            scope=as_query(scope),
            period_from=quarter.start,
            period_to=quarter.end,
            currency=currency,
            p10=float(p10),
            p50=float(p50),
            p90=float(p90),
            target=planned.amount if planned else None,
            p_hit=float((total[place] >= planned.amount).mean()) if planned else None,
            contributions=tuple(
                Contribution(name, float(drawn[place].mean())) for name, drawn in sources.items()
            ),
        )
        keep(notebook, entry)
    return len(landed.quarters)


def said(notebook: Notebook, scope: Scope, history: History) -> DataFrame[Said]:
    """What was said of each quarter, when, and what came?

    All ledger entries with exactly the filters of the scope.
    """
    rows: list[dict[str, Any]] = []
    for entry in _of_scope(notebook, scope):
        deals, amount = history.deals.won.within(Period(entry.period_from, entry.period_to))
        came = float(deals) if entry.currency is None else amount
        rows.append(
            {
                "quarter_on": entry.period_from,
                "quarter_end_on": entry.period_to,
                "said_at": entry.said_at.replace(tzinfo=None),
                "as_of_on": entry.as_of,
                "provenance": entry.provenance.value,
                "currency": entry.currency,
                "p10": entry.p10,
                "p50": entry.p50,
                "p90": entry.p90,
                "target": entry.target,
                "p_hit": entry.p_hit,
                "won": came if entry.period_to <= history.observed_until else None,
                "generation": entry.generation,
                "definitions_digest": entry.definitions_digest,
            }
        )
    return framed(Said, sorted(rows, key=lambda row: (row["quarter_on"], row["said_at"])))


def said_parts(notebook: Notebook, scope: Scope) -> DataFrame[SaidParts]:
    """Out of what was each forecast said to come, stage by stage?

    The contributions as they were recorded, of all ledger entries with exactly the filters of the
    scope, each in the order in which a funnel is read backward.
    """
    rows = [
        {
            "quarter_on": entry.period_from,
            "said_at": entry.said_at.replace(tzinfo=None),
            "source": part.source,
            "mean": part.value,
            "currency": entry.currency,
        }
        for entry in _of_scope(notebook, scope)
        for part in entry.contributions
    ]
    return framed(SaidParts, sorted(rows, key=lambda row: (row["quarter_on"], row["said_at"])))


def _of_scope(notebook: Notebook, scope: Scope) -> list[LedgerEntry]:
    return [kept.value for kept in kept_ledger(notebook) if has_filters(kept.value.scope, scope)]
