"""Credit of deals, touch by touch: the one place where returns ask attribution."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from data.terms.attribution import AttributionTerms
from metrics.attribution.bounds import GROUPED, UNATTRIBUTED
from metrics.attribution.data_driven import weights
from metrics.attribution.models import DATA_DRIVEN
from metrics.attribution.question import Question
from metrics.attribution.rules import credit_steps
from metrics.attribution.usual import settled
from metrics.money import refuse_unconverted, unconverted
from metrics.returns.known_by import TOUCHED_BY
from metrics.scope import Dimension, Scope, Stage

LINEAR = "linear"
"""The model by default: it takes no side among the touches of a deal."""


@dataclass(frozen=True, slots=True, eq=False)
class Earned:
    """What each touch earned of each deal, by one model.

    `rows` has one row per deal and touch that earned credit for it: `segment`, `interaction_id` of
    the touch, `subject_id` (the deal), `grouped` (its group of accounts), `converted_on`,
    `touched_on`, `units` and `worth`, the credit and the deal's whole amount in cents, null where
    no amount is recorded. A deal without a touch is a row without `interaction_id` and
    `touched_on`. `lookback_days` is how far back touches counted, None where no deal has one.
    """

    rows: pl.DataFrame
    lookback_days: int | None


def earned(
    warehouse: Warehouse,
    scope: Scope,
    by: Dimension,
    model: str,
    terms: AttributionTerms,
    event: Stage = Stage.WON,
) -> Earned:
    """What did each touch earn of the deals won, or opened, in the period?

    Touches count as in `channel_credit`, as far back as `terms` say or is usual for these deals. By
    product a
    deal's credit, touched or not, belongs to its own product. Filters on channel and campaign keep
    the credit of such touches, whoever converts; a filter on product keeps the deals of it.

    Raises MetricError for an unknown model, and for a data-driven one with a filter on product;
    MissingRateError where an amount has no exchange rate.
    """
    asked = _question(scope, by, event)
    refuse_unconverted_deals(warehouse, asked.scope, event)
    question, half_life_days = settled(warehouse, asked, terms)
    if model not in question.models:
        raise MetricError(f"there is no model {model!r}; there are {', '.join(question.models)}")
    lookback = question.lookback_days
    learned = {}
    if lookback is not None and model in DATA_DRIVEN:
        learned = {model: weights(warehouse, question, lookback).of_models[model]}
    steps = credit_steps(question, half_life_days, learned, {model})
    found = warehouse.query(Query(*steps, _earned(by)))
    for each in scope.filters:
        if each.dimension in TOUCHED_BY:
            found = found.filter(each.holds(pl.col(each.dimension.value)))
    return Earned(found.drop("channel", "campaign"), lookback)


def realised(
    warehouse: Warehouse,
    scope: Scope,
    by: Dimension,
    model: str,
    terms: AttributionTerms,
    won: Earned,
) -> Earned:
    """What have the touches of the period earned so far, whenever the deal was won?

    Of the deals won from the period's first day until the last day observed, with the lookback that
    is usual for these. `won` is what the period's own deals earned: the same where it ends no
    earlier. Raises what `earned` does.
    """
    until_now = since_begun(scope)
    found = won if until_now == scope else earned(warehouse, until_now, by, model, terms)
    first, last = scope.period.start, min(scope.period.end, scope.observed_until)
    return replace(found, rows=found.rows.filter(pl.col("touched_on").is_between(first, last)))


def since_begun(scope: Scope) -> Scope:
    """The scope of all that happened since its period began."""
    end = max(scope.period.end, scope.observed_until)
    return replace(scope, period=replace(scope.period, end=end))


def touched_segments(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame | None:
    """Of which segments is a touch on record at all? `segment`; None by product, which all have.

    Where none is, nothing can be credited: what such a channel earned is unknown, and not 0.
    """
    if by not in TOUCHED_BY:
        return None
    return warehouse.query(
        Query(
            Step("asked", "SELECT CAST(? AS DATE) AS observed_until", (scope.observed_until,)),
            Step(
                "on_record",
                f"""
                SELECT DISTINCT {by.value} AS segment
                FROM touch
                CROSS JOIN asked
                WHERE person_id IS NOT NULL AND occurred_on <= observed_until
                """,
            ),
        )
    )


def _question(scope: Scope, by: Dimension, event: Stage) -> Question:
    """Of the scope's deals, whatever touched them: what earns is filtered afterwards."""
    kept = tuple(each for each in scope.filters if each.dimension not in TOUCHED_BY)
    segment = by if by in TOUCHED_BY else Dimension.CHANNEL
    return Question(replace(scope, filters=kept), event=event, by=segment)


def _earned(by: Dimension) -> Step:
    of_deal = by not in TOUCHED_BY
    segment = f"deal.{by.value}" if of_deal else "credits.segment"
    untouched = f"deal.{by.value}" if of_deal else f"'{UNATTRIBUTED}'"
    subject = f"conversions.subject_id, {GROUPED} AS grouped, conversions.converted_on"
    return Step(
        "earned",
        f"""
        SELECT {segment} AS segment, touch.channel, touch.campaign, {subject},
            credits.interaction_id, touch.occurred_on AS touched_on,
            credits.credit_units AS units, conversions.units AS worth
        FROM credits
        JOIN conversions ON conversions.subject_id = credits.subject_id
        JOIN touch ON touch.interaction_id = credits.interaction_id
        JOIN deal ON deal.opportunity_id = credits.subject_id
        UNION ALL
        SELECT {untouched} AS segment, '{UNATTRIBUTED}' AS channel,
            '{UNATTRIBUTED}' AS campaign, {subject},
            CAST(NULL AS VARCHAR) AS interaction_id, CAST(NULL AS DATE) AS touched_on,
            conversions.units, conversions.units AS worth
        FROM conversions
        JOIN deal ON deal.opportunity_id = conversions.subject_id
        LEFT JOIN (SELECT DISTINCT subject_id FROM paths) AS touched
            ON touched.subject_id = conversions.subject_id
        WHERE touched.subject_id IS NULL
        """,
    )


def refuse_unconverted_deals(warehouse: Warehouse, scope: Scope, event: Stage = Stage.WON) -> None:
    """Raise MissingRateError for deals won, or opened, in the period whose amount has no rate."""
    won = event is Stage.WON
    day, happened = ("closed_on", "outcome = 'won' AND ") if won else ("opened_on", "")
    condition = f"""{happened}original_amount IS NOT NULL AND amount IS NULL
        AND {day} BETWEEN period_start AND period_end AND {day} <= observed_until"""
    step = Step("unconverted", f"SELECT {unconverted(condition, day)} FROM scoped")
    found = warehouse.query(Query(scope.step("deal"), step)).row(0, named=True)
    refuse_unconverted("won deals" if won else "deals", found)
