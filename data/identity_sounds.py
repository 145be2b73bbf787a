"""Names of companies by their sound, where some are Chinese and some may be their pinyin."""

from __future__ import annotations

import polars as pl

from data.draft import Draft
from data.pinyin import sound, syllables

_SCHEMA = {"name_key": pl.String, "sound": pl.String}


def attach_sounds(draft: Draft, relation: str) -> None:
    """Make `name_sound(name_key, sound)` readable for the names that may be each other's.

    `relation` has the columns name_key and chinese. A Latin name is looked at only when its first
    word could be pinyin or there are Latin letters in a Chinese one; without names of both kinds
    there is nothing to compare.
    """
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
    names = found["name_key"] if found["chinese"].n_unique() == 2 else found["name_key"][:0]
    sounds = [sound(name) for name in names]
    draft.attach("name_sound", pl.DataFrame({"name_key": names, "sound": sounds}, schema=_SCHEMA))
