"""Contract of the canonical table of follow-up: to whom a lead was given, and what they said."""

from __future__ import annotations

from typing import ClassVar

from data.schema.contract import Contract, Timestamp
from data.schema.frames import pa


class Assignment(Contract):
    """One row per lead and time at which it was given to somebody, by a route.

    A route is the way by which it is served, as the business names it: inside sales, a partner,
    self-service. Whoever got it accepts it, rejects it for a `reason`, or has not answered.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id", "assigned_at"]

    lead_id: str
    assigned_at: Timestamp
    route: str
    owner: str = pa.Field(nullable=True)
    accepted_at: Timestamp = pa.Field(nullable=True)
    rejected_at: Timestamp = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    load_id: str
