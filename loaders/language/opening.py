"""Opening a file under the mapping that fits it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import MappingError, SourceError, did_you_mean
from data.privacy.contacts import has_contact
from loaders.language.library import Unfinished
from loaders.language.model import Mapping
from loaders.language.recognise import Fit, Headers, headers, hint, recognise
from loaders.language.spellings import CURRENCY, currency_in
from loaders.reading.file import SourceFile
from loaders.reading.source import ReadSettings, Source, offered


class NoMappingFitsError(MappingError):
    """No mapping fits a file. Carries the file as it was opened."""

    def __init__(self, message: str, source: Source) -> None:
        super().__init__(message)
        self.source = source


@dataclass(frozen=True, slots=True)
class Opened:
    """A file opened under its mapping: what everything after opening works on.

    `headers` are the file's headers by the mapping's names, as `recognise.headers` gives them.
    """

    mapping: Mapping
    source: Source
    headers: Headers


def opened(mapping: Mapping, source: Source, fit: Fit | None = None) -> Opened:
    """A file that was read as the mapping says. Headers that `fit` knows are not looked up again.

    Reading through a file may find more columns than its beginning has, as in JSON lines.
    """
    if fit and fit.columns == source.columns:
        return Opened(mapping, source, fit.headers)
    return Opened(mapping, source, headers(mapping, source.columns))


def open_recognised(
    path: Path,
    mappings: dict[str, Mapping],
    name: str | None,
    work: Path,
    unfinished: tuple[Unfinished, ...] = (),
    sheet: str | None = None,
) -> Opened:
    """Open a file under the named mapping, else under the one that fits it.

    `work` is a folder that lives as long as the opened file, `sheet` the one of a workbook to read,
    whatever its mapping says. Raises NoMappingFitsError when no
    mapping fits, MappingError when the named one does not exist, two fit equally well or the file
    is of the kind of an `unfinished` one, SourceError when the file cannot be read.
    """
    file = SourceFile(path, work)
    if sheet is not None and not file.is_workbook:
        raise SourceError(f'{path.name} is no workbook and has no sheet "{sheet}". Leave it out.')

    def settings_of(mapping: Mapping) -> ReadSettings:
        return _settings(mapping) if sheet is None else replace(_settings(mapping), sheet=sheet)

    if name is not None:
        _refuse_unfinished(path.name, [each for each in unfinished if each.name == name])
        if name not in mappings:
            raise MappingError(
                f"There is no mapping {name}.{did_you_mean(name, mappings)} "
                "`python -m loaders mappings` lists them."
            )
        return opened(mappings[name], file.read(settings_of(mappings[name])))
    columns = file.columns(ReadSettings(sheet=sheet))
    _refuse_unfinished(path.name, [each for each in unfinished if each.would_read(columns)])
    if fit := recognise(mappings, columns, path.name):
        return opened(fit.mapping, file.read(settings_of(fit.mapping)), fit)
    below_preamble = (each for each in mappings.values() if each.read.header)
    for settings in dict.fromkeys(map(settings_of, below_preamble)):
        alike = {each.name: each for each in mappings.values() if settings_of(each) == settings}
        try:
            columns = file.columns(settings)
        except SourceError:  # the file has no such header
            continue
        if fit := recognise(alike, columns, path.name):
            return opened(fit.mapping, file.read(settings), fit)
    source = file.read(ReadSettings(sheet=sheet))
    if fit := recognise(mappings, source.columns, path.name):  # a column begins further down
        return opened(fit.mapping, file.read(settings_of(fit.mapping)), fit)
    for header in source.columns:
        if has_contact(header):
            raise SourceError(
                f"{path.name}: its first line holds an e-mail address or a phone number where the "
                "names of the columns belong. Write such a line above the data."
            )
    others = f" {offered(source.other_sheets)}" if source.other_sheets else ""
    raise NoMappingFitsError(f"{hint(mappings, source.columns, path.name)}{others}", source)


def _refuse_unfinished(file_name: str, its_own: list[Unfinished]) -> None:
    """Raises MappingError where a file is of the kind of a mapping that is not finished."""
    if its_own:
        raise MappingError(
            *(
                f"{file_name}: the mapping {each.name} is not finished. {problem}"
                for each in its_own
                for problem in each.problems
            )
        )


def _settings(mapping: Mapping) -> ReadSettings:
    reading = mapping.read
    return ReadSettings(
        format=reading.format,
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        header=reading.header,
        sheet=reading.sheet,
    )


def header_currencies(opened: Opened) -> dict[str, str]:
    """The currency, as code, of each of the mapping's columns whose header in the file names one.

    Raises SourceError when headers of one column name several currencies, because then nothing
    says which amount is meant.
    """
    mapping = opened.mapping
    named: dict[str, str] = {}
    for name, written in opened.headers.items():
        spellings = [each for each in mapping.columns[name].source if CURRENCY in each]
        codes = {
            code
            for header in written
            for spelling in spellings
            if (code := currency_in(spelling, header, mapping.read.currencies))
        }
        if len(codes) > 1:
            raise SourceError(
                f"{opened.source.path.name}: {' and '.join(written)} both fit {spellings[0]}. "
                f"Write under {name} in {mapping.file.name} the one to read, with its currency as "
                "a text."
            )
        if codes:
            named[name] = codes.pop()
    return named
