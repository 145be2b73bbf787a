"""Keeping a mapping of one's own, so that the next file of its kind is recognised."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from data.errors import MappingError
from loaders.mapping import Mapping
from loaders.mapping_file import BUILT_IN, closest, mapping_of, own_folder, read_mappings
from loaders.recognise import fits, headers, recognise


@dataclass(frozen=True, slots=True)
class Kept:
    """A mapping that is ready to be kept, and the one of the same name that it would replace."""

    mapping: Mapping
    text: str
    replaces: Path | None = None

    @property
    def hides_built_in(self) -> bool:
        """Whether it would stand in the place of a mapping that is built in."""
        return self.replaces is not None and self.replaces.parent == BUILT_IN


def check_mapping(text: str, columns: tuple[str, ...], file_name: str) -> Kept:
    """Whether a mapping is valid and is the one by which a file with these columns is recognised.

    Raises MappingError with the line to change, or with what keeps the file from being recognised.
    """
    mapping = mapping_of(text, Path("mapping.toml"))
    known = read_mappings()
    before = known.get(mapping.name)
    if not fits(mapping, columns):
        raise MappingError(_why_not(mapping, columns, file_name))
    best = recognise(known | {mapping.name: mapping}, columns, file_name)
    if best is not mapping:
        other = best.name if best else "none"
        raise MappingError(
            f"{file_name} would still be read as {other}, which knows its columns better. "
            "Add columns to [recognise]."
        )
    return Kept(mapping, text, before.file if before else None)


def keep_mapping(kept: Kept, *, replace: bool = False) -> Path:
    """Write the mapping into the folder of own mappings; returns the file.

    Raises MappingError when there is a mapping of this name and `replace` is not given, or when
    the folder can not be written.
    """
    if kept.replaces and not replace:
        raise MappingError(
            f"There is a mapping {kept.mapping.name} already, in {kept.replaces}. "
            "Choose another name, or say that it is to be replaced."
        )
    folder = own_folder()
    own = kept.replaces and not kept.hides_built_in
    path = kept.replaces if own and kept.replaces else folder / f"{kept.mapping.name}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, prefix=".mapping-", encoding="utf-8", delete=False
        ) as draft:
            draft.write(kept.text)
        Path(draft.name).replace(path)
    except OSError as error:
        raise MappingError(
            f"The mapping can not be written to {folder}: {error.strerror}. "
            "Check the folder's permissions, or set $BACKCAST_MAPPINGS to another one."
        ) from error
    return path


def _why_not(mapping: Mapping, columns: tuple[str, ...], file_name: str) -> str:
    found = headers(mapping, columns)
    lacking = [
        " or ".join(mapping.columns[name].source)
        for name in mapping.recognise.columns
        if name not in found
    ]
    if not lacking:
        return f"{file_name} has a column that [recognise] names under absent."
    hint = closest(lacking[0], columns)
    return (
        f"{file_name} would not be recognised: it has no column {'; '.join(lacking)}.{hint} "
        "[recognise] names the columns that such a file must have."
    )
