"""Which mapping fits a file, by its header."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TypeAlias

from data.errors import MappingError
from loaders.language.model import Mapping
from loaders.language.needs import lacking, says_nothing
from loaders.language.spellings import CURRENCY, NUMBER, currency_in, normalised, number_in

Headers: TypeAlias = dict[str, tuple[str, ...]]
"""Headers of a file by the mapping's name of their column; columns that it lacks are left out."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A mapping that fits a file with these columns, and their headers by its names."""

    mapping: Mapping
    columns: tuple[str, ...]
    headers: Headers

    @property
    def used(self) -> int:
        """How many of the file's columns the mapping knows."""
        return len({header for spellings in self.headers.values() for header in spellings})

    @property
    def signature(self) -> frozenset[str]:
        """The file's columns by which it is recognised."""
        return frozenset(self.headers[name][0] for name in self.mapping.recognise.columns)


def headers(mapping: Mapping, columns: Iterable[str]) -> Headers:
    """Which headers of a file are the mapping's columns? Of each column the best spelling first.

    A column that the file lacks is left out. Of a numbered column all headers of the first spelling
    that fits any, by their numbers.
    """
    columns = tuple(columns)
    written: dict[str, str] = {}
    for header in columns:
        written.setdefault(normalised(header), header)
    found: Headers = {}
    for name, column in mapping.columns.items():
        present: dict[str, None] = {}
        for spelling in column.source:
            if NUMBER in spelling:
                present = present or _numbered(spelling, columns)
            elif CURRENCY in spelling:
                symbols = mapping.read.currencies
                present |= dict.fromkeys(
                    header for header in columns if currency_in(spelling, header, symbols)
                )
            elif (plain := normalised(spelling)) in written:
                present[written[plain]] = None
        if present:
            found[name] = tuple(present)
    return found


def _numbered(spelling: str, columns: tuple[str, ...]) -> dict[str, None]:
    numbers = {header: number_in(spelling, header) for header in columns}
    known = [header for header, number in numbers.items() if number is not None]
    return dict.fromkeys(sorted(known, key=lambda header: numbers[header] or 0))


def fit(mapping: Mapping, columns: tuple[str, ...]) -> Fit | None:
    """The mapping and its headers, if a file with these columns is of the mapping's kind.

    It is if it has the columns of [recognise] and all that a row of the main table needs. Of a file
    of which it knows less than half, a built-in mapping knows more than these: a few usual words
    are in the exports of every system. The generic mappings know half of their files.
    """
    found = headers(mapping, columns)
    if not all(name in found for name in mapping.recognise.columns):
        return None
    written = {normalised(column) for column in columns}
    if any(normalised(absent) in written for absent in mapping.recognise.absent):
        return None
    fitting = Fit(mapping, columns, found)
    knows_little = mapping.is_built_in and 2 * fitting.used < len(columns)
    no_more = mapping.is_generic or fitting.used <= len(fitting.signature)
    if knows_little and no_more:
        return None
    known = _having(mapping, found)
    return None if lacking(mapping, known) or says_nothing(mapping, known) else fitting


def _having(mapping: Mapping, found: Headers) -> set[str]:
    """Columns that may have a value: by a header, a default, or from beside the rows."""
    beside = {
        name
        for name, column in mapping.columns.items()
        if column.default is not None or not column.source
    }
    return beside | set(found)


def recognise(mappings: dict[str, Mapping], columns: tuple[str, ...], file_name: str) -> Fit | None:
    """Which mapping fits best? The one that knows most of the file's columns.

    A signature with all columns of another one's and more is of a narrower kind of file, which then
    is meant. Of equals wins the longest signature, then the user's own mapping, then the one whose
    file name fits. None when no mapping fits. Raises MappingError when two fit equally well.
    """
    all_fitting = [found for each in mappings.values() if (found := fit(each, columns))]
    signatures = [found.signature for found in all_fitting]
    fitting = [
        found
        for found, signature in zip(all_fitting, signatures, strict=True)
        if not any(signature < other for other in signatures)
    ]
    if not fitting:
        return None

    def strength(found: Fit) -> tuple[int, int, int, int]:
        signature = found.mapping.recognise
        named = signature.file_name or ""
        return (
            found.used,
            len(signature.columns),
            int(not found.mapping.is_built_in),
            int(bool(named) and fnmatch(file_name.casefold(), named.casefold())),
        )

    best = max(strength(found) for found in fitting)
    strongest = [found for found in fitting if strength(found) == best]
    if len(strongest) > 1:
        names = " and ".join(found.mapping.name for found in strongest)
        raise MappingError(
            f"{file_name}: {names} fit equally well. Say which with --as, "
            f"for example --as {strongest[0].mapping.name}."
        )
    return strongest[0]


_MAPPINGS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Near:
    """A mapping that almost fits a file, and spellings of the columns that the file lacks."""

    mapping: str
    title: str
    found: int
    missing: tuple[str, ...]


def nearest(mappings: dict[str, Mapping], columns: tuple[str, ...]) -> list[Near]:
    """The mappings that know most of the file's columns, those with the smallest gap first."""
    near = []
    for mapping in mappings.values():
        found = headers(mapping, columns)
        missing = lacking(mapping, _having(mapping, found))
        if found:
            spelt = tuple(" or ".join(mapping.columns[name].source) for name in missing)
            known = {header for spellings in found.values() for header in spellings}
            near.append(Near(mapping.name, mapping.title, len(known), spelt))
    near.sort(key=lambda each: (len(each.missing) - each.found, len(each.missing), each.mapping))
    return near[:_MAPPINGS_NAMED]


def hint(mappings: dict[str, Mapping], columns: tuple[str, ...], file_name: str) -> str:
    """The message when no mapping fits a file: which are near, and what to do."""
    sentences = [f"{file_name}: no mapping fits. Its columns are {', '.join(columns)}."]
    for each in nearest(mappings, columns):
        lacking = f", but {'; '.join(each.missing)} is missing" if each.missing else ""
        sentences.append(f"{each.mapping} knows {each.found} of them{lacking}.")
    sentences.append(
        f"`python -m loaders recognise {file_name}` proposes a mapping to edit; "
        "--as NAME uses a mapping that exists."
    )
    return " ".join(sentences)
