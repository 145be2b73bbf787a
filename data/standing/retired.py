"""Which records have ended: by the newest file that ends one against the newest that has it."""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.bookkeeping import LOADS_IN_ORDER
from data.sql import Query, Step
from data.standing.mentions import TABLE_OF

_SOURCES = ("", "_version", "_reported_by")
"""Of a table: where it stands which loads report a key."""


def find_retired(draft: Draft) -> None:
    """Rebuild `retired_record` from `record_end` and from what loads report of the same records.

    An end holds until a newer load has the record alive again; of one load the end holds. Of the
    ends that hold a merge counts before a deletion, which systems report of merged records too.
    A chain of merges is followed to its end. Where that is not loaded, the last record of the chain
    that is loaded stands for all; in a circle every record stands. Everything follows from the set
    of loads. Raises EngineError with the failing step.
    """
    draft.execute("DELETE FROM retired_record")
    if not draft.has_any("record_end", "full_export"):
        return
    draft.build("ended_record", Query(*_ended_records()))
    draft.build("merge_link", Query(_links()))
    draft.insert("retired_record", Query(*_survivors()))
    for table in ("ended_record", "merge_link"):
        draft.execute(f"DROP TABLE {table}")


def _reports(table: str, columns: str) -> str:
    """SELECT of the keys of a table and each load that reports one."""
    return " UNION ALL ".join(f"SELECT {columns}, load_id FROM {table}{each}" for each in _SOURCES)


def _ended_records() -> tuple[Step, ...]:
    """Steps to one row per record that a load ends, with the end that `holds` if any does."""
    lives = " UNION ALL ".join(
        f"SELECT '{kind}' AS subject_kind, subject_id, load_id "
        f"FROM ({_reports(table, f'{by} AS subject_id')}) AS reports "
        f"SEMI JOIN ended_subjects ON ended_subjects.subject_kind = '{kind}' "
        "AND ended_subjects.subject_id = reports.subject_id"
        for kind, (table, by) in TABLE_OF.items()
    )
    return (
        Step("loads_in_order", LOADS_IN_ORDER),
        *_vanished(),
        Step(
            "end_reports",
            f"""
            {_reports("record_end", "subject_kind, subject_id, how")}
            UNION ALL
            SELECT subject_kind, subject_id, 'vanished', load_id FROM vanished_records
            """,
        ),
        Step(
            "newest_ends",
            """
            SELECT subject_kind, subject_id, how, max(place) AS place,
                arg_max(load_id, place) AS load_id
            FROM end_reports
            JOIN loads_in_order USING (load_id)
            GROUP BY subject_kind, subject_id, how
            """,
        ),
        Step("ended_subjects", "SELECT DISTINCT subject_kind, subject_id FROM newest_ends"),
        Step("life_reports", lives),
        Step(
            "newest_lives",
            """
            SELECT subject_kind, subject_id, max(place) AS place,
                arg_max(load_id, place) AS load_id
            FROM life_reports
            JOIN loads_in_order USING (load_id)
            GROUP BY subject_kind, subject_id
            """,
        ),
        Step(
            "ended_records",
            """
            SELECT newest_ends.subject_kind, newest_ends.subject_id, newest_ends.how,
                record_end.ended_at, living.as_of AS was_at, ending.as_of AS told_at,
                newest_ends.load_id,
                CASE WHEN newest_ends.how = 'merged' THEN record_end.into_id END AS into_id,
                newest_ends.place >= coalesce(newest_lives.place, 0) AS holds
            FROM newest_ends
            LEFT JOIN newest_lives USING (subject_kind, subject_id)
            LEFT JOIN record_end USING (subject_kind, subject_id, how)
            LEFT JOIN load AS living ON living.load_id = newest_lives.load_id
            JOIN load AS ending ON ending.load_id = newest_ends.load_id
            WHERE newest_ends.how <> 'merged'
                OR record_end.into_id IS DISTINCT FROM newest_ends.subject_id
            QUALIFY row_number() OVER (
                PARTITION BY newest_ends.subject_kind, newest_ends.subject_id
                ORDER BY holds DESC,
                    array_position(['merged', 'deleted', 'vanished'], newest_ends.how)
            ) = 1
            """,
        ),
    )


def _vanished() -> tuple[Step, ...]:
    """Steps to the records that an older load has and the newest full export of its kind lacks."""
    kinds = " UNION ALL ".join(
        f"SELECT '{kind}' AS subject_kind, {by} AS subject_id, '{table}' AS table_name, load_id "
        f"FROM {table}{each}"
        for kind, (table, by) in TABLE_OF.items()
        for each in _SOURCES
    )
    return (
        Step(
            "newest_full_exports",
            """
            SELECT mapping, max(place) AS place, arg_max(load_id, place) AS load_id
            FROM full_export
            JOIN load USING (load_id)
            JOIN loads_in_order USING (load_id)
            GROUP BY mapping
            """,
        ),
        Step(
            "loads_of_records",
            """
            SELECT DISTINCT load_column.load_id, load_column.table_name, load.mapping,
                loads_in_order.place
            FROM load_column
            JOIN load USING (load_id)
            JOIN loads_in_order USING (load_id)
            SEMI JOIN newest_full_exports ON newest_full_exports.mapping = load.mapping
            """,
        ),
        Step(
            "records_of_kinds",
            f"""
            SELECT reports.subject_kind, reports.subject_id, loads_of_records.mapping,
                max(loads_of_records.place) AS place
            FROM ({kinds}) AS reports
            JOIN loads_of_records USING (load_id, table_name)
            GROUP BY reports.subject_kind, reports.subject_id, loads_of_records.mapping
            """,
        ),
        Step(
            "vanished_records",
            """
            SELECT record.subject_kind, record.subject_id, newest_full_exports.load_id
            FROM records_of_kinds AS record
            JOIN newest_full_exports USING (mapping)
            WHERE record.place < newest_full_exports.place
            """,
        ),
    )


def _links() -> Step:
    return Step(
        "merge_links",
        "SELECT subject_kind, subject_id, into_id FROM ended_record "
        "WHERE holds AND into_id IS NOT NULL",
    )


def _survivors() -> tuple[Step, ...]:
    """Steps to `retired_records`: each end, and whom what the record had belongs to."""
    loaded = " UNION ALL ".join(
        f"SELECT '{kind}' AS subject_kind, {by} AS subject_id FROM {table} "
        f"WHERE {by} IN (SELECT subject_id FROM merge_nodes WHERE subject_kind = '{kind}')"
        for kind, (table, by) in TABLE_OF.items()
    )
    return (
        Step(
            "merge_nodes",
            """
            SELECT subject_kind, subject_id FROM merge_link
            UNION
            SELECT subject_kind, into_id FROM merge_link
            """,
        ),
        Step("loaded_nodes", loaded),
        Step(
            "reached",
            """
            WITH RECURSIVE reach(subject_kind, subject_id, node) AS (
                SELECT subject_kind, subject_id, into_id FROM merge_link
                UNION
                SELECT reach.subject_kind, reach.subject_id, merge_link.into_id
                FROM reach
                JOIN merge_link ON merge_link.subject_kind = reach.subject_kind
                    AND merge_link.subject_id = reach.node
            )
            SELECT * FROM reach
            """,
        ),
        Step(
            "chain_ends",
            """
            SELECT reached.subject_kind, reached.subject_id, reached.node
            FROM reached
            ANTI JOIN merge_link ON merge_link.subject_kind = reached.subject_kind
                AND merge_link.subject_id = reached.node
            """,
        ),
        Step(
            "links_to_the_end",
            """
            SELECT subject_kind, subject_id, count(*) AS links
            FROM reached GROUP BY subject_kind, subject_id
            """,
        ),
        Step(
            "last_loaded",
            """
            SELECT chain.subject_kind, chain.subject_id,
                arg_min(chain.node, coalesce(links_to_the_end.links, 0)) AS node
            FROM (
                SELECT subject_kind, subject_id, node FROM reached
                UNION ALL
                SELECT subject_kind, subject_id, subject_id FROM merge_link
            ) AS chain
            SEMI JOIN loaded_nodes ON loaded_nodes.subject_kind = chain.subject_kind
                AND loaded_nodes.subject_id = chain.node
            LEFT JOIN links_to_the_end ON links_to_the_end.subject_kind = chain.subject_kind
                AND links_to_the_end.subject_id = chain.node
            GROUP BY chain.subject_kind, chain.subject_id
            """,
        ),
        Step(
            "followed_ends",
            """
            SELECT ended.*, gone.subject_id IS NOT NULL AS is_gone_with, last_loaded.node,
                ended.holds AND ended.into_id IS NOT NULL AND chain_ends.node IS NULL AS is_circle
            FROM ended_record AS ended
            LEFT JOIN chain_ends USING (subject_kind, subject_id)
            LEFT JOIN last_loaded USING (subject_kind, subject_id)
            LEFT JOIN ended_record AS gone ON gone.subject_kind = ended.subject_kind
                AND gone.subject_id = chain_ends.node AND gone.holds
            """,
        ),
        _WHOSE,
        Step(
            "retired_records",
            """
            SELECT subject_kind, subject_id, how, ended_at, was_at, told_at, load_id, into_id,
                CASE WHEN NOT is_circle AND NOT is_gone_with AND node <> subject_id THEN node END
                    AS survivor_id,
                CASE
                    WHEN NOT holds THEN 'came back'
                    WHEN is_circle THEN 'circle'
                    WHEN into_id IS NOT NULL AND NOT is_gone_with
                        AND coalesce(node, subject_id) = subject_id THEN 'not loaded'
                END AS problem,
                of_lead_id, of_person_id, of_account_id
            FROM followed_ends
            LEFT JOIN whose USING (subject_kind, subject_id)
            """,
        ),
    )


_WHOSE = Step(
    "whose",
    f"""
    SELECT ended_record.subject_kind, ended_record.subject_id, own.of_lead_id,
        own.of_person_id, own.of_account_id
    FROM ended_record
    JOIN (
        SELECT 'lead' AS kind, lead_id AS id, NULL AS of_lead_id, person_id AS of_person_id,
            account_id AS of_account_id
        FROM lead
        UNION ALL
        SELECT 'opportunity', opportunity_id, primary_lead_id, NULL, account_id FROM opportunity
        UNION ALL
        SELECT 'person', {TABLE_OF["person"][1]}, NULL, person_id, person.account_id
        FROM person_alias
        LEFT JOIN person USING (person_id)
        UNION ALL
        SELECT 'account', account_id, NULL, NULL, account_id FROM account
    ) AS own ON own.kind = ended_record.subject_kind AND own.id = ended_record.subject_id
    """,
)
"""Whose a record was that ended: a lead's, a person's, a company's."""
