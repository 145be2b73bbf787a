"""Where rows of a table name a record: what goes with it, and what only mentions it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from data.references import person_of_record_sql


class Fate(Enum):
    """What becomes of a row that names a record when that ends."""

    OWN = "own"
    """The row is the record itself, and goes."""
    GOES = "goes"
    """It tells of the record alone, and goes with it."""
    PASSES = "passes"
    """It goes where the record was deleted, and names the survivor where it was merged."""
    STAYS = "stays"
    """It only mentions the record, and names the survivor where it was merged."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A column by which rows of a table name records of a kind.

    `by` is the SQL of the record's id over the row; where the fate lets it be replaced it is a
    column. `if_kind` is a column that says of which kind the named record is.
    """

    kind: str
    by: str
    fate: Fate
    if_kind: str | None = None


def _own(kind: str, by: str) -> Mention:
    return Mention(kind, by, Fate.OWN)


def _stays(kind: str) -> Mention:
    return Mention(kind, f"{kind}_id", Fate.STAYS)


def _passes(kind: str) -> Mention:
    return Mention(kind, f"{kind}_id", Fate.PASSES)


def _of_subjects(*kinds: str) -> tuple[Mention, ...]:
    return tuple(Mention(kind, "subject_id", Fate.PASSES, "subject_kind") for kind in kinds)


MENTIONS: dict[str, tuple[Mention, ...]] = {
    "account": (_own("account", "account_id"), Mention("account", "parent_id", Fate.STAYS)),
    "person_alias": (_own("person", person_of_record_sql("source_system", "source_record_id")),),
    "campaign": (_own("campaign", "campaign_id"),),
    "content": (_own("content", "content_id"),),
    "interaction": (
        _own("interaction", "interaction_id"),
        _stays("campaign"),
        _stays("content"),
    ),
    "lead": (_own("lead", "lead_id"), _stays("account"), _stays("campaign"), _stays("content")),
    "opportunity": (
        _own("opportunity", "opportunity_id"),
        _stays("account"),
        Mention("lead", "primary_lead_id", Fate.STAYS),
    ),
    "person": (_stays("account"),),
    "stage_change": _of_subjects("lead", "opportunity"),
    "opportunity_lead": (_passes("opportunity"), _passes("lead")),
    "opportunity_change": (Mention("opportunity", "opportunity_id", Fate.GOES),),
    "assignment": (_passes("lead"),),
    "action": (_own("action", "action_id"), *_of_subjects("lead", "account")),
    "tag": _of_subjects("lead", "account", "person"),
    "target_account": (_passes("account"),),
    "account_order": (_own("account_order", "order_id"), _stays("account")),
    "campaign_spend": (_stays("campaign"),),
}
"""By table, people after the records that tell of them.

Spend and orders of a record that was deleted were paid all the same, and stay.
"""


CREATED = ("lead", "opportunity")
"""Kinds of records that are as old as the oldest that was merged into them."""


TABLE_OF = {
    mention.kind: (table, mention.by)
    for table, mentions in MENTIONS.items()
    for mention in mentions
    if mention.fate is Fate.OWN
}
"""By kind of record: its table, and the SQL of its id over a row of that table."""
