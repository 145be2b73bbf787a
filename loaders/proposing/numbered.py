"""Headers that differ in a number alone, such as touch1 and touch2, taken for one column."""

from __future__ import annotations

import re
from collections.abc import Mapping

from loaders.language.spellings import NUMBER, number_in
from loaders.proposing.evidence import Evidence, Look

_NUMBERED = re.compile(r"(?P<before>.*?[^\d])(?P<number>\d{1,4})(?P<after>[^\d]*)")

_WORDS = frozenset({Look.TEXT, Look.CODE, Look.EMPTY})


def in_numbers(seen: Mapping[str, Evidence]) -> dict[str, Evidence]:
    """What columns look like, those that are numbered from 0 or 1 on as one of a header for all.

    >>> text = Evidence(Look.TEXT, distinct=("Email",))
    >>> list(in_numbers({"id": text, "touch1": text, "touch2": text}))
    ['id', 'touch{number}']
    """
    families: dict[str, dict[int, str]] = {}
    for header, evidence in seen.items():
        if (found := _NUMBERED.fullmatch(header)) and evidence.look in _WORDS:
            spelling = f"{found['before']}{NUMBER}{found['after']}"
            families.setdefault(spelling, {})[int(found["number"])] = header
    kept = dict(seen)
    for spelling, members in families.items():
        first = min(members)
        if first > 1 or sorted(members) != list(range(first, first + len(members))):
            continue
        if len(members) < 2 or all(seen[each].look is Look.EMPTY for each in members.values()):
            continue
        texts = [text for each in members.values() for text in seen[each].distinct]
        kept = {header: each for header, each in kept.items() if header not in members.values()}
        kept[spelling] = Evidence(Look.PATH, distinct=tuple(dict.fromkeys(texts)))
    return kept


def stands_for(spelling: str, header: str) -> bool:
    """Whether a header of a proposal is this one of the file, or one of several like it."""
    is_one = NUMBER in spelling and number_in(spelling, header) is not None
    return spelling == header or is_one
