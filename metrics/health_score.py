"""How far the data can be trusted, as one number that says what it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data.frame_contracts import DataFrame, pa
from data.warehouse import Warehouse
from metrics.health_links import DEALS, LEADS, orphans
from metrics.health_loads import source_freshness
from metrics.health_values import completeness, unassigned_leads, unpriced
from metrics.query import Query, Step

FRESH_DAYS = 7
LEAD_COLUMNS = ("account_id", "channel", "campaign_id", "owner", "region", "product")


class HealthPart(pa.DataFrameModel):
    """One row per part of the score, the one that would raise it most first."""

    part: str = pa.Field(unique=True)
    meaning: str
    weight: float = pa.Field(ge=0, le=100)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    points: float = pa.Field(ge=0, le=100)
    could_gain: float = pa.Field(ge=0, le=100)
    advice: str

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    meaning: str
    weight: int
    advice: str
    measure: Callable[[Warehouse], float | None]


def health_score(warehouse: Warehouse) -> DataFrame[HealthPart]:
    """How healthy is the data, and what would raise that most?

    The score is the sum of `points`, 0 to 100. Each part is a share, 0 to 1, times its weight; a
    part of which nothing is loaded (`share` null) has weight 0 and the others carry its weight in
    proportion. `could_gain` is what the part lacks to its weight.
    """
    measured = [(part, part.measure(warehouse)) for part in _PARTS]
    whole = sum(part.weight for part, share in measured if share is not None)
    rows = []
    for part, share in measured:
        weight = 100 * part.weight / whole if share is not None else 0.0
        points = weight * (share or 0.0)
        rows.append(
            {
                "part": part.name,
                "meaning": part.meaning,
                "weight": weight,
                "share": share,
                "points": points,
                "could_gain": max(weight - points, 0.0),
                "advice": part.advice,
            }
        )
    schema = {
        "part": pl.String, "meaning": pl.String, "weight": pl.Float64, "share": pl.Float64,
        "points": pl.Float64, "could_gain": pl.Float64, "advice": pl.String,
    }  # fmt: skip
    found = pl.DataFrame(rows, schema=schema)
    ordered = found.sort("could_gain", "weight", "part", descending=[True, True, False])
    return HealthPart.validate(ordered, lazy=True)


def _accepted(warehouse: Warehouse) -> float | None:
    loaded = source_freshness(warehouse)
    kept, refused = int(loaded["rows_kept"].sum()), int(loaded["rows_rejected"].sum())
    return kept / (kept + refused) if kept + refused else None


def _fresh(warehouse: Warehouse) -> float | None:
    days = source_freshness(warehouse)["days_behind"]
    return int((days <= FRESH_DAYS).sum()) / len(days) if len(days) else None


def _assigned(warehouse: Warehouse) -> float | None:
    share = unassigned_leads(warehouse)["share"].item()
    return None if share is None else 1 - share


def _linked(relation: str) -> Callable[[Warehouse], float | None]:
    def measure(warehouse: Warehouse) -> float | None:
        share = orphans(warehouse).filter(relation=relation)["share"].item()
        return None if share is None else 1 - share

    return measure


def _priced(warehouse: Warehouse) -> float | None:
    counted = Step(
        "counted",
        """
        SELECT count(*) AS amounts FROM deal WHERE original_amount IS NOT NULL
        UNION ALL
        SELECT count(*) AS amounts FROM spend
        """,
    )
    amounts = int(warehouse.query(Query(counted))["amounts"].sum())
    return 1 - int(unpriced(warehouse)["amounts"].sum()) / amounts if amounts else None


def _complete(warehouse: Warehouse) -> float | None:
    cells = completeness(warehouse, "lead").filter(pl.col("column").is_in(LEAD_COLUMNS))
    rows = int(cells["row_count"].sum())
    return int(cells["filled"].sum()) / rows if rows else None


_PARTS = (
    _Part(
        "Accepted rows",
        "Rows of all files that were loaded, of those that were loaded or rejected.",
        20,
        "Look at the reasons under Rejected rows and repair them in the source or its mapping.",
        _accepted,
    ),
    _Part(
        "Fresh sources",
        f"Kinds of file whose newest export is at most {FRESH_DAYS} days behind the newest of all.",
        15,
        "Export the kinds of file again that come first under Freshness.",
        _fresh,
    ),
    _Part(
        "Leads with a channel",
        "Leads whose channel is recorded or known from their campaign.",
        20,
        "Fill the channel in the CRM, load campaigns with their channel, or add a rule for the "
        "values under Values without a place.",
        _assigned,
    ),
    _Part(
        "Leads with a touch",
        "Leads whose person has at least one marketing touch.",
        15,
        "Load the exports of web, e-mail, webinars or events that these people came through.",
        _linked(LEADS),
    ),
    _Part(
        "Deals with an account",
        "Opportunities that name the company they are with.",
        10,
        "Load the accounts, or the column of the opportunity that names the company.",
        _linked(DEALS),
    ),
    _Part(
        "Priced amounts",
        "Amounts of deals and spend that could be converted into the base currency.",
        10,
        "Load exchange rates for the currencies and days under Amounts without an exchange rate.",
        _priced,
    ),
    _Part(
        "Complete leads",
        f"Cells of leads that are filled, of {', '.join(LEAD_COLUMNS)}.",
        10,
        "See under Completeness which column lacks most, and add it to the export.",
        _complete,
    ),
)
