"""What a company's name sounds like, so that 广州恒通科技 and Guangzhou Hengtong meet."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from data.errors import DefinitionError
from data.toml_source import parse

_FILE = Path(__file__).with_suffix(".toml")
_CHINESE = re.compile("[\u3400-\u9fff]")


class _Readings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    loose: frozenset[str]
    first: str
    others: str
    phrase: dict[str, str]
    english: dict[str, str]
    same: dict[str, str]


def sound(name_key: str) -> str:
    """The name in Latin letters without blanks, its usual words in English, in one form.

    Takes a name key: folded, without the legal form. Chinese characters are read in pinyin without
    tones; words such as 科技 that are often left out are. A character of unknown reading stays as
    it is, so that the name sounds like no other.

    >>> sound("广州恒通精密科技"), sound("guangzhou hengtong precision technologies")
    ('guangzhouhengtongprecision', 'guangzhouhengtongprecision')
    """
    words: list[str] = []
    for text in name_key.split():
        words += _spoken(text) if _CHINESE.search(text) else [_latin(text)]
    loose = _readings().loose
    return "".join([word for word in words if word not in loose] or words)


def syllables() -> frozenset[str]:
    """Every way in which a character can sound, in Latin letters."""
    return frozenset(_syllables().values()) | frozenset(_others().values())


def _spoken(text: str) -> list[str]:
    """A text with Chinese characters as words; a run of Latin letters is one word."""
    words: list[str] = []
    for part in _chunks().findall(text):
        if part in _readings().english:
            words.append(_readings().english[part].replace(" ", ""))
        elif part in _readings().phrase:
            words.append(_readings().phrase[part])
        elif _CHINESE.fullmatch(part):
            words.append(_syllable(part))
        else:
            words.append(_latin(part))
    return words


def _latin(word: str) -> str:
    singular = word[:-1] if len(word) > 4 and word.endswith("s") and word[-2] != "s" else word
    singular = f"{singular[:-2]}y" if singular.endswith("ie") else singular
    return _readings().same.get(singular) or _romanised().get(word, singular)


def _syllable(character: str) -> str:
    """How a character sounds; itself when that is not known."""
    try:
        place = character.encode("gb2312")
    except UnicodeEncodeError:
        return character
    if "啊".encode("gb2312") <= place <= "座".encode("gb2312"):
        starts = _starts()
        return _syllables()[starts[bisect_right(starts, place) - 1]]
    return _others().get(character, character)


@cache
def _chunks() -> re.Pattern[str]:
    """Known words, the longest first, then single characters, then runs of anything else."""
    known = sorted({**_readings().english, **_readings().phrase}, key=len, reverse=True)
    return re.compile("|".join((*known, "[\u3400-\u9fff]", "[^\u3400-\u9fff]+")))


@cache
def _romanised() -> dict[str, str]:
    """The English of the known words by their pinyin: keji is technology."""
    return {
        "".join(map(_syllable, word)): english.replace(" ", "")
        for word, english in _readings().english.items()
        if len(word) > 1
    }


@cache
def _syllables() -> dict[bytes, str]:
    pairs = (pair.split(":") for pair in _readings().first.split())
    return {character.encode("gb2312"): syllable for syllable, character in pairs}


@cache
def _starts() -> list[bytes]:
    return sorted(_syllables())


@cache
def _others() -> dict[str, str]:
    pairs = (pair.split(":") for pair in _readings().others.split())
    return {character: syllable for syllable, characters in pairs for character in characters}


@cache
def _readings() -> _Readings:
    return _Readings.model_validate(
        parse(_FILE, _FILE.read_text(encoding="utf-8"), DefinitionError)
    )
