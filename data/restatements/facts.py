"""What the loads that are not derived yet report: which rows are new, which say something else."""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.schema.contract import key
from data.schema.tables import CANONICAL
from data.sql import Query, Step

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
    "record_end": ("into_id",),
}  # fmt: skip
"""The tables that numbers are made of, and their columns that bear on a number."""


def list_fresh_loads(draft: Draft) -> None:
    """Make `fresh_load`: one row per load that is not derived yet, with its place among all loads.

    `is_first` marks the loads of a kind of file of which no load is derived.
    """
    draft.build(
        "fresh_load",
        Query(
            Step("loads_in_order", LOADS_IN_ORDER),
            Step(
                "derived_mappings",
                "SELECT mapping FROM load SEMI JOIN derived_load USING (load_id)",
            ),
            Step(
                "fresh_loads",
                """
                SELECT load.load_id, loads_in_order.place,
                    load.mapping NOT IN (SELECT derived_mappings.mapping FROM derived_mappings)
                        AS is_first
                FROM load
                JOIN loads_in_order ON loads_in_order.load_id = load.load_id
                ANTI JOIN derived_load ON derived_load.load_id = load.load_id
                """,
            ),
        ),
    )


def fact_steps(table: str) -> tuple[Step, ...]:
    """Steps to `TABLE_facts`: one row per fresh load and row of a table on which it reports news.

    Columns are the table's key, load_id and `is_new`. A row is new when no other load knows it. It
    is changed by a load that says something else than the load before it did, or, of the earliest,
    than the next one does. An empty cell says nothing. Reads `fresh_load`.
    """
    keys = ", ".join(key(CANONICAL[table]))
    fresh = "SELECT load_id FROM fresh_load"
    known = " UNION ALL ".join(
        f"SELECT {keys}, load_id FROM {table}_{kind} WHERE load_id NOT IN ({fresh})"
        for kind in ("version", "reported_by")
    )
    is_dated = table == "stage_change"
    return (
        Step(f"{table}_known", known),
        Step(
            f"{table}_new",
            f"""
            SELECT {keys}, load_id, true AS is_new
            FROM (SELECT {keys}, load_id FROM {table} WHERE load_id IN ({fresh})) AS row
            ANTI JOIN {table}_known AS known USING ({keys})
            """,
        ),
        Step(f"{table}_reports", _reported_dates() if is_dated else _reports(table)),
        Step(f"{table}_loads_in_order", LOADS_IN_ORDER),
        Step(
            f"{table}_changed",
            _changed(
                table,
                record="subject_kind, subject_id, stage" if is_dated else keys,
                says=("entered_at",) if is_dated else SAYS[table],
            ),
        ),
        Step(
            f"{table}_facts",
            f"""
            SELECT {keys}, load_id, is_new FROM {table}_new
            UNION ALL
            SELECT {keys}, load_id, is_new FROM {table}_changed
            {f"UNION ALL {_withdrawn_dates()}" if is_dated else ""}
            """,
        ),
    )


def _reports(table: str) -> str:
    """SELECT of what each load reports of the rows of which there are several versions."""
    keys = ", ".join(key(CANONICAL[table]))
    names = ", ".join(f"version.{name}" for name in (*key(CANONICAL[table]), *SAYS[table]))
    return f"""
        SELECT {names}, reported.load_id
        FROM (
            SELECT {keys}, load_id, load_id AS same_as FROM {table}_version
            UNION ALL
            SELECT {keys}, load_id, same_as FROM {table}_reported_by
        ) AS reported
        JOIN {table}_version AS version USING ({keys})
        WHERE version.load_id = reported.same_as
    """


def _reported_dates() -> str:
    """SELECT of each entry by a date column and each load that reports it."""
    return " UNION ".join(
        "SELECT subject_kind, subject_id, stage, entered_at, inferred_from, load_id "
        f"FROM stage_change{kind} WHERE inferred_from = 'date_column'"
        for kind in ("", "_aside", "_version", "_reported_by")
    )


def _withdrawn_dates() -> str:
    """SELECT of each entry whose date is given no more, by the fresh loads of its record."""
    keys = ", ".join(f"entry.{name}" for name in key(CANONICAL["stage_change"]))
    reports = " UNION ".join(
        f"SELECT '{kind}' AS subject_kind, {kind}_id AS subject_id, load_id FROM {kind}{each}"
        for kind in ("lead", "opportunity")
        for each in ("", "_version", "_reported_by")
    )
    return f"""
        SELECT {keys}, reports.load_id, false AS is_new
        FROM stage_change_aside AS entry
        JOIN ({reports}) AS reports USING (subject_kind, subject_id)
        SEMI JOIN fresh_load ON fresh_load.load_id = reports.load_id
        WHERE entry.because = 'withdrawn'
    """


def _changed(table: str, record: str, says: tuple[str, ...]) -> str:
    """SELECT of the reports of fresh loads that differ from what was known of their record."""
    keys = ", ".join(key(CANONICAL[table]))
    differs = " OR ".join(
        f"({name} IS NOT NULL AND {name} IS DISTINCT FROM coalesce("
        f"lag({name} IGNORE NULLS) OVER of_record, lead({name} IGNORE NULLS) OVER of_record))"
        for name in says
    )
    return f"""
        SELECT {keys}, load_id, false AS is_new
        FROM (
            SELECT {keys}, reports.load_id, {differs} AS differs,
                count(derived_load.load_id) OVER (PARTITION BY {record}) > 0 AS was_known
            FROM {table}_reports AS reports
            JOIN {table}_loads_in_order AS ranked ON ranked.load_id = reports.load_id
            LEFT JOIN derived_load ON derived_load.load_id = reports.load_id
            WINDOW of_record AS (PARTITION BY {record} ORDER BY ranked.place)
        ) AS compared
        WHERE differs AND was_known AND load_id IN (SELECT load_id FROM fresh_load)
    """
