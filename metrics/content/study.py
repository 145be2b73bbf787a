"""What the warehouse tells of people for a study of content: active days, stages and outcomes."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import STAGES, UNASSIGNED
from data.sql import Query, Step
from metrics.content.matching import NEVER, ActiveDays, Asked, Numbers, People, Study
from metrics.content.uses import use_steps
from metrics.scope import Scope, Stage

_MONDAY = date(1970, 1, 5)


def study_of(warehouse: Warehouse, scope: Scope, event: Stage) -> tuple[Study, pl.DataFrame]:
    """What is compared for any asset, and the number of each person by key."""
    people = warehouse.query(Query(*use_steps(scope), *_people_steps(scope))).sort("person_key")
    whose = people.select("person_key", person=pl.int_range(pl.len(), dtype=pl.Int64))
    days = (
        warehouse.query(Query(_DAYS))
        .filter(pl.col("used_on") <= scope.observed_until)
        .join(whose, on="person_key")
        .sort("person", "used_on")
    )

    def reached(stage: str) -> Numbers:
        day = pl.when(pl.col(f"{stage}_on") <= scope.observed_until).then(day_number(f"{stage}_on"))
        found: Numbers = people.select(day.fill_null(NEVER)).to_series().to_numpy()
        return found

    known = People(
        account=people["account"].to_numpy(),
        persona=people["persona"].rank("dense").cast(pl.Int64).to_numpy(),
        stages=np.stack([reached(each) for each in STAGES[: STAGES.index(event.value)]]),
        outcome=reached(event.value),
    )
    active = ActiveDays(
        days["person"].to_numpy(),
        days.select(day_number("used_on")).to_series().to_numpy(),
        days["actions"].to_numpy(),
    )
    window = scope.window_days or getattr(scope.windows, event.value)
    bounds = (scope.period.start, scope.period.end, scope.observed_until)
    first, last, observed = ((each - _MONDAY).days for each in bounds)
    return Study(active, known, Asked(first, last, observed, window)), whose


def day_number(name: str) -> pl.Expr:
    """The number of a day, from a Monday on."""
    return (pl.col(name) - _MONDAY).dt.total_days()


READS = (
    Step(
        "first_reads",
        """
        SELECT known_uses.content_id, content_asset.content, known_uses.person_key,
            min(known_uses.used_on) AS first_on
        FROM known_uses
        JOIN content_asset ON content_asset.content_id = known_uses.content_id
        WHERE known_uses.is_read AND known_uses.person_key IS NOT NULL
        GROUP BY known_uses.content_id, content_asset.content, known_uses.person_key
        """,
    ),
)

_DAYS = Step(
    "active_days",
    """
    SELECT person_key, occurred_on AS used_on, count(*) AS actions
    FROM touch
    WHERE person_key IS NOT NULL
    GROUP BY person_key, occurred_on
    """,
)


def _people_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `people`: everybody with a touch whom the scope counts, after `use_steps`."""
    narrow = bool(scope.filters or scope.viewer.restrictions)
    counted = "JOIN counted_people ON counted_people.person_id = active.person_id" if narrow else ""
    days = ", ".join(f"min({each}_on) AS {each}_on" for each in STAGES)
    listed = ", ".join(f"lead_days.{each}_on" for each in STAGES)
    return (
        Step(
            "active_people",
            """
            SELECT person_key, min(person_id) AS person_id,
                coalesce(min(account_key), -person_key) AS account
            FROM touch
            WHERE person_key IS NOT NULL
            GROUP BY person_key
            """,
        ),
        Step(
            "lead_days",
            f"""
            SELECT person_id, min(persona) AS persona, {days}
            FROM journey
            WHERE person_id IS NOT NULL
            GROUP BY person_id
            """,
        ),
        Step(
            "user_personas",
            """
            SELECT person_key, min(persona) AS persona
            FROM content_use
            WHERE person_key IS NOT NULL
            GROUP BY person_key
            """,
        ),
        Step(
            "people",
            f"""
            SELECT active.person_key, active.account,
                coalesce(user_personas.persona, lead_days.persona, '{UNASSIGNED}') AS persona,
                {listed}
            FROM active_people AS active
            {counted}
            LEFT JOIN lead_days ON lead_days.person_id = active.person_id
            LEFT JOIN user_personas ON user_personas.person_key = active.person_key
            """,
        ),
    )
