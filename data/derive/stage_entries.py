"""SQL steps that find what changed between snapshots: stage entries, opportunity changes.

A snapshot says what a record looked like when it was made, not since when. A value in which
consecutive snapshots of a record differ has changed at some time between the two: the change is
entered at the moment of the later one, with the moment of the earlier one beside it. Consecutive
are the versions that loads of one kind of export (mapping) report, in the order of loads
(`LOADS_IN_ORDER`); of one moment only the last counts, and a version without a value is passed
over. Everything is read from the versions that loads keep, so that neither the order of arrival
nor an undo leaves a trace.

What snapshots tell of a record that has ended goes with it; entries of a merged one are those of
the record that it became.

A history or a date column knows better, and its entries are not entered again: an entry with a
date, at whatever time since the record was last seen in that stage, stands for the difference.
"""

from __future__ import annotations

from data.schema.bookkeeping import LOADS_IN_ORDER
from data.sql import Step

_DEAL_FIELDS = ("amount", "stage", "expected_close_on", "probability")

_REPORTED_AS = {"amount": "original_amount"}


def _reports(table: str, identifier: str) -> str:
    """SELECT of what each load reports of the records on which loads do not agree."""
    return f"""
        SELECT version.*, load.mapping, load.as_of, loads_in_order.place AS load_place
        FROM (
            SELECT {identifier}, load_id, load_id AS same_as FROM {table}_version
            UNION ALL
            SELECT {identifier}, load_id, same_as FROM {table}_reported_by
        ) AS reported
        JOIN {table}_version AS version
            ON version.{identifier} = reported.{identifier} AND version.load_id = reported.same_as
        JOIN load ON load.load_id = reported.load_id
        JOIN loads_in_order ON loads_in_order.load_id = reported.load_id
    """


def _difference_steps() -> tuple[Step, ...]:
    """Steps to `differences`: one row per value of a record that its last snapshot did not have."""
    who = "mapping, as_of, load_place"
    fields = " UNION ALL ".join(
        f"SELECT 'opportunity' AS kind, opportunity_id AS subject_id, '{field}' AS field, "
        f"CAST({_REPORTED_AS.get(field, field)} AS VARCHAR) AS value, "
        f"CAST(NULL AS VARCHAR) AS reason, {who} FROM deal_reports"
        for field in _DEAL_FIELDS
    )
    return (
        Step("loads_in_order", LOADS_IN_ORDER),
        Step("lead_reports", _reports("lead", "lead_id")),
        Step("deal_reports", _reports("opportunity", "opportunity_id")),
        Step(
            "snapshot_values",
            f"""
            SELECT kind, subject_id, field, value, reason, mapping, as_of
            FROM (
                SELECT every.*, row_number() OVER (
                    PARTITION BY kind, subject_id, field, mapping, as_of
                    ORDER BY load_place DESC
                ) AS place
                FROM (
                    SELECT 'lead' AS kind, lead_id AS subject_id, 'entry' AS field,
                        stage AS value, CAST(NULL AS VARCHAR) AS reason, {who}
                    FROM lead_reports
                    UNION ALL
                    SELECT 'opportunity' AS kind, opportunity_id AS subject_id, 'entry' AS field,
                        CASE
                            WHEN outcome IN ('won', 'lost') THEN outcome
                            WHEN outcome IS NOT NULL OR stage IS NOT NULL THEN 'opportunity'
                        END AS value,
                        CASE WHEN outcome = 'lost' THEN lost_reason END AS reason, {who}
                    FROM deal_reports
                    UNION ALL
                    {fields}
                ) AS every
                WHERE value IS NOT NULL
            ) AS placed
            WHERE place = 1
            """,
        ),
        Step(
            "all_differences",
            """
            SELECT kind, subject_id, field, before, value, reason, as_of, seen_before_at,
                last_so_at
            FROM (
                SELECT kind, subject_id, field, value, reason, as_of,
                    lag(value) OVER (
                        PARTITION BY kind, subject_id, field, mapping ORDER BY as_of
                    ) AS before,
                    lag(as_of) OVER (
                        PARTITION BY kind, subject_id, field, mapping ORDER BY as_of
                    ) AS seen_before_at,
                    lag(as_of) OVER (
                        PARTITION BY kind, subject_id, field, value, mapping ORDER BY as_of
                    ) AS last_so_at
                FROM snapshot_values
            ) AS compared
            WHERE value <> before
            """,
        ),
        Step(
            "differences",
            """
            SELECT all_differences.kind,
                coalesce(retired.survivor_id, all_differences.subject_id) AS subject_id,
                all_differences.field, all_differences.before, all_differences.value,
                all_differences.reason, all_differences.as_of, all_differences.seen_before_at,
                all_differences.last_so_at
            FROM all_differences
            LEFT JOIN retired_record AS retired
                ON retired.subject_kind = all_differences.kind
                AND retired.subject_id = all_differences.subject_id
                AND retired.problem IS NULL
            WHERE retired.subject_id IS NULL
                OR (retired.survivor_id IS NOT NULL AND all_differences.field = 'entry')
            """,
        ),
    )


def stage_difference_steps() -> tuple[Step, ...]:
    """Steps of `stage_difference`: entries that only snapshots show.

    One row per subject, stage and moment. An entry of a lead's deal counts as the lead's too.
    Reads the derived table `deal_lead` beside the canonical ones.
    """
    return (
        *_difference_steps(),
        Step(
            "dated_deal_entries",
            """
            SELECT subject_id, stage, entered_at FROM stage_change
            WHERE subject_kind = 'opportunity'
            UNION ALL
            SELECT opportunity_id, 'opportunity', created_at FROM opportunity
            WHERE created_at IS NOT NULL
            UNION ALL
            SELECT opportunity_id, outcome, closed_at FROM opportunity
            WHERE outcome IN ('won', 'lost') AND closed_at IS NOT NULL
            """,
        ),
        Step(
            "dated_lead_entries",
            """
            SELECT subject_id, stage, entered_at FROM stage_change WHERE subject_kind = 'lead'
            UNION ALL
            SELECT lead_id, 'lead', created_at FROM lead WHERE created_at IS NOT NULL
            UNION ALL
            SELECT deal_lead.lead_id, of_deals.stage, of_deals.entered_at
            FROM (
                SELECT subject_id, stage, entered_at FROM dated_deal_entries
                UNION ALL
                SELECT subject_id, value, as_of FROM differences
                WHERE kind = 'opportunity' AND field = 'entry'
            ) AS of_deals
            JOIN deal_lead
                ON deal_lead.opportunity_id = of_deals.subject_id AND NOT deal_lead.came_late
            """,
        ),
        Step(
            "dated_entries",
            """
            SELECT 'opportunity' AS kind, subject_id, stage, max(entered_at) AS last_dated_at
            FROM dated_deal_entries GROUP BY subject_id, stage
            UNION ALL
            SELECT 'lead' AS kind, subject_id, stage, max(entered_at) AS last_dated_at
            FROM dated_lead_entries GROUP BY subject_id, stage
            """,
        ),
        Step(
            "entered",
            """
            SELECT differences.kind AS subject_kind, differences.subject_id,
                differences.value AS stage, differences.as_of AS entered_at,
                min(differences.before) AS stage_before,
                max(differences.seen_before_at) AS seen_before_at,
                min(differences.reason) AS reason, 'status_diff' AS inferred_from
            FROM differences
            LEFT JOIN dated_entries
                ON dated_entries.kind = differences.kind
                AND dated_entries.subject_id = differences.subject_id
                AND dated_entries.stage = differences.value
            WHERE differences.field = 'entry' AND (
                dated_entries.last_dated_at IS NULL
                OR dated_entries.last_dated_at <= differences.last_so_at
            )
            GROUP BY differences.kind, differences.subject_id, differences.value, differences.as_of
            ORDER BY subject_kind, differences.subject_id, entered_at, differences.value
            """,
        ),
    )


def opportunity_difference_steps() -> tuple[Step, ...]:
    """Steps of `opportunity_difference`: changes that only a comparison of snapshots shows."""
    return (
        *_difference_steps(),
        Step(
            "dated_changes",
            """
            SELECT opportunity_id, field, new, max(changed_at) AS last_dated_at
            FROM opportunity_change GROUP BY opportunity_id, field, new
            """,
        ),
        Step(
            "changed",
            """
            SELECT differences.subject_id AS opportunity_id, differences.as_of AS changed_at,
                differences.field, min(differences.before) AS old,
                min(differences.value) AS new, max(differences.seen_before_at) AS seen_before_at
            FROM differences
            LEFT JOIN dated_changes
                ON dated_changes.opportunity_id = differences.subject_id
                AND dated_changes.field = differences.field
                AND dated_changes.new = differences.value
            WHERE differences.kind = 'opportunity' AND differences.field <> 'entry' AND (
                dated_changes.last_dated_at IS NULL
                OR dated_changes.last_dated_at <= differences.last_so_at
            )
            GROUP BY differences.subject_id, differences.as_of, differences.field
            ORDER BY differences.subject_id, changed_at, differences.field
            """,
        ),
    )
