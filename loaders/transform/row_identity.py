"""What a row is known by beside its cells: the digest of all its text, its line, its file."""

from __future__ import annotations

from data.privacy.contacts import without_contacts
from data.sql import identifier, literal
from loaders.language.opening import Opened
from loaders.language.values import FILE, LINE, ROW_KEY
from loaders.transform.clearing import digest_of

DIGEST = "row_digest"
"""The cell that holds the digest of the whole row, where records are known by it."""

_DIGITS = 20


def row_digest(opened: Opened) -> str:
    """SQL over the relation `source` of the digest of a whole row: each text under its header.

    What stands once for all rows is part of it. The order of columns is not, nor are those without
    a text, so that an empty column that is added later leaves rows as they were.
    """
    texts = [
        f"{literal(f'{header}=')} || nullif(source.{identifier(header)}, '')"
        for header in sorted(opened.source.columns)
    ]
    texts += [
        literal(f"{name}={column.default}")
        for name, column in opened.mapping.columns.items()
        if not column.source and column.default is not None
    ]
    return digest_of(f"concat_ws(chr(31), {', '.join(texts)})")


def of_the_row(opened: Opened, *, keyed: bool) -> dict[str, str]:
    """SQL over cells of the names of a row's line and file and, where `keyed`, of its key.

    Equal rows are counted: the first has the digest alone as its key, so that the same rows in a
    longer file are the same records.
    """
    file = without_contacts(opened.source.path.name)
    made = {LINE: "CAST(cells.line AS VARCHAR)", FILE: literal(file)}
    made = {name: sql for name, sql in made.items() if name not in opened.mapping.columns}
    if keyed:
        place = f"row_number() OVER (PARTITION BY cells.{DIGEST} ORDER BY cells.line)"
        digest = f"left(cells.{DIGEST}, {_DIGITS})"
        made[ROW_KEY] = f"{digest} || CASE {place} WHEN 1 THEN '' ELSE '_' || {place} END"
    return made
