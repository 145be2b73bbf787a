"""Names of events to choose from."""

from __future__ import annotations

import polars as pl


def event_names(found: pl.DataFrame) -> dict[str, str]:
    """The ids of events by their names, the latest first; a name that several have has the id.

    `found` has the columns campaign_id, campaign and starts_on.
    """
    events = found.unique("campaign_id").sort(
        "starts_on", "campaign", "campaign_id", descending=[True, False, False]
    )
    often = events["campaign"].is_duplicated()
    return {
        f"{name} ({event})" if several else name: event
        for event, name, several in zip(
            events["campaign_id"], events["campaign"], often, strict=True
        )
    }
