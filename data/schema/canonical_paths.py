"""Contracts of the canonical tables of paths: touches in order, with weights, without any time."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl

from data.schema.contract import SYSTEM, Contract
from data.schema.frames import pa

Weight = Annotated[pl.Decimal, 18, 6]

MOST_TOUCHES = 1000
"""The greatest position that a touch of a path may have, and so the most touches of a list."""


class Path(Contract):
    """One row per path or journey of a system, with what came of it.

    `conversions` are the conversions that came by this path, `nulls` the journeys by it that did
    not convert; both may be parts of one, as weights are. `value_amount` is the worth of all its
    conversions together, in `currency`, which is the base currency where it is missing: a path has
    no day whose exchange rate would hold.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["source_system", "path_id"]

    source_system: str = pa.Field(str_matches=SYSTEM)
    path_id: str
    conversions: Weight = pa.Field(ge=0)
    value_amount: Weight = pa.Field(nullable=True, ge=0)
    currency: str = pa.Field(nullable=True, str_matches=r"^[A-Z]{3}$")
    nulls: Weight = pa.Field(nullable=True, ge=0)
    load_id: str


class PathTouch(Contract):
    """One row per touch of a path; `position` orders the touches, and gaps in it mean nothing."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["source_system", "path_id", "position"]

    source_system: str = pa.Field(str_matches=SYSTEM)
    path_id: str
    position: int = pa.Field(ge=0, le=MOST_TOUCHES)
    channel: str
    campaign: str = pa.Field(nullable=True)
    content: str = pa.Field(nullable=True)
    load_id: str
