"""The work of sales on the leads of one chunk, and what is planted in it, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.sample_company.world.accounts import owner_numbers
from data.sample_company.world.channels import CHANNEL_NUMBER
from data.sample_company.world.chunk import BAD_CONTACTS_FROM, PLACEHOLDER, Chunk
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, Integers
from data.sample_company.world.selling.actions import CALL, draw_actions, mql_entries
from data.sample_company.world.selling.answers import LOAD_DAYS, LOAD_SLOWS, with_answers
from data.sample_company.world.selling.assignments import (
    SHOW,
    draw_assignments,
    is_customer,
    owner_now,
)
from data.sample_company.world.selling.levels import (
    LEVELS,
    WORSE_THAN_NEXT,
    count_levels,
    draw_levels,
    multiples,
)
from data.sample_company.world.selling.reasons import draw_reasons
from data.sample_company.world.selling.sellers import (
    AUTOMATION,
    CARELESS,
    CARELESS_TIMES,
    FIRST_OWNER,
    NAMES,
    QUEUE,
    ROUTES,
    SELF_SERVICE,
    SELLERS,
    STRONG,
    WEAK,
)
from data.sample_company.world.text import pick


@dataclass(frozen=True)
class SalesWork:
    """The frames of the modules of this room, and the `owner` of each lead at `until`, by name."""

    levels: pl.DataFrame
    reasons: pl.DataFrame
    assignments: pl.DataFrame
    actions: pl.DataFrame
    owner: pl.Series

    @property
    def tiers(self) -> pl.Series:
        """The level of each lead at `until`, by name."""
        return pick([each.name for each in LEVELS], self.levels["level"])

    @classmethod
    def of(cls, chunk: Chunk) -> SalesWork:
        """All that sales did with the leads of the chunk."""
        levels, reasons = draw_levels(chunk), draw_reasons(chunk)
        given = with_answers(chunk, draw_assignments(chunk, levels), reasons)
        actions = draw_actions(chunk, given, reasons)
        seller, route = owner_now(chunk, given)
        names = (*NAMES, AUTOMATION, QUEUE)
        nobody = np.where(route == SELF_SERVICE, len(NAMES), len(NAMES) + 1)
        owner = pick(names, np.where(seller >= 0, seller, nobody))
        return cls(levels, reasons, given, actions, owner)

    def facts(self, chunk: Chunk) -> dict[str, Counter[str]]:
        """What is planted in it, counted, by name of the part."""
        return {
            **count_levels(chunk, self.levels),
            "assignments": self._assignments(chunk),
            "unrouted": self._unrouted(chunk),
            "next_actions": self._actions(chunk),
            "fakes": self._fakes(chunk),
            "customers_without_their_owner": Counter(leads=self._untold(chunk)),
        }

    def unanswered(self, chunk: Chunk) -> pl.DataFrame:
        """MQLs with which nobody did anything, as far as this room knows: `lead`, `mql_at`.

        Nothing was recorded after it: no answer, no action that was done, no later stage.
        """
        leads = chunk.leads
        entries = mql_entries(chunk)
        lead, mql = entries["lead"].to_numpy(), entries["mql_at"].to_numpy()
        latest = np.full(leads.height, -1)
        for times in ("sql_at", "opportunity_at", "disqualified_at", "recycled_at"):
            at = leads[times].to_numpy()
            latest = np.maximum(latest, np.where(at < NEVER, at, -1))
        for frame, column in (
            (self.assignments, "accepted_at"),
            (self.assignments, "rejected_at"),
            (self.actions, "done_at"),
        ):
            done = frame.filter(pl.col(column) < int(NEVER))
            np.maximum.at(latest, done["lead"].to_numpy(), done[column].to_numpy())
        return entries.filter(pl.Series(latest[lead] < mql))

    def _assignments(self, chunk: Chunk) -> Counter[str]:
        given = self.assignments
        counts = Counter(
            assignments=given.height,
            leads=given["lead"].n_unique(),
            accepted=int((given["accepted_at"] < int(NEVER)).sum()),
            rejected=int((given["rejected_at"] < int(NEVER)).sum()),
        )
        by_route = np.bincount(given["route"].to_numpy(), minlength=len(ROUTES)).tolist()
        return counts + Counter(dict(zip(ROUTES, by_route, strict=True)))

    def _unrouted(self, chunk: Chunk) -> Counter[str]:
        """Leads that nobody was given and that are still open, and those of them from shows."""
        leads = chunk.leads
        left = np.ones(leads.height, dtype=bool)
        left[self.assignments["lead"].to_numpy()] = False
        for name in ("sql_at", "opportunity_at", "disqualified_at", "recycled_at"):
            left &= leads[name].to_numpy() >= NEVER
        shows = leads["channel"].to_numpy() == CHANNEL_NUMBER[SHOW]
        return Counter(leads=int(left.sum()), of_shows=int((left & shows).sum()))

    def _actions(self, chunk: Chunk) -> Counter[str]:
        actions, last_day = self.actions, chunk.programme.calendar.cutoff_at - SECONDS_PER_DAY
        is_open = actions["done_at"].to_numpy() >= NEVER
        overdue = is_open & (actions["due_at"].to_numpy() < last_day)
        calls = (actions["kind"] == CALL).to_numpy()
        return Counter(
            actions=actions.height,
            done=int((~is_open).sum()),
            overdue=int(overdue.sum()),
            calls=int(calls.sum()),
            overdue_calls=int((overdue & calls).sum()),
        )

    def _fakes(self, chunk: Chunk) -> Counter[str]:
        """Leads that were given up as fakes, and those of them by whom they are."""
        leads = chunk.leads
        fake = (leads["flaw"] == PLACEHOLDER) & (leads["disqualified_at"] < int(NEVER))
        return Counter(leads=int(fake.sum())) + Counter(self.owner.filter(fake).to_list())

    def _untold(self, chunk: Chunk) -> int:
        """Leads of customers that somebody else than the owner of their account has."""
        owners = self._account_owners(chunk)
        told = pick(NAMES, FIRST_OWNER + owners) == self.owner
        return int((is_customer(chunk) & ~told.to_numpy()).sum())

    def _account_owners(self, chunk: Chunk) -> Integers:
        owners: Integers = owner_numbers(chunk.accounts)[chunk.leads["account"].to_numpy()]
        return owners


def planted_work() -> dict[str, object]:
    """What is planted of it, for the truth: levels, sellers, load, and who enters bad contacts."""
    to_mql, to_sql = multiples()
    return {
        "levels": {
            each.name: {"share": each.share, "to_mql": round(mql, 4), "to_sql": round(sql, 4)}
            for each, mql, sql in zip(LEVELS, to_mql.tolist(), to_sql.tolist(), strict=True)
        },
        "level_worse_than_next": WORSE_THAN_NEXT,
        "sellers": {
            each.name: {
                "slowness": each.slowness,
                "strong_in": list(each.strong_in),
                "weak_in": list(each.weak_in),
            }
            for each in SELLERS
        },
        "seller_skill": {"strong": STRONG, "weak": WEAK},
        "load_slows": {"days": LOAD_DAYS, "power": LOAD_SLOWS},
        "bad_contacts": {
            "of_seller": CARELESS,
            "times": CARELESS_TIMES,
            "from_channel": BAD_CONTACTS_FROM,
        },
    }
