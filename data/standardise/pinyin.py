"""What a company's name sounds like, so that 广州恒通科技 and Guangzhou Hengtong meet."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from data.errors import DefinitionError
from data.toml import parse

_FILE = Path(__file__).with_suffix(".toml")

_CHINESE = re.compile("[\u3400-\u9fff]")

_RUNS = re.compile("[\u3400-\u9fff]+|[^\u3400-\u9fff]+")


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    loose: frozenset[str]
    places: dict[str, str]
    english: dict[str, str]
    same: dict[str, str]


def sound(name_key: str) -> str:
    """The name in Latin letters without blanks, its usual words in English, in one form.

    Takes a name key: folded, without the legal form. Chinese characters are read in pinyin without
    tones; words such as 科技 that are often left out are. What pinyin has no reading for stays
    as it is, so that the name sounds like no other.

    >>> sound("广州恒通精密科技"), sound("guangzhou hengtong precision technologies")
    ('guangzhouhengtongprecision', 'guangzhouhengtongprecision')
    """
    words: list[str] = []
    for text in name_key.split():
        words += _spoken(text) if _CHINESE.search(text) else [_latin(text)]
    loose = _words().loose
    return "".join([word for word in words if word not in loose] or words)


@cache
def syllables() -> frozenset[str]:
    """Every way in which a character can sound, in Latin letters."""
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal

    toned = {reading for readings in PINYIN_DICT.values() for reading in readings.split(",")}
    return frozenset(
        _with_u(reading) for reading in map(to_normal, toned) if re.search("[aeiouv]", reading)
    )


def _spoken(text: str) -> list[str]:
    """A text with Chinese characters as words; a run of Latin letters is one word."""
    words: list[str] = []
    for part in filter(None, _known().split(text)):
        if part in _words().english:
            words.append(_words().english[part].replace(" ", ""))
        elif part in _words().places:
            words.append(_words().places[part])
        else:
            words += [
                _pinyin(run) if _CHINESE.match(run) else _latin(run) for run in _RUNS.findall(part)
            ]
    return words


def _latin(word: str) -> str:
    singular = word[:-1] if len(word) > 4 and word.endswith("s") and word[-2] != "s" else word
    singular = f"{singular[:-2]}y" if singular.endswith("ie") else singular
    return _words().same.get(singular) or _romanised().get(word, singular)


def _pinyin(characters: str) -> str:
    # Here alone: it costs half a second, and most files have no Chinese names.
    from pypinyin import lazy_pinyin

    return "".join(map(_with_u, lazy_pinyin(characters)))


def _with_u(syllable: str) -> str:
    """A syllable as companies write it: ü, which pinyin without marks writes as v, is u."""
    return syllable.replace("v", "u")


@cache
def _known() -> re.Pattern[str]:
    """Words whose Latin form is known, the longest first."""
    known = sorted({**_words().english, **_words().places}, key=len, reverse=True)
    return re.compile(f"({'|'.join(known)})")


@cache
def _romanised() -> dict[str, str]:
    """The English of the known words by their pinyin: keji is technology."""
    return {
        _pinyin(word): english.replace(" ", "")
        for word, english in _words().english.items()
        if len(word) > 1
    }


@cache
def _words() -> _Words:
    return _Words.model_validate(parse(_FILE, _FILE.read_text(encoding="utf-8"), DefinitionError))
