"""Where the header is, and what the columns are called."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

HEADER_WITHIN_LINES = 50
"""Lines of a file, or rows of a sheet, among which its header is looked for."""


_RESERVED = "line"

_INVISIBLE = re.compile("[\ufeff\u200b\u200e\u200f\u2060\x00]")

_MARKS_OF_A_LETTER = 30

_MANY_MARKS = re.compile(rf"(?:[^\w\s\x00-\x7f]|[ﾞﾟ]){{{_MARKS_OF_A_LETTER + 1},}}")
"""Where a letter may have more marks than any script puts on it."""


_NUMBER_OR_DATE = re.compile(r"[-+(]?[.,:/%\s$€£¥-]*+\d[\d.,:/%\s)$€£¥TZ-]*+")


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """The header's cells as names that differ for the engine.

    White space is trimmed and collapsed, a blank name becomes `column_N`, a name that came
    before (or is `line`, which every relation has) ends in `_2`, `_3`, … A letter keeps 30 of
    its combining marks, as Unicode's stream-safe text does: the time in which a text is
    normalised grows with the square of their number.

    >>> column_names([" E-mail ", "", "Name", "NAME", "Line"])
    ('E-mail', 'column_2', 'Name', 'NAME_2', 'Line_2')
    """
    names: list[str] = []
    taken = {_RESERVED}
    repeats: Counter[str] = Counter()
    for position, cell in enumerate(cells, start=1):
        wanted = " ".join(_visible(cell).split()) or f"column_{position}"
        name, folded = wanted, wanted.casefold()
        while name.casefold() in taken:
            repeats[folded] += 1
            name = f"{wanted}_{repeats[folded] + 1}"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)


def repeated_names(cells: Sequence[str]) -> dict[str, str]:
    """The names that stand for a repeated header, each with the name of the one before.

    >>> repeated_names(["Amount", "AMOUNT", "Phone", "Phone_2"])
    {'AMOUNT_2': 'Amount'}
    """
    first: dict[str, str] = {}
    repeated: dict[str, str] = {}
    for cell, name in zip(cells, column_names(cells), strict=True):
        wanted = " ".join(_visible(cell).split()).casefold()
        if wanted and wanted in first:
            repeated[name] = first[wanted]
        first.setdefault(wanted, name)
    return repeated


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
    """Whether these cells could be names: at least half are filled, none repeats or is a number.

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
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _visible(text)))
    return " ".join(visible.casefold().split())


def _visible(text: str) -> str:
    return _MANY_MARKS.sub(_with_fewer_marks, _INVISIBLE.sub("", text))


def _with_fewer_marks(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for letter in run[0]:
        is_mark = unicodedata.combining(unicodedata.normalize("NFKD", letter)[0])
        marks = marks + 1 if is_mark else 0
        if marks <= _MARKS_OF_A_LETTER:
            kept.append(letter)
    return "".join(kept)
