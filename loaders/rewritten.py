"""What a file's cities, countries and companies were read as: nothing is rewritten in silence."""

from __future__ import annotations

from data.draft import Draft
from loaders.lookups import Lookup
from loaders.mapping import Kind
from loaders.quoting import literal

_LONGEST = 60
_SHOWN = f"left(regexp_replace(trim(value), '[0-9]', '#', 'g'), {_LONGEST})"
_PLAIN = "lower(trim(regexp_replace(value, '[\\s\\p{Z}]+', ' ', 'g')))"
_PLACES = {Kind.CITY: "city", Kind.COUNTRY: "country"}


def note_rewritten(draft: Draft, lookup: Lookup, header: str, load_id: str) -> None:
    """Keep which texts of a column became which, and in how many rows, as `rewritten_value`.

    Of places these are the texts that are not the place's name already. A company keeps its name;
    of those that the file spells in several ways, each spelling is kept with the key that all of
    them have. Nothing is kept of other kinds.
    """
    if lookup.kind in _PLACES:
        standard = _PLACES[lookup.kind]
        told = (
            f"SELECT '{standard}' AS becomes, {_SHOWN} AS original, {standard} AS standard, cells "
            f"FROM {lookup.table} WHERE {standard} <> trim(value)"
        )
    elif lookup.kind is Kind.COMPANY:
        told = (
            f"SELECT 'company' AS becomes, {_SHOWN} AS original, name_key AS standard, cells "
            f"FROM {lookup.table} WHERE name_key IN (SELECT name_key FROM {lookup.table} "
            f"GROUP BY name_key HAVING count(DISTINCT {_PLAIN}) > 1)"
        )
    else:
        return
    draft.execute(
        'INSERT INTO rewritten_value (load_id, "column", becomes, original, standard, "rows") '
        f"SELECT {literal(load_id)}, {literal(header)}, becomes, original, standard, sum(cells) "
        f"FROM ({told}) AS told GROUP BY becomes, original, standard"
    )
