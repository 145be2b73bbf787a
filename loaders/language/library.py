"""The mappings there are, built in and own: read, checked and kept."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from data.errors import MappingError, did_you_mean
from data.storage.store import Store
from loaders.language.model import Mapping
from loaders.language.parse import mapping_of
from loaders.language.recognise import fit, headers, recognise


@dataclass(frozen=True, slots=True)
class Kept:
    """A checked mapping, ready to be kept, and the one of the same name that it would replace."""

    mapping: Mapping
    text: str
    replaces: Path | None = None

    @property
    def hides_built_in(self) -> bool:
        """Whether it would hide a built-in mapping of the same name."""
        return self.replaces is not None and self.replaces.parent == BUILT_IN


def check_mapping(text: str, columns: tuple[str, ...], file_name: str) -> Kept:
    """Is this mapping valid, and would a file with these columns be recognised by it?

    Raises MappingError with the line to change, or with the reason why the file would not be.
    """
    mapping = mapping_of(text, Path("mapping.toml"))
    known = read_mappings()
    before = known.get(mapping.name)
    if fit(mapping, columns) is None:
        raise MappingError(_why_not(mapping, columns, file_name))
    best = recognise(known | {mapping.name: mapping}, columns, file_name)
    if best is None or best.mapping is not mapping:
        other = best.mapping.name if best else "none"
        raise MappingError(
            f"{file_name} would still be read as {other}, which knows its columns better. "
            "Add columns to [recognise]."
        )
    return Kept(mapping, text, before.file if before else None)


def keep_mapping(kept: Kept, *, replace: bool = False) -> Path:
    """Write the mapping into the folder of own mappings; returns the file.

    Raises MappingError when there is a mapping of this name and `replace` is not given, or when
    the folder cannot be written.
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
        ) as written:
            written.write(kept.text)
        Path(written.name).replace(path)
    except OSError as error:
        raise MappingError(
            f"The mapping cannot be written to {folder}: {error.strerror}. "
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
    hint = did_you_mean(lacking[0], columns)
    return (
        f"{file_name} would not be recognised: it has no column {'; '.join(lacking)}.{hint} "
        "[recognise] names the columns that such a file must have."
    )


BUILT_IN = Path(__file__).parents[1] / "mappings"

VARIABLE = "BACKCAST_MAPPINGS"


def read_mapping(path: Path) -> Mapping:
    """The mapping in one TOML file.

    Raises MappingError naming the file, the line, the key and what is allowed.
    """
    return mapping_of(_text(path), path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise MappingError(f"{path}: cannot be read as UTF-8 text: {failure}") from failure


def read_mappings(folder: Path | None = None) -> dict[str, Mapping]:
    """All mappings by name: the built-in ones, and those of a folder, which win.

    The folder is `folder`, else `own_folder()`, which may not be there yet unless somebody named
    it. Empty files are passed over. Raises MappingError when the folder or one of its files is not
    valid.
    """
    own = folder or own_folder()
    if not own.is_dir() and (folder or os.environ.get(VARIABLE)):
        raise MappingError(f"{own}: there is no such folder of mappings.")
    return dict(sorted({**built_in_mappings(), **_in_folder(own)}.items()))


@cache
def built_in_mappings() -> MappingProxyType[str, Mapping]:
    """The mappings that come with the code, by name. They are read once in a process."""
    return MappingProxyType(_in_folder(BUILT_IN))


def own_folder() -> Path:
    """Where own mappings lie: $BACKCAST_MAPPINGS, else `mappings` in the store's folder."""
    configured = os.environ.get(VARIABLE)
    return Path(configured) if configured else Store.from_environment().path / "mappings"


def _in_folder(folder: Path) -> dict[str, Mapping]:
    found: dict[str, Mapping] = {}
    for path in sorted(folder.glob("*.toml")):
        text = _text(path)
        if not text.strip():  # a shell makes it before `recognise FILE > new.toml` writes into it
            continue
        mapping = mapping_of(text, path)
        if mapping.name in found:
            raise MappingError(
                f"{path.name} line 1: the name {mapping.name} is taken by "
                f"{found[mapping.name].file.name} in the same folder."
            )
        found[mapping.name] = mapping
    return found
