"""Cities and countries: one name for each, whatever the language, spelling or short form."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from babel import Locale
from babel.core import get_global
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from data.standardise.text import folded, is_placeholder, is_too_long

_PLACES = Path(__file__).with_name("places.toml")

_COUNTRIES = Path(__file__).with_name("countries.toml")

_REGION_NAMES = "*"

_LANGUAGES = ("en", "zh", "zh_Hant", "de", "fr", "es", "it", "pt", "nl", "ja", "ko", "ru")


_SHORTEST_GUESSED = 5

_GUESSED_AT_ONCE = 5_000

_ENDING = re.compile(r"(?:市|省|特别行政区|\s(?:city|shi|province|metropolitan area))$")

_BEGINNING = re.compile(r"^(?:city of|greater)\s+")

_BETWEEN = re.compile(r"[\s.'’`´-]+")

_SEPARATORS = re.compile(r"(?<!\s)\s++-\s++|[,;/|·()]++")

_LONGEST_CHINESE = 8

_CHINESE = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Place:
    """A city with the region and the country it is in."""

    city: str
    region: str
    country: str


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    cities: dict[str, Place]
    regions: dict[str, set[str]]
    guessed: tuple[str, ...]
    """Names in Latin letters, long enough that one wrong letter does not make another name."""


def cities(values: pl.Series) -> pl.DataFrame:
    """Which city, region and country is meant?

    One row per distinct value that is not null: value, city, region, country. A known city is
    found by its name in several languages, a short form, with its region or country beside it
    ("广东省广州市", "Guangzhou, China"), or by a spelling one letter off that fits no other city.
    Any other value is kept as its city, trimmed, with region and country null, as is one too
    long for a name; a placeholder has no city.

    >>> cities(pl.Series(["广州", "GZ", "Guagnzhou", "Atlantis"]))["city"].to_list()
    ['Guangzhou', 'Guangzhou', 'Guangzhou', 'Atlantis']
    """
    distinct = values.drop_nulls().cast(pl.String).unique(maintain_order=True).to_list()
    known = {value: _known_place(value) for value in distinct if not is_too_long(value)}
    guessed = _guesses([value for value, place in known.items() if place is None])
    places = [known.get(value) or guessed.get(value) for value in distinct]
    found = {
        "value": distinct,
        "city": [
            place.city if place else _as_written(value)
            for value, place in zip(distinct, places, strict=True)
        ],
        "region": [place.region if place else None for place in places],
        "country": [place.country if place else None for place in places],
    }
    return pl.DataFrame(found, schema=dict.fromkeys(found, pl.String))


def _as_written(value: str) -> str | None:
    return None if is_placeholder(value) else " ".join(value.split()) or None


def _known_place(value: str) -> Place | None:
    text = folded(value)
    parts = [plain for part in _SEPARATORS.split(text) if (plain := _plain(part))]
    if place := _gazetteer().cities.get(_plain(text)):
        return place
    if len(parts) > 1:
        return _place_of_parts(parts)
    return _place_at_start(_plain(text)) if _CHINESE.search(text) else None


def _place_of_parts(parts: list[str]) -> Place | None:
    """The only city named, if what is beside it is not known to be somewhere else."""
    gazetteer = _gazetteer()
    named = {gazetteer.cities[part] for part in parts if part in gazetteer.cities}
    around = [part for part in parts if part not in gazetteer.cities]
    if len(named) != 1:
        return None
    place = named.pop()
    for part in around:
        areas = gazetteer.regions.get(part, set()) | ({_countries().get(part)} - {None})
        if areas and not areas & {place.region, place.country}:
            return None
    return place


def _place_at_start(text: str) -> Place | None:
    """The city at the start of a Chinese address, perhaps behind its region."""
    gazetteer = _gazetteer()
    for start in sorted({0, *(len(name) for name in gazetteer.regions if text.startswith(name))}):
        rest = re.sub("^(?:省|市|自治区)", "", text[start:]) if start else text
        for length in range(min(len(rest), _LONGEST_CHINESE), 1, -1):
            place = gazetteer.cities.get(rest[:length])
            if place and rest[length : length + 1] in ("市", ""):
                return place
    return None


def plain_start(name: str) -> str:
    """A folded Chinese name without 省 and 市 of the place it begins with.

    Nor with the province, where the city is named as well.

    >>> plain_start("广东省广州市恒通科技"), plain_start("新城市广场")
    ('广州恒通科技', '新城市广场')
    """
    for ending in ("省", "自治区"):
        region, found, rest = name.partition(ending)
        if found and region in _gazetteer().regions and len(rest) > 1:
            city = plain_start(rest)
            return city if city != rest or _begins_with_city(rest) else region + rest
    city, found, rest = name.partition("市")
    if found and len(rest) > 1 and city in _gazetteer().cities:
        return city + rest
    return name


def _begins_with_city(text: str) -> bool:
    return any(text[:length] in _gazetteer().cities for length in (2, 3, 4))


def _plain(text: str) -> str:
    """A folded name without its ending, spaces and marks: "st. louis" is "stlouis"."""
    text = _BEGINNING.sub("", text.strip())
    return _BETWEEN.sub("", _ENDING.sub("", text)) or _BETWEEN.sub("", text)


def _guesses(values: list[str]) -> dict[str, Place]:
    """Places of values that are one letter off a single known city."""
    gazetteer = _gazetteer()
    plain = {value: _plain(folded(value)) for value in values}
    asked = [
        value
        for value in values
        if len(plain[value]) >= _SHORTEST_GUESSED and plain[value].isascii()
    ]
    found: dict[str, Place] = {}
    for start in range(0, len(asked), _GUESSED_AT_ONCE):
        portion = asked[start : start + _GUESSED_AT_ONCE]
        distances = cdist(
            [plain[value] for value in portion],
            gazetteer.guessed,
            scorer=OSA.distance,
            score_cutoff=1,
            dtype=np.uint8,
        )
        close: defaultdict[str, set[Place]] = defaultdict(set)
        for row, column in zip(*np.nonzero(distances <= 1), strict=True):
            name = gazetteer.guessed[column]
            if name[0] == plain[portion[row]][0]:
                close[portion[row]].add(gazetteer.cities[name])
        found |= {value: places.pop() for value, places in close.items() if len(places) == 1}
    return found


@cache
def _gazetteer() -> _Gazetteer:
    names: dict[str, Place] = {}
    regions: defaultdict[str, set[str]] = defaultdict(set)
    for country, by_region in tomllib.loads(_PLACES.read_text(encoding="utf-8")).items():
        for region, by_city in by_region.items():
            for name in (region, *by_city.get(_REGION_NAMES, [])):
                regions[_plain(folded(name))].add(region)
            for city, others in by_city.items():
                if city != _REGION_NAMES:
                    place = Place(city, region, country)
                    names |= {_plain(folded(name)): place for name in (city, *others)}
    guessed = tuple(name for name in names if name.isascii() and len(name) >= _SHORTEST_GUESSED)
    return _Gazetteer(names, dict(regions), guessed)


def countries(values: pl.Series) -> pl.DataFrame:
    """Which country is meant?

    One row per distinct value that is not null: value, country (its short English name). Found
    by its name in twelve languages, its ISO code of two or three letters, or a common short
    form. Any other value is kept, trimmed; a placeholder is null.

    >>> countries(pl.Series(["中国", "PRC", "CHN", "Deutschland"]))["country"].to_list()
    ['China', 'China', 'China', 'Germany']
    """
    distinct = values.drop_nulls().cast(pl.String).unique(maintain_order=True).to_list()
    found = [_known_country(value) or _as_written(value) for value in distinct]
    return pl.DataFrame(
        {"value": distinct, "country": found}, schema={"value": pl.String, "country": pl.String}
    )


def _known_country(value: str) -> str | None:
    return None if is_too_long(value) else _countries().get(_plain(folded(value)))


@cache
def _countries() -> dict[str, str]:
    preferred = {
        _plain(folded(name)): country
        for country, names in tomllib.loads(_COUNTRIES.read_text(encoding="utf-8")).items()
        for name in (country, *names)
    }
    english = {
        code: preferred.get(_plain(folded(name)), name)
        for code, name in Locale("en").territories.items()
        if len(code) == 2 and code.isalpha()
    }
    names = {_plain(folded(name)): english[code] for code, name in _named(english)}
    return names | preferred


def _named(english: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Codes with every name and code of their country, the less certain ones first."""
    for code, others in get_global("territory_aliases").items():
        if len(code) == 3 and code.isalpha() and len(others) == 1 and others[0] in english:
            yield others[0], code
    for language in reversed(_LANGUAGES):
        for code, name in Locale.parse(language).territories.items():
            if code in english:
                yield code, name
    for code in english:
        yield code, code
