"""Companies whose names are close: probabilistic linkage with splink, over blocked pairs.

The weights are fixed, not learnt from the files: learning would make the result depend on which
files came, and in which order. What a name, a city and a country weigh was set by hand and is
checked by `python -m bench --rows identity`.
"""

from __future__ import annotations

import re

import polars as pl

from data.engine.draft import Draft
from data.sql import Query, Step

_SAME_NUMBERS = "l.digits = r.digits"

_MAY_BE_ONE = (
    "(l.domain IS NULL OR r.domain IS NULL) AND l.account_id <> r.account_id "
    "AND l.name_key <> r.name_key"
)
"""Names of one spelling are left out: `data.identity.account_links` has judged them."""


_EXPECTED_PARTNERS = 0.3
"""Prior share of the companies without a domain that have a partner among the others."""


CAP = 0.8
"""Highest confidence of a likeness that subsidiaries, branches and namesakes share."""


_BOTH_CHINESE = "l.chinese AND r.chinese AND "

_BOTH_LATIN = "NOT l.chinese AND NOT r.chinese AND "

_WITHOUT_PLACE = (
    f"{_BOTH_CHINESE}least(length(l.name_key), length(r.name_key)) >= 4 AND "
    "(ends_with(l.name_key, r.name_key) OR ends_with(r.name_key, l.name_key))"
)

_SAME_SOUND = "l.chinese <> r.chinese AND l.sound = r.sound AND length(l.sound) >= 8"

_LETTER_OFF = (
    f"{_BOTH_LATIN}least(length(l.name_key), length(r.name_key)) >= 8 AND "
    "left(l.name_key, 1) = left(r.name_key, 1) AND "
    "jaro_winkler_similarity(l.name_key, r.name_key, 0.9) >= 0.9 AND "
    "damerau_levenshtein(l.name_key, r.name_key) <= 1 AND "
    "(l.last_word = r.last_word OR least(length(l.last_word), length(r.last_word)) > 3)"
)

_BEGINS_WITH = (
    f"{_BOTH_LATIN}least(length(l.name_key), length(r.name_key)) >= 6 AND "
    "(starts_with(l.name_key, r.name_key || ' ') OR starts_with(r.name_key, l.name_key || ' '))"
)

_TWO_OFF = (
    f"{_BOTH_LATIN}least(length(l.name_key), length(r.name_key)) >= 10 AND "
    "jaro_winkler_similarity(l.name_key, r.name_key, 0.9) >= 0.9 AND "
    "damerau_levenshtein(l.name_key, r.name_key) <= 2"
)

_PART_OF_CHINESE = (
    f"{_BOTH_CHINESE}least(length(l.name_key), length(r.name_key)) >= 4 AND "
    "(contains(l.name_key, r.name_key) OR contains(r.name_key, l.name_key))"
)

_SHORT_CHINESE = (
    f"{_BOTH_CHINESE}least(length(l.name_key), length(r.name_key)) >= 2 AND "
    "(starts_with(l.name_key, r.name_key) OR starts_with(r.name_key, l.name_key))"
)

_SOUND_HERE = (
    "l.chinese <> r.chinese AND l.city = r.city AND l.sound_here = r.sound_here "
    "AND length(l.sound_here) >= 6"
)

_LEVELS = (
    # name of the level, test, how often it holds for one company, how often for two, its most
    ("a Chinese name without its place", _WITHOUT_PLACE, 0.20, 4e-6, 1.0),
    ("the same sound", _SAME_SOUND, 0.15, 4e-6, 1.0),
    ("one letter off", _LETTER_OFF, 0.35, 4e-6, 1.0),
    ("one begins with the other", _BEGINS_WITH, 0.10, 1e-5, CAP),
    ("two letters off", _TWO_OFF, 0.05, 4e-5, CAP),
    ("a part of the Chinese name", _PART_OF_CHINESE, 0.05, 1e-5, CAP),
    ("a short Chinese name", _SHORT_CHINESE, 0.04, 5e-4, CAP),
    ("the same sound in the same city", _SOUND_HERE, 0.03, 1e-4, CAP),
)

_BLOCKS = {
    "begins": "left(name_key, CASE WHEN chinese THEN 4 ELSE 5 END)",
    "ends": "right(name_key, CASE WHEN chinese THEN 6 ELSE 13 END)",
    "around": "CASE WHEN NOT chinese THEN left(name_key, 3) || '…' || right(name_key, 8) END",
    "brand": "CASE WHEN chinese THEN left(name_key, 2) END",
    "sounds": "sound",
    "sounds_here": "city || ' ' || sound_here",
}

_LARGEST_BLOCK = 1_000
"""A block of more names says nothing, and comparing all its names would take too long."""


_CLOSE = " OR ".join(f"({test})" for _, test, *_ in _LEVELS)


def close_names(draft: Draft, relation: str, propose_from: float) -> pl.DataFrame:
    """Pairs of companies that may be one, with the confidence that they are.

    One row per pair: hub and spoke (account ids) and confidence. `relation` is a table of the draft
    with the columns unique_id, account_id, domain, country, city, name_key, chinese, digits,
    last_word, sound and sound_here. A pair is compared only when one of the two has no domain,
    their numbers are equal and their names begin, end or sound alike. A likeness that a subsidiary
    or a branch has too gives a confidence of at most CAP. A company without a domain that is close
    to several shares its confidence out among them. Raises EngineError with the failing step.
    """
    close = draft.query(comparable_names(relation))
    (companies,) = draft.one(f"SELECT count(DISTINCT account_id) FROM {relation}")
    if close.is_empty():
        return pl.DataFrame(schema=_PAIRS)
    draft.attach("scored", _scored(close, companies))
    pairs = draft.query(_company_pairs(relation))
    draft.detach("scored")
    return _shared_out(pairs).filter(pl.col("confidence") >= propose_from)


def comparable_names(relation: str) -> Query:
    """One row per name of `relation` that is close to another one, with what blocks it."""
    blocks = " UNION ALL ".join(
        f"SELECT '{name} ' || {block} AS block, * FROM {relation}"
        for name, block in _BLOCKS.items()
    )
    named = ", ".join(f"{block} AS {name}" for name, block in _BLOCKS.items())
    return Query(
        Step("name_blocks", blocks),
        Step(
            "small_blocks",
            f"""
            SELECT block FROM name_blocks GROUP BY block
            HAVING count(*) BETWEEN 2 AND {_LARGEST_BLOCK} AND count(*) > count(domain)
            """,
        ),
        Step(
            "blocked_names",
            """
            SELECT name_blocks.* FROM name_blocks
            SEMI JOIN small_blocks ON small_blocks.block = name_blocks.block
            """,
        ),
        Step(
            "name_pairs",
            f"""
            SELECT l.unique_id AS one, r.unique_id AS other
            FROM blocked_names AS l
            JOIN blocked_names AS r ON l.block = r.block AND {_SAME_NUMBERS}
            WHERE l.domain IS NULL AND {_MAY_BE_ONE} AND ({_CLOSE})
            """,
        ),
        Step(
            "comparable_names",
            f"""
            SELECT *, {named} FROM {relation}
            WHERE unique_id IN (SELECT one FROM name_pairs UNION SELECT other FROM name_pairs)
            ORDER BY unique_id
            """,
        ),
    )


def _company_pairs(relation: str) -> Query:
    """One row per pair of names in `scored` whose companies do not share a name already."""
    most = " ".join(f"WHEN {test} THEN {limit}" for _, test, _, _, limit in _LEVELS)
    return Query(
        Step(
            "namesakes",
            f"""
            SELECT one.account_id AS one_id, other.account_id AS other_id
            FROM {relation} AS one
            JOIN {relation} AS other
                ON other.name_key = one.name_key AND other.account_id <> one.account_id
            """,
        ),
        Step(
            "company_pairs",
            f"""
            SELECT least(l.account_id, r.account_id) AS hub,
                greatest(l.account_id, r.account_id) AS spoke,
                CASE WHEN l.account_id < r.account_id THEN l.domain ELSE r.domain END IS NOT NULL
                    AS hub_known,
                CASE WHEN l.account_id < r.account_id THEN r.domain ELSE l.domain END IS NOT NULL
                    AS spoke_known,
                least(scored.confidence, CASE {most} ELSE 0 END) AS confidence
            FROM scored
            JOIN {relation} AS l ON l.unique_id = scored.one
            JOIN {relation} AS r ON r.unique_id = scored.other
            ANTI JOIN namesakes
                ON namesakes.one_id = l.account_id AND namesakes.other_id = r.account_id
            """,
        ),
    )


_PAIRS = {"hub": pl.String, "spoke": pl.String, "confidence": pl.Float64}


def _scored(names: pl.DataFrame, companies: int) -> pl.DataFrame:
    """One row per pair of names, `one` and `other`, with splink's confidence in each by itself."""
    # Only here: most loads have no name to compare, and should not wait for the library.
    from splink import DuckDBAPI, Linker, SettingsCreator
    from splink.comparison_level_library import CustomLevel, ElseLevel, NullLevel
    from splink.comparison_library import CustomComparison

    def weighed(column: str, same: float, other: float) -> CustomComparison:
        return CustomComparison(
            output_column_name=column,
            comparison_levels=[
                NullLevel(column),
                CustomLevel(f"{column}_l = {column}_r", f"same {column}").configure(
                    m_probability=same, u_probability=other
                ),
                ElseLevel().configure(m_probability=1 - same, u_probability=1 - other),
            ],
        )

    levels = [
        CustomLevel(_sided(test), label).configure(m_probability=same, u_probability=other)
        for label, test, same, other, _ in _LEVELS
    ]
    rest = ElseLevel().configure(
        m_probability=1 - sum(level[2] for level in _LEVELS),
        u_probability=1 - sum(level[3] for level in _LEVELS),
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            CustomComparison(output_column_name="name", comparison_levels=[*levels, rest]),
            weighed("city", same=0.9, other=0.06),
            weighed("country", same=0.97, other=0.2),
        ],
        blocking_rules_to_generate_predictions=[
            {"blocking_rule": f"l.{block} = r.{block} AND {_SAME_NUMBERS} AND {_MAY_BE_ONE}"}
            for block in _BLOCKS
        ],
        probability_two_random_records_match=_EXPECTED_PARTNERS / max(companies, 2),
        retain_matching_columns=False,
    )
    linker = Linker(DuckDBAPI().register(names.to_arrow()), settings, log_level="ERROR")
    found: pl.DataFrame = linker.inference.predict(warning_mode="never").as_duckdbpyrelation().pl()
    return found.select(one="unique_id_l", other="unique_id_r", confidence="match_probability")


def _sided(test: str) -> str:
    """A test of two rows in splink's spelling: `name_key_l` for `l.name_key`."""
    return re.sub(r"\b([lr])\.(\w+)", r"\2_\1", test)


def _shared_out(pairs: pl.DataFrame) -> pl.DataFrame:
    """Each pair's confidence in view of the other companies that either could be.

    A company with a domain may have any number of spellings. Other candidates count only for a
    company without a domain, because the question is whose it is.
    """
    odds = (
        pairs.group_by("hub", "spoke")
        .agg(
            pl.col("confidence").max().clip(upper_bound=1 - 1e-12),
            pl.col("hub_known", "spoke_known").any(),
        )
        .with_columns(odds=pl.col("confidence") / (1 - pl.col("confidence")))
    )
    ends = pl.concat([odds.select(end=side, odds="odds") for side in ("hub", "spoke")])
    total = ends.group_by("end").agg(total=pl.col("odds").sum())
    for side in ("hub", "spoke"):
        odds = odds.join(total.rename({"end": side, "total": f"{side}_total"}), on=side)
    rivals = [
        pl.when(f"{side}_known").then("odds").otherwise(f"{side}_total")
        for side in ("hub", "spoke")
    ]
    share = pl.col("odds") / (1 + pl.max_horizontal(*rivals))
    return odds.select("hub", "spoke", confidence=share).sort("hub", "spoke")
