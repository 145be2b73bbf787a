"""Which loaded tables a table is made of: the way from a number back to the files."""

from __future__ import annotations

from collections.abc import Iterable

from data.definitions import Definitions
from data.derive.rebuild import derived_tables
from data.schema.tables import CANONICAL

IDENTITY = {
    "retired_record": ("record_end",),
    "taken_back": ("stage_change", "opportunity"),
    "account_identity": ("account", "lead", "person"),
    "person_identity": ("person", "person_alias", "lead", "interaction"),
    "lead_identity": ("lead", "account_identity", "person_identity"),
    "person_proposal": ("person", "person_alias", "lead"),
    "person_account": ("person", "account_identity"),
    "person_fact": ("person",),
    "visitor_span": ("interaction", "person_identity"),
    "standardised_value": ("account", "person"),
    "industry_name": ("account",),
    "title_role": ("person",),
    "shown_value": (),
}
"""What the tables of who is who and of standard words are made of. No single query makes them.

Every file has a say in how a value is spelt: none of its rows is in a number for that.
"""


def loaded_tables(names: Iterable[str], definitions: Definitions) -> tuple[str, ...]:
    """The tables fed by files whose rows these tables are made of, by name.

    A loaded table is made of itself; other names, such as those of the definitions' own small
    tables, of no file. Versions of a table's rows, which are kept where files differ, are of it.

    >>> loaded_tables(["spend"], Definitions.load())
    ('campaign', 'campaign_spend')
    """
    made_of = {name: query.tables for name, query in derived_tables(definitions).items()}
    made_of |= {name: frozenset(sources) for name, sources in IDENTITY.items()}
    found: set[str] = set()
    open_ones = {name.removesuffix("_version") for name in names}
    while open_ones:
        name = open_ones.pop()
        found.add(name)
        sources = (each.removesuffix("_version") for each in made_of.get(name, ()))
        open_ones |= set(sources) - found
    return tuple(sorted(found & CANONICAL.keys()))
