"""What is loaded and counted nowhere: how much, where it would count, and its ids."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.bookkeeping import RejectionKind
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step


class Uncounted(StrEnum):
    """Why something that is loaded, or was refused, is in no number, or in none that asks when."""

    UNDATED_LEAD = "lead without a date"
    UNDATED_STAGE = "lead in a stage since an unknown day"
    ENTRY_OF_NO_LEAD = "stage entry of a lead that is not loaded"
    ENTRY_OF_NO_DEAL = "stage entry of a deal that is not loaded"
    UNDATED_DEAL = "closed deal without a close date"
    UNPRICED_DEAL = "won deal without an exchange rate"
    UNPRICED_SPEND = "day of spend without an exchange rate"
    UNREAD_WORD = "row rejected for a word that no mapping knows"
    UNKNOWN_ACTION = "interaction whose action the definitions do not name"


KINDS = tuple(each.value for each in Uncounted)

WOULD_COUNT_IN = {
    Uncounted.UNDATED_LEAD: ("journey", "lead_quality"),
    Uncounted.UNDATED_STAGE: ("journey", "lead_quality"),
    Uncounted.ENTRY_OF_NO_LEAD: ("journey", "lead_stage_entry", "follow_up"),
    Uncounted.ENTRY_OF_NO_DEAL: ("pipeline_change", "lead_stage_entry"),
    Uncounted.UNDATED_DEAL: ("deal", "pipeline_change"),
    Uncounted.UNPRICED_DEAL: ("deal",),
    Uncounted.UNPRICED_SPEND: ("spend",),
    Uncounted.UNREAD_WORD: ("journey", "deal", "spend", "touch"),
    Uncounted.UNKNOWN_ACTION: ("touch", "contact", "content_use"),
}
"""The tables of which an answer is made that would count it."""

ADVICE = {
    Uncounted.UNDATED_LEAD: "Export the leads with the day on which they were created.",
    Uncounted.UNDATED_STAGE: "Export the history of the stages, or a column of days for each.",
    Uncounted.ENTRY_OF_NO_LEAD: "Load the leads, or look whether their ids are those of the leads.",
    Uncounted.ENTRY_OF_NO_DEAL: "Load the deals, or look whether their ids are those of the deals.",
    Uncounted.UNDATED_DEAL: "Fill in the close date in the CRM, and export the deals again.",
    Uncounted.UNPRICED_DEAL: "Load exchange rates (currency, rate_on, rate) of these days.",
    Uncounted.UNPRICED_SPEND: "Load exchange rates (currency, rate_on, rate) of these days.",
    Uncounted.UNREAD_WORD: "Add the word to the mapping, and load the file again.",
    Uncounted.UNKNOWN_ACTION: "Name the action in the definitions, under touch or reach.",
}

_OF_CONSENT = ("email_unsubscribe", "email_resubscribe", "email_spam_report", "email_preferences")
"""Actions that count as consent given or withdrawn, which mappings make of them as well."""

EXAMPLES = 5


class _Result(pa.DataFrameModel):
    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class CountedNowhere(_Result):
    """One row per kind of what is counted nowhere, in the order of KINDS; none where nothing is.

    `row_count` are rows of files; `examples` the first ids, or words, with commas between.
    """

    kind: str = pa.Field(isin=KINDS, unique=True)
    row_count: int = pa.Field(ge=1)
    examples: str
    advice: str


class UncountedRecord(_Result):
    """One row per record, entry, day or word that is counted nowhere, by kind and id."""

    kind: str = pa.Field(isin=KINDS)
    record_id: str
    detail: str = pa.Field(nullable=True)
    row_count: int = pa.Field(ge=1)


def counted_nowhere(warehouse: Warehouse) -> DataFrame[CountedNowhere]:
    """How much of what is loaded is in no number, of what kind, and what would help?

    Of all that is loaded, whatever the period and the filters.
    """
    found = warehouse.query(
        Query(
            *_steps(),
            Step(
                "placed",
                """
                SELECT kind, record_id,
                    CAST(sum(row_count) OVER (PARTITION BY kind) AS BIGINT) AS row_count,
                    row_number() OVER (PARTITION BY kind ORDER BY record_id, detail) AS nth
                FROM records
                """,
            ),
            Step("examples", f"SELECT * FROM placed WHERE nth <= {EXAMPLES}"),
        )
    )
    advice = {kind.value: said for kind, said in ADVICE.items()}
    ordered = (
        found.sort(pl.col("kind").cast(pl.Enum(KINDS)), "nth")
        .group_by("kind", "row_count", maintain_order=True)
        .agg(examples=pl.col("record_id").str.join(", "))
        .with_columns(advice=pl.col("kind").replace_strict(advice, return_dtype=pl.String))
    )
    return CountedNowhere.validate(ordered, lazy=True)


def uncounted_records(warehouse: Warehouse, limit: int | None = None) -> DataFrame[UncountedRecord]:
    """Which leads, entries, deals, days of spend, words and actions are in no number?

    `detail` is the channel of a lead, the stage that it is in since an unknown day, the stage and
    day of an entry, the outcome of a deal, the currency of an amount, the column of a word. With
    `limit` only so many rows are read.
    """
    listed = "SELECT * FROM records ORDER BY place, record_id, detail" + (
        f" LIMIT {int(limit)}" if limit is not None else ""
    )
    found = warehouse.query(Query(*_steps(), Step("listed", listed)))
    return UncountedRecord.validate(found.drop("place"), lazy=True)


def _steps() -> tuple[Step, ...]:
    """Steps to `records`: one row per record, word or action of each kind, with `place`."""
    known = _known_actions(Definitions.load())
    unknown = Step(
        "unknown_actions",
        f"""
        SELECT action, count(*) AS row_count
        FROM interaction
        WHERE action NOT IN ({", ".join("?" for _ in known)})
        GROUP BY action
        """,
        known,
    )
    day = "CAST(CAST({} AS DATE) AS VARCHAR)"
    entered = f"stage_change.stage || ' ' || {day.format('stage_change.entered_at')}"
    refused = f"kind IN ('{RejectionKind.UNMAPPED}', '{RejectionKind.NOT_ALLOWED}')"
    selects = {
        Uncounted.UNDATED_LEAD: "lead.lead_id, lead.channel, 1 FROM lead"
        " LEFT JOIN journey ON journey.lead_id = lead.lead_id AND journey.episode = 1"
        " WHERE lead.created_at IS NULL AND journey.lead_on IS NULL",
        Uncounted.UNDATED_STAGE: "lead_id, undated_stage, 1 FROM journey"
        " WHERE undated_stage IS NOT NULL AND lead_on IS NOT NULL",
        Uncounted.ENTRY_OF_NO_LEAD: _of_none("lead", "lead", "lead_id", entered),
        Uncounted.ENTRY_OF_NO_DEAL: _of_none(
            "opportunity", "opportunity", "opportunity_id", entered
        ),
        Uncounted.UNDATED_DEAL: "opportunity_id, outcome, 1 FROM deal"
        " WHERE outcome IN ('won', 'lost') AND closed_on IS NULL",
        Uncounted.UNPRICED_DEAL: "opportunity_id, currency, 1 FROM deal"
        " WHERE outcome = 'won' AND original_amount IS NOT NULL AND amount IS NULL",
        Uncounted.UNPRICED_SPEND: f"campaign_id || ' ' || {day.format('spend_on')}, currency, 1"
        " FROM spend WHERE cost_amount IS NULL",
        Uncounted.UNREAD_WORD: f'value, "column", count(*) FROM rejected_row WHERE {refused}'
        ' AND value IS NOT NULL GROUP BY value, "column"',
        Uncounted.UNKNOWN_ACTION: "action, CAST(NULL AS VARCHAR), row_count FROM unknown_actions",
    }
    union = "\nUNION ALL\n".join(
        f"SELECT {place}, '{kind}', {select}"
        for place, (kind, select) in enumerate(selects.items())
    )
    first = "SELECT 0 AS place, '' AS kind, '' AS record_id, '' AS detail, 0 AS row_count"
    return (
        unknown,
        Step("records", f"SELECT * FROM ({first} WHERE FALSE\nUNION ALL\n{union}) AS found"),
    )


def _of_none(subject: str, table: str, key: str, entered: str) -> str:
    """SQL after the kind: entries of subjects that the table does not have."""
    return (
        f"stage_change.subject_id, {entered}, 1 FROM stage_change"
        f" LEFT JOIN {table} ON {table}.{key} = stage_change.subject_id"
        f" WHERE stage_change.subject_kind = '{subject}' AND {table}.{key} IS NULL"
    )


def _known_actions(terms: Definitions) -> tuple[str, ...]:
    """Every action that the definitions name, and those of consent."""
    mail = terms.reach.mail
    lists = (
        terms.touch.actions, terms.touch.outbound, terms.touch.ignored,
        terms.content.read, terms.content.downloaded,
        terms.reach.responses, terms.reach.wrong_number, terms.reach.right_number,
        terms.follow_up.responses, mail.sent, mail.delivered, mail.bounced, mail.opened,
        mail.clicked, _OF_CONSENT, *(way.actions for way in terms.reach.way),
    )  # fmt: skip
    return tuple(sorted({action for each in lists for action in each}))
