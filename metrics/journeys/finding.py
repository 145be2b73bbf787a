"""Finding the subject of a timeline by what somebody typed: an id, a company or a campaign."""

from __future__ import annotations

import unicodedata
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from data.standardise.companies import name_key
from metrics.journeys.matches import MatchedBy, allowed, match_steps
from metrics.journeys.subject import SubjectKind
from metrics.scope import Scope

MATCH_LIMIT = 1_000
"""So many subjects are listed at once, at most."""

LONGEST_TEXT = 200
"""Characters of what is searched for; what follows is not looked at."""

_CAMPAIGNS = 100
"""Names of campaigns that are searched for; of more, those that come first by spelling."""


class FoundSubject(pa.DataFrameModel):
    """One row per subject that matches, the closest first.

    Closest is an id or name that is the text, then one that begins with it, then one that has it
    anywhere; of equals accounts come first, then leads, deals and people, each by their ids.
    `found` is the number of all that match. `name` is how it is shown: the company's name, a record
    of the person, else the id. `since_on` is the day of the first lead, or the deal's opening;
    `leads` and `deals` are those of an account, the leads of a person, and null of others.
    """

    kind: str = pa.Field(isin=[each.value for each in SubjectKind])
    id: str
    name: str
    matched_by: str = pa.Field(isin=[each.value for each in MatchedBy])
    account: str = pa.Field(nullable=True)
    campaign: str = pa.Field(nullable=True)
    region: str = pa.Field(nullable=True)
    owner: str = pa.Field(nullable=True)
    since_on: pl.Date = pa.Field(nullable=True)
    leads: int = pa.Field(nullable=True, ge=0)
    deals: int = pa.Field(nullable=True, ge=0)
    found: int = pa.Field(ge=1)

    class Config:
        """Exactly these columns, one row per subject."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["kind", "id"]


def found_subjects(
    warehouse: Warehouse, scope: Scope, text: str, limit: int = 20
) -> DataFrame[FoundSubject]:
    """Which leads, people, accounts and deals does the text name?

    It is looked for in ids of leads and deals, references to people and accounts, names of
    companies, and names of campaigns, which stand for their leads. Case and width make no
    difference; a company is also found by its key, without accents, legal form and punctuation. At
    most `limit` rows (1 to 1,000). Of all that is loaded, whatever the period and the filters, and
    nothing that the viewer may not see. A text that names nothing, such as an empty one, finds
    nothing: the frame is empty. No names of people are stored, so none is found.

    Raises MetricError for a limit out of bounds.
    """
    if not 1 <= limit <= MATCH_LIMIT:
        raise MetricError(f"a search lists 1 to {MATCH_LIMIT:,} subjects, not {limit:,}")
    typed = folded(text[:LONGEST_TEXT])
    if not typed:
        return FoundSubject.validate(pl.DataFrame(schema=columns(FoundSubject)), lazy=True)
    named = _campaigns(warehouse, scope, typed)
    steps = match_steps(scope, typed, name_key(typed), named, limit)
    found = (
        warehouse.query(Query(*steps))
        .sort("place")
        .select(list(columns(FoundSubject)))
        .cast(pl.Schema(columns(FoundSubject)))
    )
    return FoundSubject.validate(found, lazy=True)


def folded(text: str) -> str:
    """A text without differences of case and width, and of space around it.

    >>> folded(" ＡＣＭＥ GmbH ")
    'acme gmbh'
    """
    return unicodedata.normalize("NFKC", text).lower().strip()


def _campaigns(warehouse: Warehouse, scope: Scope, typed: str) -> list[str]:
    """The names of campaigns of visible leads that have the text in them."""
    where, values = allowed(scope)
    names = warehouse.query(
        Query(Step("named", f"SELECT DISTINCT campaign FROM journey WHERE {where}", values))
    )["campaign"]
    spelt = names.str.normalize("NFKC").str.to_lowercase()
    return names.filter(spelt.str.contains(typed, literal=True)).sort().head(_CAMPAIGNS).to_list()
