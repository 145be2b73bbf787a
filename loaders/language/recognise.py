"""Which mapping fits a file, by its header."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch

from data.errors import MappingError, SourceError
from loaders.language.model import Mapping
from loaders.language.spellings import CURRENCY, currency_in, normalised


def headers(mapping: Mapping, columns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each of the mapping's columns that the file has: its headers there, best spelling first.

    Nothing stands for columns that the file has not.
    """
    columns = tuple(columns)
    written: dict[str, str] = {}
    for header in columns:
        written.setdefault(normalised(header), header)
    found: dict[str, tuple[str, ...]] = {}
    for name, column in mapping.columns.items():
        present: dict[str, None] = {}
        for spelling in column.source:
            if CURRENCY in spelling:
                symbols = mapping.read.currencies
                present |= dict.fromkeys(
                    header for header in columns if currency_in(spelling, header, symbols)
                )
            elif (plain := normalised(spelling)) in written:
                present[written[plain]] = None
        if present:
            found[name] = tuple(present)
    return found


def fits(mapping: Mapping, columns: tuple[str, ...]) -> bool:
    """Whether a file with these columns is of the mapping's kind."""
    found = headers(mapping, columns)
    written = {normalised(column) for column in columns}
    return all(name in found for name in mapping.recognise.columns) and not any(
        normalised(absent) in written for absent in mapping.recognise.absent
    )


def recognise(
    mappings: dict[str, Mapping], columns: tuple[str, ...], file_name: str
) -> Mapping | None:
    """The mapping that fits best: the one with the longest signature, then with most columns.

    None when no mapping fits. Raises MappingError when two fit equally well.
    """
    fitting = [mapping for mapping in mappings.values() if fits(mapping, columns)]
    if not fitting:
        return None

    def strength(mapping: Mapping) -> tuple[int, int, int]:
        hint = mapping.recognise.file_name
        return (
            len(mapping.recognise.columns),
            len(headers(mapping, columns)),
            int(bool(hint) and fnmatch(file_name.casefold(), str(hint).casefold())),
        )

    best = max(strength(mapping) for mapping in fitting)
    strongest = [mapping for mapping in fitting if strength(mapping) == best]
    if len(strongest) > 1:
        names = " and ".join(mapping.name for mapping in strongest)
        raise MappingError(
            f"{file_name}: {names} fit equally well. Say which with --as, "
            f"for example --as {strongest[0].name}."
        )
    return strongest[0]


def header_currencies(
    mapping: Mapping, found: dict[str, tuple[str, ...]], file_name: str
) -> dict[str, str]:
    """The currency of each of the mapping's columns whose header in the file names one, as code.

    `found` are the headers of the columns. Raises SourceError when those of one column name
    several currencies, because then nothing says which amount is meant.
    """
    told: dict[str, str] = {}
    for name, written in found.items():
        spellings = [each for each in mapping.columns[name].source if CURRENCY in each]
        codes = {
            code
            for header in written
            for spelling in spellings
            if (code := currency_in(spelling, header, mapping.read.currencies))
        }
        if len(codes) > 1:
            raise SourceError(
                f"{file_name}: {' and '.join(written)} both fit {spellings[0]}. Write under "
                f"{name} in {mapping.file.name} the one to read, with its currency as a text."
            )
        if codes:
            told[name] = codes.pop()
    return told


_MAPPINGS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Near:
    """A mapping that almost fits a file, and the columns it misses there, as they may be spelt."""

    mapping: str
    title: str
    found: int
    missing: tuple[str, ...]


def nearest(mappings: dict[str, Mapping], columns: tuple[str, ...]) -> list[Near]:
    """The mappings with most columns in the file, those with the smallest gap first."""
    near = []
    for mapping in mappings.values():
        found = headers(mapping, columns)
        missing = [name for name in mapping.recognise.columns if name not in found]
        if found:
            spelt = tuple(" or ".join(mapping.columns[name].source) for name in missing)
            known = {header for spellings in found.values() for header in spellings}
            near.append(Near(mapping.name, mapping.title, len(known), spelt))
    near.sort(key=lambda each: (len(each.missing) - each.found, len(each.missing), each.mapping))
    return near[:_MAPPINGS_NAMED]


def hint(mappings: dict[str, Mapping], columns: tuple[str, ...], file_name: str) -> str:
    """Why no mapping fits a file, which are near, and what to do."""
    sentences = [f"{file_name}: no mapping fits. Its columns are {', '.join(columns)}."]
    for each in nearest(mappings, columns):
        lacking = f", but {'; '.join(each.missing)} is missing" if each.missing else ""
        sentences.append(f"{each.mapping} knows {each.found} of them{lacking}.")
    sentences.append(
        f"`python -m loaders recognise {file_name}` writes a draft of a mapping to edit; "
        "--as NAME uses a mapping that exists."
    )
    return " ".join(sentences)
