"""Ids of campaigns that a spreadsheet cut short: they are told, and the name says which it is."""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from data.sql import Query, Step
from loaders.judging.remarks import note_remark
from loaders.outcome import Remark
from loaders.reading.source import Source
from loaders.transform.file_sql import CELLS, FileSql
from loaders.transform.references import is_cut_short


def note_cut_ids(draft: Draft, sql: FileSql, source: Source) -> None:
    """Note how many rows of a file of spend have such an id in place of a campaign's own.

    Spend is all that is known of some campaigns; other files are not looked through once more.
    """
    campaign = sql.mapping.campaign
    if campaign is None or campaign.record is None or "campaign_spend" not in sql.tables:
        return
    if not {campaign.record, campaign.name} <= sql.headers.keys():
        return
    cell = f"c_{campaign.record}"
    rows, example = draft.query(
        Query(
            sql.cells_of(campaign.record, source.relation),
            Step(
                "cut_ids",
                f"SELECT count(*) AS cut, min({cell}) AS example FROM {CELLS} "
                f"WHERE {is_cut_short(cell)}",
            ),
        )
    ).row(0)
    if rows:
        header = sql.header(campaign.record)
        sentence = (
            f"{header} is {example} or the like in {rows:,} rows: a spreadsheet cut the number "
            "short, so that their campaigns are known by name alone. Export again, and load the "
            "file without opening it there."
        )
        remark = Remark(kind=RemarkKind.IDS, sentence=sentence, column=header, rows=rows)
        note_remark(draft, sql.load_id, remark)
