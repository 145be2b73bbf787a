"""Accounts in plain Python, from the rows that files say: who is asked, and what is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from metrics.scope import Scope
from tests.metrics.facts import TERMS, Facts, Row
from tests.metrics.oracle.world import Deal, Lead, World

FAR = date.max


@dataclass(frozen=True, eq=False)
class Accounts:
    """What the viewer of a scope may see of each account, until the last day that counts."""

    facts: Facts
    scope: Scope

    @cached_property
    def world(self) -> World:
        return World(self.facts, TERMS)

    @property
    def start(self) -> date:
        return self.scope.period.start

    @property
    def until(self) -> date:
        return min(self.scope.period.end, self.scope.observed_until)

    def lead_on(self, lead: Lead) -> date | None:
        return self.world.day(lead.episodes[0].reached[0])

    def _may_see(self, segments: dict[str, str]) -> bool:
        return all(
            segments[each.dimension.value] in each.values for each in self.scope.viewer.restrictions
        )

    @cached_property
    def visible_leads(self) -> list[Lead]:
        return [
            each for each in self.world.leads.values()
            if each.episodes and each.account_id and self._may_see(each.segments)
        ]  # fmt: skip

    @cached_property
    def visible_deals(self) -> list[Deal]:
        return [
            each for each in self.world.deals if each.account_id and self._may_see(each.segments)
        ]

    @cached_property
    def seen(self) -> set[str]:
        """Accounts with a lead or deal that the viewer may see."""
        found = {each.account_id for each in self.visible_leads}
        found |= {each.account_id for each in self.visible_deals}
        return {each for each in found if each is not None}

    @cached_property
    def leads(self) -> list[Lead]:
        return [
            each for each in self.visible_leads if (self.lead_on(each) or self.until) <= self.until
        ]

    @cached_property
    def deals(self) -> list[Deal]:
        opened = ((each, self.world.day(each.opened_at)) for each in self.visible_deals)
        return [each for each, day in opened if (day or self.until) <= self.until]

    def is_open(self, deal: Deal) -> bool:
        return deal.outcome == "open" or (
            deal.closed_on is not None and deal.closed_on > self.until
        )

    def is_won(self, deal: Deal) -> bool:
        won = deal.outcome == "won" and deal.closed_on is not None
        return won and self.start <= (deal.closed_on or FAR) <= self.until

    def is_asked(self, account_id: str) -> bool:
        """Nobody asks: all are. Else the earliest lead, or deal, of the account says it."""
        if not self.scope.filters and not self.scope.viewer.restrictions:
            return True
        leads = [
            (self.lead_on(each) or FAR, each.lead_id, each.segments)
            for each in self.visible_leads if each.account_id == account_id
        ]  # fmt: skip
        deals = [
            (self.world.day(each.opened_at) or FAR, each.opportunity_id, each.segments)
            for each in self.visible_deals if each.account_id == account_id
        ]  # fmt: skip
        if not leads and not deals:
            return False
        *_, segments = min(leads or deals, key=lambda each: each[:2])
        return all(segments[each.dimension.value] in each.values for each in self.scope.filters)

    # Who is there, and what they did

    @cached_property
    def touches(self) -> list[tuple[str, date]]:
        found = []
        for row in self.world.touches:
            who, day = self.world.person(row["person_id"]), self.world.day(row["occurred_at"])
            if who is not None and day is not None and day <= self.until:
                found.append((who, day))
        return found

    @cached_property
    def days_of(self) -> dict[str, list[date]]:
        found: dict[str, list[date]] = {}
        for who, day in self.touches:
            found.setdefault(who, []).append(day)
        return found

    @cached_property
    def people(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}

        def add(account: str | None, person: str | None) -> None:
            if account is not None and person is not None:
                found.setdefault(account, set()).add(person)

        for lead in self.leads:
            add(lead.account_id, lead.person_id)
        if not self.scope.viewer.restrictions:
            for who in self.days_of:
                add(self.world.company_of_person(who), who)
            for person_id, row in self.world.people.items():
                add(self.world.company(row.get("account_id")), person_id)
        return found

    def people_of(self, account_id: str) -> set[str]:
        return self.people.get(account_id, set())

    def reached(self, people: set[str]) -> set[str]:
        return {each for each in people if self.days_of.get(each)}

    def engaged(self, people: set[str]) -> set[str]:
        return {
            each for each in people if any(day >= self.start for day in self.days_of.get(each, ()))
        }

    def leads_of(self, account_id: str) -> list[Lead]:
        return [each for each in self.leads if each.account_id == account_id]

    def deals_of(self, account_id: str) -> list[Deal]:
        return [each for each in self.deals if each.account_id == account_id]

    def records_of(self, account_id: str) -> Iterator[Row]:
        """The one that stands for the company first, then by what they say."""
        for key, row in self.world.accounts.items():
            if self.world.company(key) == account_id:
                yield row

    def said_of(self, account_id: str, name: str) -> Any:
        own = self.world.accounts.get(account_id, {}).get(name)
        said = [row[name] for row in self.records_of(account_id) if row.get(name) is not None]
        return own if own is not None else min(said, default=None)

    def called(self, account_id: str) -> str:
        return str(self.said_of(account_id, "name") or account_id).removeprefix("name:")

    def targets(self) -> dict[tuple[str, str], str]:
        """The tier of each account on a list."""
        found: dict[tuple[str, str], str] = {}
        for row in self.facts.target_account:
            account = self.world.company(row["account_id"])
            assert account is not None
            if self.is_asked(account):
                place = row["list_name"], account
                tiers = [each for each in (found.get(place), row.get("tier")) if each]
                found[place] = min(
                    (each for each in tiers if each != "Unassigned"), default="Unassigned"
                )
        return found
