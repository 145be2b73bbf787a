"""The canonical rows with references resolved and amounts converted, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from data.definitions import Definitions
from data.standardise.titles import industry_of
from data.terms.segments import PersonaRule, SegmentRule
from metrics.scope import Dimension
from tests.metrics.facts import Facts, Row
from tests.metrics.oracle.closings import with_closings_that_hold
from tests.metrics.oracle.stages import STAGES, Episode, Event, earliest, episodes_of

UNASSIGNED = "Unassigned"


@dataclass(frozen=True)
class Lead:
    lead_id: str
    account_id: str | None
    person_id: str | None
    segments: dict[str, str]
    episodes: tuple[Episode, ...]
    undated: str | None
    """The furthest stage reached on a day that nobody recorded."""


@dataclass(frozen=True)
class Deal:
    opportunity_id: str
    lead_id: str | None
    is_guessed: bool
    came_late: bool
    account_id: str | None
    segments: dict[str, str]
    opened_at: datetime | None
    closed_on: date | None
    outcome: str
    amount: Decimal | None
    original_amount: Decimal | None
    currency: str | None
    first_touch_at: datetime | None


@dataclass(frozen=True)
class Spend:
    spend_on: date
    segments: dict[str, str]
    amount: Decimal | None
    currency: str


class World:
    """The canonical rows, with references resolved and amounts converted."""

    def __init__(self, facts: Facts, definitions: Definitions) -> None:
        self.facts = with_closings_that_hold(facts)
        self.definitions = definitions
        self.zone = ZoneInfo(definitions.time_zone)
        self.accounts = {row["account_id"]: row for row in facts.account}
        self.people = {row["person_id"]: row for row in facts.person}
        self.campaigns = {row["campaign_id"]: row for row in facts.campaign}
        self.contents = {row["content_id"]: row for row in facts.content}
        self.aliases: dict[str, str] = {
            f"{row['source_system']}:{row['source_record_id']}": row["person_id"]
            for row in facts.person_alias
        }
        self.rates = {(row["currency"], row["rate_on"]): row["rate"] for row in facts.exchange_rate}
        self.lead_rows = {row["lead_id"]: row for row in facts.lead}
        self.came_late: set[tuple[str, str]] = set()
        self.guessed: set[str] = set()
        self.deal_leads = self._deal_leads()
        self.leads = {lead_id: self._lead(row) for lead_id, row in self.lead_rows.items()}
        self.touches = [row for row in facts.interaction if self._earns_credit(row)]
        self.deals = [self._deal(row) for row in facts.opportunity]
        self.spends = [self._spend(row) for row in facts.campaign_spend]

    def day(self, moment: datetime | None) -> date | None:
        """The date of a UTC moment in the reporting time zone."""
        if moment is None:
            return None
        return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(self.zone).date()

    # Who is meant

    def person(self, reference: str | None) -> str | None:
        if reference is None:
            return None
        return self.aliases.get(reference, reference)

    def company(self, account_id: str | None) -> str | None:
        """Accounts with the same name key are one; one known by a CRM id gives its name.

        Where records of the name are in several countries, only those of one country are, and a
        name without a record is those of its own.
        """
        row = self.accounts.get(account_id) if account_id is not None else None
        if row is None or row.get("name_key") is None:
            return account_id
        same = [each for each in self.accounts.values() if each.get("name_key") == row["name_key"]]
        records = [each for each in same if not each["account_id"].startswith("name:")]
        countries = {each.get("country") for each in records} - {None}
        if len(countries) > 1:
            if row.get("country") not in countries:
                return account_id
            records = [each for each in records if each.get("country") == row["country"]]
        found: list[str] = [each["account_id"] for each in records or same]
        return min(found)

    def company_of_person(self, person_id: str | None) -> str | None:
        """As the person's record says, else the company a lead of the person names."""
        if person_id is None:
            return None
        own = self.company(self.people.get(person_id, {}).get("account_id"))
        if own is not None:
            return own
        named: list[str] = [
            company
            for row in self.facts.lead
            if self.person(row.get("person_id")) == person_id
            and (company := self.company(row.get("account_id"))) is not None
        ]
        return max(named, default=None)

    def company_facts(self, account_id: str | None) -> dict[str, str | None]:
        """What the company's fullest record says; what that leaves out, the next fullest.

        Industries in standard words.
        """
        names = ("country", "region", "city", "industry", "size_band", "relationship")
        facts: dict[str, str | None] = dict.fromkeys(names)
        rows = [row for key, row in self.accounts.items() if self.company(key) == account_id]

        def gaps(row: Row) -> int:
            return sum(row.get(name) is None for name in names)

        for row in sorted(rows, key=lambda row: (gaps(row), row["account_id"])):
            facts = {
                name: row.get(name) if known is None else known for name, known in facts.items()
            }
        if facts["industry"]:
            facts["industry"] = industry_of(facts["industry"])
        return facts

    def company_of_lead(self, row: Row) -> str | None:
        own = self.company(row.get("account_id"))
        return own if own is not None else self.company_of_person(self.person(row.get("person_id")))

    def _deal_leads(self) -> dict[str, list[str]]:
        """The loaded leads of each deal. First the named primary lead, then the one whose role
        says so, then the earliest created; after them those that came when it was open already.
        """
        found: dict[str, list[str]] = {}
        for deal in self.facts.opportunity:
            links: list[tuple[str | None, int]] = [(deal.get("primary_lead_id"), 0)]
            for row in self.facts.opportunity_lead:
                if row["opportunity_id"] == deal["opportunity_id"]:
                    main = (row.get("role") or "").lower() in ("primary", "decision maker")
                    links.append((row["lead_id"], 1 if main else 2))
            places: dict[str, tuple[bool, int, datetime, str]] = {}
            for lead_id, priority in links:
                if lead_id is not None and lead_id in self.lead_rows:
                    created: datetime = self.lead_rows[lead_id].get("created_at") or datetime.max
                    late = self._is_late(deal, lead_id)
                    if late:
                        self.came_late.add((deal["opportunity_id"], lead_id))
                    place = (late, priority, created, lead_id)
                    places[lead_id] = min(place, places.get(lead_id, place))
            if not places and not any(lead_id for lead_id, _ in links):
                found[deal["opportunity_id"]] = self._leads_of_company(deal)
                if found[deal["opportunity_id"]]:
                    self.guessed.add(deal["opportunity_id"])
                continue
            found[deal["opportunity_id"]] = sorted(places, key=lambda each: places[each])
        return found

    def _open_by(self, deal: Row) -> datetime | None:
        opened = [deal.get("created_at")]
        if deal.get("outcome") in ("won", "lost"):
            opened.append(deal.get("closed_at"))
        if deal.get("created_at") is None:
            opened += [each.at for each in self._changes("opportunity", deal["opportunity_id"])]
        found: datetime | None = earliest(opened)
        return found

    def _leads_of_company(self, deal: Row) -> list[str]:
        """The lead of a deal that names nobody: of the one person who could have led to it."""
        account_id, open_by = self.company(deal.get("account_id")), self._open_by(deal)
        could = []
        for lead_id, row in self.lead_rows.items():
            created = row.get("created_at")
            left = row.get("stage") == "disqualified" or any(
                each.stage == "disqualified" and open_by is not None and each.at < open_by
                for each in self._changes("lead", lead_id)
            )
            late = created and open_by and created >= open_by + timedelta(days=1)
            if account_id and self.company_of_lead(row) == account_id and not left and not late:
                could.append((created or datetime.min, lead_id))
        people = {self.person(self.lead_rows[name].get("person_id")) or name for _, name in could}
        if len(people) != 1:
            return []
        last = max(created for created, _ in could)
        return [min(name for created, name in could if created == last)]

    def _is_late(self, deal: Row, lead_id: str) -> bool:
        """Whether a deal had been open for a day when the lead came, by all that is its own."""
        created, open_by = self.lead_rows[lead_id].get("created_at"), self._open_by(deal)
        if created is None or open_by is None:
            return False
        last = open_by + timedelta(days=1)
        own = [created, *(each.at for each in self._changes("lead", lead_id))]
        return bool(min(own) >= last)

    # When a lead reached each stage

    def led_to(self, opportunity_id: str) -> list[str]:
        """The leads of a deal that were there when it was opened."""
        leads = self.deal_leads[opportunity_id]
        return [each for each in leads if (opportunity_id, each) not in self.came_late]

    def came_at(self, lead_id: str) -> datetime | None:
        """When a lead came, by the first entry into the funnel that is its own."""
        own = [each.at for each in self._changes("lead", lead_id) if each.stage in STAGES]
        came: datetime | None = earliest([self.lead_rows[lead_id].get("created_at"), *own])
        return came

    def events(self, lead_id: str) -> list[Event]:
        found = []
        created = self.lead_rows[lead_id].get("created_at")
        if created is not None:
            found.append(Event(created, "lead"))
        found += self._changes("lead", lead_id)
        came = self.came_at(lead_id) or datetime.min
        for deal in self.facts.opportunity:
            if lead_id in self.led_to(deal["opportunity_id"]):
                of_deal = self._changes("opportunity", deal["opportunity_id"])
                if deal.get("created_at") is not None:
                    of_deal.append(Event(deal["created_at"], "opportunity"))
                if deal.get("closed_at") is not None and deal.get("outcome") in ("won", "lost"):
                    reason = deal.get("lost_reason")
                    of_deal.append(Event(deal["closed_at"], deal["outcome"], reason))
                found += [replace(each, at=max(each.at, came), of_deal=True) for each in of_deal]
        return found

    def _changes(self, kind: str, subject_id: str) -> list[Event]:
        return [
            Event(row["entered_at"], row["stage"], row.get("reason"))
            for row in self.facts.stage_change
            if row["subject_kind"] == kind and row["subject_id"] == subject_id
        ]

    def _lead(self, row: Row) -> Lead:
        lead_id = row["lead_id"]
        is_dated = self.came_at(lead_id) is not None
        episodes = episodes_of(self.events(lead_id), is_dated=is_dated)
        return Lead(
            row["lead_id"],
            self.company_of_lead(row),
            self.person(row.get("person_id")),
            self._lead_segments(row),
            episodes,
            self._undated(row, episodes),
        )

    def _undated(self, row: Row, episodes: tuple[Episode, ...]) -> str | None:
        """Where the record stands now, and what deals without days say; a history says when."""
        if len(episodes) != 1:
            return None
        told = [row.get("stage")]
        for deal in self.facts.opportunity:
            if row["lead_id"] in self.led_to(deal["opportunity_id"]):
                is_closed = deal.get("closed_at") is not None
                is_open = (deal.get("outcome") or "open") == "open"
                if deal.get("created_at") is None and (is_open or not is_closed):
                    told.append("opportunity")
        ranks = [STAGES.index(each) for each in told if each in STAGES]
        furthest = max(ranks, default=0)
        is_known = furthest == 0 or episodes[0].reached[furthest] is not None
        return None if is_known else STAGES[furthest]

    def known_on(self) -> date | None:
        """The day by which what nobody dated is known: the last of which leads tell anything."""
        told = [
            moment
            for lead in self.leads.values()
            for episode in lead.episodes
            if episode.reached[0] is not None and episode.reached[0] <= self.facts.as_of
            for moment in episode.reached
            if moment is not None
        ]
        return self.day(min(max(told), self.facts.as_of)) if told else None

    # Segments

    def _lead_segments(self, row: Row) -> dict[str, str]:
        account, person = self.company_of_lead(row), self.person(row.get("person_id"))
        return self._with_rules(self._recorded(row), row["lead_id"], account, person)

    def _recorded(self, row: Row) -> dict[str, str]:
        company = self.company_facts(self.company_of_lead(row))
        person = self.people.get(self.person(row.get("person_id")) or "", {})
        campaign = self.campaigns.get(row.get("campaign_id") or "", {})
        return _named(
            channel=row.get("channel") or campaign.get("channel"),
            campaign=campaign.get("name") or row.get("campaign_id"),
            content=self._content(row),
            product=row.get("product"),
            tool=campaign.get("tool"),
            owner=row.get("owner"),
            region=row.get("region") or company["region"] or person.get("region"),
            country=company["country"],
            city=company["city"] or person.get("city"),
            industry=industry_of(company["industry"]) if company["industry"] else None,
            size_band=company["size_band"],
            relationship=company["relationship"],
            seniority=person.get("seniority"),
            department=person.get("department"),
            persona=self.persona(self.person(row.get("person_id"))),
            tier=(row.get("tier") or "").strip() or None,
            grade=row.get("grade"),
        )

    def _with_rules(
        self, segments: dict[str, str], key: str, account_id: str | None, *subjects: str | None
    ) -> dict[str, str]:
        """The own segment and the tags, of the other segments and of what was given by hand."""
        by_hand = {("lead", key), ("account", account_id), *(("person", each) for each in subjects)}
        tags = {row["tag"] for row in self.facts.tag if self._tagged(row) & by_hand}
        tags |= {rule.name for rule in self.definitions.tag if _fits(rule, segments)}
        own = (rule.name for rule in self.definitions.segment if _fits(rule, segments))
        return segments | {
            "own_segment": next(own, UNASSIGNED),
            "tags": " · ".join(sorted(tags)) or UNASSIGNED,
        }

    def _tagged(self, row: Row) -> set[tuple[str, str | None]]:
        """Whom a tag is on, where it holds on the day of the newest export."""
        last = self.facts.as_of.date()
        if (row.get("starts_on") or last) > last or (row.get("ends_on") or last) < last:
            return set()
        kind, subject = row["subject_kind"], row["subject_id"]
        if kind == "person":
            subject = self.person(subject)
        elif kind == "account":
            subject = self.company(subject)
        return {(kind, subject)}

    def persona(self, person_id: str | None) -> str | None:
        """That of the first rule that fits the person, else what the record says."""
        person = self.people.get(person_id or "", {})
        by_rule = (rule.name for rule in self.definitions.persona if _fits(rule, person))
        return next(by_rule, person.get("persona"))

    def _content(self, row: Row) -> str | None:
        content_id = row.get("content_id")
        title: str | None = self.contents.get(content_id or "", {}).get("title")
        return title or content_id

    # Money and touches

    def amount(
        self, original: Decimal | None, currency: str | None, day: date | None
    ) -> Decimal | None:
        """In the base currency by the rate of the day, else by the newest that still holds."""
        if original is None or currency == self.definitions.base_currency:
            return original
        if day is None or currency is None:
            return None
        for age in range(self.definitions.rate_valid_days):
            value = self.rates.get((currency, day - timedelta(days=age)))
            if value is not None:
                exact: Decimal = original * value
                return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        return None

    def _earns_credit(self, row: Row) -> bool:
        return row["action"] in self.definitions.touch.actions

    def touch_channel(self, row: Row) -> str:
        if row.get("channel") is not None:
            return str(row["channel"])
        campaign = self.campaigns.get(row.get("campaign_id") or "", {})
        if campaign.get("channel") is not None:
            return str(campaign["channel"])
        source, medium = row.get("utm_source"), row.get("utm_medium")
        for rule in self.definitions.channel:
            wanted = ((rule.source, source), (rule.medium, medium))
            if all(
                allowed is None or (value or "").lower() in {each.lower() for each in allowed}
                for allowed, value in wanted
            ):
                return rule.name
        return UNASSIGNED

    def _first_touch(self, account_id: str | None, person_id: str | None) -> datetime | None:
        """The first marketing touch of anyone at the account or of the primary lead's person."""
        found: list[datetime] = []
        for row in self.touches:
            if self.touch_channel(row) in self.definitions.touch.sales_channels:
                continue
            who = self.person(row.get("person_id"))
            at_account = account_id is not None and self.company_of_person(who) == account_id
            if at_account or (person_id is not None and who == person_id):
                found.append(row["occurred_at"])
        return min(found, default=None)

    def _deal(self, row: Row) -> Deal:
        leads = self.deal_leads[row["opportunity_id"]]
        primary = self.leads[leads[0]] if leads else None
        account_id = self.company(row.get("account_id"))
        if account_id is None and primary is not None:
            account_id = primary.account_id
        closed = self.day(row.get("closed_at"))
        original = row.get("original_amount")
        priced_on = closed or self.day(row.get("created_at"))
        return Deal(
            row["opportunity_id"],
            primary.lead_id if primary else None,
            row["opportunity_id"] in self.guessed,
            bool(leads) and not self.led_to(row["opportunity_id"]),
            account_id,
            primary.segments if primary else self._segments_without_lead(row, account_id),
            row.get("created_at"),
            closed,
            row.get("outcome") or "open",
            self.amount(original, row.get("currency"), priced_on),
            original,
            row.get("currency"),
            self._first_touch(account_id, primary.person_id if primary else None),
        )

    def _segments_without_lead(self, row: Row, account_id: str | None) -> dict[str, str]:
        company = self.company_facts(account_id)
        recorded = _named(product=row.get("product"), owner=row.get("owner"), **company)
        return self._with_rules(recorded, "", account_id)

    def _spend(self, row: Row) -> Spend:
        campaign = self.campaigns.get(row["campaign_id"], {})
        segments = {
            "channel": campaign.get("channel") or UNASSIGNED,
            "campaign": campaign.get("name") or row["campaign_id"],
            "product": campaign.get("product") or UNASSIGNED,
            "tool": campaign.get("tool") or UNASSIGNED,
        }
        cost = self.amount(row["original_cost_amount"], row["currency"], row["spend_on"])
        return Spend(row["spend_on"], segments, cost, row["currency"])


def _named(**found: str | None) -> dict[str, str]:
    return {each.value: found.get(each.value) or UNASSIGNED for each in Dimension}


def _fits(rule: PersonaRule | SegmentRule, values: Mapping[str, str | None]) -> bool:
    """Whether every list that the rule gives holds the value, or its words stand in the title."""
    for name in rule.asked:
        words = [each.lower() for each in getattr(rule, name) or ()]
        if name == "title":
            title = (values.get("job_title") or "").lower()
            if words and not any(each in title for each in words):
                return False
        elif words and (values.get(name) or "").lower() not in words:
            return False
    return True
