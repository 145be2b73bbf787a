"""What is not plausible in a file: shortened ids, rows that are no records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from data.engine.draft import Draft
from data.errors import SourceError
from data.schema.bookkeeping import RemarkKind
from data.schema.contract import key
from data.schema.tables import CANONICAL
from data.sql import Query, Step, identifier, literal
from loaders.judging.emptied import note_emptied
from loaders.judging.first_rows import FIRST_ROWS, MOST
from loaders.judging.ids import note_shared_ids
from loaders.judging.remarks import note_remark
from loaders.language.model import Mapping
from loaders.language.opening import Opened
from loaders.language.template import Template
from loaders.language.values import ROW_KEY
from loaders.outcome import Remark
from loaders.reading.source import offered
from loaders.transform.cells import cell_text
from loaders.transform.clearing import id_columns


def with_plausible_rows(draft: Draft, opened: Opened, load_id: str) -> Opened:
    """The file without rows that are no records, which are told.

    So are sheets that are not read, columns that suddenly are empty, and ids of many names.

    Raises SourceError where values of a group stand in its first row alone, and where ids have
    lost their last digits.
    """
    _refuse_groups(draft, opened)
    _refuse_shortened_ids(draft, opened)
    if others := opened.source.other_sheets:
        named = ", ".join(f'"{each}"' for each in others)
        sentence = (
            f'only the sheet "{opened.source.sheet}" was read, not {named}. Where these hold '
            f"records too, load the file once more for each. {offered(others)}"
        )
        note_remark(draft, load_id, Remark(kind=RemarkKind.SHEETS, sentence=sentence))
    opened = _without_sums(draft, opened, load_id)
    note_emptied(draft, opened, load_id)
    note_shared_ids(draft, opened, load_id)
    return opened


def _refuse_groups(draft: Draft, opened: Opened) -> None:
    """A formatted report says the value by which it is grouped in the first row of each group."""
    source = opened.source
    used = {header for headers in opened.headers.values() for header in headers}
    for header in sorted(used):
        if not header.rstrip().endswith(_SORTED):
            continue
        cell = f"nullif(trim(source.{identifier(header)}), '')"
        others = [
            f"nullif(trim(source.{identifier(each)}), '')"
            for each in source.columns
            if each != header
        ]
        values = " + ".join(f"CAST({each} IS NOT NULL AS INTEGER)" for each in others) or "0"
        blank = Step(
            "rows_of_a_group",
            f"SELECT line FROM {FIRST_ROWS} AS source WHERE {cell} IS NULL AND {values} > 2 "
            f"AND line > (SELECT min(line) FROM {FIRST_ROWS} AS source WHERE {cell} IS NOT NULL) "
            "ORDER BY line LIMIT 1",
        )
        found = draft.query(Query(blank))
        if not found.is_empty():
            raise SourceError(
                f"{source.path.name} is a report that is grouped by {header}: line "
                f"{found.item(0, 0)} and others leave it out, because it stands in the first row "
                "of each group alone. Export the report again with its details only, or take the "
                "groups out of it."
            )


_SORTED = ("↑", "↓")
"""How a report marks the columns by which it is sorted or grouped."""


def _refuse_shortened_ids(draft: Draft, opened: Opened) -> None:
    """Spreadsheets keep 15 digits of a number: of longer ids the others have become zeros."""
    names = [
        name
        for name in id_columns(opened.mapping)
        if name in opened.headers and not opened.mapping.columns[name].is_list
    ]
    if not names:
        return
    ids = Step(
        "long_ids",
        " UNION ALL ".join(
            f"SELECT {literal(name)} AS name, line, id FROM ("
            f"SELECT line, {_id_text(opened, name)} AS id FROM {FIRST_ROWS} AS source) AS ids "
            "WHERE strlen(id) > 16 AND regexp_full_match(id, '[0-9]+')"
            for name in names
        ),
    )
    counted = Step(
        "shortened_ids",
        "SELECT name, min(line), arg_min(id, line) FROM long_ids GROUP BY name "
        "HAVING count(DISTINCT id) > 1 AND bool_and(regexp_full_match(id, '[0-9]{15}0+'))",
    )
    for name, line, example in draft.query(Query(ids, counted)).rows():
        raise SourceError(
            f"{opened.source.path.name} line {line}: {opened.headers[name][0]} {example} has lost "
            "its last digits, as all long ids of the file have: a spreadsheet keeps 15 of them. "
            "Export the file again and load it without opening it in a spreadsheet, or set the "
            "column to text before opening it."
        )


def _id_text(opened: Opened, name: str) -> str:
    column, headers = opened.mapping.columns[name], opened.headers[name]
    return cell_text(column, headers, test_placeholders=False)


_TOTAL = "|".join(
    (
        "(?:grand |sub ?-?)?totals?", "sums?", "total g[eé]n[eé]ral", "totale", "suma", "итого",
        "summe", "gesamt(?:summe|ergebnis)?", "insgesamt", "zwischensumme",
        "总计", "總計", "合计", "合計", "总和", "小计", "小計", "計",
    )
)  # fmt: skip

_SUM = rf"(?i)(?:{_TOTAL})(?:\s*[:：(（].*|\s*[0-9.,]+\s*\w*|\s+\w+\s*[:：]\s*[0-9.,]+)?"

_FOOTER_BEGINS = "|".join(
    (
        "confidential information", "copyright", "©", "generated (?:by|on|at)", "report generated",
        "exported (?:by|on)", "filtered by", r"as of \d", "erstellt (?:von|am)", "vertraulich",
        "informations? confidentielles?", "información confidencial", "机密", "機密", "生成时间",
        "作成日",
    )
)  # fmt: skip

_FOOTER = f"(?i)(?:{_FOOTER_BEGINS}).*"

_RAW = "trim(raw, chr(34) || ' ,;' || chr(9) || chr(13) || chr(10))"

_NAMED = 5


def _without_sums(draft: Draft, opened: Opened, load_id: str) -> Opened:
    """The file without its sums and the lines below a report.

    Longer files are read as they are, and so are those whose mapping says which rows are sums.
    """
    source = opened.source
    known = any(condition.starts_with for condition in opened.mapping.skip)
    if known or source.rows > MOST:
        return opened
    cells = [f"nullif(trim(source.{identifier(each)}), '')" for each in source.columns]
    first = f"coalesce({', '.join(cells)})" if len(cells) > 1 else cells[0]
    alone = " + ".join(f"CAST({cell} IS NOT NULL AS INTEGER)" for cell in cells)
    lines = Step(
        "lines_without_records",
        f"SELECT line, {first} AS text FROM {FIRST_ROWS} AS source "
        f"WHERE (regexp_full_match({first}, {literal(_SUM)}) "
        f"AND ({_lacks_key(opened, first)} OR {alone} = 1)) "
        f"OR (regexp_full_match({first}, {literal(_FOOTER)}) AND {alone} = 1) ORDER BY line",
    )
    damaged, last = f"({source.damaged}) AS damaged", f"SELECT max(line) FROM {FIRST_ROWS}"
    told = f"regexp_full_match({_RAW}, {literal(f'{_SUM}|{_FOOTER}')})"
    below = Step(
        "lines_below",
        f"SELECT line, {_RAW} AS text FROM {damaged} WHERE {told} "
        f"OR regexp_full_match({_RAW}, '[^\",;\t|]*') AND line > ({last}) "
        f"AND EXISTS (SELECT 1 FROM {damaged} WHERE regexp_full_match({_RAW}, {literal(_FOOTER)})) "
        "ORDER BY line",
    )
    sums, footer = draft.query(Query(lines)).rows(), draft.query(Query(below)).rows()
    found = [*sums, *footer]
    if not found or len(sums) == source.rows:
        return opened
    named = [f'"{" ".join(text.split())[:60]}" on line {line}' for line, text in found[:_NAMED]]
    if len(found) > _NAMED:
        named.append(f"{len(found) - _NAMED} more")
    shown, what = ", ".join(named), "1 row is no record and was"
    if len(found) > 1:
        what = f"{len(found)} rows are no records and were"
    note_remark(
        draft,
        load_id,
        Remark(
            kind=RemarkKind.NO_RECORDS,
            rows=len(found),
            sentence=f"{what} left out: {shown}.",
        ),
    )
    if sums:
        lines_left_out = ", ".join(str(line) for line, _ in sums)
        draft.execute(f"DELETE FROM {FIRST_ROWS} WHERE line IN ({lines_left_out})")
    kept = replace(
        source,
        relation=_without_lines(source.relation, sums),
        rows=source.rows - len(sums),
        damaged=_without_lines(source.damaged, footer),
        rows_damaged=source.rows_damaged - len(footer),
    )
    return replace(opened, source=kept)


def _without_lines(relation: str, rows: list[tuple[Any, ...]]) -> str:
    if not rows:
        return relation
    lines = ", ".join(str(line) for line, _ in rows)
    return f"SELECT * FROM ({relation}) AS records WHERE line NOT IN ({lines})"


def _lacks_key(opened: Opened, first: str) -> str:
    """SQL: a column that identifies a record is empty, or it is the one with the word for a sum."""
    headers = [
        opened.headers[name][0] for name in _key_columns(opened.mapping) if name in opened.headers
    ]
    if not headers:
        return "false"
    tests = [
        f"coalesce(nullif(trim(source.{identifier(each)}), ''), {first}) = {first}"
        for each in headers
    ]
    return f"({' OR '.join(tests)})"


def _key_columns(mapping: Mapping) -> list[str]:
    """Columns that identify a record; of one that is known by its whole row, all that are read."""
    names: list[str] = []
    for column in key(CANONICAL[mapping.main.into]):
        assigned = mapping.main.columns.get(column)
        for reference in assigned.references if isinstance(assigned, Template) else ():
            names += reference.names
    for section in (mapping.campaign, mapping.account):
        if section and {"campaign_id", "account_id"} & set(names):
            names += [each for each in (section.record, section.name) if each]
    if ROW_KEY in names:
        return list(mapping.columns)
    return [name for name in names if name in mapping.columns]
