"""From canonical tables to the ones that metrics read: journey, deal, spend and touch.

Each table is one query of named steps. All are rebuilt whole after every load, so that the order in
which files arrived can not be seen in them.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from data.deal_leads import deal_leads_steps
from data.definitions import Definitions
from data.derive.deal import deal_steps
from data.derive.journey import journey_steps
from data.derive.lead_notice import notice_steps
from data.derive.segments import segment_steps
from data.derive.stage_entries import opportunity_difference_steps, stage_difference_steps
from data.derive.standard_words import standardise
from data.derive.touch_and_spend import spend_steps, touch_steps
from data.engine.draft import Draft
from data.identity.resolve import resolve
from data.schema.contract import columns, create_table
from data.schema.tables import DERIVED
from data.sql import Query, Step

_IDENTITY = 0.4
"""Part of the work that finding out who is who usually takes."""


def _silent(table: str, share: float) -> None:
    """Tell nobody how far the work has come."""


def derive(
    draft: Draft, definitions: Definitions, on_share: Callable[[str, float], None] = _silent
) -> None:
    """Rebuild every derived table of a draft under the given definitions.

    First amounts are converted into the base currency and it is found out who is who, then the
    tables are built: touch, what snapshots differ in, journey, deal, lead_notice and spend, each
    reading those before. An amount without a valid exchange rate stays null; the metrics that need
    it say so.
    `on_share` is told what is at work, who is who or a table, and which part of all is done, 0 to
    1.
    """
    _convert_amounts(draft, definitions)
    _attach_terms(draft, definitions)
    resolve(draft, definitions, lambda what, share: on_share(what, _IDENTITY * share))
    standardise(draft)
    settings = Step(
        "settings",
        "SELECT CAST(? AS VARCHAR) AS time_zone",
        (definitions.time_zone,),
    )
    queries = {
        "touch": Query(settings, *segment_steps(), *touch_steps()),
        "stage_difference": Query(*segment_steps(), *stage_difference_steps()),
        "opportunity_difference": Query(*opportunity_difference_steps()),
        "journey": Query(settings, *segment_steps(), *journey_steps()),
        "deal": Query(settings, *segment_steps(), *deal_steps()),
        "lead_notice": Query(settings, *segment_steps(), *deal_leads_steps(), *notice_steps()),
        "spend": Query(settings, *spend_steps()),
    }
    for number, (table, query) in enumerate(queries.items()):

        def tell(share: float, table: str = table, before: int = number) -> None:
            on_share(table, _IDENTITY + (1 - _IDENTITY) * (before + share) / len(queries))

        tell(0.0)
        with draft.following(tell):
            _rebuild(draft, table, query)


def _rebuild(draft: Draft, table: str, query: Query) -> None:
    names = ", ".join(f'"{name}"' for name in columns(DERIVED[table]))
    draft.execute(f'DROP TABLE IF EXISTS "{table}"')
    draft.execute(create_table(table, DERIVED[table]))
    draft.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {names} FROM ({query.render()}) AS derived',
        query.values,
    )


def _convert_amounts(draft: Draft, definitions: Definitions) -> None:
    """Fill base-currency amounts: the rate of the day, else the newest one that still holds."""
    closed = "CAST(timezone(?, timezone('UTC', coalesce(closed_at, created_at))) AS DATE)"
    zone = (definitions.time_zone,)
    targets: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
        ("campaign_spend", "cost_amount", "original_cost_amount", "spend_on", ()),
        ("opportunity", "amount", "original_amount", closed, zone),
    )
    for table, amount, original, day, day_values in targets:
        draft.execute(
            f"""
            UPDATE {table} SET {amount} = priced.{amount}
            FROM (
                SELECT dated.row_key,
                    CAST(CAST(dated.original AS DECIMAL(20, 2)) * CASE
                        WHEN dated.currency = ? THEN 1
                        WHEN dated.paid_on - exchange_rate.rate_on < ? THEN exchange_rate.rate
                    END AS DECIMAL(18, 2)) AS {amount}
                FROM (
                    SELECT rowid AS row_key, {original} AS original, currency, {day} AS paid_on
                    FROM {table}
                ) AS dated
                ASOF LEFT JOIN exchange_rate
                    ON dated.currency = exchange_rate.currency
                    AND dated.paid_on >= exchange_rate.rate_on
            ) AS priced
            WHERE {table}.rowid = priced.row_key
                AND {table}.{amount} IS DISTINCT FROM priced.{amount}
            """,
            (definitions.base_currency, definitions.rate_valid_days, *day_values),
        )


def _attach_terms(draft: Draft, definitions: Definitions) -> None:
    """The definitions as small tables that the steps join."""
    rules = [
        (rank, rule.name, source and source.lower(), medium and medium.lower())
        for rank, rule in enumerate(definitions.channel)
        for source in rule.source or (None,)
        for medium in rule.medium or (None,)
    ]
    draft.attach(
        "channel_rule",
        pl.DataFrame(
            rules,
            schema={"rank": pl.Int64, "name": pl.String, "source": pl.String, "medium": pl.String},
            orient="row",
        ),
    )
    draft.attach(
        "touch_action",
        pl.DataFrame(
            {
                "action": definitions.touch.actions,
                "value_tier": [
                    "high" if action in definitions.touch.high_value else "low"
                    for action in definitions.touch.actions
                ],
            }
        ),
    )
    draft.attach(
        "sales_channel",
        pl.DataFrame({"channel": definitions.touch.sales_channels}, schema={"channel": pl.String}),
    )
