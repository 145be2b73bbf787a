"""Contacts, answers, consent and activity in plain Python, from the rows that files say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.definitions import Definitions
from metrics.scope import Scope
from tests.metrics.facts import Facts, Row
from tests.metrics.oracle.world import World

UTC = ZoneInfo("UTC")


@dataclass
class Contact:
    """One person, way, campaign and day of UTC."""

    person: str
    way: str
    campaign_id: str | None
    rows: list[Row] = field(default_factory=list)
    channel: str = ""
    nth: int = 0
    answered: bool = False
    ripe: bool = False

    @property
    def at(self) -> datetime:
        return min(row["occurred_at"] for row in self.rows)  # type: ignore[no-any-return]

    @property
    def key(self) -> str:
        return min(row["interaction_id"] for row in self.rows)  # type: ignore[no-any-return]

    @property
    def day(self) -> date:
        return self.at.date()


class Reach:
    """The canonical rows as the metrics of reach read them; `only` are the people who count."""

    def __init__(
        self, facts: Facts, terms: Definitions, scope: Scope, only: set[str] | None = None
    ) -> None:
        self.world = World(facts, terms)
        self.facts, self.terms, self.scope, self.only = facts, terms, scope, only
        self.start = self.midnight(scope.period.start)
        self.seen = self.midnight(scope.observed_until + timedelta(days=1))
        self.end = min(self.midnight(scope.period.end + timedelta(days=1)), self.seen)
        self.touches = [row for row in self.world.touches if self.counts(row)]
        self.ever_made = self._contacts()
        self.every_contact = [each for each in self.ever_made if each.at < self.end]
        self.contacts = [each for each in self.every_contact if each.at >= self.start]
        self._answer()

    def midnight(self, day: date) -> datetime:
        zone = ZoneInfo(self.terms.time_zone)
        return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)

    def counts(self, row: Row) -> bool:
        person = self.world.person(row.get("person_id"))
        return person is not None and (self.only is None or person in self.only)

    def within(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def way_of(self, action: str) -> str:
        for way in self.terms.reach.way:
            if action in way.actions:
                return way.name
        return "Other"

    def _contacts(self) -> list[Contact]:
        found: dict[tuple[object, ...], Contact] = {}
        for row in self.facts.interaction:
            if row["action"] not in self.terms.touch.outbound or not self.counts(row):
                continue
            person = self.world.person(row["person_id"]) or ""
            way, campaign = self.way_of(row["action"]), row.get("campaign_id")
            key = (person, way, campaign, row["occurred_at"].date())
            found.setdefault(key, Contact(person, way, campaign)).rows.append(row)
        for contact in found.values():
            contact.channel = min(self._channel(row) for row in contact.rows)
        return sorted(found.values(), key=lambda each: (each.at, each.key))

    def _channel(self, row: Row) -> str:
        campaign = self.world.campaigns.get(row.get("campaign_id") or "", {})
        return row.get("channel") or campaign.get("channel") or "Unassigned"

    def campaign_of(self, contact: Contact) -> str | None:
        campaign = self.world.campaigns.get(contact.campaign_id or "", {})
        return campaign.get("name") or contact.campaign_id

    def _answer(self) -> None:
        by_person: dict[str, list[Contact]] = defaultdict(list)
        for contact in self.ever_made:
            mine = by_person[contact.person]
            mine.append(contact)
            contact.nth = sum(contact.day - each.day < timedelta(days=30) for each in mine)
            last = contact.day + timedelta(days=self.terms.reach.response_days)
            contact.ripe = last < self.seen.date()
        for row in self.touches:
            if row["action"] not in self.terms.reach.responses or row["occurred_at"] >= self.seen:
                continue
            before = [
                each
                for each in by_person[self.world.person(row["person_id"]) or ""]
                if each.at <= row["occurred_at"]
            ]
            if not before:
                continue
            last_at = max(each.at for each in before)
            for each in before:
                limit = each.day + timedelta(days=self.terms.reach.response_days)
                if each.at == last_at and row["occurred_at"].date() <= limit:
                    each.answered = True

    # Consent

    def statements(self, person: str, way: str, purpose: str) -> list[tuple[datetime | None, str]]:
        """What somebody said of a way and purpose, or of all; each with its moment."""
        found: list[tuple[datetime | None, str]] = []
        for row in self.facts.consent_event:
            if self.world.person(row["person_id"]) == person:
                channels = (way.lower(), "all")
                if row["channel"].lower() in channels and row["purpose"].lower() in (
                    purpose,
                    "all",
                ):
                    found.append((row["changed_at"], row["state"]))
        for row in self.facts.person:
            if self.world.person(row["person_id"]) == person and row.get("consent") in (
                "granted",
                "withdrawn",
            ):
                found.append((row.get("consent_at"), row["consent"]))
        return found

    def state(
        self, person: str, way: str, purpose: str, before: datetime, *, dated: bool = False
    ) -> tuple[datetime | None, str] | None:
        """The newest statement before a moment; of one moment a withdrawal."""
        told = [
            (moment or datetime.min, state == "withdrawn", moment, state)
            for moment, state in self.statements(person, way, purpose)
            if (moment is None and not dated) or (moment is not None and moment < before)
        ]
        if not told:
            return None
        _, _, moment, state = max(told, key=lambda each: each[:2])
        return moment, state

    @property
    def people(self) -> list[str]:
        """Those with a record of their own."""
        found = {self.world.person(row["person_id"]) or "" for row in self.facts.person}
        return sorted(found if self.only is None else found & self.only)

    def records(self, person: str) -> list[Row]:
        return [row for row in self.facts.person if self.world.person(row["person_id"]) == person]

    def proved(self, person: str, kind: str) -> str | None:
        """What the last mail or call before the end proved of an address."""
        reach = self.terms.reach
        bads, goods = (
            (reach.mail.bounced, (*reach.mail.delivered, *reach.mail.opened, *reach.mail.clicked))
            if kind == "email"
            else (reach.wrong_number, reach.right_number)
        )
        told = [
            (row["occurred_at"], row["action"] in bads)
            for row in self.facts.interaction
            if row["action"] in (*bads, *goods)
            and self.world.person(row["person_id"]) == person
            and row["occurred_at"] < self.end
        ]
        if kind == "wechat" or not told:
            return None
        return "bad" if max(told)[1] else "good"

    def known(self, person: str, kind: str) -> str | None:
        """`good` or `bad` of a mailbox or phone: as it was proved, else as the records say."""
        proved = self.proved(person, kind)
        if proved:
            return proved
        states = {row.get(f"{kind}_state") for row in self.records(person)}
        if states & {"valid", "role"}:
            return "good"
        return "bad" if states & {"invalid", *self.terms.reach.bad_email} else None

    def address(self, person: str, kind: str) -> str:
        """`good`, `bad` or `none` of what is known of a way to reach somebody."""
        proved = self.proved(person, kind)
        if proved == "bad":
            return "bad"
        marks, goods, bads = [], [proved == "good"], []
        for row in self.records(person):
            marks.append(row.get(f"reachable_by_{kind}"))
            if kind == "email":
                goods.append(row.get("email_state") in ("valid", "role"))
                bads.append(row.get("email_state") in self.terms.reach.bad_email)
            if kind == "phone":
                goods.append(row.get("phone_state") == "valid")
                bads.append(row.get("phone_state") == "invalid")
        if True in marks or True in goods:
            return "good"
        return "bad" if False in marks or True in bads else "none"
