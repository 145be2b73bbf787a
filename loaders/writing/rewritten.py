"""Records which texts of a file were kept as standard words, for the Data health page."""

from __future__ import annotations

from data.engine.draft import Draft
from data.sql import Query, Step, literal
from loaders.language.column import Kind
from loaders.transform.lookups import Lookup

_LONGEST = 60

_SHOWN = f"left(regexp_replace(trim(value), '[0-9０-９]', '#', 'g'), {_LONGEST})"

_KEY = "regexp_replace(name_key, '[0-9]{6,}', '#', 'g')"

_PLAIN = "lower(trim(regexp_replace(value, '[\\s\\p{Z}]+', ' ', 'g')))"

_NO_ADDRESS = "NOT regexp_matches(value, '[@＠]')"

_PLACES = {Kind.CITY: "city", Kind.COUNTRY: "country"}


def note_rewritten(draft: Draft, lookup: Lookup, header: str, load_id: str) -> None:
    """Keep which texts of a column became which, and in how many rows, as `rewritten_value`.

    A text with an @ in it is left out: it may be an e-mail address, which the store must not hold.
    Of places these are the texts that are not the place's name already. A company keeps its name;
    of those that the file spells in several ways, each spelling is kept with the key that all of
    them have. Nothing is kept of other kinds.
    """
    if lookup.kind in _PLACES:
        standard = _PLACES[lookup.kind]
        read_as = Step(
            f"{standard}_texts",
            f"SELECT '{standard}' AS becomes, {_SHOWN} AS original, {standard} AS standard, cells "
            f"FROM {lookup.table} WHERE {standard} <> trim(value) AND {_NO_ADDRESS} "
            f"AND NOT regexp_matches({standard}, '[0-9]')",
        )
    elif lookup.kind is Kind.COMPANY:
        read_as = Step(
            "company_spellings",
            f"SELECT 'company' AS becomes, {_SHOWN} AS original, {_KEY} AS standard, cells "
            f"FROM {lookup.table} WHERE {_NO_ADDRESS} AND name_key IN ("
            f"SELECT name_key FROM {lookup.table} GROUP BY name_key "
            f"HAVING count(DISTINCT {_PLAIN}) > 1)",
        )
    else:
        return
    rewritten = Step(
        "rewritten_values",
        f'SELECT {literal(load_id)} AS load_id, {literal(header)} AS "column", becomes, original, '
        f'standard, sum(cells) AS "rows" FROM {read_as.name} GROUP BY becomes, original, standard',
    )
    draft.insert("rewritten_value", Query(read_as, rewritten))
