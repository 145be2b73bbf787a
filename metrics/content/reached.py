"""Whom content reaches: intended and reached personas, channels, and topics."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.content.uses import use_steps
from metrics.rates import ratio, wilson
from metrics.scope import Scope


class ContentPersona(pa.DataFrameModel):
    """One row per asset and persona that it reached, the largest first.

    `exposed`, `readers` and `downloads` are people. `share` is of the asset's `known` people, those
    whose persona is known, with bounds of 95%; null of those whose persona is not known, for whom
    the row is `Unassigned`. `is_intended` says whether the asset was made for the persona, null
    where either is not known.
    """

    content_id: str
    content: str
    intended_persona: str = pa.Field(nullable=True)
    persona: str
    exposed: int = pa.Field(ge=1)
    readers: int = pa.Field(ge=0)
    downloads: int = pa.Field(ge=0)
    known: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    share_low: float = pa.Field(ge=0, le=1, nullable=True)
    share_high: float = pa.Field(ge=0, le=1, nullable=True)
    is_intended: bool = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per asset and persona."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id", "persona"]


class ContentChannel(pa.DataFrameModel):
    """One row per asset and channel through which people met it, the largest first.

    `exposed`, `readers` and `downloads` are people: who came through two channels is in both.
    `visitors` are anonymous. `download_rate` is downloads ÷ exposed, with bounds of 95%.
    """

    content_id: str
    content: str
    channel: str
    exposed: int = pa.Field(ge=0)
    visitors: int = pa.Field(ge=0)
    readers: int = pa.Field(ge=0)
    downloads: int = pa.Field(ge=0)
    download_rate: float = pa.Field(ge=0, le=1, nullable=True)
    download_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    download_rate_high: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per asset and channel."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id", "channel"]


class ContentTouchpoint(pa.DataFrameModel):
    """One row per asset, channel and campaign through which people met it, the largest first.

    `exposed`, `readers` and `downloads` are people: who came through two campaigns is in both.
    `visitors` are anonymous. The asset was met there from `first_on` to `last_on`, both within the
    period. `download_rate` is downloads ÷ exposed, with bounds of 95%. What names no campaign is
    `Unassigned`.
    """

    content_id: str
    content: str
    channel: str
    campaign: str
    first_on: pl.Date
    last_on: pl.Date
    exposed: int = pa.Field(ge=0)
    visitors: int = pa.Field(ge=0)
    readers: int = pa.Field(ge=0)
    downloads: int = pa.Field(ge=0)
    download_rate: float = pa.Field(ge=0, le=1, nullable=True)
    download_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    download_rate_high: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per asset, channel and campaign."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["content_id", "channel", "campaign"]


class ContentTopic(pa.DataFrameModel):
    """One row per topic and kind of content, topics by the people they reached, largest first.

    `assets` were met in the period. `exposed`, `readers` and `downloads` are people, who count once
    per row however many assets of it they met; `topic_exposed` counts them once per topic, so that
    it is less than the sum of its kinds. What an asset does not say is `Unassigned`.
    `download_rate` is downloads ÷ exposed, with bounds of 95%.
    """

    topic: str
    kind: str
    assets: int = pa.Field(ge=1)
    topic_exposed: int = pa.Field(ge=0)
    exposed: int = pa.Field(ge=0)
    visitors: int = pa.Field(ge=0)
    readers: int = pa.Field(ge=0)
    downloads: int = pa.Field(ge=0)
    download_rate: float = pa.Field(ge=0, le=1, nullable=True)
    download_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    download_rate_high: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per topic and kind."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["topic", "kind"]


def content_personas(warehouse: Warehouse, scope: Scope) -> DataFrame[ContentPersona]:
    """Does each asset reach the persona that it was made for?

    Of the people who met it in the period. Personas are compared without regard to case. Visitors
    have no persona and are left out.

    Source: Wilson (1927) for the bounds.
    """
    found = warehouse.query(Query(*use_steps(scope), _PERSONAS))
    is_known = pl.col("persona") != UNASSIGNED
    rows = found.with_columns(
        known=pl.col("exposed").filter(is_known).sum().over("content_id"),
        is_intended=pl.when(is_known).then(
            pl.col("persona").str.to_lowercase() == pl.col("intended_persona").str.to_lowercase()
        ),
    )
    low, high = wilson(pl.col("exposed"), pl.col("known"))
    rows = rows.with_columns(
        share=pl.when(is_known).then(ratio(pl.col("exposed"), pl.col("known"))),
        share_low=pl.when(is_known).then(low),
        share_high=pl.when(is_known).then(high),
    ).sort("content", "content_id", "exposed", "persona", descending=[False, False, True, False])
    return ContentPersona.validate(rows.select(list(ContentPersona.to_schema().columns)), lazy=True)


def content_channels(warehouse: Warehouse, scope: Scope) -> DataFrame[ContentChannel]:
    """Through which channels do people meet each asset, and take it along?

    Of the uses in the period. The channel is that of the interaction, as of a touch.
    """
    rows = _with_rate(warehouse.query(Query(*use_steps(scope), _CHANNELS))).sort(
        "content", "content_id", "exposed", "channel", descending=[False, False, True, False]
    )
    return ContentChannel.validate(rows.select(list(ContentChannel.to_schema().columns)), lazy=True)


def content_touchpoints(warehouse: Warehouse, scope: Scope) -> DataFrame[ContentTouchpoint]:
    """Through which touchpoints was each asset sent, and what came of them?

    Of the uses in the period, by channel and campaign of the interaction.
    """
    rows = _with_rate(warehouse.query(Query(*use_steps(scope), _TOUCHPOINTS))).sort(
        "content", "content_id", "exposed", "channel", "campaign",
        descending=[False, False, True, False, False],
    )  # fmt: skip
    names = list(ContentTouchpoint.to_schema().columns)
    return ContentTouchpoint.validate(rows.select(names), lazy=True)


def content_topics(warehouse: Warehouse, scope: Scope) -> DataFrame[ContentTopic]:
    """Which topics do people meet, in which kind of content, and take along?

    Of the uses in the period.
    """
    rows = _with_rate(warehouse.query(Query(*use_steps(scope), *_TOPICS))).sort(
        "topic_exposed", "topic", "exposed", "kind", descending=[True, False, True, False]
    )
    return ContentTopic.validate(rows.select(list(ContentTopic.to_schema().columns)), lazy=True)


def _with_rate(rows: pl.DataFrame) -> pl.DataFrame:
    low, high = wilson(pl.col("downloads"), pl.col("exposed"))
    return rows.with_columns(
        download_rate=ratio(pl.col("downloads"), pl.col("exposed")),
        download_rate_low=low,
        download_rate_high=high,
    )


_COUNTS = """
    count(DISTINCT uses.person_key) AS exposed,
    count(DISTINCT uses.visitor_key) AS visitors,
    count(DISTINCT CASE WHEN uses.is_read THEN uses.person_key END) AS readers,
    count(DISTINCT CASE WHEN uses.is_downloaded THEN uses.person_key END) AS downloads
"""

_PERSONAS = Step(
    "asset_personas",
    f"""
    SELECT uses.content_id, content_asset.content, content_asset.intended_persona, uses.persona,
        {_COUNTS}
    FROM uses
    JOIN content_asset ON content_asset.content_id = uses.content_id
    WHERE uses.person_key IS NOT NULL
    GROUP BY uses.content_id, content_asset.content, content_asset.intended_persona, uses.persona
    """,
)

_CHANNELS = Step(
    "asset_channels",
    f"""
    SELECT uses.content_id, content_asset.content, uses.channel, {_COUNTS}
    FROM uses
    JOIN content_asset ON content_asset.content_id = uses.content_id
    GROUP BY uses.content_id, content_asset.content, uses.channel
    """,
)

_TOUCHPOINTS = Step(
    "asset_touchpoints",
    f"""
    SELECT uses.content_id, content_asset.content, uses.channel, uses.campaign,
        min(uses.used_on) AS first_on, max(uses.used_on) AS last_on, {_COUNTS}
    FROM uses
    JOIN content_asset ON content_asset.content_id = uses.content_id
    GROUP BY uses.content_id, content_asset.content, uses.channel, uses.campaign
    """,
)

_TOPIC = f"coalesce(content_asset.topic, '{UNASSIGNED}')"
_KIND = f"coalesce(content_asset.kind, '{UNASSIGNED}')"

_TOPICS = (
    Step(
        "topic_people",
        f"""
        SELECT {_TOPIC} AS topic, count(DISTINCT uses.person_key) AS topic_exposed
        FROM uses
        JOIN content_asset ON content_asset.content_id = uses.content_id
        GROUP BY {_TOPIC}
        """,
    ),
    Step(
        "topic_kinds",
        f"""
        SELECT {_TOPIC} AS topic, {_KIND} AS kind, count(DISTINCT uses.content_id) AS assets,
            {_COUNTS}
        FROM uses
        JOIN content_asset ON content_asset.content_id = uses.content_id
        GROUP BY {_TOPIC}, {_KIND}
        """,
    ),
    Step(
        "topics",
        """
        SELECT topic_kinds.*, topic_people.topic_exposed
        FROM topic_kinds
        JOIN topic_people ON topic_people.topic = topic_kinds.topic
        """,
    ),
)
