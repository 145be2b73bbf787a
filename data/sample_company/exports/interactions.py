"""Every interaction of a chunk in one plain shape, for benchmarks and quick trials."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from data.sample_company.exports.events import (
    channel_names,
    content_ids,
    numbered,
    traffic_source,
    visitor_ids,
)
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER
from data.sample_company.world.text import choose, times_text


def canonical_interactions(chunk: Chunk, systems: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """`interactions.csv`: the interactions of every system of a chunk, in one plain shape.

    One row per interaction, in order of time; a webinar gives a registration and, where the person
    came, an attendance. Texts only; empty where not known.
    """
    frames = []
    for system, touches in systems.items():
        if system == "zoom":
            came = touches.filter(pl.col("joined_at") < int(NEVER)).with_columns(
                at=pl.col("joined_at"), action=pl.lit("webinar_attended")
            )
            shown = pl.concat([touches, came])
        else:
            shown = touches
        on_web = system == "ga4"
        frames.append(
            shown.select(
                pl.col("person", "at", "channel", "campaign", "content").cast(pl.Int64),
                "action",
                visitor=pl.col("visitor") if on_web else pl.lit(None, dtype=pl.Int64),
                known=pl.col("known") if on_web else pl.lit(True),
                system=pl.lit(system),
            )
        )
    touches = pl.concat(frames).sort("at", maintain_order=True)
    person = np.where(touches["known"].to_numpy(), touches["person"].to_numpy(), -1)
    emails = pl.concat([chunk.people["email"], pl.Series([None], dtype=pl.String)])
    visitors = visitor_ids(touches["visitor"].fill_null(0).to_numpy())
    traffic = traffic_source(chunk, touches)
    return pl.DataFrame(
        {
            "interaction_id": numbered("I", chunk, touches.height),
            "email": emails.gather(np.where(person >= 0, person, len(emails) - 1)),
            "visitor_id": choose(touches["visitor"].is_null(), None, visitors),
            "occurred_at": times_text(touches["at"].to_numpy(), "%Y-%m-%dT%H:%M:%SZ"),
            "action": touches["action"],
            "channel": channel_names(touches),
            "campaign_id": traffic["campaign_id"],
            "content_id": content_ids(chunk, touches["content"].to_numpy()),
            "utm_source": traffic["source"],
            "utm_medium": traffic["medium"],
            "utm_campaign": traffic["campaign_name"],
            "source_system": touches["system"],
        }
    )
