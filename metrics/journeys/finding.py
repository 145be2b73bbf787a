"""Finding the subject of a timeline by what somebody typed: an id, a company or a campaign."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step, Value
from data.standardise.companies import name_key
from metrics.journeys.subject import SubjectKind
from metrics.scope import Scope

MATCH_LIMIT = 1_000
"""So many subjects are listed at once, at most."""

LONGEST_TEXT = 200
"""Characters of what is searched for; what follows is not looked at."""

_CAMPAIGNS = 100
"""Names of campaigns that are searched for; of more, those that come first by spelling."""


class MatchedBy(StrEnum):
    """What the text was found in."""

    ID = "id"
    NAME = "name"
    CAMPAIGN = "campaign"


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
    steps = (_visible(scope, typed, named), *_LOOKED_AT, *_matches(), _listed(limit))
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
    where, allowed = _allowed(scope)
    names = warehouse.query(
        Query(Step("named", f"SELECT DISTINCT campaign FROM journey WHERE {where}", allowed))
    )["campaign"]
    spelt = names.str.normalize("NFKC").str.to_lowercase()
    return names.filter(spelt.str.contains(typed, literal=True)).sort().head(_CAMPAIGNS).to_list()


def _allowed(scope: Scope) -> tuple[str, tuple[Value, ...]]:
    """The condition for what the viewer may see, with its values."""
    restrictions = scope.viewer.restrictions
    values = tuple(value for each in restrictions for value in each.values)
    return " AND ".join(each.sql for each in restrictions) or "TRUE", values


def _visible(scope: Scope, typed: str, campaigns: list[str]) -> Step:
    """The first step: leads and deals that the viewer may see, and what was typed.

    Whoever may see all rows may see companies and people without any as well.
    """
    where, allowed = _allowed(scope)
    everything = "FALSE" if scope.viewer.restrictions else "TRUE"
    unknown = "CAST(NULL AS VARCHAR)"
    rest = ", ".join(f"{unknown} AS {name}" for name in ("campaign", "region", "owner"))
    names = "".join(
        f"\nUNION ALL SELECT 'campaign', CAST(? AS VARCHAR), {unknown}, {unknown}, {unknown},"
        f" {unknown}, {unknown}, CAST(NULL AS DATE), FALSE"
        for _ in campaigns
    )
    return Step(
        "visible",
        f"""
        SELECT 'typed' AS kind, CAST(? AS VARCHAR) AS id, CAST(? AS VARCHAR) AS person_id,
            {unknown} AS account_id, {rest}, CAST(NULL AS DATE) AS since_on,
            {everything} AS sees_all{names}
        UNION ALL
        SELECT 'lead', lead_id, person_id, account_id, campaign, region, owner, lead_on, FALSE
        FROM journey
        WHERE episode = 1 AND {where}
        UNION ALL
        SELECT 'deal', opportunity_id, {unknown}, account_id, campaign, region, owner, opened_on,
            FALSE
        FROM deal
        WHERE {where}
        """,
        (typed, name_key(typed), *campaigns, *allowed, *allowed),
    )


_LOOKED_AT = (
    Step(
        "typed",
        "SELECT id AS text, person_id AS name_key, sees_all FROM visible WHERE kind = 'typed'",
    ),
    Step("rows_seen", "SELECT * FROM visible WHERE kind IN ('lead', 'deal')"),
    Step("campaigns_named", "SELECT id AS campaign FROM visible WHERE kind = 'campaign'"),
    Step(
        "seen_accounts",
        """
        SELECT account_id, count(CASE WHEN kind = 'lead' THEN 1 END) AS leads,
            count(CASE WHEN kind = 'deal' THEN 1 END) AS deals,
            min(CASE WHEN kind = 'lead' THEN since_on END) AS since_on
        FROM rows_seen WHERE account_id IS NOT NULL
        GROUP BY account_id
        """,
    ),
    Step(
        "seen_people",
        """
        SELECT person_id, count(*) AS leads, min(since_on) AS since_on,
            min(account_id) AS account_id
        FROM rows_seen WHERE person_id IS NOT NULL
        GROUP BY person_id
        """,
    ),
    Step(
        "spelt_accounts",
        """
        SELECT identity.account_id, lower(identity.reference) AS spelling, 'id' AS matched_by
        FROM account_identity AS identity
        JOIN account ON account.account_id = identity.reference
        WHERE identity.applied AND identity.reference NOT LIKE 'name:%'
        UNION ALL
        SELECT identity.account_id, lower(account.name), 'name'
        FROM account_identity AS identity
        JOIN account ON account.account_id = identity.reference
        WHERE identity.applied AND account.name IS NOT NULL
        """,
    ),
    Step(
        "keyed_accounts",
        """
        SELECT identity.account_id, account.name_key AS spelling
        FROM account_identity AS identity
        JOIN account ON account.account_id = identity.reference
        WHERE identity.applied AND account.name_key IS NOT NULL
        """,
    ),
)


def _closeness(spelling: str, text: str) -> str:
    """SQL: 0 where a spelling is the text, 1 where it begins with it, 2 where it has it."""
    return (
        f"CASE WHEN {spelling} = {text} THEN 0"
        f" WHEN strpos({spelling}, {text}) = 1 THEN 1 ELSE 2 END"
    )


def _match(kind: SubjectKind, key: str, matched_by: str, source: str, spelling: str) -> str:
    """A SELECT of the subjects of a kind whose spelling has the text in it."""
    return f"""
        SELECT '{kind}' AS kind, {key} AS id, {matched_by} AS matched_by,
            {_closeness(spelling, "typed.text")} AS closeness
        FROM {source}
        CROSS JOIN typed
        WHERE strpos({spelling}, typed.text) > 0
    """


def _matches() -> tuple[Step, ...]:
    """Steps to `matches`: each subject once, with what it was matched by most closely."""
    by_id = f"'{MatchedBy.ID}'"
    found = (
        _match(SubjectKind.LEAD, "id", by_id, "(SELECT * FROM rows_seen WHERE kind = 'lead') AS l",
               "lower(l.id)"),
        _match(SubjectKind.DEAL, "id", by_id, "(SELECT * FROM rows_seen WHERE kind = 'deal') AS d",
               "lower(d.id)"),
        _match(SubjectKind.PERSON, "person_id", by_id, "person_identity", "lower(reference)"),
        _match(SubjectKind.ACCOUNT, "account_id", "matched_by", "spelt_accounts", "spelling"),
        f"""
        SELECT '{SubjectKind.ACCOUNT}', account_id, '{MatchedBy.NAME}',
            {_closeness("spelling", "typed.name_key")}
        FROM keyed_accounts
        CROSS JOIN typed
        WHERE strpos(spelling, typed.name_key) > 0
        """,
        f"""
        SELECT '{SubjectKind.LEAD}', rows_seen.id, '{MatchedBy.CAMPAIGN}', 3
        FROM rows_seen
        JOIN campaigns_named ON campaigns_named.campaign = rows_seen.campaign
        WHERE rows_seen.kind = 'lead'
        """,
    )  # fmt: skip
    rank = "CASE matched_by WHEN 'id' THEN 0 WHEN 'name' THEN 1 ELSE 2 END"
    return (
        Step("found_anywhere", "\nUNION ALL\n".join(found)),
        Step(
            "closest",
            f"""
            SELECT kind, id, matched_by, closeness,
                row_number() OVER (PARTITION BY kind, id ORDER BY closeness, {rank}) AS nearness
            FROM found_anywhere
            """,
        ),
        Step(
            "matches",
            """
            SELECT closest.kind, closest.id, closest.matched_by, closest.closeness
            FROM closest
            CROSS JOIN typed
            LEFT JOIN seen_accounts
                ON closest.kind = 'account' AND seen_accounts.account_id = closest.id
            LEFT JOIN seen_people
                ON closest.kind = 'person' AND seen_people.person_id = closest.id
            WHERE nearness = 1 AND (typed.sees_all OR closest.kind IN ('lead', 'deal')
                OR seen_accounts.account_id IS NOT NULL OR seen_people.person_id IS NOT NULL)
            """,
        ),
    )


def _listed(limit: int) -> Step:
    """Step `listed`: the closest matches with the facts that tell them apart."""
    return Step(
        "listed",
        f"""
        SELECT placed.kind, placed.id, placed.matched_by, placed.place, placed.found,
            coalesce(own.name, record.reference, placed.id) AS name,
            coalesce(company.name, company.account_id, rows_seen.account_id,
                seen_people.account_id) AS account,
            rows_seen.campaign, coalesce(rows_seen.region, own.region) AS region, rows_seen.owner,
            coalesce(rows_seen.since_on, seen_accounts.since_on, seen_people.since_on) AS since_on,
            CASE placed.kind WHEN 'account' THEN coalesce(seen_accounts.leads, 0)
                WHEN 'person' THEN coalesce(seen_people.leads, 0) END AS leads,
            CASE placed.kind WHEN 'account' THEN coalesce(seen_accounts.deals, 0) END AS deals
        FROM (
            SELECT ordered.*, count(*) OVER () AS found
            FROM (
                SELECT matches.*, row_number() OVER (
                    ORDER BY closeness, CASE kind WHEN 'account' THEN 0 WHEN 'lead' THEN 1
                        WHEN 'deal' THEN 2 ELSE 3 END, id
                ) AS place
                FROM matches
            ) AS ordered
        ) AS placed
        LEFT JOIN rows_seen ON rows_seen.kind = placed.kind AND rows_seen.id = placed.id
        LEFT JOIN seen_accounts
            ON placed.kind = 'account' AND seen_accounts.account_id = placed.id
        LEFT JOIN seen_people ON placed.kind = 'person' AND seen_people.person_id = placed.id
        LEFT JOIN account AS own ON placed.kind = 'account' AND own.account_id = placed.id
        LEFT JOIN account AS company ON company.account_id
            = coalesce(rows_seen.account_id, seen_people.account_id, seen_accounts.account_id)
        LEFT JOIN (
            SELECT person_id, min(reference) AS reference
            FROM person_identity
            WHERE reference LIKE '%:%'
            GROUP BY person_id
        ) AS record ON placed.kind = 'person' AND record.person_id = placed.id
        WHERE placed.place <= {int(limit)}
        """,
    )
