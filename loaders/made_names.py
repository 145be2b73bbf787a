"""The names that a mapping makes beside its columns: of a person, a company, a part of a cell."""

from __future__ import annotations

from loaders.addresses import PARTS
from loaders.mapping import Mapping
from loaders.mapping_column import Kind

PERSON_NAMES = (
    "person_id",
    "email_key",
    "phone_key",
    "name_key",
    "email_state",
    "phone_state",
    "email_domain",
    "matched_by",
    "lead_of_person",
)
"""What a [person] section makes of its columns."""

ACCOUNT_NAMES = ("account_id", "account_name", "account_name_key")
"""What an [account] section makes of its columns."""

CAMPAIGN_NAME = "campaign_id"
"""What a [campaign] section makes of its columns."""

CONTENT_NAME = "content_id"
"""What a [content] section makes of its columns."""

PREVIOUS = "previous_"
"""Begins the name of a column's value in the record's row before, where there is [previous]."""

ROW_KEY = "row_key"
"""A digest of the row's mapped values, for records that the source gives no id."""


def computed_names(mapping: Mapping) -> dict[str, Kind]:
    """The names that templates may use beside the columns, with what they hold."""
    names = {ROW_KEY: Kind.TEXT}
    if mapping.person:
        names |= dict.fromkeys(PERSON_NAMES, Kind.TEXT)
    if mapping.account:
        names |= dict.fromkeys(ACCOUNT_NAMES, Kind.TEXT)
    if mapping.campaign:
        names[CAMPAIGN_NAME] = Kind.TEXT
    if mapping.content:
        names[CONTENT_NAME] = Kind.TEXT
    for name in mapping.columns:
        names |= dict.fromkeys(names_made_by(mapping, name), Kind.TEXT)
        if mapping.previous and not mapping.columns[name].is_list:
            names[f"{PREVIOUS}{name}"] = Kind.TEXT
    return names


def names_made_by(mapping: Mapping, name: str) -> tuple[str, ...]:
    """The names that a column makes beside its own.

    An amount makes none where the mapping has a column of the same name for its currency.
    """
    made: tuple[str, ...] = ()
    match mapping.columns[name].kind:
        case Kind.CITY:
            made = ("region", "country")
        case Kind.URL:
            made = PARTS
        case Kind.MONEY if f"{name}_currency" not in mapping.columns:
            made = ("currency",)
    return tuple(f"{name}_{part}" for part in made)
