"""Loading one file into a draft: in the engine, in one transaction, or not at all."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data.engine.draft import Draft
from data.errors import SourceError
from data.privacy.contacts import without_contacts
from data.privacy.keys import Keys
from data.sample_company.manifest import is_of_sample
from data.schema.bookkeeping import RemarkKind
from data.sql import Query, Step
from data.standing.aside import bring_back
from loaders.dating.export_time import ExportTime, FileFacts, export_time
from loaders.dating.workbook_times import UNKNOWN, workbook_times
from loaders.judging.campaigns import note_several_of_a_campaign
from loaders.judging.columns import with_judged_columns
from loaders.judging.company import Company, Taken, note_taken, with_company
from loaders.judging.first_rows import first_rows
from loaders.judging.ids import note_cut_ids
from loaders.judging.left_out import note_left_out
from loaders.judging.list_marks import with_evident_marks
from loaders.judging.percents import with_shares
from loaders.judging.plausible import with_plausible_rows
from loaders.judging.remarks import note_remark, remarks
from loaders.judging.repeated_rows import note_repeated_rows
from loaders.judging.twin_columns import refuse_open_choice, with_chosen_columns
from loaders.language.library import read_mappings, unfinished_mappings
from loaders.language.model import Mapping
from loaders.language.opening import Opened, open_recognised
from loaders.outcome import Counts, Outcome, Remark, Said, Status
from loaders.progress import Phases
from loaders.protocol import LoadTask, Progress
from loaders.reading.held_file import OpenedFile, held_open
from loaders.reading.lines import following_reads
from loaders.reading.relation import blamed_on
from loaders.transform.clearing import remember_key
from loaders.transform.erased import recall
from loaders.transform.file_sql import CELLS, STAGED, FileSql
from loaders.transform.lookups import fill
from loaders.writing.file_rows import FileRows
from loaders.writing.quarantine import reasons, refuse_all
from loaders.writing.rewritten import note_rewritten
from loaders.writing.take_out import take_out
from loaders.writing.telling import note_told
from loaders.writing.write_rows import write_rows


@dataclass(frozen=True, slots=True)
class Beside:
    """What a file is read with that neither it nor its mapping says."""

    taken: Taken
    said: Said


def load_file(
    draft: Draft, task: LoadTask, keys: Keys, company: Company, report: Callable[[Progress], None]
) -> Outcome:
    """Load one file; the draft is unchanged when it cannot be loaded.

    `company` says what files leave out: their currency and time zone.

    Raises SourceError when the file cannot be read or changes while it is read, MappingError when
    no mapping fits, and NothingKeptError when every row was refused.
    """
    with held_open(task.path) as file:
        return _load(draft, task, file, keys, company, report)


def _load(
    draft: Draft,
    task: LoadTask,
    file: OpenedFile,
    keys: Keys,
    company: Company,
    report: Callable[[Progress], None],
) -> Outcome:
    name = without_contacts(task.path.name)
    phases = Phases(name, report)
    phases.begin("opening")
    # Hashing leaves the interpreter to others, so that it costs no time beside the opening.
    with tempfile.TemporaryDirectory(prefix="backcast-") as work, ThreadPoolExecutor(1) as beside:
        hashing = beside.submit(file.sha256)
        with following_reads(phases.advance):
            known, unfinished = read_mappings(task.mappings), unfinished_mappings(task.mappings)
            opened = open_recognised(
                task.path, known, task.mapping, Path(work), unfinished, task.said.sheet
            )
        opened, taken = with_company(with_chosen_columns(opened, task.said), company)
        mapping = opened.mapping
        digest = hashing.result()
        if task.said.sheet is not None:  # what another sheet of it told stays loaded
            digest = hashlib.sha256(task.said.part_of(digest).encode()).hexdigest()
        file.check()
        besides = taken.identity + task.said.identity + _declared(task, mapping)
        load_id = _load_id(digest, mapping, besides, name)
        unchanged = Outcome(
            file_name=name,
            status=Status.ALREADY_LOADED,
            mapping=mapping.name,
            title=mapping.title,
            load_id=load_id,
            encoding=opened.source.encoding,
            message="already loaded, nothing changed",
        )
        earlier = dict(
            draft.query(
                "SELECT load_id, as_of FROM load "
                "WHERE sha256 = ? AND mapping = ? AND (file_name = ? OR NOT ?)",
                (digest, mapping.name, name, mapping.reads_file_name),
            ).iter_rows()
        )
        if load_id in earlier and task.as_of in (None, earlier[load_id]):
            return unchanged
        with blamed_on(name), draft.transaction():
            bring_back(draft)
            for old in earlier:
                take_out(draft, old)
            dated = _dated(task, opened, file.modified)
            _register(draft, load_id, task, dated, digest, mapping)
            if mapping.full_export or task.full_export:
                _declare_full(draft, load_id, name, dated.as_of, mapping)
            if dated.doubt:
                remark = Remark(kind=RemarkKind.EXPORT_TIME, sentence=dated.doubt)
                note_remark(draft, load_id, remark)
            note_left_out(draft, opened, load_id, unfinished)
            counts = load_rows(draft, opened, Beside(taken, task.said), load_id, keys, phases)
            _finish(draft, load_id, counts)
            file.check()
    return unchanged.model_copy(
        update={
            "status": Status.LOADED,
            "message": "",
            "replaced": next((old for old in earlier if old != load_id), None),
            "reasons": reasons(draft, load_id),
            **dict(counts),
        }
    )


def _load_id(digest: str, mapping: Mapping, besides: str, name: str) -> str:
    """A changed mapping reads the same file differently: that is another load.

    So does what was said of the file `besides`, by the company or by whoever loads it, and so is
    another name of the file, where the mapping reads that too.
    """
    identity = f"{digest}:{mapping.fingerprint}{besides}"
    if mapping.reads_file_name:
        identity += f":{name}"
    return "l_" + hashlib.sha256(identity.encode()).hexdigest()[:12]


def _dated(task: LoadTask, opened: Opened, modified: datetime) -> ExportTime:
    """When the file was true."""
    is_workbook = opened.source.format == "xlsx"
    facts = FileFacts(
        name=task.path.name,
        folder=task.path.parent.name,
        modified=modified,
        above=opened.source.above,
        workbook=workbook_times(task.path) if is_workbook else UNKNOWN,
        zone=opened.mapping.read.time_zone or "UTC",
        formats=opened.mapping.read.dates,
    )
    return export_time(facts, datetime.now(UTC).replace(tzinfo=None), task.as_of)


def _register(
    draft: Draft, load_id: str, task: LoadTask, dated: ExportTime, digest: str, mapping: Mapping
) -> None:
    """The load is known before its rows, because merging asks for its place among the loads."""
    now = datetime.now(UTC).replace(tzinfo=None)
    draft.execute(
        "INSERT INTO load (load_id, file_name, sha256, mapping, rows_read, rows_kept, "
        "rows_changed, rows_rejected, as_of, started_at, finished_at, as_of_by, tie_break) "
        "VALUES (?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?, ?, ?)",
        (
            load_id,
            without_contacts(task.said.part_of(task.path.name)),
            digest,
            mapping.name,
            dated.as_of,
            now,
            now,
            dated.by,
            dated.tie_break,
        ),
    )
    if is_of_sample(task.path, digest):
        draft.execute("INSERT INTO sample_load (load_id) VALUES (?)", (load_id,))


def load_rows(
    draft: Draft, opened: Opened, beside: Beside, load_id: str, keys: Keys, phases: Phases
) -> Counts:
    """Split a file's rows into kept and refused and put the kept ones into the tables.

    Raises NothingKeptError when all were refused, UnclearError where it can be read in two ways,
    SourceError where the file does not show what stands between the values of a list.
    """
    anyone_erased = recall(draft, keys)
    remember_key(draft, keys.secret)
    with first_rows(draft, opened):
        refuse_open_choice(draft, opened, beside.said)
        opened = with_plausible_rows(draft, opened, load_id)
        opened = with_judged_columns(draft, opened, load_id, beside.said)
        opened = with_shares(draft, opened, load_id)
        note_taken(draft, opened, load_id, beside.taken)
        note_several_of_a_campaign(draft, opened, load_id)
    opened = with_evident_marks(draft, opened)
    sql, source = FileSql(opened, load_id, anyone_erased=anyone_erased), opened.source
    phases.expect(source.rows, _expected(sql))
    cells: tuple[Step, ...] = (sql.cells(source.relation),)
    kept_cells = len(sql.lookups) > 1
    if kept_cells:  # one pass for a single column costs less than keeping all text
        phases.begin("reading")
        with draft.following(phases.advance):
            draft.build(CELLS, Query(*cells))
        cells = ()
    note_repeated_rows(draft, sql, cells, load_id)
    for lookup in sql.lookups:
        phases.begin(f"standardising {lookup.column}")
        column_cells = () if kept_cells else (sql.cells_of(lookup.column, source.relation),)
        fill(draft, lookup, column_cells, keys, opened.mapping.read.phone_region, phases.advance)
        note_rewritten(draft, lookup, sql.header(lookup.column), load_id)
    note_cut_ids(draft, sql, source)
    note_told(draft, sql, load_id)
    counts = write_rows(FileRows(draft, sql, source, cells, phases))
    if not counts.rows_kept:
        refuse_all(draft, source, load_id, counts.rows_read)
    for temporary in (STAGED, CELLS, *(lookup.table for lookup in sql.lookups)):
        draft.execute(f"DROP TABLE IF EXISTS temp.{temporary}")
    return counts.model_copy(update={"remarks": remarks(draft, load_id)})


def _declared(task: LoadTask, mapping: Mapping) -> str:
    """What makes a file another load when it is declared a full export afterwards."""
    return ":full" if task.full_export and not mapping.full_export else ""


def _declare_full(draft: Draft, load_id: str, name: str, as_of: datetime, mapping: Mapping) -> None:
    """Keep that a file has every record of its kind.

    Raises SourceError where another file says so of the same moment: which of two that differ is
    the newer decides what has vanished, and nothing in them tells.
    """
    same = draft.query(
        "SELECT file_name FROM load JOIN full_export USING (load_id) "
        "WHERE mapping = ? AND as_of = ? AND load_id <> ?",
        (mapping.name, as_of, load_id),
    )
    if not same.is_empty():
        raise SourceError(
            f"{name} is a full export ({mapping.title}) of {as_of:%Y-%m-%d %H:%M:%S}, and so is "
            f"{same.item(0, 0)}, which is loaded: of the same moment only one can be right. Say "
            "when this one was exported: --as-of on the command line, Exported on on the page."
        )
    draft.execute("INSERT INTO full_export (load_id) VALUES (?)", (load_id,))


def _expected(sql: FileSql) -> list[str]:
    """The phases that come after opening, as far as that can be foreseen."""
    reading = ["reading"] if len(sql.lookups) > 1 else []
    standardising = [f"standardising {lookup.column}" for lookup in sql.lookups]
    return [*reading, *standardising, "checking", *(f"writing {name}" for name in sql.tables)]


def _finish(draft: Draft, load_id: str, counts: Counts) -> None:
    draft.execute(
        "UPDATE load SET rows_read = ?, rows_kept = ?, rows_changed = ?, rows_rejected = ?, "
        "finished_at = ? WHERE load_id = ?",
        (
            counts.rows_read,
            counts.rows_kept,
            counts.rows_changed,
            counts.rows_rejected,
            datetime.now(UTC).replace(tzinfo=None),
            load_id,
        ),
    )
