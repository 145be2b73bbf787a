"""Names of companies by their sound, where some are Chinese and some may be their pinyin."""

from __future__ import annotations

import polars as pl

from data.engine.draft import Draft
from data.standardise.pinyin import sound, syllables

_SCHEMA = {"name_key": pl.String, "sound": pl.String}


def attach_sounds(draft: Draft, relation: str) -> None:
    """Make `name_sound(name_key, sound)` readable for the names that may be each other's.

    `relation` has the columns name_key and chinese. A Latin name is looked at only when its first
    word could be pinyin or there are Latin letters in a Chinese one; without names of both kinds
    there is nothing to compare.
    """
    both = f"SELECT count(DISTINCT chinese) = 2 FROM {relation}"
    names = _maybe_alike(draft, relation) if draft.one(both)[0] else []
    told = pl.DataFrame({"name_key": names, "sound": list(map(sound, names))}, schema=_SCHEMA)
    draft.attach("name_sound", told)


def _maybe_alike(draft: Draft, relation: str) -> list[str]:
    spoken = "|".join(sorted(syllables(), key=len, reverse=True))
    found = draft.query(
        f"""
        SELECT DISTINCT name_key, chinese FROM {relation}
        WHERE chinese
            OR regexp_matches(split_part(name_key, ' ', 1), '^(?:{spoken})+$')
            OR split_part(name_key, ' ', 1) IN (
                SELECT regexp_extract(name_key, '^[a-z0-9]{{2,}}') FROM {relation} WHERE chinese
            )
        ORDER BY name_key
        """
    )
    return found["name_key"].to_list() if found["chinese"].n_unique() == 2 else []
