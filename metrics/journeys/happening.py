"""One kind of thing that happened, and the columns that all kinds share."""

from __future__ import annotations

from enum import StrEnum


class Happening(StrEnum):
    """What kind of thing happened, in the order in which those of one moment stand.

    A touch can earn credit, outbound is done to the person, a touch left out is of our own staff or
    a machine, and other is anything else that a person did. A deal is joined by a lead that came
    when it was already open. An entry is taken back where newer files tell it no more, and a record
    is gone that its source deleted or merged: both count nowhere.
    """

    PERSON_MERGED = "person_merged"
    ACCOUNT_MERGED = "account_merged"
    OUTBOUND = "outbound"
    TOUCH = "touch"
    LEFT_OUT = "left_out"
    OTHER = "other"
    STAGE = "stage"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEAL_OPENED = "deal_opened"
    DEAL_JOINED = "deal_joined"
    DEAL_STAGE = "deal_stage"
    DEAL_CHANGED = "deal_changed"
    DEAL_WON = "deal_won"
    DEAL_LOST = "deal_lost"
    TAKEN_BACK = "taken_back"
    RECORD_GONE = "record_gone"

    @property
    def label(self) -> str:
        """The kind in words.

        >>> Happening.DEAL_OPENED.label
        'deal opened'
        """
        return self.value.replace("_", " ")


COLUMNS = {
    "occurred_at": "TIMESTAMP",
    "person_id": "VARCHAR",
    "lead_id": "VARCHAR",
    "opportunity_id": "VARCHAR",
    "channel": "VARCHAR",
    "campaign": "VARCHAR",
    "content": "VARCHAR",
    "amount": "DECIMAL(18, 2)",
    "name": "VARCHAR",
    "old": "VARCHAR",
    "new": "VARCHAR",
    "reason": "VARCHAR",
    "actor": "VARCHAR",
    "confidence": "DOUBLE",
    "until_at": "TIMESTAMP",
}
"""What is known of a happening, beside its kind and id; each kind has some of it."""


def happening(kind: str, key: str, source: str, **known: str) -> str:
    """A SELECT of all columns of a happening; those that are not known are null.

    `kind` and `key` are SQL of its kind and id, `source` is what follows the columns. Raises
    ValueError for a column that a happening does not have.
    """
    if unknown := set(known) - set(COLUMNS):
        raise ValueError(f"a happening has no {sorted(unknown)}")
    columns = ", ".join(
        f"CAST({known.get(name, 'NULL')} AS {of_type}) AS {name}"
        for name, of_type in COLUMNS.items()
    )
    return f"SELECT {key} AS event_id, {kind} AS kind, {columns} {source}"


def within(moment: str) -> str:
    """SQL: whether a moment is within the step `bounds`.

    >>> within("touch.occurred_at")
    'touch.occurred_at >= bounds.start_at AND touch.occurred_at < bounds.end_at'
    """
    return f"{moment} >= bounds.start_at AND {moment} < bounds.end_at"
