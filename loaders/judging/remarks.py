"""What is to be known of how a file was read, kept with its load and told where it is shown."""

from __future__ import annotations

from data.engine.draft import Draft
from data.privacy.contacts import without_contacts
from loaders.outcome import Remark


def note_remark(draft: Draft, load_id: str, remark: Remark) -> None:
    """Keep a remark of a load; an address or a number in it is masked. Said twice, it is kept once.

    It is told by the command line, on the Load page and on Data health.
    """
    draft.execute(
        'INSERT INTO load_remark (load_id, kind, "column", "rows", sentence) SELECT ?, ?, ?, ?, ? '
        "WHERE NOT EXISTS (SELECT 1 FROM load_remark AS said WHERE said.load_id = ? "
        "AND said.kind = ? AND said.sentence = ?)",
        (
            load_id,
            remark.kind,
            remark.column,
            remark.rows,
            sentence := without_contacts(remark.sentence),
            load_id,
            remark.kind,
            sentence,
        ),
    )


def remarks(draft: Draft, load_id: str) -> tuple[Remark, ...]:
    """The remarks of a load, those about most rows first."""
    frame = draft.query(
        'SELECT kind, sentence, "column", "rows" FROM load_remark WHERE load_id = ? '
        'ORDER BY "rows" DESC, kind, sentence',
        (load_id,),
    )
    return tuple(Remark(**row) for row in frame.to_dicts())
