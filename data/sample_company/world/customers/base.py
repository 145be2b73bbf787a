"""The customer base of one chunk: what the company keeps of the accounts and people in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from data.sample_company.world.chunk import Chunk
from data.sample_company.world.customers.consent import (
    count_consent,
    draw_consent,
    draw_suppressed,
)
from data.sample_company.world.customers.groups import count_groups, draw_parents
from data.sample_company.world.customers.orders import count_orders, draw_orders
from data.sample_company.world.customers.tags import count_tags, draw_tags
from data.sample_company.world.customers.target_lists import count_targets, draw_targets
from data.sample_company.world.planted import Integers


@dataclass(frozen=True)
class CustomerBase:
    """The frames of the modules of this room.

    `parents` has the row of each account's parent, `suppressed` those of people whom nobody may
    contact.
    """

    parents: Integers
    targets: pl.DataFrame
    orders: pl.DataFrame
    tags: pl.DataFrame
    consent: pl.DataFrame
    suppressed: Integers

    @classmethod
    def of(cls, chunk: Chunk) -> CustomerBase:
        """Everything that is kept of the chunk."""
        return cls(
            draw_parents(chunk),
            draw_targets(chunk),
            draw_orders(chunk),
            draw_tags(chunk),
            draw_consent(chunk),
            draw_suppressed(chunk),
        )

    def facts(self, chunk: Chunk) -> dict[str, Counter[str]]:
        """What is planted in it, counted, by name of the part."""
        calendar = chunk.programme.calendar
        return {
            "groups": count_groups(self.parents),
            "target_accounts": count_targets(self.targets),
            "orders": count_orders(calendar, self.orders),
            "tags": count_tags(calendar, self.tags),
            "consent_changes": count_consent(self.consent),
            "do_not_contact": Counter(people=len(self.suppressed)),
        }
