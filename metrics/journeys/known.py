"""Which record an id stands for now: its own, the one it was merged into, or one that is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import RECORDS, Timestamp, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.journeys.happenings_of_records import ENDED
from metrics.journeys.subject import BOUNDS, Subject, SubjectKind, visible_step
from metrics.journeys.wording import ended_in_words
from metrics.scope import Scope


class GoneRecord(pa.DataFrameModel):
    """One row per record of an id that its source deleted or merged, or a full export lacks.

    `ended_at` is when it ended, else the time of the newest file that says so; `until_at` when it
    ended, else the time of the newest file that has it, null where none ever had it. A merged
    record is part of `kept_id`, the id that stands for it in a timeline; null where that is gone as
    well. `sentence` says it.
    """

    kind: str = pa.Field(isin=RECORDS)
    id: str
    how: str = pa.Field(isin=("deleted", "merged", "vanished"))
    until_at: Timestamp = pa.Field(nullable=True)
    ended_at: Timestamp
    kept_id: str = pa.Field(nullable=True)
    sentence: str

    class Config:
        """Exactly these columns, one row per record."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["kind", "id"]


def known_subject(warehouse: Warehouse, scope: Scope, subject: Subject) -> Subject:
    """The subject by the id that stands for it, which may be another than the one given.

    Of a record that was merged it is the one that was kept. Raises MetricError when nothing of that
    kind has the id, or nothing that the viewer may see; it says of a record that is gone until when
    it was there, else names the closest id, if at most two letters, and half of all, are others.
    """
    steps = (visible_step(scope, subject.id, None, None), BOUNDS, *_known_steps(scope, subject))
    found = warehouse.query(Query(*steps, _IS_KNOWN))
    if not found.is_empty():
        return replace(subject, id=found["id"].item())
    kind = _RECORD.get(subject.kind, subject.kind.value)
    gone = gone_records(warehouse, scope, subject.id.lower(), "UTC").filter(kind=kind)
    if not gone.is_empty():
        raise MetricError(f"{gone.item(0, 'sentence')}. It has no timeline of its own any more.")
    near = warehouse.query(Query(*steps, _NEAREST))
    hint = f' Did you mean "{near["id"].item()}"?' if len(near) else ""
    raise MetricError(f"there is no {subject.describe()}.{hint or ' Search for it by name.'}")


def gone_records(
    warehouse: Warehouse, scope: Scope, typed: str, time_zone: str
) -> DataFrame[GoneRecord]:
    """Which records of this id are gone, since when, and what are they part of?

    `typed` is in small letters: an id, without its source system, or the 15 characters that
    Salesforce shows of 18. A viewer of some rows only is told of records that are part of one that
    may be seen. `time_zone` is that of the days in the sentences.
    """
    steps = (visible_step(scope, typed, None, None), BOUNDS, *_gone_steps(scope))
    found = warehouse.query(Query(*steps)).sort("kind", "id")
    told = found.with_columns(sentence=ended_in_words(time_zone)).select(list(columns(GoneRecord)))
    return GoneRecord.validate(told.cast(pl.Schema(columns(GoneRecord))), lazy=True)


_RECORD = {SubjectKind.DEAL: "opportunity"}
"""What the record of a subject is called in the tables, where that is another word."""

_STANDS = "retired.problem IS NULL AND retired.survivor_id IS NOT NULL"


def _gone_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to the records of the id `wanted` that are gone, with what they are part of."""
    seen = "" if not scope.viewer.restrictions else "JOIN seen_ids ON seen_ids.id = named.kept_id"
    names = ", ".join(f"{sql} AS {name}" for name, sql in ENDED.items())
    return (
        Step(
            "named",
            f"""
            SELECT retired.subject_kind AS kind, retired.subject_id AS id, retired.how,
                coalesce(retired.ended_at, retired.told_at) AS ended_at,
                CASE retired.subject_kind WHEN 'person' THEN people.person_id
                    WHEN 'account' THEN companies.account_id
                    ELSE retired.survivor_id END AS kept_id,
                {names}
            FROM retired_record AS retired
            CROSS JOIN bounds
            LEFT JOIN person_identity AS people ON people.reference = retired.survivor_id
            LEFT JOIN account_identity AS companies ON companies.reference = retired.survivor_id
                AND companies.applied
            WHERE retired.problem IS NULL AND (
                lower(retired.subject_id) = bounds.wanted
                OR strpos(lower(retired.subject_id) || '|', ':' || bounds.wanted || '|') > 0
                OR (length(bounds.wanted) = 15 AND length(retired.subject_id) = 18
                    AND strpos(lower(retired.subject_id), bounds.wanted) = 1)
            )
            """,
        ),
        Step(
            "seen_ids",
            """
            SELECT id FROM visible WHERE kind IN ('lead', 'deal')
            UNION
            SELECT person_id FROM visible WHERE person_id IS NOT NULL
            UNION
            SELECT account_id FROM visible WHERE account_id IS NOT NULL
            """,
        ),
        Step("gone_records", f"SELECT named.* FROM named {seen}"),
    )


def _known_steps(scope: Scope, subject: Subject) -> tuple[Step, ...]:
    """Step `known`: every reference to a subject of the kind, and the id that stands for it."""
    if subject.kind in (SubjectKind.LEAD, SubjectKind.DEAL):
        record = _RECORD.get(subject.kind, subject.kind.value)
        own = f"""
            SELECT id AS reference, id FROM visible WHERE kind = '{subject.kind}'
            UNION ALL
            SELECT retired.subject_id, visible.id
            FROM retired_record AS retired
            JOIN visible ON visible.kind = '{subject.kind}' AND visible.id = retired.survivor_id
            WHERE retired.subject_kind = '{record}' AND {_STANDS}
        """
        return (Step("known", own),)
    restricted = bool(scope.viewer.restrictions)
    if subject.kind is SubjectKind.PERSON:
        references = """
            SELECT reference, person_id AS id FROM person_identity
            UNION
            SELECT person_id, min(person_id) FROM visible WHERE kind = 'lead'
            GROUP BY person_id
            UNION
            SELECT bounds.wanted, touch.person_id
            FROM bounds JOIN touch ON touch.person_id = bounds.wanted
            UNION
            SELECT bounds.wanted, interaction.person_id
            FROM bounds JOIN interaction ON interaction.person_id = bounds.wanted
            LEFT JOIN person_identity ON person_identity.reference = bounds.wanted
            WHERE person_identity.reference IS NULL
        """
        seen = "SELECT person_id AS id FROM visible WHERE kind = 'lead'"
    else:
        references = f"""
            SELECT reference, account_id AS id FROM account_identity WHERE applied
            UNION
            SELECT account_id, min(account_id) FROM visible GROUP BY account_id
            UNION
            SELECT retired.subject_id, identity.account_id
            FROM retired_record AS retired
            JOIN account_identity AS identity ON identity.applied
                AND identity.reference = retired.survivor_id
            WHERE retired.subject_kind = 'account' AND {_STANDS}
        """
        seen = "SELECT account_id AS id FROM visible"
    if not restricted:
        return (Step("known", references),)
    return (
        Step("referred", references),
        Step("seen_ids", f"SELECT DISTINCT id FROM ({seen}) AS seen_rows WHERE id IS NOT NULL"),
        Step(
            "known",
            """
            SELECT referred.reference, referred.id
            FROM referred
            JOIN seen_ids ON seen_ids.id = referred.id
            """,
        ),
    )


_IS_KNOWN = Step(
    "is_known",
    """
    SELECT min(known.id) AS id
    FROM known
    JOIN bounds ON bounds.wanted = known.reference
    HAVING count(*) > 0
    """,
)

_NEAREST = Step(
    "nearest",
    """
    SELECT known.reference AS id
    FROM known
    CROSS JOIN bounds
    WHERE length(known.reference) BETWEEN length(bounds.wanted) - 2 AND length(bounds.wanted) + 2
        AND levenshtein(known.reference, bounds.wanted) <= 2
        AND 2 * levenshtein(known.reference, bounds.wanted) <= length(known.reference)
    ORDER BY levenshtein(known.reference, bounds.wanted), known.reference
    LIMIT 1
    """,
)
