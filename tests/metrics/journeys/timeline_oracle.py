"""What happened to a subject, row by row in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from metrics.journeys.happening import Happening
from metrics.journeys.subject import Subject, SubjectKind
from metrics.scope import Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Row

TABLES = (
    "journey", "deal", "touch", "touch_left_out", "interaction", "person", "person_identity",
    "account", "account_identity", "deal_lead", "lead", "lead_stage_entry", "stage_change",
    "stage_difference", "opportunity", "opportunity_change", "opportunity_difference",
    "assignment", "taken_back",
)  # fmt: skip

Event: TypeAlias = tuple[datetime | None, str, str]
"""When, which kind, and the event's id."""


@dataclass(frozen=True)
class Known:
    """All rows by table, read once."""

    tables: dict[str, list[Row]]

    @classmethod
    def of(cls, warehouse: DraftWarehouse) -> Known:
        return cls({name: warehouse.table(name) for name in TABLES})

    def __getitem__(self, name: str) -> list[Row]:
        return self.tables[name]

    def person(self, reference: str | None) -> str | None:
        found = {row["reference"]: row["person_id"] for row in self["person_identity"]}
        return None if reference is None else found.get(reference, reference)


@dataclass(frozen=True)
class Belongings:
    """What belongs to a subject: ids."""

    leads: set[str]
    people: set[str]
    deals: set[str]
    accounts: set[str]


def may_see(scope: Scope) -> Callable[[Row], bool]:
    """Whether the viewer may see a row of journey or deal."""
    return lambda row: all(
        row[each.dimension.value] in each.values for each in scope.viewer.restrictions
    )


def belongings(known: Known, scope: Scope, subject: Subject) -> Belongings:
    """The leads, people and deals whose events a subject's timeline has."""
    sees = may_see(scope)
    leads = {row["lead_id"]: row for row in known["journey"] if row["episode"] == 1 and sees(row)}
    deals = {row["opportunity_id"]: row for row in known["deal"] if sees(row)}
    links = {(row["opportunity_id"], row["lead_id"]) for row in known["deal_lead"]}
    if subject.kind is SubjectKind.DEAL:
        own = {subject.id} & set(deals)
        theirs = {lead for deal, lead in links if deal in own and lead in leads}
    else:
        column = f"{subject.kind}_id"
        theirs = {lead for lead, row in leads.items() if row[column] == subject.id}
        own = {deal for deal, lead in links if lead in theirs and deal in deals}
    people = {leads[each]["person_id"] for each in theirs} - {None}
    if subject.kind is SubjectKind.ACCOUNT:
        own |= {deal for deal, row in deals.items() if row["account_id"] == subject.id}
    if not scope.viewer.restrictions:
        if subject.kind is SubjectKind.PERSON:
            people |= {subject.id}
        if subject.kind is SubjectKind.ACCOUNT:
            people |= _people_of(known, subject.id)
    accounts = {subject.id} if subject.kind is SubjectKind.ACCOUNT else set()
    return Belongings(theirs, people, own, accounts)


def _people_of(known: Known, account_id: str) -> set[str]:
    touching = {row["person_id"] for row in known["touch"] if row["account_id"] == account_id}
    references = {
        row["reference"]
        for row in known["account_identity"]
        if row["applied"] and row["account_id"] == account_id
    }
    recorded = {
        known.person(row["person_id"]) for row in known["person"] if row["account_id"] in references
    }
    return {each for each in touching | recorded if each is not None}


def events_of(known: Known, scope: Scope, subject: Subject) -> list[Event]:
    """Everything that happened to the subject in the period, the oldest first."""
    theirs = belongings(known, scope, subject)
    found = [
        *_of_people(known, theirs), *_of_leads(known, theirs), *_of_deals(known, theirs),
        *_merges(known, theirs), *_taken_back(known, theirs),
    ]  # fmt: skip
    zone = ZoneInfo(TERMS.time_zone)

    def is_in(at: datetime | None) -> bool:
        if at is None:
            return True
        day = at.replace(tzinfo=UTC).astimezone(zone).date()
        return scope.period.start <= day <= min(scope.period.end, scope.observed_until)

    kinds = [each.value for each in Happening if each is not Happening.OUTBOUND]

    def in_order(event: Event) -> tuple[Any, ...]:
        at, kind, event_id = event
        known_as = Happening.OTHER.value if kind == Happening.OUTBOUND else kind
        return at is not None, at or datetime.min, kinds.index(known_as), event_id

    return sorted((each for each in found if is_in(each[0])), key=in_order)


def _of_people(known: Known, theirs: Belongings) -> list[Event]:
    touches = {row["interaction_id"]: row for row in known["touch"]}
    left_out = {row["interaction_id"] for row in known["touch_left_out"]}
    found = []
    for row in known["interaction"]:
        touch = touches.get(row["interaction_id"])
        who = touch["person_id"] if touch else known.person(row["person_id"])
        if who not in theirs.people:
            continue
        if touch:
            kind = "touch"
        elif row["interaction_id"] in left_out:
            kind = "left_out"
        else:
            kind = "outbound" if row["action"] in TERMS.touch.outbound else "other"
        found.append((row["occurred_at"], kind, f"interaction {row['interaction_id']}"))
    return found


def _of_leads(known: Known, theirs: Belongings) -> list[Event]:
    found: list[Event] = [
        (row["entered_at"], "stage", f"entry {row['lead_id']} {row['place']}")
        for row in known["lead_stage_entry"]
        if row["lead_id"] in theirs.leads and row["opportunity_id"] is None
    ]
    for row in known["assignment"]:
        if row["lead_id"] in theirs.leads:
            key = f"{row['lead_id']} {row['assigned_at']}"
            found += [
                (row[f"{kind}_at"], kind, f"{kind} {key}")
                for kind in ("assigned", "accepted", "rejected")
                if row[f"{kind}_at"] is not None
            ]
    return found


def _of_deals(known: Known, theirs: Belongings) -> list[Event]:
    found: list[Event] = []
    entries: set[tuple[str, str, datetime]] = {
        (row["subject_id"], row["stage"], row["entered_at"])
        for table in ("stage_change", "stage_difference")
        for row in known[table]
        if row["subject_kind"] == "opportunity" and row["subject_id"] in theirs.deals
    }
    for row in known["opportunity"]:
        deal = row["opportunity_id"]
        if deal not in theirs.deals:
            continue
        if row["created_at"] is not None:
            found.append((row["created_at"], "deal_opened", f"opened {deal}"))
            entries.discard((deal, "opportunity", row["created_at"]))
        if row["outcome"] in ("won", "lost") and row["closed_at"] is not None:
            found.append((row["closed_at"], f"deal_{row['outcome']}", f"closed {deal}"))
            entries.discard((deal, row["outcome"], row["closed_at"]))
    created = {row["lead_id"]: row["created_at"] for row in known["lead"]}
    found += [
        (created[row["lead_id"]], "deal_joined", f"joined {row['opportunity_id']} {row['lead_id']}")
        for row in known["deal_lead"]
        if row["came_late"]
        and row["opportunity_id"] in theirs.deals
        and row["lead_id"] in theirs.leads
    ]
    for deal, stage, at in entries:
        found.append((at, "deal_stage", f"deal entry {deal} {stage} {at}"))
    for table in ("opportunity_change", "opportunity_difference"):
        for row in known[table]:
            if row["opportunity_id"] in theirs.deals:
                key = f"{table} {row['opportunity_id']} {row['field']} {row['changed_at']}"
                found.append((row["changed_at"], "deal_changed", key))
    return found


def _taken_back(known: Known, theirs: Belongings) -> list[Event]:
    members = {"lead": theirs.leads, "opportunity": theirs.deals}
    columns_of_key = ("subject_kind", "subject_id", "stage", "entered_at")
    return [
        (
            row["entered_at"],
            "taken_back",
            " ".join(("taken back", *(str(row[name]) for name in columns_of_key))),
        )
        for row in known["taken_back"]
        if row["subject_id"] in members[row["subject_kind"]]
    ]


def _merges(known: Known, theirs: Belongings) -> list[Event]:
    people: list[Event] = [
        (None, "person_merged", f"person {row['reference']}")
        for row in known["person_identity"]
        if row["person_id"] in theirs.people and row["reference"] != row["person_id"]
    ]
    recorded = {row["account_id"] for row in known["account"]}
    return people + [
        (None, "account_merged", f"account {row['reference']}")
        for row in known["account_identity"]
        if row["applied"]
        and row["account_id"] in theirs.accounts
        and row["reference"] in recorded - {row["account_id"]}
    ]
