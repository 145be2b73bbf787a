"""Whether the open pipeline is enough for what the plan still needs."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from metrics.forecast.planned import PlannedQuarter
from metrics.forecast.rows import framed
from metrics.period import Period, in_words


class PipelineCoverage(pa.DataFrameModel):
    """One row: what is open and due in the period, beside what its target still needs.

    `due_*` are the open deals due in the period, `won_*` those won in it, both up to the last day
    observed; `unpriced_deals` of those due have no amount. `needed` = `target` − won, at least 0,
    in the base currency or, where the plan is of deals (`is_of_deals`), in deals. `coverage` = due
    ÷ needed, null where nothing is needed any more or there is no target; `why` says which.
    `landing` = won + `weighted_amount` of those due, the same of deals where the plan is of deals.
    """

    plan: str = pa.Field(nullable=True)
    is_of_deals: bool
    target: float = pa.Field(nullable=True, ge=0)
    due_deals: int = pa.Field(ge=0)
    unpriced_deals: int = pa.Field(ge=0)
    due_amount: Money
    won_deals: int = pa.Field(ge=0)
    won_amount: Money
    weighted_deals: float = pa.Field(ge=0)
    weighted_amount: float
    needed: float = pa.Field(nullable=True, ge=0)
    coverage: float = pa.Field(nullable=True, ge=0)
    landing: float = pa.Field(ge=0)
    why: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def pipeline_coverage(
    movement: pl.DataFrame,
    weighted: pl.DataFrame,
    planned: PlannedQuarter | None,
    base_currency: str,
    period: Period,
) -> DataFrame[PipelineCoverage]:
    """Is there enough open pipeline due in the period for what its target still needs?

    Coverage = open pipeline due in the period ÷ (target − won so far). Open, due and won are those
    of its `movement` (`pipeline_movement`); what open deals are worth is `weighted`
    (`weighted_pipeline`), both of one scope. `planned` is what the newest locked plan of the same
    filters wants of the period (`metrics.forecast.planned`); a plan in another currency than the
    base currency is no target.
    """
    moved = {row["part"]: row for row in movement.iter_rows(named=True)}
    due = weighted.filter(due="period")
    row: dict[str, object] = {
        "plan": planned.plan if planned else None,
        "is_of_deals": bool(planned and planned.currency is None),
        "due_deals": moved["end"]["deals"],
        "unpriced_deals": moved["end"]["unpriced_deals"],
        "due_amount": moved["end"]["amount"],
        "won_deals": -moved["won"]["deals"],
        "won_amount": -moved["won"]["amount"],
        "weighted_deals": float(due.select((pl.col("deals") * pl.col("chance")).sum()).item()),
        "weighted_amount": float(due["weighted_amount"].sum()),
    }
    what = "deals" if row["is_of_deals"] else "amount"
    open_due, won = (float(str(row[f"{name}_{what}"])) for name in ("due", "won"))
    row["landing"] = won + float(str(row[f"weighted_{what}"]))
    needs = _against(planned, base_currency, open_due, won, period)
    return framed(PipelineCoverage, [row | needs])


def _against(
    planned: PlannedQuarter | None, base_currency: str, due: float, won: float, period: Period
) -> dict[str, object]:
    """The target, what it still needs, and the coverage, or why there is none."""
    if planned is None:
        days = f"{in_words(period.start)} to {in_words(period.end)}"
        return {"why": f"no locked plan of these filters has all months of {days}"}
    if planned.currency not in (None, base_currency):
        return {"why": f"the plan is in {planned.currency}, and amounts are in {base_currency}"}
    needed = max(0.0, planned.amount - won)
    known: dict[str, object] = {"target": planned.amount, "needed": needed}
    if not needed:
        return known | {"why": "the target is reached"}
    return known | {"coverage": due / needed}
