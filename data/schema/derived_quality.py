"""Contracts of derived tables of how good leads are, and what loads leave undecided."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import STAGES, Contract, Money
from data.schema.derived import Segmented
from data.schema.frames import pa

RELATED = ("Customer", "Other product", "Competitor", "New", "Unassigned")
"""Whose customer a lead's company was when the lead came in."""


BANT_C = ("budget", "authority", "need", "timeline", "competitor")
"""What is to be learned of a lead, as `has_*` of `lead_quality`."""


FAKE_RULES = ("word", "mailbox", "domain")
"""By what a lead is a fake: what was said of it, a throw-away mailbox, or the mailbox's domain."""


class LeadQuality(Segmented):
    """One row per lead: its level, grade, need and score, and what was known when it came in.

    `*_on` are the earliest days over its episodes, `exit_on` the day it left for good.
    `undated_stage` and `known_on` are those of `journey`. `level` is
    that of its tier, else of its points; `level_by` says which. A tier that no level names is of
    none: `Unassigned`. `graded` is the grade of the file, else by the definitions' rules.
    `related_as` is what its company was to us when the lead came in. `score` is that of the scoring
    model in force then, else of the file; `score_tenth` is its tenth of all scored leads, 10 for
    the highest scores, where leads with one score are together. `has_*` is 1 where the field is
    filled, `filled_fields` their sum. `touches_before` are touches of its person before it came in,
    within the definitions' days. `won_amount` is in the base currency, on one lead per deal, which
    `is_primary`. `fake_by` is the rule by which it is a fake, null where it is none; `entered_file`
    the file of the first load that told of it.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id"]

    lead_id: str
    person_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    lead_on: pl.Date = pa.Field(nullable=True)
    mql_on: pl.Date = pa.Field(nullable=True)
    sql_on: pl.Date = pa.Field(nullable=True)
    opportunity_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    undated_stage: str = pa.Field(nullable=True, isin=STAGES)
    known_on: pl.Date = pa.Field(nullable=True)
    exit_on: pl.Date = pa.Field(nullable=True)
    exit_reason: str = pa.Field(nullable=True)
    won_amount: Money = pa.Field(nullable=True)
    is_primary: bool
    level: str
    level_by: str = pa.Field(nullable=True, isin=("tier", "points"))
    graded: str = pa.Field(isin=("A", "B", "C", "Unassigned"))
    need_layer: str
    need_word: str = pa.Field(nullable=True)
    related_as: str = pa.Field(isin=RELATED)
    score: float = pa.Field(nullable=True)
    score_by: str = pa.Field(nullable=True, isin=("file", "model"))
    score_tenth: int = pa.Field(nullable=True, ge=1, le=10)
    has_budget: int = pa.Field(isin=(0, 1))
    has_authority: int = pa.Field(isin=(0, 1))
    has_need: int = pa.Field(isin=(0, 1))
    has_timeline: int = pa.Field(isin=(0, 1))
    has_competitor: int = pa.Field(isin=(0, 1))
    filled_fields: int = pa.Field(ge=0, le=5)
    touches_before: int = pa.Field(ge=0)
    high_touches_before: int = pa.Field(ge=0)
    fake_by: str = pa.Field(nullable=True, isin=FAKE_RULES)
    entered_file: str


class LeadMove(Segmented):
    """One row per lead and change of its level, as two exports of one kind show it.

    It moved after `seen_before_on`, when it was still of `level_before`, and not later than
    `moved_on`, the day of the first export with the new one.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id", "place"]

    lead_id: str
    place: int = pa.Field(ge=1)
    moved_on: pl.Date
    seen_before_on: pl.Date
    level_before: str
    level: str


class LoadTie(Contract):
    """One row per pair of loads of one kind and table of which nothing tells which is newer.

    Both were true at the same time, give or take a minute, and say different things of so many
    `records`, of which no newer load says anything. The one that is taken for the newer counts.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["newer_load_id", "older_load_id", "table_name"]

    newer_load_id: str
    older_load_id: str
    table_name: str
    records: int = pa.Field(ge=1)
