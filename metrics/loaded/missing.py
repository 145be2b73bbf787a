"""What to load before a question has an answer: the one rule of pages and the command line."""

from __future__ import annotations

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.loaded.needs import ASSETS_MET, Need, needs_of

NOTHING_ASKED_FOR = (
    "No row: nothing of what is loaded is in what was asked. Choose a longer period (--from, --to),"
    " or leave out a filter (--where)."
)
"""Below an empty answer of the command line to which something is loaded."""


def missing(
    warehouse: Warehouse, name: str, family: str, definitions: Definitions | None = None
) -> str | None:
    """What to load before a metric can answer, in sentences; None where it can.

    Of all that is loaded, whatever the period. A metric is known by its name and its room, as the
    catalogue has them; one that needs nothing of its own is never missing anything.
    """
    for need in needs_of(name, family):
        if said := not_loaded(warehouse, need, definitions or Definitions.load()):
            return said
    return None


def not_loaded(warehouse: Warehouse, need: Need, definitions: Definitions) -> str | None:
    """What to load for one need, in sentences; None where any row of it is loaded."""
    actions = tuple(need.actions(definitions)) if need.actions else ()
    sql = need.sql.format(", ".join("?" for _ in actions)) if actions else need.sql
    needed = Step("needed", sql, actions)
    found = Step("loaded", "SELECT count(*) AS present FROM needed")
    if warehouse.query(Query(needed, found)).item():
        return None
    return (_only_listed(warehouse) if need is ASSETS_MET else None) or need.missing


def _only_listed(warehouse: Warehouse) -> str | None:
    """The sentence of a list of assets that nobody is on record to have met."""
    listed = Step("listed", "SELECT count(*) AS assets FROM content_asset")
    assets = warehouse.query(Query(listed)).item()
    if not assets:
        return None
    return (
        f"A list of {assets:,} assets is loaded, and nothing that anybody did with one. Load web"
        " analytics, downloads, e-mail, video or session exports whose column for `content_id`"
        " holds the id or the title of an asset."
    )
