"""Sounds of company names: a Latin name may be a Chinese one in pinyin."""

from __future__ import annotations

import polars as pl

from data.engine.draft import Draft
from data.sql import Query, Step
from data.standardise.pinyin import sound, syllables

_SCHEMA = {"name_key": pl.String, "sound": pl.String}


def attach_sounds(draft: Draft, relation: str) -> None:
    """Make `name_sound(name_key, sound)` readable for names that may be spellings of one another.

    `relation` has the columns name_key and chinese. A Latin name counts only when its first word
    could be pinyin or stands in a Chinese name; without names of both kinds there is nothing to
    compare.
    """
    both = f"SELECT count(DISTINCT chinese) = 2 FROM {relation}"
    names = _maybe_alike(draft, relation) if draft.one(both)[0] else []
    sounds = pl.DataFrame({"name_key": names, "sound": list(map(sound, names))}, schema=_SCHEMA)
    draft.attach("name_sound", sounds)


def _maybe_alike(draft: Draft, relation: str) -> list[str]:
    spoken = "|".join(sorted(syllables(), key=len, reverse=True))
    alike = Step(
        "names_maybe_alike",
        f"""
        SELECT DISTINCT name_key, chinese FROM {relation}
        WHERE chinese
            OR regexp_matches(split_part(name_key, ' ', 1), '^(?:{spoken})+$')
            OR split_part(name_key, ' ', 1) IN (
                SELECT regexp_extract(name_key, '^[a-z0-9]{{2,}}') FROM {relation} WHERE chinese
            )
        ORDER BY name_key
        """,
    )
    found = draft.query(Query(alike))
    return found["name_key"].to_list() if found["chinese"].n_unique() == 2 else []
