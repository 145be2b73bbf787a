"""Uses of content in scope: the rows that every metric of content counts."""

from __future__ import annotations

from data.sql import Step
from metrics.scope import Scope


def use_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `known_uses`, all until the end of the scope's period, and `uses`, those within it.

    Both are rows of `content_use` with the scope's bounds; what came after the last day observed is
    in neither. A filter, and what a viewer may see, is about people: they count who have a lead
    that passes it. Of a visitor no lead is known, so a filter leaves visitors out.
    """
    bounds = "period_start, period_end, observed_until"
    within = "used_on <= period_end AND used_on <= observed_until"
    known: tuple[Step, ...]
    if scope.filters or scope.viewer.restrictions:
        known = (
            scope.step("journey"),
            Step(
                "counted_people",
                f"SELECT DISTINCT person_id, {bounds} FROM scoped WHERE person_id IS NOT NULL",
            ),
            Step(
                "known_uses",
                f"""
                SELECT content_use.*, {bounds}
                FROM content_use
                JOIN counted_people ON counted_people.person_id = content_use.person_id
                WHERE {within}
                """,
            ),
        )
    else:
        known = (
            scope.step("content_use"),
            Step("known_uses", f"SELECT * FROM scoped WHERE {within}"),
        )
    return (*known, Step("uses", "SELECT * FROM known_uses WHERE used_on >= period_start"))


def people_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `asset_people`, after those of `use_steps`: one row per asset and whoever met it.

    1 and 0 for yes and no. `effective` and `effective_now` are of who downloaded it, null where it
    is not known; who was effective at one of several downloads was. `engaged_milliseconds` is null
    where no time is on record.
    """
    effective, effective_now = (
        f"max(CASE WHEN is_downloaded THEN CASE WHEN {name} THEN 1 WHEN NOT {name} THEN 0 END END)"
        for name in ("is_effective", "is_effective_now")
    )
    return (
        *use_steps(scope),
        Step(
            "asset_people",
            f"""
            SELECT content_id, person_key, account_key, visitor_key, min(person_id) AS person_id,
                max(CASE WHEN is_read THEN 1 ELSE 0 END) AS reads,
                max(CASE WHEN is_downloaded THEN 1 ELSE 0 END) AS downloads,
                {effective} AS effective,
                {effective_now} AS effective_now,
                max(CASE WHEN is_downloaded AND is_effective AND is_new THEN 1 ELSE 0 END)
                    AS new_effective,
                max(CASE WHEN is_downloaded AND is_effective AND is_reactivated
                    THEN 1 ELSE 0 END) AS reactivated_effective,
                max(CASE WHEN is_downloaded THEN used_on END) AS downloaded_on,
                CAST(sum(engaged_milliseconds) AS BIGINT) AS engaged_milliseconds
            FROM uses
            GROUP BY content_id, person_key, account_key, visitor_key
            """,
        ),
    )
