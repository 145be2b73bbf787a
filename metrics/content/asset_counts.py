"""Counts of each asset in steps: the people and visitors who met it, and their accounts."""

from __future__ import annotations

from data.sql import Step

COUNTED = (
    Step(
        "asset_counts",
        """
        SELECT content_id,
            count(person_key) AS exposed,
            count(visitor_key) AS visitors,
            CAST(sum(CASE WHEN person_key IS NOT NULL THEN reads ELSE 0 END) AS BIGINT) AS readers,
            CAST(sum(CASE WHEN person_key IS NOT NULL THEN downloads ELSE 0 END) AS BIGINT)
                AS downloads,
            CAST(sum(CASE WHEN visitor_key IS NOT NULL THEN downloads ELSE 0 END) AS BIGINT)
                AS visitor_downloads,
            CAST(coalesce(sum(effective), 0) AS BIGINT) AS effective,
            CAST(coalesce(sum(effective_now), 0) AS BIGINT) AS effective_now,
            CAST(sum(CASE WHEN person_key IS NOT NULL AND downloads = 1 AND effective IS NULL
                THEN 1 ELSE 0 END) AS BIGINT) AS effective_unknown,
            CAST(sum(CASE WHEN person_key IS NOT NULL AND downloads = 1 AND effective_now IS NULL
                THEN 1 ELSE 0 END) AS BIGINT) AS now_unknown,
            CAST(sum(new_effective) AS BIGINT) AS new_effective,
            CAST(sum(reactivated_effective) AS BIGINT) AS reactivated_effective,
            CAST(sum(CASE WHEN person_key IS NOT NULL THEN engaged_milliseconds END) AS BIGINT)
                AS engaged_milliseconds,
            CAST(sum(CASE WHEN visitor_key IS NOT NULL THEN engaged_milliseconds END) AS BIGINT)
                AS visitor_engaged_milliseconds,
            count(CASE WHEN person_key IS NOT NULL AND reads = 1 THEN engaged_milliseconds END)
                AS engaged_readers,
            median(CASE WHEN person_key IS NOT NULL AND reads = 1 THEN engaged_milliseconds END)
                AS engaged_milliseconds_median
        FROM asset_people
        GROUP BY content_id
        """,
    ),
    Step(
        "account_counts",
        """
        SELECT content_id, coalesce(account_key, -person_key) AS account,
            CAST(count(*) AS DOUBLE) AS reached, CAST(sum(downloads) AS DOUBLE) AS converted
        FROM asset_people
        WHERE person_key IS NOT NULL
        GROUP BY content_id, coalesce(account_key, -person_key)
        """,
    ),
    Step(
        "account_sums",
        """
        SELECT content_id, count(*) AS accounts, sum(reached) AS reached,
            sum(converted) AS converted, sum(reached * reached) AS reached_squared,
            sum(converted * converted) AS converted_squared,
            sum(converted * reached) AS converted_by_reached
        FROM account_counts
        GROUP BY content_id
        """,
    ),
    Step(
        "logged",
        """
        SELECT coalesce(max(CASE WHEN is_read THEN 1 ELSE 0 END), 0) AS reads_logged,
            coalesce(max(CASE WHEN is_downloaded THEN 1 ELSE 0 END), 0) AS downloads_logged,
            max(CASE WHEN engaged_milliseconds IS NOT NULL THEN 1 ELSE 0 END) AS engaged_logged
        FROM content_use
        """,
    ),
    Step(
        "asset_rows",
        """
        SELECT content_asset.content_id, content_asset.content, content_asset.kind,
            content_asset.topic, content_asset.intended_persona, content_asset.published_on,
            coalesce(asset_counts.exposed, 0) AS exposed,
            coalesce(asset_counts.visitors, 0) AS visitors,
            coalesce(asset_counts.readers, 0) AS readers,
            coalesce(asset_counts.downloads, 0) AS downloads,
            coalesce(asset_counts.visitor_downloads, 0) AS visitor_downloads,
            coalesce(asset_counts.effective, 0) AS effective,
            coalesce(asset_counts.effective_now, 0) AS effective_now,
            coalesce(asset_counts.effective_unknown, 0) AS effective_unknown,
            coalesce(asset_counts.now_unknown, 0) AS now_unknown,
            coalesce(asset_counts.new_effective, 0) AS new_effective,
            coalesce(asset_counts.reactivated_effective, 0) AS reactivated_effective,
            asset_counts.engaged_milliseconds,
            asset_counts.visitor_engaged_milliseconds,
            coalesce(asset_counts.engaged_readers, 0) AS engaged_readers,
            asset_counts.engaged_milliseconds_median,
            coalesce(account_sums.accounts, 0) AS accounts,
            coalesce(account_sums.reached, 0e0) AS reached,
            coalesce(account_sums.converted, 0e0) AS converted,
            coalesce(account_sums.reached_squared, 0e0) AS reached_squared,
            coalesce(account_sums.converted_squared, 0e0) AS converted_squared,
            coalesce(account_sums.converted_by_reached, 0e0) AS converted_by_reached,
            logged.reads_logged, logged.downloads_logged,
            coalesce(logged.engaged_logged, 0) AS engaged_logged
        FROM content_asset
        LEFT JOIN asset_counts ON asset_counts.content_id = content_asset.content_id
        LEFT JOIN account_sums ON account_sums.content_id = content_asset.content_id
        CROSS JOIN logged
        """,
    ),
)
"""From `asset_people` to `asset_rows`: one row per asset, with what is logged of any."""
