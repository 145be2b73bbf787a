"""SQL steps of accounts: which are asked about, and their leads, deals and people."""

from __future__ import annotations

from collections.abc import Sequence

from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step, Value
from metrics.scope import Scope

_COLUMNS = {
    "kind": "VARCHAR",
    "id": "VARCHAR",
    "person_id": "VARCHAR",
    "account_id": "VARCHAR",
    "since_on": "DATE",
    "closed_on": "DATE",
    "outcome": "VARCHAR",
    "amount": "DECIMAL(18, 2)",
    "original_amount": "DECIMAL(18, 2)",
    "currency": "VARCHAR",
    "owner": "VARCHAR",
    "persona": "VARCHAR",
    "seniority": "VARCHAR",
    "department": "VARCHAR",
    "campaign": "VARCHAR",
    "opened_at": "TIMESTAMP",
    "matches": "BOOLEAN",
}


def _row(kind: str, source: str, **known: str) -> str:
    """A SELECT of all columns of the first step; those that are not known are null."""
    columns = ", ".join(
        f"CAST({known.get(name, 'NULL')} AS {of_type}) AS {name}"
        for name, of_type in _COLUMNS.items()
        if name != "kind"
    )
    return f"SELECT '{kind}' AS kind, {columns} {source}".strip()


def account_steps(scope: Scope, words: Sequence[tuple[str, str]] = ()) -> tuple[Step, ...]:
    """Steps to `bounds`, `leads`, `deals`, `companies` and `asked_accounts`.

    `bounds` has the period's start and the last day that counts (`until_on`). `leads` and `deals`
    are all that the viewer may see, came by that day, and belong to an account; a deal `is_open`
    on that day, or was won in the period (`is_won`). `companies` has the name and the owner of
    each account by its records. `asked_accounts` are those that pass: a filter is about accounts,
    by the segment of their earliest lead, or of their earliest deal where they have no lead. A
    viewer of some rows sees the accounts that have such a row, others see all.

    `words` are texts from outside by their kind, which stand in `words` for later steps.
    """
    seen = "(since_on IS NULL OR since_on <= bounds.until_on)"
    return (
        _scoped(scope, words),
        Step(
            "bounds",
            "SELECT since_on AS start_on, closed_on AS until_on FROM scoped WHERE kind = 'bounds'",
        ),
        Step("words", "SELECT outcome AS kind, id AS word FROM scoped WHERE kind = 'word'"),
        Step(
            "leads",
            f"""
            SELECT scoped.account_id, scoped.id AS lead_id, scoped.person_id, scoped.since_on,
                scoped.owner, scoped.persona, scoped.seniority, scoped.department
            FROM scoped
            CROSS JOIN bounds
            WHERE scoped.kind = 'lead' AND scoped.account_id IS NOT NULL AND {seen}
            """,
        ),
        Step(
            "deals",
            f"""
            SELECT scoped.account_id, scoped.id AS opportunity_id, scoped.since_on,
                scoped.opened_at, scoped.outcome, scoped.closed_on, scoped.amount,
                scoped.original_amount, scoped.currency, scoped.owner,
                coalesce(scoped.outcome = 'open' OR scoped.closed_on > bounds.until_on, FALSE)
                    AS is_open,
                coalesce(scoped.outcome = 'won' AND scoped.closed_on >= bounds.start_on
                    AND scoped.closed_on <= bounds.until_on, FALSE) AS is_won
            FROM scoped
            CROSS JOIN bounds
            WHERE scoped.kind = 'deal' AND scoped.account_id IS NOT NULL AND {seen}
            """,
        ),
        COMPANIES,
        *_asked(scope),
    )


def _scoped(scope: Scope, words: Sequence[tuple[str, str]]) -> Step:
    restrictions = scope.viewer.restrictions
    asked = [each.sql for each in scope.filters]
    allowed = [each.sql for each in restrictions]
    matches = " AND ".join(asked) or "TRUE"
    where = f" AND {' AND '.join(allowed)}" if allowed else ""
    segments: tuple[Value, ...] = tuple(
        value for each in (*scope.filters, *restrictions) for value in each.bound
    )
    until = min(scope.period.end, scope.observed_until)
    told = [value for kind, word in words for value in (word, kind)]
    shared = {name: name for name in ("owner", "persona", "seniority", "department", "campaign")}
    parts = (
        _row("bounds", "", since_on="?", closed_on="?"),
        *(_row("word", "", id="?", outcome="?") for _ in words),
        _row(
            "lead",
            f"FROM journey WHERE episode = 1{where}",
            id="lead_id",
            person_id="person_id",
            account_id="account_id",
            since_on="lead_on",
            matches=matches,
            **shared,
        ),
        _row(
            "deal",
            f"FROM deal WHERE TRUE{where}",
            id="opportunity_id",
            account_id="account_id",
            since_on="opened_on",
            closed_on="closed_on",
            outcome="outcome",
            amount="amount",
            original_amount="original_amount",
            currency="currency",
            opened_at="opened_at",
            matches=matches,
            **shared,
        ),
    )
    values: tuple[Value, ...] = (scope.period.start, until, *told, *segments, *segments)
    return Step("scoped", "\nUNION ALL\n".join(parts), values)


_OWNER = Spelt("owner", "known.owner")

COMPANIES = Step(
    "companies",
    f"""
    SELECT known.account_id, known.account, {_OWNER.shown} AS owner, known.parent_id
    FROM (SELECT identity.account_id,
        coalesce(max(CASE WHEN account.account_id = identity.account_id THEN account.name END),
            min(account.name), identity.account_id) AS account,
        coalesce(max(CASE WHEN account.account_id = identity.account_id THEN account.owner END),
            min(account.owner)) AS owner,
        coalesce(
            max(CASE WHEN account.account_id = identity.account_id THEN account.parent_id END),
            min(account.parent_id)) AS parent_id
    FROM account_identity AS identity
    JOIN account ON account.account_id = identity.reference
    WHERE identity.applied
    GROUP BY identity.account_id) AS known
    {_OWNER.join}
    """,
)


def _asked(scope: Scope) -> tuple[Step, ...]:
    if not scope.filters and not scope.viewer.restrictions:
        return ()
    return (
        Step(
            "first_rows",
            """
            SELECT account_id, matches,
                row_number() OVER (
                    PARTITION BY account_id
                    ORDER BY CASE WHEN kind = 'lead' THEN 0 ELSE 1 END, since_on NULLS LAST, id
                ) AS place
            FROM scoped
            WHERE kind IN ('lead', 'deal') AND account_id IS NOT NULL
            """,
        ),
        Step("asked_accounts", "SELECT account_id FROM first_rows WHERE place = 1 AND matches"),
    )


def only_asked(scope: Scope, source: str) -> str:
    """SQL: a JOIN that keeps the accounts of `source` that are asked about; nothing for all."""
    if not scope.filters and not scope.viewer.restrictions:
        return ""
    return f"JOIN asked_accounts ON asked_accounts.account_id = {source}.account_id"


def shown(name: str, account_id: str) -> str:
    """SQL of what an account is called: by its record, else by what refers to it.

    >>> shown("companies.account", "listed.account_id").count("listed.account_id")
    3
    """
    spelt = f"CASE WHEN {account_id} LIKE 'name:%' THEN substr({account_id}, 6)"
    return (
        f"CASE WHEN {name} LIKE 'name:%' THEN substr({name}, 6) ELSE coalesce({name},"
        f" {spelt} ELSE {account_id} END) END"
    )


def owner_known(owner: str) -> str:
    """SQL of an owner, or nothing where none is recorded.

    >>> owner_known("owner")
    "nullif(owner, 'Unassigned')"
    """
    return f"nullif({owner}, '{UNASSIGNED}')"
