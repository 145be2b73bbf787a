"""Who the anonymous visitors turned out to be, and when."""

from __future__ import annotations

from data.engine.draft import Draft
from data.identity.working_tables import make
from data.sql import Query, Step


def stitch_visitors(draft: Draft) -> None:
    """Make the table `visitor_span`: visitor_id, after_at, until_at, person_id.

    A visitor (a browser) is identified by interactions that carry a person as well. What it did
    anonymously after `after_at`, up to and including `until_at`, was that person. Where several
    persons use one browser, an anonymous interaction is the person's who is identified next, at
    that moment or later; after the last identification it is the person's who was identified
    last. Of persons identified in one moment the smallest by spelling counts. The spans of a
    visitor do not overlap and leave no gap. Reads `person_identity`. Raises EngineError with the
    failing step.
    """
    make(draft, "visitor_span", visitor_spans())


def visitor_spans() -> Query:
    """One row per visitor and time in which one person used it."""
    return Query(
        Step(
            "visitor_identifications",
            """
            SELECT interaction.visitor_id,
                coalesce(person_identity.person_id, interaction.person_id) AS person_id,
                interaction.occurred_at
            FROM interaction
            LEFT JOIN person_identity ON person_identity.reference = interaction.person_id
            WHERE interaction.visitor_id IS NOT NULL AND interaction.person_id IS NOT NULL
            """,
        ),
        Step(
            "visitors_of_several",
            """
            SELECT visitor_id FROM visitor_identifications
            GROUP BY visitor_id HAVING min(person_id) < max(person_id)
            """,
        ),
        Step(
            "visitor_moments",
            """
            SELECT visitor_id, occurred_at, min(person_id) AS person_id
            FROM visitor_identifications SEMI JOIN visitors_of_several USING (visitor_id)
            GROUP BY visitor_id, occurred_at
            """,
        ),
        Step(
            "visitor_spans",
            """
            SELECT visitor_id, CAST('-infinity' AS TIMESTAMP) AS after_at,
                CAST('infinity' AS TIMESTAMP) AS until_at, min(person_id) AS person_id
            FROM visitor_identifications ANTI JOIN visitors_of_several USING (visitor_id)
            GROUP BY visitor_id
            UNION ALL
            SELECT visitor_id,
                coalesce(lag(occurred_at) OVER sequence, CAST('-infinity' AS TIMESTAMP)),
                CASE WHEN lead(occurred_at) OVER sequence IS NULL
                    THEN CAST('infinity' AS TIMESTAMP) ELSE occurred_at END,
                person_id
            FROM visitor_moments
            WINDOW sequence AS (PARTITION BY visitor_id ORDER BY occurred_at)
            """,
        ),
    )
