"""Opening a file under the mapping that fits it."""

from __future__ import annotations

from pathlib import Path

from data.errors import MappingError, SourceError
from data.privacy.contacts import has_contact
from loaders.language.model import Mapping
from loaders.language.parse import closest
from loaders.language.recognise import hint, recognise
from loaders.reading.file import SourceFile
from loaders.reading.source import ReadSettings, Source


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
    file = SourceFile(path, work)
    if name is not None:
        if name not in mappings:
            raise MappingError(
                f"There is no mapping {name}.{closest(name, mappings)} "
                "`python -m loaders mappings` lists them."
            )
        return mappings[name], file.read(_settings(mappings[name]))
    if mapping := recognise(mappings, file.columns(ReadSettings()), path.name):
        return mapping, file.read(_settings(mapping))
    for settings in dict.fromkeys(_below_preamble(mappings)):
        alike = {each.name: each for each in mappings.values() if _settings(each) == settings}
        try:
            columns = file.columns(settings)
        except SourceError:  # the file has no such header
            continue
        if mapping := recognise(alike, columns, path.name):
            return mapping, file.read(settings)
    source = file.read(ReadSettings())
    if mapping := recognise(mappings, source.columns, path.name):  # a column begins further down
        return mapping, file.read(_settings(mapping))
    for header in source.columns:
        if has_contact(header):
            raise SourceError(
                f"{path.name}: its first line holds an e-mail address or a phone number where the "
                "names of the columns belong. Write such a line above the data."
            )
    raise NoMappingFitsError(hint(mappings, source.columns, path.name), source)


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
