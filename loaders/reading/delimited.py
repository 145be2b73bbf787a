"""CSV in any dialect: as the engine can read it, with every record accounted for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from data.errors import SourceError
from loaders.reading.delimited_layout import HEAD_BYTES, Layout, layout_of
from loaders.reading.delimited_repair import copy_good
from loaders.reading.delimited_survey import survey
from loaders.reading.encodings import Encoding, as_utf8, head_of
from loaders.reading.lines import DamageWriter
from loaders.reading.relation import numbered, read_csv
from loaders.reading.source import Limits, ReadSettings, Source


def csv_layout(name: str, text: Path, encoding: Encoding, settings: ReadSettings) -> Layout:
    """The layout of a CSV file called `name`, from its beginning.

    Raises SourceError when there is no header.
    """
    return layout_of(head_of(text, encoding, HEAD_BYTES), settings, name)


def open_csv(
    path: Path, text: Path, encoding: Encoding, layout: Layout, work: Path, limits: Limits
) -> Source:
    """The CSV file `path`, whose expanded content is the file `text` in this encoding and layout.

    Raises SourceError when there is no record, or none that can be read.
    """
    plain = as_utf8(text, encoding, work / "utf8.csv")
    mark_bytes = encoding.mark_bytes if plain == text else 0
    layout = replace(layout, bytes_before=mark_bytes + layout.bytes_before)
    found = survey(plain, layout, limits, path.name)
    damage = DamageWriter(work / "damaged.jsonl")
    columns, lines_before = layout.columns, layout.lines_before
    regular = found is not None
    if found is None:
        plain, original = work / "records.csv", plain
        with damage:
            found = copy_good(original, layout, limits, path.name, plain, damage)
        columns, lines_before = ("line", *columns), 0
    if not found.rows:
        raise SourceError(
            f"{path.name}: none of its {damage.rows:,} records can be read, {damage.first}. "
            "Check the delimiter and the header line in the mapping, or export it again."
            if damage.rows
            else f"{path.name} holds a header and no records. Export it again with its data."
        )
    records = read_csv(
        plain,
        columns,
        layout.delimiter,
        lines_before=lines_before,
        returns=found.returns,
        longest_line=found.longest_line_bytes,
    )
    return Source(
        path=path,
        format="csv",
        encoding=encoding.codec,
        delimiter=layout.delimiter,
        sheet=None,
        columns=layout.columns,
        size_bytes=path.stat().st_size,
        rows=found.rows,
        rows_damaged=damage.rows,
        relation=numbered(records, first_line=lines_before + 1) if regular else records,
        damaged=damage.statement,
        above=layout.above,
        repeated=layout.repeated,
    )
