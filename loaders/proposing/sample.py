"""The first rows of a file: what each column looks like, without lines that are sums.

Headers that differ in a number alone, such as touch1 and touch2, may be taken for one column.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from loaders.language.spellings import NUMBER, number_in
from loaders.proposing.evidence import Evidence, Look, digits_of, evidence
from loaders.proposing.roles import HEADER_WORDS, words

_NOTHING = frozenset({"", "-", "--", "–", "—"})

_PEOPLE = (Look.EMAIL, Look.PHONE)

_NAMES = (Look.TEXT, Look.CODE)

_LONGEST = 2_000
"""So much of a text is looked at: what is longer is a text, whatever it goes on with."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a file by column, `kept` without the lines of sums; `sums` are the words of these."""

    kept: dict[str, list[str]]
    different: tuple[int, ...] = ()
    """The first of rows that are equal in all columns."""
    sums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    all_words: dict[str, list[str]] = field(default_factory=dict)
    """The different texts that some columns have in the whole file."""

    @classmethod
    def of(
        cls, examples: dict[str, list[str]], all_words: dict[str, list[str]] | None = None
    ) -> Sample:
        """The rows that are no sums. Each column has a text for each row, empty without a value."""
        headers = tuple(examples)
        looked_at = ([text[:_LONGEST] for text in values] for values in examples.values())
        rows = list(zip(*looked_at, strict=True))
        sums: dict[str, dict[str, None]] = {}
        kept = []
        for row in rows:
            if (place := _sum_at(row)) is None:
                kept.append(row)
            else:
                sums.setdefault(headers[place], {})[_sum_word(row[place])] = None
        columns = {header: [row[at] for row in kept] for at, header in enumerate(headers)}
        first = {row: place for place, row in reversed(list(enumerate(kept)))}
        words_found = {header: tuple(found) for header, found in sums.items()}
        return cls(columns, tuple(first.values()), words_found, all_words or {})

    def evidence(self, header: str) -> Evidence:
        """What a column looks like, with how full and how unique it is."""
        values = self.kept[header]
        given = [text for text in values if text not in _NOTHING]
        found = evidence(given)
        if not given:
            return found
        if found.look is Look.TEXT:
            further = (text for text in self.all_words.get(header, ()) if text not in _NOTHING)
            found = replace(found, distinct=tuple(dict.fromkeys((*found.distinct, *further))))
        texts = [values[at] for at in self.different if values[at] not in _NOTHING]
        return replace(
            found,
            filled=len(given) / len(values),
            unique=len(set(texts)) / len(texts),
            people=found.look in (Look.CODE, Look.NUMBER) and self._has_several_people(values),
            several_of=tuple(self._with_several(header)) if found.look in _NAMES else (),
        )

    def _with_several(self, header: str) -> Iterator[str]:
        """Other columns of which one value stands with several values of this one."""
        for other, values in self.kept.items():
            first: dict[str, str] = {}
            pairs = zip(values, self.kept[header], strict=True)
            if other != header and any(
                one not in _NOTHING and two not in _NOTHING and first.setdefault(one, two) != two
                for one, two in pairs
            ):
                yield other

    def _has_several_people(self, values: Sequence[str]) -> bool:
        """Whether rows with one of the values name different people."""
        for header in self._of_people():
            named: defaultdict[str, set[str]] = defaultdict(set)
            for value, person in zip(values, self.kept[header], strict=True):
                if value and person:
                    named[value].add(person.casefold())
            if any(len(people) > 1 for people in named.values()):
                return True
        return False

    def _of_people(self) -> Iterator[str]:
        known = {words(word) for each in HEADER_WORDS["personal"].values() for word in each}
        for header, values in self.kept.items():
            if words(header) in known or evidence(values[:50]).look in _PEOPLE:
                yield header


_SUMS = re.compile(
    r"(?i)(?:grand |sub)?totals?\b|(?:gesamt|zwischen)?summen?\b|gesamt(?:ergebnis)?\b|insgesamt\b|"
    r"sum\b|somme\b|sous-total\b|total(?:e|es|is)\b|totaal\b|suma\b|razem\b|итого\b|всего\b|"
    r"总计|合计|小计|汇总|總計|合計|小計|総計"
)


def _sum_at(row: Sequence[str]) -> int | None:
    """Which cell says that the row is a sum: it leaves other cells empty, and has numbers."""
    given = [place for place, text in enumerate(row) if text not in _NOTHING]
    if len(given) == len(row) or not any(digits_of(row[place]) for place in given):
        return None
    return next((place for place in given if _SUMS.match(_folded(row[place]))), None)


def _sum_word(text: str) -> str:
    found = _SUMS.match(_folded(text))
    return text[: found.end()] if found else text


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


_NUMBERED = re.compile(r"(?P<before>.*?[^\d])(?P<number>\d{1,4})(?P<after>[^\d]*)")

_WORDS = frozenset({Look.TEXT, Look.CODE, Look.EMPTY})


def in_numbers(seen: Mapping[str, Evidence]) -> dict[str, Evidence]:
    """What columns look like, those that are numbered from 0 or 1 on as one of a header for all.

    >>> text = Evidence(Look.TEXT, distinct=("Email",))
    >>> list(in_numbers({"id": text, "touch1": text, "touch2": text}))
    ['id', 'touch{number}']
    """
    families: dict[str, dict[int, str]] = {}
    for header, each in seen.items():
        if (found := _NUMBERED.fullmatch(header)) and each.look in _WORDS:
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
