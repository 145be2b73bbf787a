"""Where the header is, and what the columns are called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

HEADER_WITHIN_LINES = 50
"""A header further down than this is not looked for."""


_RESERVED = "line"

_INVISIBLE = re.compile("[\ufeff\u200b\u200e\u200f\u2060\x00]")

_NUMBER_OR_DATE = re.compile(r"[-+(]?[\d.,:/%\s$€£¥-]*\d[\d.,:/%\s)$€£¥TZ-]*")


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """The header's cells as names that the engine can tell apart.

    White space is trimmed and collapsed, a blank name becomes `column_N`, a name that came
    before (or is `line`, which every relation has) ends in `_2`, `_3`, …

    >>> column_names([" E-mail ", "", "Name", "NAME", "Line"])
    ('E-mail', 'column_2', 'Name', 'NAME_2', 'Line_2')
    """
    names: list[str] = []
    taken = {_RESERVED}
    for position, cell in enumerate(cells, start=1):
        wanted = " ".join(_INVISIBLE.sub("", cell).split()) or f"column_{position}"
        name, repeat = wanted, 1
        while name.casefold() in taken:
            repeat += 1
            name = f"{wanted}_{repeat}"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)


def joined(cells: Sequence[str]) -> str:
    """A line above the header as text: its cells with a tab between them.

    >>> joined(["Account", " Nord ", "", ""])
    'Account\\tNord'
    """
    return "\t".join(" ".join(cell.split()) for cell in cells).rstrip("\t")


def holds(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a line holds all these header names, whatever their case, width and spacing."""
    folded = {_folded(cell) for cell in cells}
    return all(_folded(name) in folded for name in names)


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether these cells could be names: most are there, none repeats, none is a number.

    >>> looks_like_header(["Campaign", "Cost"]), looks_like_header(["Spring", "12.50"])
    (True, False)
    """
    written = [_folded(cell) for cell in cells if cell.strip()]
    return (
        2 * len(written) >= len(cells) > 0
        and len(set(written)) == len(written) > 0
        and not any(_NUMBER_OR_DATE.fullmatch(cell) for cell in written)
    )


def _folded(text: str) -> str:
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(visible.casefold().split())
