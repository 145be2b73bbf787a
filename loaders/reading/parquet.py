"""Parquet: every column as text, read by the engine as it is."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import SourceError
from data.sql import identifier, literal
from loaders.reading.header import column_names
from loaders.reading.lines import NOTHING_DAMAGED
from loaders.reading.source import Limits, Source

_JUDGED_FROM_BYTES = 1024**2


def open_parquet(path: Path, file: Path, limits: Limits) -> Source:
    """The Parquet file `path`, whose expanded content is `file`.

    Dates and times are ISO text (with an offset if they have a zone), whole numbers stored as
    floating point lose their `.0`, not-a-number is missing, nested values are JSON text. Raises
    SourceError for a damaged or encrypted file and for one that declares more than it can hold.
    """
    schema, rows = _checked(path.name, file, limits)
    columns = column_names(schema.names)
    aliases = [f"c{position}" for position in range(len(columns))]
    selected = [
        f"{_as_text(alias, schema.field(position).type)} AS {identifier(column)}"
        for position, (alias, column) in enumerate(zip(aliases, columns, strict=True))
    ]
    records = (
        f"SELECT {', '.join(selected)}, row + 1 AS line "
        f"FROM read_parquet({literal(str(file))}, file_row_number = true, "
        f"binary_as_string = true) AS stored({', '.join(aliases)}, row)"
    )
    return Source(
        path=path,
        format="parquet",
        encoding=None,
        delimiter=None,
        sheet=None,
        columns=columns,
        size_bytes=path.stat().st_size,
        rows=rows,
        rows_damaged=0,
        relation=records,
        damaged=NOTHING_DAMAGED,
    )


def _checked(name: str, file: Path, limits: Limits) -> tuple[pa.Schema, int]:
    try:
        with pq.ParquetFile(file) as parquet:
            metadata = parquet.metadata
            schema = parquet.schema_arrow
            schema.names  # noqa: B018 - decodes them
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{name} is a Parquet file that is damaged or encrypted ({error}). Export it again."
        ) from error
    if not metadata.num_rows or not schema.names:
        raise SourceError(f"{name} holds no records. Export it again with its data.")
    size = file.stat().st_size
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    expanded = sum(group.total_byte_size for group in groups)
    cells = metadata.num_rows * len(schema.names)
    allowed = limits.max_ratio * size
    if expanded > limits.max_expanded_bytes or expanded > max(allowed, _JUDGED_FROM_BYTES):
        raise SourceError(
            f"{name} expands to {expanded:,} bytes, which is too much for its size of {size:,}. "
            "Export it again, in smaller files."
        )
    if metadata.num_rows < 0 or cells > max(allowed, limits.max_cells):
        raise SourceError(
            f"{name} declares {metadata.num_rows:,} rows in {size:,} bytes, which cannot be. "
            "Export it again."
        )
    return schema, metadata.num_rows


def _as_text(column: str, kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_floating(kind):
        whole = f"regexp_replace(CAST({column} AS VARCHAR), '\\.0$', '')"
        return f"CASE WHEN NOT isnan({column}) THEN {whole} END"
    if pa.types.is_nested(kind):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return f"CAST({column} AT TIME ZONE 'UTC' AS VARCHAR) || '+00:00'"
    return f"CAST({column} AS VARCHAR)"
