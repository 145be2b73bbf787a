"""Rules of the definitions: how many leads each of them finds, and which tell nobody apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from data.terms.segments import TAGS_BETWEEN


class RuleMatches(pa.DataFrameModel):
    """One row per name that rules give, personas first, then segments and tags, each in order.

    `leads` have it, of `all_leads`: by a rule, by a record or by hand. `remark` says of a name that
    it tells nobody apart; null where it does.
    """

    kind: str = pa.Field(isin=("persona", "segment", "tag"))
    name: str
    leads: int = pa.Field(ge=0)
    all_leads: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)
    remark: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per kind and name."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["kind", "name"]


def rule_matches(warehouse: Warehouse, definitions: Definitions) -> DataFrame[RuleMatches]:
    """Whom do the definitions' personas, segments and tags find, and which tell nobody apart?

    Of leads, with what each is now. A name that every lead has, or none, splits nothing: the remark
    says so, and what to do.
    """
    counted = warehouse.query(
        Query(
            Step(
                "named_leads",
                """
                SELECT persona, own_segment, tags, count(*) AS leads
                FROM journey
                WHERE episode = 1
                GROUP BY persona, own_segment, tags
                """,
            )
        )
    )
    all_leads = int(counted["leads"].sum())
    has: dict[str, Callable[[str], pl.Expr]] = {
        "persona": lambda name: pl.col("persona") == name,
        "segment": lambda name: pl.col("own_segment") == name,
        "tag": lambda name: pl.col("tags").str.split(TAGS_BETWEEN).list.contains(name),
    }
    rows = []
    for kind, holds in has.items():
        names = dict.fromkeys(rule.name for rule in getattr(definitions, kind))
        for name in names:
            leads = int(counted.filter(holds(name))["leads"].sum())
            share = leads / all_leads if all_leads else None
            rows.append((kind, name, leads, all_leads, share, _remark(leads, all_leads)))
    frame = pl.DataFrame(rows, schema=_TYPES, orient="row")
    return RuleMatches.validate(frame, lazy=True)


_TYPES = {
    "kind": pl.String,
    "name": pl.String,
    "leads": pl.Int64,
    "all_leads": pl.Int64,
    "share": pl.Float64,
    "remark": pl.String,
}


def _remark(leads: int, all_leads: int) -> str | None:
    if all_leads == 0:
        return None
    if leads == all_leads:
        return "Every lead has it, so it tells nobody apart: ask for more in its rule."
    if leads == 0:
        return "No lead has it: look for another spelling, or a rule before it that takes them all."
    return None
