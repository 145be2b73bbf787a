"""Something that is wrong in a mapping, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a mapping, and the place of the key to change."""

    place: tuple[str | int, ...]
    text: str


def unknown(name: str, known: Iterable[str], where: str) -> str:
    """The sentence about a name that is not among the known ones."""
    known = list(known)
    near = get_close_matches(name, known, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else f" There are: {', '.join(known)}."
    return f'"{name}" is not in {where}.{hint}'
