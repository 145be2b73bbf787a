"""People to follow up now: who came or asked for something, and whom nobody called since."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.references import person_of_record_sql
from data.schema.contract import UNASSIGNED
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.events.flows import event_people_steps, passing
from metrics.plan.events.records import OPPORTUNITY_DAYS, filtered_columns
from metrics.scope import Scope


class FollowUp(StrEnum):
    """Why somebody is to be called, the most urgent first."""

    CALL_BACK = "asked to be called back"
    HIGH_VALUE = "did something of high value"
    CAME = "came to the event"
    NO_SHOW = "registered and did not come"


class EventFollowUp(pa.DataFrameModel):
    """One row per event and person to follow up, the most urgent reason and latest day first.

    `person_id` and `records` are keyed references, no addresses: `records` are the person's in
    their systems, `system:record`, with a blank between. `since_on` (UTC) is the day of what gives
    the reason, `days_since` so many days before the last one observed. `owner` is that of the
    latest lead.
    """

    campaign_id: str
    campaign: str
    kind: str
    person_id: str
    records: str = pa.Field(nullable=True)
    account: str = pa.Field(nullable=True)
    owner: str
    reason: str = pa.Field(isin=[each.value for each in FollowUp])
    since_on: pl.Date
    days_since: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per event and person."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "person_id"]


def event_follow_up(warehouse: Warehouse, scope: Scope) -> DataFrame[EventFollowUp]:
    """Whom of each event should somebody call now, for what, and who owns the lead?

    Who asked to be called back, did something of high value after the event, came, or registered
    for an event that is over and did not come, within 90 days; and since then was neither called
    nor talked to, and has no lead that became an SQL, got an opportunity or left, and no
    opportunity that is credited to the event. A mailing is no follow-up. Who must not be contacted
    or refused by the end of the event is left out.
    """
    found = warehouse.query(Query(*event_people_steps(scope, None), *_steps(scope)))
    people = passing(found, scope)
    records = people.select("campaign_id", "person_id", "reference").drop_nulls()
    listed = (
        records.unique()
        .sort("reference")
        .group_by("campaign_id", "person_id", maintain_order=True)
        .agg(records=pl.col("reference").str.join(" "))
    )
    order = {each.value: place for place, each in enumerate(FollowUp)}
    rows = (
        people.drop("reference")
        .unique()
        .join(listed, on=["campaign_id", "person_id"], how="left")
        .with_columns(urgency=pl.col("reason").replace_strict(order, return_dtype=pl.Int64))
        .sort(
            "urgency", "since_on", "campaign_id", "person_id",
            descending=[False, True, False, False],
        )
    )  # fmt: skip
    return EventFollowUp.validate(rows.select(list(EventFollowUp.to_schema().columns)), lazy=True)


def _steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `listed`: one row per event, person and record of a system."""
    filtered = "".join(f"due.{name}, " for name in filtered_columns(scope))
    record = person_of_record_sql("person_alias.source_system", "person_alias.source_record_id")
    return (
        Step(
            "reasons",
            f"""
            SELECT event_people.*,
                CASE WHEN event_people.asked_at IS NOT NULL THEN '{FollowUp.CALL_BACK}'
                    WHEN event_people.is_high_value THEN '{FollowUp.HIGH_VALUE}'
                    WHEN event_people.is_attended THEN '{FollowUp.CAME}'
                    WHEN event_people.knows_attended AND NOT event_people.is_running
                        AND event_people.is_registered THEN '{FollowUp.NO_SHOW}' END AS reason,
                CASE WHEN event_people.asked_at IS NOT NULL THEN event_people.asked_at
                    WHEN event_people.is_high_value OR event_people.is_attended
                        THEN event_people.base_at END AS since_at
            FROM event_people
            """,
        ),
        Step(
            "dated_reasons",
            """
            SELECT reasons.*, coalesce(CAST(since_at AS DATE), ends_on) AS since_on
            FROM reasons
            WHERE reason IS NOT NULL
            """,
        ),
        Step(
            "taken_up",
            """
            SELECT DISTINCT reasons.campaign_id, reasons.person_id
            FROM dated_reasons AS reasons
            JOIN journey ON journey.person_id = reasons.person_id
            CROSS JOIN bounds
            WHERE (journey.sql_on >= reasons.since_on AND journey.sql_on <= bounds.observed_until)
                OR (journey.opportunity_on >= reasons.since_on
                    AND journey.opportunity_on <= bounds.observed_until)
                OR (journey.exit_on >= reasons.since_on
                    AND journey.exit_on <= bounds.observed_until)
            """,
        ),
        Step(
            "owners",
            """
            SELECT person_id, owner
            FROM (
                SELECT asked.person_id, journey.owner, row_number() OVER (
                    PARTITION BY asked.person_id
                    ORDER BY asked.lead_on DESC NULLS LAST, asked.lead_id, asked.episode DESC
                ) AS place
                FROM asked
                JOIN journey ON journey.lead_id = asked.lead_id
                    AND journey.episode = asked.episode
                WHERE asked.row_kind = 'lead' AND asked.person_id IS NOT NULL
            ) AS ranked
            WHERE place = 1
            """,
        ),
        Step(
            "due",
            f"""
            SELECT reasons.*,
                date_diff('day', reasons.since_on, bounds.observed_until) AS days_since
            FROM dated_reasons AS reasons
            CROSS JOIN bounds
            LEFT JOIN taken_up ON taken_up.campaign_id = reasons.campaign_id
                AND taken_up.person_id = reasons.person_id
            WHERE NOT reasons.is_credited AND reasons.withdrawn = 0 AND reasons.do_not_contact = 0
                AND NOT coalesce(reasons.called_at > reasons.since_at, FALSE)
                AND NOT (reasons.since_at IS NULL
                    AND coalesce(CAST(reasons.called_at AS DATE) >= reasons.since_on, FALSE))
                AND taken_up.person_id IS NULL
                AND reasons.since_on <= bounds.observed_until
                AND date_diff('day', reasons.since_on, bounds.observed_until)
                    <= {OPPORTUNITY_DAYS}
            """,
        ),
        Step(
            "source_records",
            f"""
            SELECT coalesce(person_identity.person_id, person_alias.person_id) AS person_id,
                {record} AS reference
            FROM person_alias
            LEFT JOIN person_identity ON person_identity.reference = person_alias.person_id
            """,
        ),
        Step(
            "listed",
            f"""
            SELECT {filtered}due.campaign_id, due.campaign, due.kind, due.person_id,
                account.name AS account, coalesce(owners.owner, '{UNASSIGNED}') AS owner,
                due.reason, due.since_on, CAST(due.days_since AS BIGINT) AS days_since,
                source_records.reference
            FROM due
            LEFT JOIN account ON account.account_id = due.account_id
            LEFT JOIN owners ON owners.person_id = due.person_id
            LEFT JOIN source_records ON source_records.person_id = due.person_id
            """,
        ),
    )
