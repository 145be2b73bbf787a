"""How far the data can be trusted: one score, with the parts it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from data.terms.titles import column_name
from metrics.health.links import DEALS, LEADS, orphans
from metrics.health.loads import source_freshness
from metrics.health.values import unassigned_leads, unpriced

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
    measure: Callable[[_Measured], float | None]


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the parts are computed from, each queried once."""

    freshness: pl.DataFrame
    orphans: pl.DataFrame
    unassigned: float | None
    amounts: int
    unpriced: int
    lead_cells: int
    filled_lead_cells: int


def health_score(warehouse: Warehouse) -> DataFrame[HealthPart]:
    """How healthy is the data, and what would raise that most?

    The score is the sum of `points`, 0 to 100. Each part is a share, 0 to 1, times its weight; a
    part of which nothing is loaded (`share` null) has weight 0 and the others carry its weight in
    proportion. `could_gain` is what the part lacks to its weight.
    """
    asked = _ask(warehouse)
    measured = [(part, part.measure(asked)) for part in _PARTS]
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


def _ask(warehouse: Warehouse) -> _Measured:
    amounts = Step(
        "counted",
        """
        SELECT count(*) AS amounts FROM deal WHERE original_amount IS NOT NULL
        UNION ALL
        SELECT count(*) AS amounts FROM spend
        """,
    )
    filled = " + ".join(f"count({name})" for name in LEAD_COLUMNS)
    cells = Step("cells", f"SELECT count(*) AS leads, {filled} AS filled FROM lead")
    leads, filled_cells = warehouse.query(Query(cells)).row(0)
    return _Measured(
        freshness=source_freshness(warehouse),
        orphans=orphans(warehouse),
        unassigned=unassigned_leads(warehouse)["share"].item(),
        amounts=int(warehouse.query(Query(amounts))["amounts"].sum()),
        unpriced=int(unpriced(warehouse)["amounts"].sum()),
        lead_cells=leads * len(LEAD_COLUMNS),
        filled_lead_cells=filled_cells,
    )


def _accepted(found: _Measured) -> float | None:
    kept, refused = (int(found.freshness[name].sum()) for name in ("rows_kept", "rows_rejected"))
    return kept / (kept + refused) if kept + refused else None


def _fresh(found: _Measured) -> float | None:
    days = found.freshness["days_behind"]
    return int((days <= FRESH_DAYS).sum()) / len(days) if len(days) else None


def _assigned(found: _Measured) -> float | None:
    return None if found.unassigned is None else 1 - found.unassigned


def _linked(relation: str) -> Callable[[_Measured], float | None]:
    def measure(found: _Measured) -> float | None:
        share = found.orphans.filter(relation=relation)["share"].item()
        return None if share is None else 1 - share

    return measure


def _priced(found: _Measured) -> float | None:
    return 1 - found.unpriced / found.amounts if found.amounts else None


def _complete(found: _Measured) -> float | None:
    return found.filled_lead_cells / found.lead_cells if found.lead_cells else None


_PARTS = (
    _Part(
        "Accepted rows",
        "Rows that were loaded, out of all that were loaded or rejected.",
        20,
        "Look at the reasons under Rejected rows and fix them in the source or its mapping.",
        _accepted,
    ),
    _Part(
        "Fresh sources",
        f"Kinds of file whose newest export is at most {FRESH_DAYS} days behind the newest of all.",
        15,
        "Export those kinds of file again that come first under Freshness.",
        _fresh,
    ),
    _Part(
        "Leads with a channel",
        "Leads whose channel is recorded or known from their campaign.",
        20,
        "Fill the channel in the CRM, load campaigns with their channel, or add a rule for the "
        "values under Unrecognised values.",
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
        "Deals that name the company they are with.",
        10,
        "Load the accounts, or the column of the deals that names the company.",
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
        "Cells of leads that are filled, of "
        f"{', '.join(column_name('lead', column) for column in LEAD_COLUMNS)}.",
        10,
        "See under Completeness which column is emptiest, and add it to the export.",
        _complete,
    ),
)
