"""Answers of sales: MQLs that were accepted or rejected, for which reason, by source."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.chance import Verdict, judged
from metrics.estimators.comparing.clustering import design_effects
from metrics.estimators.comparing.difference import expected_events, p_value
from metrics.estimators.comparing.proportions import wilson
from metrics.follow_up.grouping import GroupBy
from metrics.follow_up.handed_over import handed_over_steps, need_assignments, require_told
from metrics.rates import ratio
from metrics.scope import Dimension, Scope

NO_ANSWER = "no answer"

Floats = NDArray[np.float64]

ANSWERS = ("accepted", "rejected", NO_ANSWER)

NO_REASON = "No reason given"


class SalesAnswer(pa.DataFrameModel):
    """One row per segment, answer and reason: the segment with the most rejections first.

    `leads` are MQLs and add up to `handed_over`, the segment's MQLs, of which `answered` were
    accepted or rejected. `reason` is that of a rejection, as it was written where the definitions
    do not know it; other answers have none. `share` is leads ÷ answered with bounds of 95%, and
    `others` the same share in all other segments. `chance` says whether the two differ by more than
    chance; `p_value` is corrected for all rows.
    """

    segment: str
    answer: str = pa.Field(isin=ANSWERS)
    reason: str = pa.Field(nullable=True)
    is_known: bool
    leads: int = pa.Field(ge=1)
    handed_over: int = pa.Field(ge=1)
    answered: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    share_low: float = pa.Field(ge=0, le=1, nullable=True)
    share_high: float = pa.Field(ge=0, le=1, nullable=True)
    others: float = pa.Field(ge=0, le=1, nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    chance: str = pa.Field(isin=[each.value for each in Verdict], nullable=True)

    class Config:
        """Exactly these columns, one row per segment, answer and reason."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment", "answer", "reason", "is_known"]


def sales_answers(
    warehouse: Warehouse, scope: Scope, by: GroupBy = Dimension.CHANNEL
) -> DataFrame[SalesAnswer]:
    """Which MQLs do sales accept or reject, for which reasons, and from which source?

    MQLs handed over in the period, by the last answer to an assignment until the last day observed.
    A share counts leads of one account for what they are worth; the others by the design effect of
    all. Raises MetricError as `require_told` does, and where no file has an assignment.
    Source: Wilson (1927) for the bounds; `p_value`; Benjamini and Hochberg (1995).
    """
    require_told(warehouse)
    need_assignments(warehouse)
    mine = warehouse.query(Query(*answered_steps(scope), *_counted(by.value)))
    every = warehouse.query(Query(*answered_steps(scope), *_counted("''")))
    rows = _judged(mine, every)
    by_rejections = (pl.col("leads") * (pl.col("answer") == "rejected")).sum().over("segment")
    order = pl.col("answer").replace_strict(
        {each: place for place, each in enumerate(ANSWERS)}, return_dtype=pl.Int64
    )
    rows = rows.with_columns(rejected=by_rejections, place=order).sort(
        "rejected", "handed_over", "segment", "place", "leads", "reason", "is_known",
        descending=[True, True, False, False, True, False, False],
    )  # fmt: skip
    return SalesAnswer.validate(rows.select(list(SalesAnswer.to_schema().columns)), lazy=True)


def answered_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `answers`: MQLs that were handed over, with their answer, its reason and account.

    `said` is the last answer until the last day observed, `because` the reason of a rejection, of
    which `is_known` says whether the definitions have it. `whose` keeps leads of an account
    together; a lead without one is of its own.
    """
    return (
        *handed_over_steps(scope),
        Step(
            "last_answers",
            f"""
            SELECT handed_over.*,
                CASE WHEN answered_on <= observed_until THEN answer ELSE '{NO_ANSWER}' END AS said
            FROM handed_over
            """,
        ),
        Step(
            "answers",
            f"""
            SELECT last_answers.*,
                CASE WHEN said = 'rejected'
                    THEN coalesce(answer_reason_name, answer_reason, '{NO_REASON}') END AS because,
                said <> 'rejected' OR answer_reason IS NULL OR answer_reason_name IS NOT NULL
                    AS is_known,
                CASE WHEN account_id IS NULL THEN concat('lead ', lead_id)
                    ELSE concat('account ', account_id) END AS whose
            FROM last_answers
            """,
        ),
    )


def _judged(mine: pl.DataFrame, every: pl.DataFrame) -> pl.DataFrame:
    """The shares of answers with bounds, those of all other segments, and the verdicts."""
    rows = mine.join(
        every,
        on=["answer", "reason", "is_known"],
        suffix="_all",
        nulls_equal=True,
        maintain_order="left",
    )
    leads, answered = _floats(rows, "leads"), _floats(rows, "answered")
    rest, of = _floats(rows, "leads_all") - leads, _floats(rows, "answered_all") - answered
    # An answer that was not given is none of those that are compared.
    told = (rows["answer"] != NO_ANSWER).to_numpy()
    own, whole = (np.where(told, _effects(rows, suffix), np.nan) for suffix in ("", "_all"))
    low, high = wilson(leads / own, answered / own)
    numbers = (leads / own, answered / own, rest / whole, of / whole)
    adjusted, verdicts = judged(p_value(*numbers), expected_events(*numbers))
    is_told = pl.lit(pl.Series(told))
    return rows.with_columns(
        share=pl.when(is_told).then(ratio(pl.col("leads"), pl.col("answered"))),
        share_low=pl.Series(low).fill_nan(None),
        share_high=pl.Series(high).fill_nan(None),
        others=pl.when(is_told).then(ratio(pl.lit(pl.Series(rest)), pl.lit(pl.Series(of)))),
        p_value=pl.Series(adjusted).fill_nan(None),
        chance=pl.when(is_told).then(pl.Series([each.value for each in verdicts])),
    )


def _effects(rows: pl.DataFrame, suffix: str) -> Floats:
    names = ("accounts", "answered", "leads", "answered_squared", "leads_squared", "crossed")
    return design_effects(*(_floats(rows, f"{name}{suffix}") for name in names))


def _floats(rows: pl.DataFrame, name: str) -> Floats:
    return rows[name].cast(pl.Float64).to_numpy()


def _counted(segment: str) -> tuple[Step, ...]:
    """Counts of each segment, answer and reason, and their sums over accounts."""
    return (
        Step(
            "of_accounts",
            f"""
            SELECT {segment} AS segment, whose, said, because, is_known,
                CAST(count(*) AS DOUBLE) AS leads
            FROM answers
            GROUP BY {segment}, whose, said, because, is_known
            """,
        ),
        Step(
            "accounts",
            f"""
            SELECT segment, whose, sum(leads) AS handed_over,
                sum(CASE WHEN said <> '{NO_ANSWER}' THEN leads ELSE 0e0 END) AS answered
            FROM of_accounts
            GROUP BY segment, whose
            """,
        ),
        Step(
            "segments",
            """
            SELECT segment, sum(handed_over) AS handed_over, sum(answered) AS answered,
                count(CASE WHEN answered > 0 THEN 1 END) AS accounts,
                sum(answered * answered) AS answered_squared
            FROM accounts
            GROUP BY segment
            """,
        ),
        Step(
            "by_answer",
            """
            SELECT of_accounts.segment, said AS answer, because AS reason, is_known,
                sum(leads) AS leads, sum(leads * leads) AS leads_squared,
                sum(leads * answered) AS crossed
            FROM of_accounts
            JOIN accounts ON accounts.segment = of_accounts.segment
                AND accounts.whose = of_accounts.whose
            GROUP BY of_accounts.segment, said, because, is_known
            """,
        ),
        Step(
            "counted",
            """
            SELECT by_answer.segment, answer, reason, is_known, CAST(leads AS BIGINT) AS leads,
                leads_squared, crossed, CAST(handed_over AS BIGINT) AS handed_over,
                CAST(answered AS BIGINT) AS answered, accounts, answered_squared
            FROM by_answer
            JOIN segments ON segments.segment = by_answer.segment
            """,
        ),
    )
