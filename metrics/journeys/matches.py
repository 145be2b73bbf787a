"""SQL steps of a search: which leads, people, accounts and deals a text names."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from data.sql import Step, Value
from metrics.journeys.subject import SubjectKind
from metrics.scope import Scope


class MatchedBy(StrEnum):
    """What the text was found in."""

    ID = "id"
    NAME = "name"
    CAMPAIGN = "campaign"
    MERGED = "merged record"


def match_steps(
    scope: Scope, typed: str, key: str | None, campaigns: Sequence[str], limit: int
) -> tuple[Step, ...]:
    """Steps to `listed`: at most `limit` subjects that match, with their `place`, and how many do.

    `typed` is the folded text, `key` the same as the key of a company, `campaigns` are the names
    of campaigns that have it in them.
    """
    return (_visible(scope, typed, key, campaigns), *_LOOKED_AT, *_matches(), _listed(limit))


def allowed(scope: Scope) -> tuple[str, tuple[Value, ...]]:
    """The condition for what the viewer may see, with its values."""
    restrictions = scope.viewer.restrictions
    values = tuple(value for each in restrictions for value in each.bound)
    return " AND ".join(each.sql for each in restrictions) or "TRUE", values


def _visible(scope: Scope, typed: str, key: str | None, campaigns: Sequence[str]) -> Step:
    """The first step: leads and deals that the viewer may see, and what was typed.

    Whoever may see all rows may see companies and people without any as well.
    """
    where, values = allowed(scope)
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
        (typed, key, *campaigns, *values, *values),
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
    Step(
        "merged_records",
        """
        SELECT rows_seen.kind, rows_seen.id, lower(retired.subject_id) AS spelling
        FROM retired_record AS retired
        JOIN rows_seen ON rows_seen.id = retired.survivor_id
            AND rows_seen.kind = CASE retired.subject_kind WHEN 'opportunity' THEN 'deal'
                ELSE retired.subject_kind END
        WHERE retired.problem IS NULL
        UNION ALL
        SELECT 'account', identity.account_id, lower(retired.subject_id)
        FROM retired_record AS retired
        JOIN account_identity AS identity ON identity.applied
            AND identity.reference = retired.survivor_id
        WHERE retired.subject_kind = 'account' AND retired.problem IS NULL
        """,
    ),
)
"""A merged person needs no step: all references of one person are in `person_identity`."""


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
        SELECT kind, id, '{MatchedBy.MERGED}', {_closeness("spelling", "typed.text")}
        FROM merged_records
        CROSS JOIN typed
        WHERE strpos(spelling, typed.text) > 0
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
