"""Records refused rows with kind and reason: faulty, repeated and damaged ones, masked."""

from __future__ import annotations

import re

from data.engine.draft import Draft
from data.errors import BackcastError, did_you_mean
from data.privacy.contacts import EMAIL, MASK
from data.schema.bookkeeping import RejectedRow, RejectionKind
from data.schema.contract import columns
from data.sql import Query, Step, identifier, literal
from loaders.language.column import PERSONAL_KINDS
from loaders.language.model import Mapping
from loaders.language.opening import Opened
from loaders.language.values import LINE, ROW_KEY
from loaders.outcome import Reason
from loaders.reading.source import Source
from loaders.transform.clearing import without_contacts_sql
from loaders.transform.erased import ERASED
from loaders.transform.fault import Fault
from loaders.transform.file_sql import STAGED, VALUES, FileSql
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

_ONCE = {
    "assignment": ": a lead is given to one owner at a moment, so that line counts; if two have it "
    "at once, state a later moment for the second"
}
"""What a repeated key means in a table, and what to do, beside which line counts."""


def refuse_unwritten(rows: FileRows, cells: tuple[Step, ...]) -> None:
    """Record why rows were refused of a file whose good ones were written unstaged.

    `cells` is the step `file_cells` that they were written from, as in `FileRows`.
    """
    refused = Step("refused_rows", "SELECT line, ok FROM staged_rows WHERE NOT ok")
    rows.draft.build(STAGED, Query(*cells, *rows.sql.staged(), refused))
    refuse(rows)


def refuse(rows: FileRows) -> None:
    """Record why each staged row that is not `ok` was refused: one row per line and reason.

    The file is read once more, only for these rows, to show them as they stand in it.
    """
    draft, sql = rows.draft, rows.sql
    if not holds_any(draft, STAGED, "NOT ok"):
        return
    doubtful = "line IN (SELECT line FROM staged_rows WHERE NOT ok)"
    relation = rows.source.relation
    if not sql.mapping.previous:
        relation = f"SELECT * FROM ({relation}) AS file WHERE {doubtful}"
    cells = sql.cells(relation, carried=f", {masked_row(sql.opened)} AS row_text")
    doubtful_rows = Step("doubtful_rows", f"SELECT * FROM {VALUES} WHERE {doubtful}")
    draft.build("doubtful_rows", Query(cells, *sql.values(), doubtful_rows))
    draft.execute("CREATE OR REPLACE TEMP TABLE refusals AS SELECT * FROM rejected_row LIMIT 0")
    for fault in sql.faults:
        found = Step(
            f"{fault.kind.replace(' ', '_')}_rows",
            f"SELECT ? AS load_id, line, '{fault.kind}' AS kind, "
            f'{_reason(draft, sql.mapping, fault)} AS reason, ? AS "column", '
            f"{_unless_erased(sql, f'left({fault.value}, {_SHOWN_CHARACTERS})', 'NULL')} AS value, "
            f"{_unless_erased(sql, 'row_text', _NO_ROW)} AS row "
            f"FROM doubtful_rows WHERE {fault.condition}",
            (sql.load_id, fault.column),
        )
        draft.insert("refusals", Query(found), tuple(columns(RejectedRow)))
    # A column that feeds several tables may be at fault in each of them for the same reason.
    shown = without_contacts_sql("value")
    distinct = Step("refusals_once", f"SELECT DISTINCT * REPLACE ({shown} AS value) FROM refusals")
    draft.insert("rejected_row", Query(distinct))
    draft.execute("DROP TABLE refusals")
    draft.execute("DROP TABLE doubtful_rows")


def _unless_erased(sql: FileSql, text: str, instead: str) -> str:
    """SQL of a text of a row; of a row about an erased person nothing is shown."""
    return f"CASE WHEN v_{ERASED} THEN {instead} ELSE {text} END" if sql.knows_erased else text


def refuse_repeats(rows: FileRows) -> int:
    """Refuse staged rows whose key an earlier row of the file has, and drop exact repeats.

    Returns how many were exact repeats. What is left in `staged` as `ok` has distinct keys.
    """
    draft, sql, source = rows.draft, rows.sql, rows.source
    keys = ", ".join(sql.main_key())
    own = f"ok AND ({sql.main_condition()})"
    repeated_key = Step(
        "repeated_key",
        f"SELECT 1 FROM staged_rows WHERE {own} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1",
    )
    if draft.query(Query(repeated_key)).is_empty():
        return 0
    draft.build("repeated_rows", Query(*_repeated_rows(sql, keys, own)))
    (exact,) = draft.one("SELECT count(*) FROM repeated_rows WHERE exact")
    draft.execute(
        "UPDATE staged_rows SET ok = false WHERE line IN (SELECT line FROM repeated_rows)"
    )
    refused = Step(
        "refused_repeats",
        f"SELECT file.*, repeat.first_line, repeat.v_{ERASED} FROM ({source.relation}) AS file "
        "JOIN repeated_rows AS repeat ON repeat.line = file.line AND NOT repeat.exact",
    )
    meaning = _ONCE.get(sql.mapping.main.into, "")
    duplicates = Step(
        "duplicate_rows",
        f"SELECT {literal(sql.load_id)} AS load_id, line, '{RejectionKind.DUPLICATE}' AS kind, "
        f"'duplicate key, first on line ' || first_line || {literal(meaning)} AS reason, "
        f'{literal(", ".join(sql.main_key_headers()))} AS "column", NULL AS value, '
        f"{_unless_erased(sql, masked_row(sql.opened), _NO_ROW)} AS row "
        f"FROM {refused.name} AS source",
    )
    draft.insert("rejected_row", Query(refused, duplicates))
    draft.execute("DROP TABLE repeated_rows")
    return int(exact)


def _repeated_rows(sql: FileSql, keys: str, own: str) -> tuple[Step, ...]:
    """The steps to the rows whose key an earlier row has, and whether they repeat it exactly."""
    said = (name for name in sql.needed if name not in (ROW_KEY, LINE))
    values = ", ".join(f"v_{name}" for name in said)
    erased = f"v_{ERASED}" if sql.knows_erased else f"false AS v_{ERASED}"
    return (
        Step(
            "keyed_rows",
            f"SELECT line, {erased}, row({values}) AS contents, row({keys}) AS key "
            f"FROM staged_rows WHERE {own}",
        ),
        Step(
            "rows_and_first",
            f"""
            SELECT line, v_{ERASED}, contents,
                min(line) OVER same_key AS first_line,
                arg_min(contents, line) OVER same_key AS first_contents
            FROM keyed_rows
            WINDOW same_key AS (PARTITION BY key)
            """,
        ),
        Step(
            "repeated_rows",
            f"""
            SELECT line, v_{ERASED}, first_line,
                contents IS NOT DISTINCT FROM first_contents AS exact
            FROM rows_and_first
            WHERE line > first_line
            """,
        ),
    )


def refuse_damaged(draft: Draft, source: Source, load_id: str) -> None:
    """Record the records that the reader could not read at all."""
    if source.rows_damaged:
        damaged = Step(
            "damaged_records",
            f"SELECT DISTINCT ? AS load_id, line, '{RejectionKind.DAMAGED}' AS kind, reason, "
            'CAST(NULL AS VARCHAR) AS "column", CAST(NULL AS VARCHAR) AS value, '
            f"json_object('text', left({_masked('raw')}, {_SHOWN_CHARACTERS})) AS row "
            f"FROM ({source.damaged}) AS damaged",
            (load_id,),
        )
        draft.insert("rejected_row", Query(damaged))


def masked_row(opened: Opened) -> str:
    """SQL of a row of the relation `source` as JSON, as it stands, personal values masked."""
    every = opened.source.columns
    personal = {
        header
        for name, column in opened.mapping.columns.items()
        if column.personal or column.kind in PERSONAL_KINDS
        for header in opened.headers.get(name, ())
    }
    personal |= {each for each in every if re.search(_PERSONAL_HEADER, each)}
    pairs = ", ".join(
        f"{literal(header)}, "
        + (
            f"CASE WHEN source.{identifier(header)} <> '' THEN {literal(MASK)} END"
            if header in personal
            else _masked(f"source.{identifier(header)}")
        )
        for header in every
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
        f"SELECT DISTINCT {fault.word} AS word FROM doubtful_rows "
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
        'SELECT kind, reason, "column", count(*) AS rows, min(line) AS line, '
        "arg_min(value, line) AS value FROM rejected_row WHERE load_id = ? "
        f'GROUP BY kind, reason, "column" ORDER BY rows DESC, line, reason LIMIT {_REASONS_GIVEN}',
        (load_id,),
    )
    return tuple(Reason(**row) for row in frame.to_dicts())


class NothingKeptError(BackcastError):
    """No row of a file could be used. Carries the reasons, and how many rows there were."""

    def __init__(self, message: str, why: tuple[Reason, ...], rows: int) -> None:
        super().__init__(message)
        self.reasons = why
        self.rows = rows


def refuse_all(draft: Draft, source: Source, load_id: str, rows: int) -> None:
    """Raises NothingKeptError: no row of the file could be used."""
    found = reasons(draft, load_id)
    why = f" The first: {found[0].sentence(source.path.name)}" if found else ""
    refused = f"all {rows:,} rows were rejected" if rows else "it holds no rows of data"
    raise NothingKeptError(f"{source.path.name} was not loaded: {refused}.{why}", found, rows)
