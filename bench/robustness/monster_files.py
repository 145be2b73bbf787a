"""Files with one cell, line or header of monstrous length, of several kinds."""

from __future__ import annotations

from pathlib import Path

_UNITS = {
    "letters": "Abcdefghij",
    "at signs": "a@",
    "dots": "a.",
    "only dots": ".",
    "addresses": "a.b@c.de ",
    "quotes": '"',
    "spaces": " ",
    "digits": "1380013",
    "dashes": "0-(1) ",
    "Chinese": "上海北京Ab公司",
    "brackets": "([{<",
    "commas": ",",
    "backslashes": "\\",
    "web address": "&a=b%40",
    "combining marks": "e\u0301\u0316",
    "only marks": "\u0301\u0316",
    "provinces": "广东省",
    "words": "gmbh & co s. r. ",
}

KINDS = tuple(_UNITS)


_HEADER = (
    "lead_id", "created_at", "channel", "email", "phone", "first_name", "last_name", "company",
    "need", "owner",
)  # fmt: skip

_USUAL = ("L1", "2026-01-01", "Ads", "ann@acme.com", "+4930901820", "Ann", "Lee", "Acme", "", "Bo")

_COLUMNS = {
    "name": "first_name",
    "e-mail": "email",
    "phone": "phone",
    "company": "company",
    "text": "need",
    "owner": "owner",
    "id": "lead_id",
    "date": "created_at",
}

PLACES = (*_COLUMNS, "header", "line", "unknown cell", "unknown header")
"""Columns of a file that a mapping knows, its header, a whole line of it, and a file that none
knows."""


def monster(kind: str, characters: int) -> str:
    """A text of so many characters.

    >>> monster("at signs", 5)
    'a@a@a'
    """
    start = "https://a.de/?" if kind == "web address" else ""
    unit = _UNITS[kind]
    return (start + unit * (characters // len(unit) + 1))[:characters]


def write_monster(path: Path, kind: str, place: str, characters: int) -> Path:
    """A CSV file with one usual row and a monster in its place."""
    text = monster(kind, characters)
    cell = '"' + text.replace('"', '""') + '"'
    name = _COLUMNS.get(place)
    known = not place.startswith("unknown")
    header = [*(_HEADER if known else [f"x_{each}" for each in _HEADER])]
    # Distinct, so that no row repeats a key and no file another one.
    usual = [f"L{characters}", *_USUAL[1:]]
    row = [f"M{characters}", *_USUAL[1:]]
    if name:
        row[header.index(name)] = cell
    elif place == "unknown cell":
        row[header.index("x_need")] = cell
    elif place.endswith("header"):
        header.append(cell)
        usual.append("1")
        row.append("2")
    lines = [header, usual, row, [text] if place == "line" else row]
    written = list(dict.fromkeys(",".join(line) for line in lines))
    path.write_text("\n".join(written) + "\n", encoding="utf-8")
    return path


def write_all(path: Path, place: str, characters: int) -> Path:
    """A CSV file with a monster of each kind, each in a row, a line or a column of its own.

    `place` is `cells` (in every column of a mapped file), `lines` or `headers` (of one), or
    `unknown cells` or `unknown headers` (of a file that no mapping knows).
    """
    quoted = {kind: '"' + monster(kind, characters).replace('"', '""') + '"' for kind in KINDS}
    known = not place.startswith("unknown")
    header = [*_HEADER] if known else [f"x_{name}" for name in _HEADER]
    usual = [f"L{characters}", *_USUAL[1:]]
    rows = [usual]
    if place == "cells":
        for number, cell in enumerate(quoted.values()):
            rows.append([f"M{number}", "2026-01-01", *[cell] * (len(_HEADER) - 2)])
            rows.append([cell, cell, *_USUAL[2:]])
    elif place == "lines":
        # Quotes last: they may swallow what follows.
        rows += [[monster(kind, characters)] for kind in sorted(KINDS, key="quotes".__eq__)]
    elif place == "unknown cells":
        header += [f"y_{number}" for number in range(len(KINDS))]
        rows = [[*usual, *quoted.values()]]
    else:
        header += quoted.values()
        rows = [[*usual, *"1" * len(KINDS)]]
    path.write_text("".join(f"{','.join(each)}\n" for each in [header, *rows]), encoding="utf-8")
    return path
