"""What the loads that are not derived yet told: which rows are new, which say something else."""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.contract import key
from data.schema.tables import CANONICAL

SAYS = {
    "lead": ("created_at", "channel", "campaign_id", "person_id", "stage"),
    "opportunity": (
        "created_at", "closed_at", "outcome", "primary_lead_id", "stage", "original_amount",
        "currency",
    ),
    "opportunity_lead": ("role",),
    "campaign": ("name", "channel"),
    "campaign_spend": ("original_cost_amount", "currency"),
    "exchange_rate": ("rate",),
    "stage_change": (),
}  # fmt: skip
"""The tables that numbers are made of, and their columns that bear on a number."""


def list_fresh_loads(draft: Draft) -> None:
    """Make `fresh_load`: the loads that are not derived yet, with their place among all loads.

    `is_first` are those of a kind of file of which no load is derived.
    """
    draft.execute(
        """
        CREATE TEMP TABLE fresh_load AS
        SELECT ranked.load_id, ranked.place,
            ranked.mapping NOT IN (
                SELECT load.mapping FROM load SEMI JOIN derived_load USING (load_id)
            ) AS is_first
        FROM (
            SELECT load_id, mapping, row_number() OVER (ORDER BY as_of, sha256, load_id) AS place
            FROM load
        ) AS ranked
        ANTI JOIN derived_load USING (load_id)
        """
    )


def facts(table: str) -> str:
    """SELECT of what the fresh loads told of a table: its key, load_id, and whether it is new.

    A row is new when no other load knows it. It is changed by a load that says something else than
    the load before it did, or, of the earliest, than the next one does. An empty cell says nothing.
    """
    keys = ", ".join(key(CANONICAL[table]))
    fresh = "SELECT load_id FROM fresh_load"
    tellers = " UNION ALL ".join(
        f"SELECT {keys}, load_id FROM {table}_{kind} WHERE load_id NOT IN ({fresh})"
        for kind in ("version", "reported_by")
    )
    new = f"""
        SELECT {keys}, load_id, true AS is_new
        FROM (SELECT {keys}, load_id FROM {table} WHERE load_id IN ({fresh})) AS row
        ANTI JOIN ({tellers}) AS known USING ({keys})
    """
    if table == "stage_change":
        return f"{new} UNION ALL {_corrected_dates()}"
    names = ", ".join(f"version.{name}" for name in SAYS[table])
    told = ", ".join(f"version.{name}" for name in key(CANONICAL[table]))
    return f"{new} UNION ALL " + _changed(
        keys,
        keys,
        SAYS[table],
        f"""
        SELECT {told}, {names}, telling.load_id
        FROM (
            SELECT {keys}, load_id, load_id AS same_as FROM {table}_version
            UNION ALL
            SELECT {keys}, load_id, same_as FROM {table}_reported_by
        ) AS telling
        JOIN {table}_version AS version USING ({keys})
        WHERE version.load_id = telling.same_as
        """,
    )


def _corrected_dates() -> str:
    """SELECT as `facts` of entries whose date column told another date to an earlier load."""
    rows = " UNION ".join(
        "SELECT subject_kind, subject_id, stage, entered_at, inferred_from, load_id "
        f"FROM stage_change{kind} WHERE inferred_from = 'date_column'"
        for kind in ("", "_version", "_reported_by")
    )
    return _changed(
        ", ".join(key(CANONICAL["stage_change"])),
        "subject_kind, subject_id, stage",
        ("entered_at",),
        rows,
    )


def _changed(keys: str, record: str, says: tuple[str, ...], tellings: str) -> str:
    differs = " OR ".join(
        f"({name} IS NOT NULL AND {name} IS DISTINCT FROM coalesce("
        f"lag({name} IGNORE NULLS) OVER told, lead({name} IGNORE NULLS) OVER told))"
        for name in says
    )
    return f"""
        SELECT {keys}, load_id, false AS is_new
        FROM (
            SELECT {keys}, tellings.load_id, {differs} AS differs,
                count(derived_load.load_id) OVER (PARTITION BY {record}) > 0 AS was_known
            FROM ({tellings}) AS tellings
            JOIN load ON load.load_id = tellings.load_id
            LEFT JOIN derived_load ON derived_load.load_id = tellings.load_id
            WINDOW told AS (
                PARTITION BY {record} ORDER BY load.as_of, load.sha256, load.load_id
            )
        ) AS compared
        WHERE differs AND was_known AND load_id IN (SELECT load_id FROM fresh_load)
    """
