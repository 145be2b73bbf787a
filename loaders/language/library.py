"""The mappings there are, built in and own: read, checked and kept."""

from __future__ import annotations

import os
import tempfile
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from data.errors import MappingError, did_you_mean
from data.storage.store import Store
from loaders.language.model import BUILT_IN, Mapping
from loaders.language.parse import mapping_of
from loaders.language.recognise import fit, headers, recognise
from loaders.language.spellings import normalised


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


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A mapping with something left to put right: `problems` say what.

    `signature` are spellings of the columns that a file of its kind has, as far as its text says;
    empty where it does not.
    """

    name: str
    file: Path
    problems: tuple[str, ...]
    signature: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, path: Path, text: str, error: MappingError) -> Unfinished:
        """What is known of a mapping that failed with this error."""
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            return cls(path.stem, path, error.problems)
        name = content.get("name")
        return cls(
            name if isinstance(name, str) else path.stem,
            path,
            error.problems,
            _signature(content),
        )

    @property
    def sentence(self) -> str:
        """That it is left out, why, and what to do.

        >>> Unfinished("deals", Path("deals.toml"), ("deals.toml line 3: no",)).sentence
        'The mapping deals in deals.toml is left out: deals.toml line 3: no'
        """
        return f"The mapping {self.name} in {self.file.name} is left out: {self.problems[0]}"

    def would_read(self, columns: tuple[str, ...]) -> bool:
        """Whether a file with these columns is one of its kind."""
        written = {normalised(column) for column in columns}
        return bool(self.signature) and all(
            any(normalised(spelling) in written for spelling in spellings)
            for spellings in self.signature
        )


def _signature(content: dict[str, object]) -> tuple[tuple[str, ...], ...]:
    recognise, columns = content.get("recognise"), content.get("columns")
    if not (isinstance(recognise, dict) and isinstance(columns, dict)):
        return ()
    named = recognise.get("columns")
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return ()
    spelt = tuple(_spellings(columns.get(name)) for name in names)
    return spelt if all(spelt) else ()


def _spellings(column: object) -> tuple[str, ...]:
    if isinstance(column, dict):
        return _spellings(column.get("from"))
    if isinstance(column, str):
        return (column,)
    if isinstance(column, list):
        return tuple(each for each in column if isinstance(each, str))
    return ()


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
    it. Empty files are passed over, and so are those that `unfinished_mappings` tells of. Raises
    MappingError when a folder that was named is not there.
    """
    own, _ = _in_folder(_own(folder))
    return dict(sorted({**built_in_mappings(), **own}.items()))


def unfinished_mappings(folder: Path | None = None) -> tuple[Unfinished, ...]:
    """Files of the folder of own mappings that are no mapping yet, each with what is wrong."""
    return _in_folder(_own(folder))[1]


def _own(folder: Path | None) -> Path:
    own = folder or own_folder()
    if not own.is_dir() and (folder or os.environ.get(VARIABLE)):
        raise MappingError(f"{own}: there is no such folder of mappings.")
    return own


@cache
def built_in_mappings() -> MappingProxyType[str, Mapping]:
    """The mappings that come with the code, by name. They are read once in a process.

    Raises MappingError when one is not valid.
    """
    found, unfinished = _in_folder(BUILT_IN)
    if unfinished:
        raise MappingError(*(problem for each in unfinished for problem in each.problems))
    return MappingProxyType(found)


def own_folder() -> Path:
    """Where own mappings lie: $BACKCAST_MAPPINGS, else `mappings` in the store's folder."""
    configured = os.environ.get(VARIABLE)
    return Path(configured) if configured else Store.from_environment().path / "mappings"


def _in_folder(folder: Path) -> tuple[dict[str, Mapping], tuple[Unfinished, ...]]:
    found: dict[str, Mapping] = {}
    unfinished: list[Unfinished] = []
    for path in sorted(folder.glob("*.toml")):
        text = ""
        try:
            text = _text(path)
            if not text.strip():  # a shell makes it before `recognise FILE > new.toml` writes it
                continue
            mapping = mapping_of(text, path)
            if mapping.name in found:
                raise MappingError(
                    f"{path.name} line 1: the name {mapping.name} is taken by "
                    f"{found[mapping.name].file.name} in the same folder."
                )
        except MappingError as error:
            unfinished.append(Unfinished.of(path, text, error))
        else:
            found[mapping.name] = mapping
    return found, tuple(unfinished)
