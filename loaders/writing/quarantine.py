"""Rows that are refused: every reason that applies, with personal values masked."""

from __future__ import annotations

import re

from data.engine.draft import Draft
from data.errors import did_you_mean
from data.privacy.contacts import EMAIL, MASK
from data.sql import identifier, literal
from loaders.language.column import PERSONAL_KINDS
from loaders.language.model import Mapping
from loaders.language.opening import Opened
from loaders.outcome import Reason
from loaders.reading.source import Source
from loaders.transform.clearing import without_contacts_sql
from loaders.transform.erased import ERASED
from loaders.transform.faults import Fault
from loaders.transform.file_sql import FileSql
from loaders.writing.file_rows import FileRows
from loaders.writing.into_table import holds_any

_PERSONAL_HEADER = (
    r"(?i)e-?mail|phone|mobile|wechat|whatsapp|address|birth|passport"
    r"|(first|last|full|sur|middle|given|family|contact)[ _]?name|^name$|^salutation$"
    r"|姓名|姓|名字|手机|电话|邮箱|邮件|微信|地址|生日|身份证|联系人"
)

_PERSONAL_VALUE = rf"{EMAIL}|\+?\d[\d\s().-]{{8,}}\d|[+＋]?[０-９][０-９ －-]{{6,}}[０-９]"

_DATE_VALUE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T]\d{1,2}:\d{2}[\d:.]*Z?)?"

_SHOWN_CHARACTERS = 500

_WORDS_EXPLAINED = 1_000

_REASONS_GIVEN = 20

_NO_ROW = "'{}'"


def refuse_unwritten(rows: FileRows, cells: str) -> None:
    """Record why rows were refused of a file whose good ones were written unstaged.

    `cells` is the relation of the file's text that they were written from.
    """
    rows.draft.execute(
        "CREATE OR REPLACE TEMP TABLE staged AS "
        f"SELECT line, ok FROM ({rows.sql.staged(cells)}) AS checked WHERE NOT ok"
    )
    refuse(rows)


def refuse(rows: FileRows) -> None:
    """Record why each staged row that is not `ok` was refused: one row per line and reason.

    The file is read once more, only for these rows, to show them as they stand in it.
    """
    draft, sql, source = rows.draft, rows.sql, rows.source
    if not holds_any(draft, "staged", "NOT ok"):
        return
    doubtful = "line IN (SELECT line FROM staged WHERE NOT ok)"
    relation = source.relation
    if not sql.mapping.previous:
        relation = f"SELECT * FROM ({relation}) AS file WHERE {doubtful}"
    cells = sql.cells(relation, carried=f", {masked_row(sql.opened)} AS row_text")
    draft.execute(
        "CREATE OR REPLACE TEMP TABLE doubtful AS "
        f"SELECT * FROM ({sql.valued(f'({cells})')}) AS valued WHERE {doubtful}"
    )
    draft.execute("CREATE OR REPLACE TEMP TABLE refused AS SELECT * FROM rejected_row LIMIT 0")
    for fault in sql.faults:
        draft.execute(
            'INSERT INTO refused (load_id, line, reason, "column", value, row) '
            f"SELECT ?, line, {_reason(draft, sql.mapping, fault)}, ?, "
            f"{_unless_erased(sql, f'left({fault.value}, {_SHOWN_CHARACTERS})', 'NULL')}, "
            f"{_unless_erased(sql, 'row_text', _NO_ROW)} "
            f"FROM doubtful WHERE {fault.condition}",
            (sql.load_id, fault.column),
        )
    # A column that feeds several tables may be at fault in each of them for the same reason.
    shown = without_contacts_sql("value")
    draft.execute(
        f"INSERT INTO rejected_row SELECT DISTINCT * REPLACE ({shown} AS value) FROM refused"
    )
    draft.execute("DROP TABLE refused")
    draft.execute("DROP TABLE doubtful")


def _unless_erased(sql: FileSql, text: str, instead: str) -> str:
    """SQL of a text of a row; of a row about an erased person nothing is shown."""
    return f"CASE WHEN v_{ERASED} THEN {instead} ELSE {text} END" if sql.tells_erased else text


def refuse_repeats(rows: FileRows) -> int:
    """Refuse staged rows whose key an earlier row of the file has, and drop exact repeats.

    Returns how many were exact repeats. What is left in `staged` as `ok` has distinct keys.
    """
    draft, sql, source = rows.draft, rows.sql, rows.source
    keys = ", ".join(sql.main_key())
    own = f"ok AND ({sql.main_condition()})"
    repeated = draft.query(
        f"SELECT 1 FROM staged WHERE {own} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"
    )
    if repeated.is_empty():
        return 0
    values = ", ".join(f"v_{name}" for name in sql.needed)
    erased = f"v_{ERASED}" if sql.tells_erased else f"false AS v_{ERASED}"
    draft.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE repeats AS
        SELECT line, v_{ERASED}, first_line, contents IS NOT DISTINCT FROM first_contents AS exact
        FROM (
            SELECT line, v_{ERASED}, contents,
                min(line) OVER same_key AS first_line,
                arg_min(contents, line) OVER same_key AS first_contents
            FROM (
                SELECT line, {erased}, row({values}) AS contents, row({keys}) AS key
                FROM staged WHERE {own}
            ) AS candidates
            WINDOW same_key AS (PARTITION BY key)
        ) AS compared
        WHERE line > first_line
        """
    )
    (exact,) = draft.query("SELECT count(*) FROM repeats WHERE exact").row(0)
    draft.execute("UPDATE staged SET ok = false WHERE line IN (SELECT line FROM repeats)")
    relation = (
        f"SELECT file.*, repeats.first_line, repeats.v_{ERASED} FROM ({source.relation}) AS file "
        "JOIN repeats ON repeats.line = file.line AND NOT repeats.exact"
    )
    draft.execute(
        'INSERT INTO rejected_row (load_id, line, reason, "column", value, row) '
        "SELECT ?, line, 'duplicate key, first on line ' || first_line, ?, NULL, "
        f"{_unless_erased(sql, masked_row(sql.opened), _NO_ROW)} "
        f"FROM ({relation}) AS source",
        (sql.load_id, ", ".join(sql.main_key_headers())),
    )
    draft.execute("DROP TABLE repeats")
    return int(exact)


def refuse_damaged(draft: Draft, source: Source, load_id: str) -> None:
    """Record the records that the reader could not read at all."""
    if source.rows_damaged:
        draft.execute(
            'INSERT INTO rejected_row (load_id, line, reason, "column", value, row) '
            "SELECT DISTINCT ?, line, reason, CAST(NULL AS VARCHAR), CAST(NULL AS VARCHAR), "
            f"json_object('text', left({_masked('raw')}, {_SHOWN_CHARACTERS})) "
            f"FROM ({source.damaged}) AS damaged",
            (load_id,),
        )


def masked_row(opened: Opened) -> str:
    """SQL of a row of the relation `source` as JSON, as it stands, personal values masked."""
    columns = opened.source.columns
    personal = {
        header
        for name, column in opened.mapping.columns.items()
        if column.personal or column.kind in PERSONAL_KINDS
        for header in opened.headers.get(name, ())
    }
    personal |= {each for each in columns if re.search(_PERSONAL_HEADER, each)}
    pairs = ", ".join(
        f"{literal(header)}, "
        + (
            f"CASE WHEN source.{identifier(header)} <> '' THEN {literal(MASK)} END"
            if header in personal
            else _masked(f"source.{identifier(header)}")
        )
        for header in columns
    )
    return f"CAST(json_object({pairs}) AS VARCHAR)"


def _masked(text: str) -> str:
    """SQL of a text that is no date, with what looks like an e-mail or a phone number masked."""
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(_DATE_VALUE)}) THEN {text} "
        f"ELSE regexp_replace({text}, {literal(_PERSONAL_VALUE)}, {literal(MASK)}, 'g') END"
    )


def _reason(draft: Draft, mapping: Mapping, fault: Fault) -> str:
    """SQL of a fault's reason; an unmapped word gets the nearest known one and where to add it."""
    if fault.untranslated is None:
        return literal(fault.reason)
    name = fault.untranslated
    unknown = draft.query(
        f"SELECT DISTINCT {fault.word} AS word FROM doubtful "
        f"WHERE {fault.condition} LIMIT {_WORDS_EXPLAINED}"
    )["word"]
    where = f"Add it under [values.{name}] in {mapping.file.name}."
    general = literal(f"{fault.reason} {where}")
    known = list(mapping.values[name].words)
    explained = " ".join(
        f"WHEN {literal(word)} THEN {literal(f'{fault.reason}{hint} {where}')}"
        for word in unknown
        if (hint := did_you_mean(word, known))
    )
    return f"CASE {fault.word} {explained} ELSE {general} END" if explained else general


def reasons(draft: Draft, load_id: str) -> tuple[Reason, ...]:
    """Why a load's rows were refused: the most frequent reasons first."""
    frame = draft.query(
        'SELECT reason, "column", count(*) AS rows, min(line) AS line, '
        "arg_min(value, line) AS value FROM rejected_row WHERE load_id = ? "
        f'GROUP BY reason, "column" ORDER BY rows DESC, line, reason LIMIT {_REASONS_GIVEN}',
        (load_id,),
    )
    return tuple(Reason(**row) for row in frame.to_dicts())
