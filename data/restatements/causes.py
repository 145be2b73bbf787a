"""Why a number changed, record by record: what the new loads report of each that moved.

A record moves when it counts in another month, segment or amount than before. Its own row may be
new. A row that bears on it (itself, an entry into a stage, its deal, its campaign, a rate) may be
changed or new. Where no load reports anything of it, the definitions or a merge of records moved
it.
"""

from __future__ import annotations

import polars as pl

from data.engine.draft import Draft
from data.named_tables import CAMPAIGNS, named_steps
from data.restatements.facts import SAYS, fact_steps, list_fresh_loads
from data.restatements.numbers import BEFORE, entry_steps
from data.schema.bookkeeping import Cause
from data.schema.contract import key
from data.schema.tables import CANONICAL
from data.sql import Query, Step, literal

_WHO_IS_WHO = ("person", "person_alias", "account")


_TEMPORARY = ("fresh_load", "campaign_reference", "deal_link", "moved", "report")


def explain(draft: Draft, changed: pl.DataFrame, otherwise: Cause) -> pl.DataFrame:
    """The parts of each changed number by load and cause; what belongs together is added up.

    `changed` has the numbers: source, metric, month_on, dimension, segment. The result has these
    and load_id, `place` (the load's among all loads), cause and change. `otherwise` is the cause
    where no new load reports anything of a record: a merge stands under the latest load that
    reports people or companies, a definition under none. Reads the tables as deriving leaves them,
    with those of before beside them. Raises EngineError with the failing step.
    """
    draft.attach("changed", changed.select("source", "metric", "month_on").unique())
    list_fresh_loads(draft)
    draft.build("campaign_reference", Query(*named_steps(CAMPAIGNS)).upto("campaign_references"))
    draft.build("deal_link", _deal_links())
    draft.build("moved", moved_records())
    draft.build("report", _reports())
    found = draft.query(_parts(otherwise, _merging_load(draft)))
    draft.detach("changed")
    for table in _TEMPORARY:
        draft.execute(f"DROP TABLE {table}")
    return found


def _deal_links() -> Query:
    """One row per deal and lead that it is about, before or now."""
    return Query(
        Step(
            "deal_links",
            f"""
            SELECT opportunity_id, lead_id FROM deal_lead
            UNION
            SELECT opportunity_id, lead_id FROM journey{BEFORE} WHERE opportunity_id IS NOT NULL
            UNION
            SELECT opportunity_id, lead_id FROM deal{BEFORE} WHERE lead_id IS NOT NULL
            """,
        ),
    )


def moved_records() -> Query:
    """One row per record, month and channel behind the changed numbers, with its change.

    `was_counted`: the record counted in this metric before, in whatever month.
    """
    return Query(
        *entry_steps(BEFORE),
        *entry_steps(),
        *(
            Step(
                f"changed_entries{suffix}",
                f"SELECT * FROM entries{suffix} SEMI JOIN changed USING (source, metric, month_on)",
            )
            for suffix in (BEFORE, "")
        ),
        Step(
            "compared_entries",
            f"""
            SELECT source, metric, month_on, channel, record,
                coalesce(now.number, 0) - coalesce(past.number, 0) AS change
            FROM changed_entries{BEFORE} AS past
            FULL JOIN changed_entries AS now
                USING (source, metric, month_on, channel, record)
            """,
        ),
        Step("records_before", f"SELECT DISTINCT source, metric, record FROM entries{BEFORE}"),
        Step(
            "moved_records",
            """
            SELECT compared_entries.*, known.record IS NOT NULL AS was_counted
            FROM compared_entries
            LEFT JOIN records_before AS known USING (source, metric, record)
            WHERE change <> 0
            """,
        ),
    )


def _reports() -> Query:
    """One row per record that moved and load that reports something of it.

    Columns: source, record, load_id, is_new, `is_own`, the record's own row, and `is_end`, that
    it or a record that bears on it has ended.
    """
    own = {
        "journey": ("lead", "SELECT lead_id AS record, lead_id FROM lead"),
        "deal": ("opportunity", "SELECT opportunity_id AS record, opportunity_id FROM opportunity"),
        "spend": (
            "campaign_spend",
            """
            SELECT CAST(spend_on AS VARCHAR) || ' ' || coalesce(meant.campaign_id, cost.campaign_id)
                AS record, cost.campaign_id, cost.spend_on
            FROM campaign_spend AS cost
            LEFT JOIN campaign_reference AS meant ON meant.reference = cost.campaign_id
            """,
        ),
    }
    selects = [
        _bearing(source, table, records, key(CANONICAL[table]), own_row=True)
        for source, (table, records) in own.items()
    ]
    selects += [
        _bearing(source, table, records, by, own_row=False)
        for source, table, by, records in _RELATED
    ]
    selects.append(_COVERED)
    return Query(
        *(step for table in SAYS for step in fact_steps(table)),
        Step("bearing_facts", " UNION ALL ".join(selects)),
        Step(
            "reports",
            """
            SELECT DISTINCT * FROM bearing_facts
            SEMI JOIN (SELECT DISTINCT source, record FROM moved) AS records USING (source, record)
            """,
        ),
    )


_LEADS_OF_DEALS = "SELECT lead_id AS record, opportunity_id FROM deal_link"

_CAMPAIGN_OF_LEADS = """
    SELECT lead.lead_id, spelt.reference AS campaign_id FROM lead
    JOIN campaign_reference AS meant ON meant.reference = lead.campaign_id
    JOIN campaign_reference AS spelt ON spelt.campaign_id = meant.campaign_id
"""

_LEAD_OF_DEALS = f"""
    SELECT opportunity_id AS record, lead_id FROM deal WHERE lead_id IS NOT NULL
    UNION
    SELECT opportunity_id, lead_id FROM deal{BEFORE} WHERE lead_id IS NOT NULL
"""

_RELATED = (
    ("journey", "stage_change", ("subject_kind", "subject_id"), f"""
        SELECT lead_id AS record, 'lead' AS subject_kind, lead_id AS subject_id FROM lead
        UNION ALL
        SELECT record, 'opportunity', opportunity_id FROM ({_LEADS_OF_DEALS}) AS links
    """),
    ("journey", "opportunity", ("opportunity_id",), _LEADS_OF_DEALS),
    ("journey", "opportunity_lead", ("opportunity_id",), _LEADS_OF_DEALS),
    ("journey", "campaign", ("campaign_id",),
     f"SELECT lead_id AS record, campaign_id FROM ({_CAMPAIGN_OF_LEADS}) AS of_leads"),
    ("journey", "record_end", ("subject_kind", "subject_id"), f"""
        SELECT lead_id AS record, 'lead' AS subject_kind, lead_id AS subject_id
        FROM journey{BEFORE}
        UNION
        SELECT record, 'opportunity', opportunity_id FROM ({_LEADS_OF_DEALS}) AS links
        UNION
        SELECT survivor_id, subject_kind, subject_id FROM retired_record
        WHERE subject_kind = 'lead' AND survivor_id IS NOT NULL
    """),
    ("deal", "record_end", ("subject_kind", "subject_id"), f"""
        SELECT opportunity_id AS record, 'opportunity' AS subject_kind, opportunity_id AS subject_id
        FROM deal{BEFORE}
        UNION
        SELECT record, 'lead', lead_id FROM ({_LEAD_OF_DEALS}) AS links
    """),
    ("deal", "opportunity_lead", ("opportunity_id",),
     "SELECT opportunity_id AS record, opportunity_id FROM opportunity"),
    ("deal", "lead", ("lead_id",), _LEAD_OF_DEALS),
    ("deal", "campaign", ("campaign_id",), f"""
        SELECT deals.record, of_leads.campaign_id FROM ({_LEAD_OF_DEALS}) AS deals
        JOIN ({_CAMPAIGN_OF_LEADS}) AS of_leads ON of_leads.lead_id = deals.lead_id
    """),
    ("deal", "exchange_rate", ("currency",),
     "SELECT opportunity_id AS record, currency FROM opportunity"),
    ("spend", "campaign", ("campaign_id",), """
        SELECT CAST(spend.spend_on AS VARCHAR) || ' ' || spend.campaign_id AS record,
            meant.reference AS campaign_id
        FROM spend JOIN campaign_reference AS meant ON meant.campaign_id = spend.campaign_id
    """),
    ("spend", "exchange_rate", ("currency",), """
        SELECT CAST(spend_on AS VARCHAR) || ' ' || campaign_id AS record, currency FROM spend
    """),
)  # fmt: skip
"""The rows that bear on a record beside its own: source, table, by which columns, the records."""


_COVERED = """
    SELECT 'spend' AS source, moved.record, report.load_id, NOT moved.was_counted AS is_new,
        false AS is_own, false AS is_end
    FROM moved
    JOIN spend_report AS report ON CAST(left(moved.record, 10) AS DATE)
        BETWEEN report.covers_from AND report.covers_to
    JOIN fresh_load ON fresh_load.load_id = report.load_id
    WHERE moved.source = 'spend'
"""
"""An ad report bears on each day that it covers, also where it tells nothing of a campaign."""


def _bearing(source: str, table: str, records: str, by: tuple[str, ...], *, own_row: bool) -> str:
    return (
        f"SELECT '{source}' AS source, records.record, fact.load_id, fact.is_new, "
        f"{own_row} AS is_own, {table == 'record_end'} AS is_end FROM {table}_facts AS fact "
        f"JOIN ({records}) AS records USING ({', '.join(by)})"
    )


def _merging_load(draft: Draft) -> str:
    """The latest fresh load that reports people or companies, else the latest."""
    reporting = " UNION ".join(
        f"SELECT load_id FROM {table}{kind}"
        for table in _WHO_IS_WHO
        for kind in ("", "_version", "_reported_by")
    )
    (load_id,) = draft.one(
        f"SELECT load_id FROM fresh_load ORDER BY load_id IN ({reporting}) DESC, place DESC LIMIT 1"
    )
    return str(load_id)


def _parts(otherwise: Cause, merging_load: str) -> Query:
    """One row per part of each number: the changes of its records by load and cause, added up."""
    load = "CAST(NULL AS VARCHAR)" if otherwise is Cause.DEFINITION else literal(merging_load)
    return Query(
        Step(
            "best_reports",
            """
            SELECT report.source, report.record, report.load_id, report.is_new, report.is_end,
                fresh_load.is_first
            FROM report JOIN fresh_load USING (load_id)
            QUALIFY row_number() OVER (
                PARTITION BY report.source, report.record
                ORDER BY report.is_new AND report.is_own DESC, report.is_end DESC, report.is_new,
                    fresh_load.place DESC
            ) = 1
            """,
        ),
        Step(
            "explained_records",
            f"""
            SELECT moved.source, moved.metric, moved.month_on, moved.channel, moved.change,
                CASE WHEN best.load_id IS NULL THEN {load} ELSE best.load_id END AS load_id,
                CASE
                    WHEN best.load_id IS NULL THEN '{otherwise}'
                    WHEN best.is_end THEN '{Cause.RETIRED}'
                    WHEN NOT best.is_new THEN '{Cause.CHANGED_ROWS}'
                    WHEN best.is_first AND NOT moved.was_counted THEN '{Cause.FIRST_LOAD}'
                    ELSE '{Cause.NEW_ROWS}'
                END AS cause
            FROM moved LEFT JOIN best_reports AS best USING (source, record)
            """,
        ),
        Step(
            "channel_parts",
            """
            SELECT source, metric, month_on, channel, load_id, cause, sum(change) AS change
            FROM explained_records GROUP BY source, metric, month_on, channel, load_id, cause
            """,
        ),
        Step(
            "segment_parts",
            """
            SELECT source, metric, month_on, 'channel' AS dimension, channel AS segment, load_id,
                cause, CAST(change AS DECIMAL(18, 2)) AS change
            FROM channel_parts
            UNION ALL
            SELECT source, metric, month_on, 'total', 'total', load_id, cause,
                CAST(sum(change) AS DECIMAL(18, 2))
            FROM channel_parts GROUP BY source, metric, month_on, load_id, cause
            """,
        ),
        Step(
            "parts",
            """
            SELECT segment_parts.*, fresh_load.place
            FROM segment_parts LEFT JOIN fresh_load USING (load_id)
            """,
        ),
    )
