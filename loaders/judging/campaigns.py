"""Campaigns of which a file says several channels, products, regions or tools."""

from __future__ import annotations

from collections.abc import Iterator

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from data.sql import Query, Step
from loaders.judging.first_rows import FIRST_ROWS
from loaders.judging.remarks import note_remark
from loaders.language.model import Mapping, TableRows
from loaders.language.opening import Opened
from loaders.language.template import Template
from loaders.language.values import CAMPAIGN_NAME
from loaders.outcome import Remark
from loaders.transform.expressions import translated_sql
from loaders.transform.file_sql import FileSql

FACTS = ("channel", "product", "region", "tool")
"""What a campaign has one of, and by which its spend is told."""


def note_several_of_a_campaign(draft: Draft, opened: Opened, load_id: str) -> None:
    """Tell where rows of spend say several channels of one campaign, because only one counts.

    A long file is judged by its first rows.
    """
    for rows in opened.mapping.tables[1:]:
        if opened.mapping.main.into != "campaign_spend" or rows.into != "campaign":
            continue
        sql = FileSql(opened, load_id)
        known = _columns(sql, rows, "campaign_id")
        for fact in FACTS:
            names = _columns(sql, rows, fact)
            if not known or not names or set(names) & set(known):
                continue
            own, value = (_first(sql.mapping, each) for each in (known, names))
            pairs = Step(
                "values_of_campaigns",
                f"SELECT {own} AS campaign, count(DISTINCT lower({value})) AS different, "
                f"min({value}) AS one, max({value}) AS other FROM file_cells "
                f"WHERE {own} IS NOT NULL GROUP BY {own}",
            )
            several = Step(
                "campaigns_with_several",
                "SELECT count(*), min_by(campaign, campaign), min_by(one, campaign), "
                "min_by(other, campaign) FROM values_of_campaigns WHERE different > 1",
            )
            cells = sql.cells(f"SELECT * FROM {FIRST_ROWS}")
            count, campaign, one, other = draft.query(Query(cells, pairs, several)).row(0)
            if count:
                note_remark(draft, load_id, _remark(sql, names[-1], count, campaign, one, other))


def _remark(sql: FileSql, name: str, count: int, campaign: str, one: str, other: str) -> Remark:
    what = "1 campaign has" if count == 1 else f"{count:,} campaigns have"
    header = sql.header(name)
    return Remark(
        kind=RemarkKind.CAMPAIGNS,
        column=header,
        rows=0,
        sentence=f'{header}: {what} several values, such as "{campaign}" with "{one}" and '
        f'"{other}". One of them counts for all its spend. To tell the spend apart, write '
        f'campaign_id = "{{campaign_id}} {{{name}}}" in both [[table]] of a mapping of your own.',
    )


def _columns(sql: FileSql, rows: TableRows, column: str) -> list[str]:
    """Columns of the file, by their names, from which a column of the rows is made."""
    return [name for name in _named(sql.mapping, rows, column) if name in sql.headers]


def _named(mapping: Mapping, rows: TableRows, column: str) -> Iterator[str]:
    assigned = rows.columns.get(column)
    for reference in assigned.references if isinstance(assigned, Template) else ():
        for name in reference.names:
            if name == CAMPAIGN_NAME and mapping.campaign:
                yield from (
                    each for each in (mapping.campaign.record, mapping.campaign.name) if each
                )
            elif name in mapping.columns:
                yield name


def _first(mapping: Mapping, names: list[str]) -> str:
    """SQL of the first of several columns that has a value, translated."""
    texts = ", ".join(translated_sql(mapping, name, f"c_{name}") for name in names)
    return f"coalesce({texts})"
