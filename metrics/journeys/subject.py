"""Whose timeline it is: a lead, person, account or deal, and what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from data.definitions import Definitions
from data.sql import Step, Value
from metrics.scope import Scope


class SubjectKind(StrEnum):
    """What has a timeline."""

    LEAD = "lead"
    PERSON = "person"
    ACCOUNT = "account"
    DEAL = "deal"


@dataclass(frozen=True, slots=True)
class Subject:
    """A record by its kind and id; a person or account by any reference to it."""

    kind: SubjectKind
    id: str

    def describe(self) -> str:
        """The subject within a sentence.

        >>> Subject(SubjectKind.LEAD, "L01").describe()
        "lead 'L01'"
        """
        return f"{self.kind} {self.id!r}"


def subject_steps(scope: Scope, subject: Subject, definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `their_leads`, `their_people`, `their_deals`, and `bounds` with the moments asked.

    A lead has its person and the deals it takes part in; a person all its leads and their deals; a
    deal its leads and their people; an account all its leads and deals, the deals of these leads
    and its people. The id must be the one of `known_subject`. What the viewer may not see is left
    out: leads and deals by their segments, and people none of whose leads is seen.
    """
    seen = scope.seen
    start = end = datetime(1, 1, 1)
    if seen is not None:
        zone = definitions.zone
        first, after = seen.start, seen.end + timedelta(days=1)
        start = datetime.combine(first, time(), zone).astimezone(UTC).replace(tzinfo=None)
        end = datetime.combine(after, time(), zone).astimezone(UTC).replace(tzinfo=None)
    return (
        visible_step(scope, subject.id, start, end),
        BOUNDS,
        _VISIBLE_LEADS,
        _VISIBLE_DEALS,
        _LINKS,
        *_members(subject.kind),
        _their_people(scope, subject.kind),
    )


def visible_step(scope: Scope, wanted: str, start: datetime | None, end: datetime | None) -> Step:
    """The first step: the leads and deals that the viewer may see, and the row of what is asked."""
    restrictions = scope.viewer.restrictions
    conditions = " AND ".join(each.sql for each in restrictions)
    allowed = tuple(value for each in restrictions for value in each.bound)
    values: tuple[Value, ...] = (wanted, start, end, *allowed, *allowed)
    return Step(
        "visible",
        f"""
        SELECT 'asked' AS kind, CAST(? AS VARCHAR) AS id, CAST(NULL AS VARCHAR) AS person_id,
            CAST(NULL AS VARCHAR) AS account_id, CAST(? AS TIMESTAMP) AS start_at,
            CAST(? AS TIMESTAMP) AS end_at
        UNION ALL
        SELECT 'lead' AS kind, lead_id AS id, person_id, account_id,
            CAST(NULL AS TIMESTAMP) AS start_at, CAST(NULL AS TIMESTAMP) AS end_at
        FROM journey
        WHERE episode = 1{f" AND {conditions}" if conditions else ""}
        UNION ALL
        SELECT 'deal' AS kind, opportunity_id AS id, CAST(NULL AS VARCHAR) AS person_id, account_id,
            CAST(NULL AS TIMESTAMP) AS start_at, CAST(NULL AS TIMESTAMP) AS end_at
        FROM deal{f" WHERE {conditions}" if conditions else ""}
        """,
        values,
    )


BOUNDS = Step("bounds", "SELECT id AS wanted, start_at, end_at FROM visible WHERE kind = 'asked'")

_VISIBLE_LEADS = Step(
    "visible_leads",
    "SELECT id AS lead_id, person_id, account_id FROM visible WHERE kind = 'lead'",
)

_VISIBLE_DEALS = Step(
    "visible_deals", "SELECT id AS opportunity_id, account_id FROM visible WHERE kind = 'deal'"
)

_LINKS = Step("links", "SELECT opportunity_id, lead_id FROM deal_lead")
"""Which lead takes part in which deal."""

_DEALS_OF_LEADS = """
SELECT visible_deals.opportunity_id
FROM their_leads
JOIN links ON links.lead_id = their_leads.lead_id
JOIN visible_deals ON visible_deals.opportunity_id = links.opportunity_id
"""


def _members(kind: SubjectKind) -> tuple[Step, ...]:
    """Steps `their_leads` and `their_deals`, whichever follows from the other."""
    if kind is SubjectKind.DEAL:
        return (
            Step(
                "their_deals",
                """
                SELECT visible_deals.opportunity_id
                FROM visible_deals
                JOIN bounds ON bounds.wanted = visible_deals.opportunity_id
                """,
            ),
            Step(
                "their_leads",
                """
                SELECT DISTINCT visible_leads.lead_id, visible_leads.person_id
                FROM their_deals
                JOIN links ON links.opportunity_id = their_deals.opportunity_id
                JOIN visible_leads ON visible_leads.lead_id = links.lead_id
                """,
            ),
        )
    leads = Step(
        "their_leads",
        f"""
        SELECT visible_leads.lead_id, visible_leads.person_id
        FROM visible_leads
        JOIN bounds ON bounds.wanted = visible_leads.{kind}_id
        """,
    )
    own = """
        UNION
        SELECT visible_deals.opportunity_id
        FROM visible_deals
        JOIN bounds ON bounds.wanted = visible_deals.account_id
    """
    joined = own if kind is SubjectKind.ACCOUNT else ""
    distinct = _DEALS_OF_LEADS.replace("SELECT", "SELECT DISTINCT", 1)
    return leads, Step("their_deals", f"{distinct}{joined}")


def _their_people(scope: Scope, kind: SubjectKind) -> Step:
    """Step `their_people`: each person once.

    To a viewer of some rows only, people without a lead are nobody's: no row says of which segment
    they are.
    """
    parts = ["SELECT DISTINCT person_id FROM their_leads WHERE person_id IS NOT NULL"]
    if not scope.viewer.restrictions:
        if kind is SubjectKind.PERSON:
            parts.append("SELECT wanted FROM bounds")
        elif kind is SubjectKind.ACCOUNT:
            parts += [_PEOPLE_WITH_TOUCHES, _PEOPLE_OF_RECORDS]
    return Step("their_people", "\nUNION\n".join(parts))


_PEOPLE_WITH_TOUCHES = """
SELECT touch.person_id
FROM touch
JOIN bounds ON bounds.wanted = touch.account_id
WHERE touch.person_id IS NOT NULL
"""

_PEOPLE_OF_RECORDS = """
SELECT person_identity.person_id
FROM bounds
JOIN account_identity ON account_identity.account_id = bounds.wanted AND account_identity.applied
JOIN person ON person.account_id = account_identity.reference
JOIN person_identity ON person_identity.reference = person.person_id
"""
