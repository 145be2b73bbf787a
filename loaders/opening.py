"""Opening a file under the mapping that fits it."""

from __future__ import annotations

from pathlib import Path

from data.errors import MappingError, SourceError
from loaders.mapping import Mapping
from loaders.mapping_file import closest
from loaders.propose import hint
from loaders.reading import open_source
from loaders.recognise import fits, recognise
from loaders.source import ReadSettings, Source


class NoMappingFitsError(MappingError):
    """No mapping fits a file. Carries the file as it was opened."""

    def __init__(self, message: str, source: Source) -> None:
        super().__init__(message)
        self.source = source


def open_recognised(
    path: Path, mappings: dict[str, Mapping], name: str | None, work: Path
) -> tuple[Mapping, Source]:
    """The mapping for a file and the file opened as that mapping says.

    The mapping is the named one, else the one that fits. Raises NoMappingFitsError when none
    does, MappingError when the named one does not exist, SourceError when the file can not be read.
    """
    if name is not None:
        if name not in mappings:
            raise MappingError(
                f"There is no mapping {name}.{closest(name, mappings)} "
                "`python -m loaders mappings` lists them."
            )
        return mappings[name], open_source(path, _settings(mappings[name]), _folder(work, "named"))
    source = open_source(path, ReadSettings(), _folder(work, "first"))
    mapping = recognise(mappings, source.columns, path.name)
    if mapping is not None:
        settings = _settings(mapping)
        if settings == ReadSettings():
            return mapping, source
        return mapping, open_source(path, settings, _folder(work, "again"))
    unfit = source
    for number, settings in enumerate(dict.fromkeys(_below_preamble(mappings))):
        try:
            source = open_source(path, settings, _folder(work, f"preamble{number}"))
        except SourceError:
            continue
        fitting = {
            each.name: each
            for each in mappings.values()
            if _settings(each) == settings and fits(each, source.columns)
        }
        if mapping := recognise(fitting, source.columns, path.name):
            return mapping, source
    raise NoMappingFitsError(hint(mappings, unfit.columns, path.name), unfit)


def _settings(mapping: Mapping) -> ReadSettings:
    reading = mapping.read
    return ReadSettings(
        format=reading.format,
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        header=reading.header,
        sheet=reading.sheet,
    )


def _below_preamble(mappings: dict[str, Mapping]) -> list[ReadSettings]:
    return [_settings(mapping) for mapping in mappings.values() if mapping.read.header]


def _folder(work: Path, name: str) -> Path:
    folder = work / name
    folder.mkdir()
    return folder
