"""Ids that are not what they are read as: cut short, or standing for many different names."""

from __future__ import annotations

from collections.abc import Iterator

from data.engine.draft import Draft
from data.privacy.contacts import without_contacts
from data.schema.bookkeeping import RemarkKind
from data.schema.contract import key
from data.schema.tables import CANONICAL
from data.sql import Query, Step
from loaders.judging.first_rows import FIRST_ROWS
from loaders.judging.remarks import note_remark
from loaders.language.model import Mapping
from loaders.language.opening import Opened
from loaders.language.template import Template
from loaders.outcome import Remark
from loaders.reading.source import Source
from loaders.transform.cells import is_placeholder, plain_text
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


_NAMES = 5
"""People change their name or address, and companies are spelt in two ways, but not so often."""

_IDS = 10
"""So many ids with two names each are no accident, where they are most of those that repeat."""


def note_shared_ids(draft: Draft, opened: Opened, load_id: str) -> None:
    """Remark ids of which one stands for many different names or addresses in the first rows.

    What such rows say is all taken as of one record, so that records are lost or run together.
    """
    for record, named in dict.fromkeys(_pairs(opened)):
        header = opened.headers[record][0]
        row = draft.query(_shared(opened, record, named)).row(0, named=True)
        if row["names"] is None:
            continue
        is_one = row["names"] >= _NAMES
        if not is_one and (row["shared"] < _IDS or row["shared"] * 2 <= row["repeated"]):
            continue
        what = " ".join(opened.headers[each][0] for each in named)
        example = without_contacts(row["id"])
        sentence = (
            f"{header} {example} stands in rows with {row['names']:,} different values of {what}, "
            f"and {row['shared']:,} of its values in rows with several. All of them are read as "
            "one record: if the column is the id of something else, correct the mapping."
        )
        remark = Remark(
            kind=RemarkKind.IDS, column=header, rows=row["rows_concerned"], sentence=sentence
        )
        note_remark(draft, load_id, remark)


def _pairs(opened: Opened) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Columns with ids, each with those that name what it is the id of, as far as the file has."""
    mapping = opened.mapping
    for record, named in _named(mapping):
        single = [each for each in (record, *named) if not mapping.columns[each].is_list]
        if named and len(single) == 1 + len(named) and set(single) <= opened.headers.keys():
            yield record, named


def _named(mapping: Mapping) -> Iterator[tuple[str, tuple[str, ...]]]:
    person = mapping.person
    of_person: list[tuple[str, ...]] = []
    if person:
        of_person = [(person.email,)] if person.email else []
        of_person += [person.names] if person.names else []
        for names in of_person if person.record else ():
            yield str(person.record), names
    for section in (mapping.account, mapping.campaign, mapping.content):
        if section and section.record and section.name:
            yield section.record, (section.name,)
    (main, *others) = key(CANONICAL[mapping.main.into])
    own = None if others else _column_of(mapping, main)
    if own is None:
        return
    if mapping.main.into in ("lead", "person"):
        yield from ((own, names) for names in of_person)
    elif name := _column_of(mapping, "name"):
        yield own, (name,)


def _column_of(mapping: Mapping, column: str) -> str | None:
    """The column of the file that alone fills one of the main table, as it stands there."""
    assigned = mapping.main.columns.get(column)
    if not isinstance(assigned, Template) or len(assigned.references) != 1:
        return None
    (reference,) = assigned.references
    name = reference.names[0]
    return name if len(reference.names) == 1 and name in mapping.columns else None


def _shared(opened: Opened, record: str, named: tuple[str, ...]) -> Query:
    """One row: the id with most names, how many ids have several, and how many stand in several."""
    names = ", ".join(f"lower({_text(opened, each)})" for each in named)
    return Query(
        Step(
            "named_ids",
            f"SELECT {_text(opened, record)} AS id, nullif(concat_ws(' ', {names}), '') AS name "
            f"FROM {FIRST_ROWS} AS source",
        ),
        Step(
            "names_of_ids",
            f"""
            SELECT id, count(DISTINCT name) AS names, count(*) AS "rows"
            FROM named_ids
            WHERE name IS NOT NULL AND NOT {is_placeholder("id")}
            GROUP BY id
            HAVING count(*) > 1
            """,
        ),
        Step(
            "shared_ids",
            'SELECT max(names) AS names, arg_max(id, (names, "rows", id)) AS id, '
            "count(*) FILTER (WHERE names > 1) AS shared, count(*) AS repeated, "
            'sum("rows") FILTER (WHERE names > 1) AS rows_concerned FROM names_of_ids',
        ),
    )


def _text(opened: Opened, name: str) -> str:
    return plain_text(opened.mapping.columns[name], opened.headers[name])
