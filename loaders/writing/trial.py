"""The child's side of a preview: load the first rows of a file into a draft nobody keeps."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from pydantic import JsonValue

from data.engine.draft import Draft
from data.privacy.contacts import without_contacts
from data.privacy.keys import Keys
from data.schema.bookkeeping import RejectionKind
from data.schema.fields import fields
from data.sql import identifier
from loaders.correcting.begun_from import begun_anew, roles_in
from loaders.judging.company import Company, Taken, with_company
from loaders.judging.left_out import examples, left_out, note_left_out
from loaders.judging.twin_columns import with_chosen_columns
from loaders.judging.unclear import UnclearError
from loaders.language.library import read_mappings, unfinished_mappings
from loaders.language.model import Mapping
from loaders.language.opening import NoMappingFitsError, Opened, open_recognised
from loaders.language.template import Template
from loaders.language.values import PARENT_NAME
from loaders.outcome import ColumnUse, Preview, Reason
from loaders.progress import Phases
from loaders.proposing.propose import propose
from loaders.proposing.recognised import own_copy
from loaders.protocol import PreviewTask
from loaders.reading.held_file import held_open
from loaders.reading.relation import blamed_on
from loaders.reading.source import NoRecordsError, Source
from loaders.writing.file import Beside, load_rows
from loaders.writing.quarantine import NothingKeptError, masked_row, reasons

_ROWS_TRIED = 10_000

_EXAMPLES = 1_000

_FEW_WORDS = 100
"""Different texts of a column that may be stages, in the rows that are looked at."""

_LOAD_ID = "preview"


def try_out(draft: Draft, task: PreviewTask, company: Company) -> Preview:
    """What loading the file would give, tried on its first rows. The draft is only filled.

    Raises SourceError when the file cannot be read or changes while it is read.
    """
    with held_open(task.path) as file:
        shown = _looked_at(draft, task, company)
        file.check()
    return shown


def _looked_at(draft: Draft, task: PreviewTask, company: Company) -> Preview:
    mappings = read_mappings(task.mappings)
    unfinished = unfinished_mappings(task.mappings)
    own_work = tempfile.TemporaryDirectory(prefix="backcast-")
    with own_work as work, blamed_on(task.path.name):
        try:
            opened = open_recognised(
                task.path, mappings, task.mapping, Path(work), unfinished, task.said.sheet
            )
        except NoRecordsError as error:
            if not error.others:
                raise
            return Preview(
                file_name=without_contacts(task.path.name),
                message=without_contacts(str(error)),
                sheet=error.sheet,
                other_sheets=error.others,
            )
        except NoMappingFitsError as error:
            shown = _proposed(draft, mappings, error.source)
            return shown.model_copy(
                update={
                    "message": without_contacts(str(error)),
                    "remarks": tuple(map(left_out, unfinished)),
                }
            )
        if task.draft:
            shown = _proposed(draft, mappings, opened.source)
            own = {"proposed_toml": own_copy(opened, task.path), "draft_of": opened.mapping.name}
            if mapped := roles_in(opened, mappings):
                columns = {"table": opened.mapping.main.into, "mapped": mapped}
                shown = shown.model_copy(update=columns | {"begun_anew": begun_anew(opened)})
            return shown.model_copy(update=own)
        note_left_out(draft, opened, _LOAD_ID, unfinished)
        return _tried(draft, task, *with_company(with_chosen_columns(opened, task.said), company))


def _proposed(draft: Draft, mappings: dict[str, Mapping], source: Source) -> Preview:
    """A proposal for the file, as a preview without the rows that would follow."""
    values = examples(draft, source, source.columns, _EXAMPLES)
    rows = _word_rows(draft, source, values)
    in_all = {header: sorted(known) for header, known in rows.items()}
    proposal = propose(mappings, values, source.path, in_all)
    return Preview(
        file_name=without_contacts(source.path.name),
        sheet=source.sheet,
        other_sheets=source.other_sheets,
        proposed_toml=proposal.toml,
        table=proposal.table,
        proposed=proposal.columns,
        evidence=proposal.evidence,
        word_rows={
            header: {word: rows[header][word] for word in seen.distinct if word in rows[header]}
            for header, seen in proposal.evidence.items()
            if header in rows
        },
        sums=proposal.sums,
        encoding=source.encoding,
        rows=source.rows,
        columns=tuple(ColumnUse(header=each, feeds=()) for each in source.columns),
        reasons=_unreadable(draft, source),
    )


def _unreadable(draft: Draft, source: Source) -> tuple[Reason, ...]:
    """Why records of the file cannot be read by any mapping, such as a quote that is not closed."""
    if not source.rows_damaged:
        return ()
    found = draft.query(
        "SELECT reason, count(*) AS unread, min(line) AS line "
        f"FROM ({source.damaged}) AS damaged GROUP BY reason ORDER BY unread DESC, line"
    )
    return tuple(
        Reason(
            kind=RejectionKind.DAMAGED, reason=reason, column=None, rows=rows, line=line, value=None
        )
        for reason, rows, line in found.iter_rows()
    )


def _word_rows(
    draft: Draft, source: Source, values: dict[str, list[str]]
) -> dict[str, dict[str, int]]:
    """The texts of columns that have few of them in the first rows, each with its rows in all."""
    few = [header for header, texts in values.items() if len(set(texts)) <= _FEW_WORDS]
    if not few:
        return {}
    counted = ", ".join(f"histogram(trim({name})) AS {name}" for name in map(identifier, few))
    frame = draft.query(f"SELECT {counted} FROM ({source.relation}) AS file")
    return {
        header: {text: rows for text, rows in (frame[header].item() or {}).items() if text}
        for header in few
    }


def _tried(draft: Draft, task: PreviewTask, opened: Opened, taken: Taken) -> Preview:
    mapping, source = opened.mapping, opened.source
    first_rows = replace(
        source,
        relation=f"SELECT * FROM ({source.relation}) AS file ORDER BY line LIMIT {_ROWS_TRIED}",
        rows=min(source.rows, _ROWS_TRIED),
    )
    head = replace(opened, source=first_rows)
    shown = Preview(
        file_name=without_contacts(task.path.name),
        mapping=mapping.name,
        title=mapping.title,
        sheet=source.sheet,
        other_sheets=source.other_sheets,
        encoding=source.encoding,
        rows=source.rows + source.rows_damaged,
        columns=_uses(opened),
        source_rows=_source_rows(draft, head, task.rows),
    )
    silent = Phases(task.path.name, lambda event: None)
    try:
        counts = load_rows(
            draft, head, Beside(taken, task.said), _LOAD_ID, Keys.throwaway(), silent
        )
    except UnclearError as error:
        return shown.model_copy(
            update={"message": without_contacts(str(error)), "questions": error.questions}
        )
    except NothingKeptError as error:
        return shown.model_copy(
            update={
                "message": without_contacts(str(error)),
                "reasons": error.reasons,
                "rows_rejected": error.rows,
            }
        )
    tables = dict.fromkeys(rows.into for rows in mapping.tables)
    return shown.model_copy(
        update={
            "rows_tried": counts.rows_read,
            "rows_rejected": counts.rows_rejected,
            "reasons": reasons(draft, _LOAD_ID),
            "taken_out": counts.taken_out,
            "remarks": counts.remarks,
            "result_rows": {table: _result_rows(draft, table, task.rows) for table in tables},
        }
    )


def _uses(opened: Opened) -> tuple[ColumnUse, ...]:
    feeds: dict[str, list[str]] = {header: [] for header in opened.source.columns}
    for name, written in opened.headers.items():
        for header in written:
            feeds[header] += _fed(opened.mapping, name)
    return tuple(
        ColumnUse(header=header, feeds=tuple(dict.fromkeys(fed))) for header, fed in feeds.items()
    )


def _fed(mapping: Mapping, name: str) -> list[str]:
    made = {name}
    if mapping.person and name in (mapping.person.email, mapping.person.phone):
        made.add("person_id")
    for account, reference in (
        (mapping.account, "account_id"),
        (mapping.parent_account, PARENT_NAME),
    ):
        if account and name in (account.record, account.name):
            made.add(reference)
    return [
        f"{rows.into}.{column}"
        for rows in mapping.tables
        for column, assigned in rows.columns.items()
        if isinstance(assigned, Template)
        and any(made & set(reference.names) for reference in assigned.references)
    ]


def _source_rows(draft: Draft, opened: Opened, rows: int) -> tuple[dict[str, JsonValue], ...]:
    frame = draft.query(
        f"SELECT {masked_row(opened)} AS row FROM ({opened.source.relation}) AS source "
        f"ORDER BY line LIMIT {int(rows)}"
    )
    return tuple(json.loads(row) for row in frame["row"])


def _result_rows(draft: Draft, table: str, rows: int) -> tuple[dict[str, JsonValue], ...]:
    pairs = ", ".join(
        f"'{name}', CAST({identifier(name)} AS VARCHAR)"
        for name in fields(table)
        if name != "load_id"
    )
    frame = draft.query(
        f"SELECT CAST(json_object({pairs}) AS VARCHAR) AS row FROM {table} LIMIT {int(rows)}"
    )
    return tuple(json.loads(row) for row in frame["row"])
