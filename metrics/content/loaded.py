"""What is loaded of content, and what to load where there is none."""

from __future__ import annotations

from data.engine.warehouse import Warehouse
from data.sql import Query, Step


def content_missing(warehouse: Warehouse) -> str | None:
    """What to load before content can be judged, in a sentence; None where it can be.

    Of all that is loaded, whatever the period.
    """
    found = warehouse.query(Query(*_LOADED)).row(0, named=True)
    if not found["assets"]:
        return (
            "No content is loaded. Load what people did with the asset that it was about (web"
            " analytics, downloads, e-mail, video or session exports with a column for"
            " `content_id`), and a list of the assets with title, kind, topic and persona."
        )
    if not found["uses"]:
        return (
            f"A list of {found['assets']:,} assets is loaded, and nothing that anybody did with"
            " one. Load web analytics, downloads, e-mail, video or session exports whose column for"
            " `content_id` holds the id or the title of an asset."
        )
    return None


_LOADED = (
    Step("all_assets", "SELECT count(*) AS assets FROM content_asset"),
    Step("all_uses", "SELECT count(*) AS uses FROM content_use"),
    Step("loaded", "SELECT assets, uses FROM all_assets CROSS JOIN all_uses"),
)
