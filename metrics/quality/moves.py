"""Movement between levels: which leads went up, which down, as far as exports show it."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Scope


class LevelMove(pa.DataFrameModel):
    """One row per level at the start of the period and level at its end, every pair.

    `leads` went from one to the other; those that stayed are there too. `share` is of the leads of
    `from_level`. `direction` is up to a better level, down, stays, or unknown to or from none.
    """

    from_level: str
    to_level: str
    leads: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    direction: str = pa.Field(isin=("up", "down", "stays", "unknown"))

    class Config:
        """Exactly these columns, one row per pair of levels."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["from_level", "to_level"]


def level_moves(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[LevelMove]:
    """Which leads moved to another level within the period, and which way?

    Of all leads that had come in by the end of the period. A lead's level on a day is the one that
    the last export before says, where exports of one kind differ; a change has its day from the
    first export that shows it. A lead that came in within the period starts from its first level
    that is known. Levels are those of the words of files under today's definitions.

    No row where no move is known, as where every lead is in one export only: a later export of the
    same leads with their tier shows what moved.
    """
    told = warehouse.query(_TOLD).item()
    if not told:
        return LevelMove.validate(pl.DataFrame(schema=columns(LevelMove)), lazy=True)
    found = warehouse.query(Query(scope.step("lead_quality"), *_MATRIX))
    names = [level.name for level in definitions.quality.level]
    if UNASSIGNED in {*found["from_level"], *found["to_level"]}:
        names.append(UNASSIGNED)
    counted = {(row[0], row[1]): int(row[2]) for row in found.iter_rows()}
    rows = []
    for place, start in enumerate(names):
        total = sum(counted.get((start, end), 0) for end in names)
        for other, end in enumerate(names):
            leads = counted.get((start, end), 0)
            way = "stays" if place == other else "up" if other < place else "down"
            unknown = start != end and UNASSIGNED in (start, end)
            rows.append(
                {
                    "from_level": start,
                    "to_level": end,
                    "leads": leads,
                    "share": leads / total if total else None,
                    "direction": "unknown" if unknown else way,
                }
            )
    return LevelMove.validate(pl.DataFrame(rows, schema=columns(LevelMove)), lazy=True)


_TOLD = Query(Step("told", "SELECT count(*) AS moves FROM lead_move"))

ENDS = (
    Step(
        "ends",
        """
        SELECT lead_id,
            min(CASE WHEN move_from = 'within' THEN place END) AS first_place,
            max(CASE WHEN move_from = 'within' THEN place END) AS last_place,
            min(CASE WHEN move_from = 'after' THEN place END) AS next_place
        FROM (
            SELECT lead_move.lead_id, lead_move.place,
                CASE WHEN lead_move.moved_on < scoped.period_start THEN 'before'
                    WHEN lead_move.moved_on <= least(scoped.period_end, scoped.observed_until)
                        THEN 'within' ELSE 'after' END AS move_from
            FROM lead_move
            JOIN scoped ON scoped.lead_id = lead_move.lead_id
        ) AS placed
        GROUP BY lead_id
        """,
    ),
    Step(
        "levels_at_ends",
        """
        SELECT scoped.lead_id, first_move.level_before AS first_before,
            last_move.level AS last_after, next_move.level_before AS next_before,
            scoped.level AS now
        FROM scoped
        LEFT JOIN ends ON ends.lead_id = scoped.lead_id
        LEFT JOIN lead_move AS first_move
            ON first_move.lead_id = ends.lead_id AND first_move.place = ends.first_place
        LEFT JOIN lead_move AS last_move
            ON last_move.lead_id = ends.lead_id AND last_move.place = ends.last_place
        LEFT JOIN lead_move AS next_move
            ON next_move.lead_id = ends.lead_id AND next_move.place = ends.next_place
        WHERE scoped.lead_on <= least(scoped.period_end, scoped.observed_until)
        """,
    ),
)
"""Steps to `levels_at_ends`, after `scoped`: each lead's levels around the ends of the period."""

AT_START = "coalesce(first_before, next_before, now)"
AT_END = "coalesce(last_after, next_before, now)"
"""SQL: the level of a row of `levels_at_ends` at either end."""

_MATRIX = (
    *ENDS,
    Step(
        "matrix",
        f"""
        SELECT {AT_START} AS from_level, {AT_END} AS to_level, count(*) AS leads
        FROM levels_at_ends
        GROUP BY {AT_START}, {AT_END}
        ORDER BY from_level, to_level
        """,
    ),
)
