"""Which mapping fits a file, by its header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import fnmatch

from data.errors import MappingError
from loaders.mapping import Mapping


def normalised(header: str) -> str:
    """A header without what differs between spellings of it: case, width, spaces, punctuation.

    >>> normalised("Lead ID") == normalised("lead_id") == normalised("ＬｅａｄＩｄ")
    True
    """
    folded = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\s_\-./()*:#]+", "", folded) or folded


def headers(mapping: Mapping, columns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each of the mapping's columns that the file has: its headers there, best spelling first.

    Nothing stands for columns that the file has not.
    """
    written: dict[str, str] = {}
    for header in columns:
        written.setdefault(normalised(header), header)
    found: dict[str, tuple[str, ...]] = {}
    for name, column in mapping.columns.items():
        spellings = dict.fromkeys(normalised(spelling) for spelling in column.source)
        if present := tuple(written[each] for each in spellings if each in written):
            found[name] = present
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
