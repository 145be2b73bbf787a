"""Why a number changed, record by record: what the new loads told of each that moved.

A record moves when it counts in another month, segment or amount than before. Its own row may be
new; a row that bears on it (itself, an entry into a stage, its deal, its campaign, a rate) may be
changed or new; else nobody said anything of it, and it is the definitions or who is who that put
it elsewhere.
"""

from __future__ import annotations

import polars as pl

from data.deal_leads import deal_leads_steps, lead_people_steps
from data.engine.draft import Draft
from data.references import CAMPAIGNS, named_steps
from data.restatements.facts import SAYS, facts, list_fresh_loads
from data.restatements.numbers import BEFORE, entries
from data.schema.bookkeeping import Cause
from data.schema.contract import key
from data.schema.tables import CANONICAL
from data.sql import Query, Step

_WHO_IS_WHO = ("person", "person_alias", "account")


_TEMPORARY = ("fresh_load", "campaign_meant", "deal_lead", "moved", "told")


def explain(draft: Draft, changed: pl.DataFrame, otherwise: Cause) -> pl.DataFrame:
    """The parts of each changed number by load and cause; what belongs together is added up.

    `changed` has the numbers: source, metric, month_on, dimension, segment. The result has these
    and load_id, `place` (the load's among all loads), cause and change. `otherwise` is the cause
    where no new load said anything of a record: a merge stands under the latest load that told of
    people or companies, a definition under none. Reads the tables as derive leaves them, with those
    of before beside them.
    """
    draft.attach("changed", changed.select("source", "metric", "month_on").unique())
    list_fresh_loads(draft)
    _list_links(draft)
    _list_moved(draft)
    _list_told(draft)
    found = draft.query(_parts(otherwise, _merging_load(draft)))
    draft.detach("changed")
    for table in _TEMPORARY:
        draft.execute(f"DROP TABLE {table}")
    return found


def _list_links(draft: Draft) -> None:
    """Which leads a deal is about, before or now, and which campaign a reference means."""
    meant = Query(*named_steps(CAMPAIGNS)).render(upto="campaign_references")
    draft.execute(f"CREATE TEMP TABLE campaign_meant AS {meant}")
    links = Query(
        *lead_people_steps(),
        *deal_leads_steps(),
        Step(
            "links",
            f"""
            SELECT opportunity_id, lead_id FROM deal_leads
            UNION
            SELECT opportunity_id, lead_id FROM journey{BEFORE} WHERE opportunity_id IS NOT NULL
            UNION
            SELECT opportunity_id, lead_id FROM deal{BEFORE} WHERE lead_id IS NOT NULL
            """,
        ),
    )
    draft.execute(f"CREATE TEMP TABLE deal_lead AS {links.render()}")


def _list_moved(draft: Draft) -> None:
    """The records behind the changed months; `was_counted`: in this metric, wherever, before."""
    draft.execute(
        f"""
        CREATE TEMP TABLE moved AS
        WITH entry_before AS ({entries(BEFORE)}), entry_after AS ({entries()}), compared AS (
            SELECT source, metric, month_on, channel, record,
                coalesce(now.number, 0) - coalesce(past.number, 0) AS change
            FROM (SELECT * FROM entry_before SEMI JOIN changed USING (source, metric, month_on))
                AS past
            FULL JOIN (SELECT * FROM entry_after SEMI JOIN changed USING (source, metric, month_on))
                AS now USING (source, metric, month_on, channel, record)
        )
        SELECT compared.*, known.record IS NOT NULL AS was_counted
        FROM compared
        LEFT JOIN (SELECT DISTINCT source, metric, record FROM entry_before) AS known
            USING (source, metric, record)
        WHERE change <> 0
        """
    )


def _list_told(draft: Draft) -> None:
    """What the fresh loads told of the records that moved: source, record, load, kind, own row."""
    own = {
        "journey": ("lead", "SELECT lead_id AS record, lead_id FROM lead"),
        "deal": ("opportunity", "SELECT opportunity_id AS record, opportunity_id FROM opportunity"),
        "spend": (
            "campaign_spend",
            """
            SELECT CAST(spend_on AS VARCHAR) || ' ' || coalesce(meant.campaign_id, told.campaign_id)
                AS record, told.campaign_id, told.spend_on
            FROM campaign_spend AS told
            LEFT JOIN campaign_meant AS meant ON meant.reference = told.campaign_id
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
    told_of = ", ".join(f"{table}_fact AS ({facts(table)})" for table in SAYS)
    draft.execute(
        f"""
        CREATE TEMP TABLE told AS
        WITH {told_of}, bearing AS ({" UNION ALL ".join(selects)})
        SELECT DISTINCT * FROM bearing
        SEMI JOIN (SELECT DISTINCT source, record FROM moved) AS records USING (source, record)
        """
    )


_LEADS_OF_DEALS = "SELECT lead_id AS record, opportunity_id FROM deal_lead"

_CAMPAIGN_OF_LEADS = """
    SELECT lead.lead_id, spelt.reference AS campaign_id FROM lead
    JOIN campaign_meant AS meant ON meant.reference = lead.campaign_id
    JOIN campaign_meant AS spelt ON spelt.campaign_id = meant.campaign_id
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
        FROM spend JOIN campaign_meant AS meant ON meant.campaign_id = spend.campaign_id
    """),
    ("spend", "exchange_rate", ("currency",), """
        SELECT CAST(spend_on AS VARCHAR) || ' ' || campaign_id AS record, currency FROM spend
    """),
)  # fmt: skip
"""Whose rows bear on which record beside its own: source, table, by which columns, the records."""


def _bearing(source: str, table: str, records: str, by: tuple[str, ...], *, own_row: bool) -> str:
    return (
        f"SELECT '{source}' AS source, records.record, fact.load_id, fact.is_new, "
        f"{own_row} AS is_own FROM {table}_fact AS fact "
        f"JOIN ({records}) AS records USING ({', '.join(by)})"
    )


def _merging_load(draft: Draft) -> str:
    """The latest fresh load that told of people or companies, else the latest."""
    tellers = " UNION ".join(
        f"SELECT load_id FROM {table}{kind}"
        for table in _WHO_IS_WHO
        for kind in ("", "_version", "_reported_by")
    )
    (load_id,) = draft.one(
        f"SELECT load_id FROM fresh_load ORDER BY load_id IN ({tellers}) DESC, place DESC LIMIT 1"
    )
    return str(load_id)


def _parts(otherwise: Cause, merging_load: str) -> str:
    """SELECT of the parts of each number: every record's change by its cause, added up."""
    load = "CAST(NULL AS VARCHAR)" if otherwise is Cause.DEFINITION else f"'{merging_load}'"
    return f"""
        WITH best AS (
            SELECT told.source, told.record, told.load_id, told.is_new, fresh_load.is_first
            FROM told JOIN fresh_load USING (load_id)
            QUALIFY row_number() OVER (
                PARTITION BY told.source, told.record
                ORDER BY told.is_new AND told.is_own DESC, told.is_new, fresh_load.place DESC
            ) = 1
        ), explained AS (
            SELECT moved.source, moved.metric, moved.month_on, moved.channel, moved.change,
                CASE WHEN best.load_id IS NULL THEN {load} ELSE best.load_id END AS load_id,
                CASE
                    WHEN best.load_id IS NULL THEN '{otherwise}'
                    WHEN NOT best.is_new THEN '{Cause.CHANGED_ROWS}'
                    WHEN best.is_first AND NOT moved.was_counted THEN '{Cause.FIRST_LOAD}'
                    ELSE '{Cause.NEW_ROWS}'
                END AS cause
            FROM moved LEFT JOIN best USING (source, record)
        ), by_channel AS (
            SELECT source, metric, month_on, channel, load_id, cause, sum(change) AS change
            FROM explained GROUP BY source, metric, month_on, channel, load_id, cause
        ), divided AS (
            SELECT source, metric, month_on, 'channel' AS dimension, channel AS segment, load_id,
                cause, CAST(change AS DECIMAL(18, 2)) AS change
            FROM by_channel
            UNION ALL
            SELECT source, metric, month_on, 'total', 'total', load_id, cause,
                CAST(sum(change) AS DECIMAL(18, 2))
            FROM by_channel GROUP BY source, metric, month_on, load_id, cause
        )
        SELECT divided.*, fresh_load.place FROM divided LEFT JOIN fresh_load USING (load_id)
    """
