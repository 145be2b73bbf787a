"""What a load leaves out, told with it: columns that matter, and mappings that are not finished."""

from __future__ import annotations

from collections.abc import Sequence

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from data.sql import identifier
from loaders.judging.remarks import note_remark
from loaders.language.library import Unfinished
from loaders.language.opening import Opened
from loaders.outcome import Remark
from loaders.proposing.recognised import unused_columns, unused_sentence
from loaders.reading.source import Source


def note_left_out(
    draft: Draft, opened: Opened, load_id: str, unfinished: tuple[Unfinished, ...]
) -> None:
    """Remark what is not used: columns that matter, and own mappings that are not finished."""
    unused = examples(draft, opened.source, unused_columns(opened), 100)
    if sentence := unused_sentence(opened, unused):
        note_remark(draft, load_id, Remark(kind=RemarkKind.COLUMNS, sentence=sentence))
    for each in unfinished:
        note_remark(draft, load_id, left_out(each))


def left_out(unfinished: Unfinished) -> Remark:
    """The remark that a mapping of one's own is not used, because it is not finished."""
    return Remark(kind=RemarkKind.MAPPINGS, sentence=unfinished.sentence)


def examples(
    draft: Draft, source: Source, columns: Sequence[str], rows: int
) -> dict[str, list[str]]:
    """Values of columns in the first rows of a file, trimmed; empty texts where a row has none."""
    if not columns:
        return {}
    listed = ", ".join(map(identifier, columns))
    frame = draft.query(f"SELECT {listed} FROM ({source.relation}) AS file LIMIT {int(rows)}")
    return {header: [(text or "").strip() for text in frame[header]] for header in columns}
