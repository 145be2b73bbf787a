"""What is on record of a company's leads and deals: the arrays, and the arrays as of a day."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum

import numpy as np

from data.sample_company.world.planted import Integers, Numbers

NEVER = np.int64(2**40)
"""The day of what has not happened."""


class Stage(IntEnum):
    """Stages of a lead, in funnel order."""

    LEAD = 0
    MQL = 1
    SQL = 2
    OPPORTUNITY = 3
    WON = 4


class Exit(IntEnum):
    """How a lead left the funnel without being won."""

    NONE = 0
    DISQUALIFIED = 1
    RECYCLED = 2
    LOST = 3


DEAL_STAGES = ("Prospecting", "Qualification", "Proposal", "Negotiation")
"""Stages of an open deal as sellers keep them."""

PROBABILITY = np.array([0.20, 0.40, 0.65, 0.85])
"""What the CRM says of winning a deal, by its stage: more than comes true."""

MOST_PUSHES = 5
"""How often a seller moves an expected close date that has passed; then it stays in the past."""


@dataclass(frozen=True, slots=True, eq=False)
class Deals:
    """One entry per deal, in the order of `lead`. Days are numbers, `NEVER` for what is not.

    `lead` is the row of the deal's lead, `stage_entered` deals × `DEAL_STAGES`. The amount is
    `first_amount` until `amended`, `later_amount` from that day on, in whole units of the base
    currency. The seller first expects the close on `first_close`, and moves that by `push_days`
    each time it passes; `optimism` is what the seller adds to the CRM's probability.
    """

    lead: Integers
    stage_entered: Integers
    first_amount: Integers
    later_amount: Integers
    amended: Integers
    first_close: Integers
    push_days: Integers
    optimism: Numbers

    @property
    def amount(self) -> Integers:
        """The amount of each deal as it last stood."""
        return np.where(self.amended < NEVER, self.later_amount, self.first_amount)


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """One entry per lead, in the order of its first day; the deals refer to leads by row.

    `channel` is the number of the segment, `account` of the company that the lead is of. `entered`
    is leads × `Stage`: the day each stage was entered, none skipped, days in order. `exit` is an
    `Exit`, on day `exited`; a lead that was neither won nor left is open.
    """

    channel: Integers
    account: Integers
    entered: Integers
    exit: Integers
    exited: Integers
    deals: Deals

    def until(self, day: int) -> Records:
        """What had happened by the end of a day, and was on record then: nothing of the future."""
        count = int(np.searchsorted(self.entered[:, Stage.LEAD], day, side="right"))
        exited = _past(self.exited[:count], day)
        opened = self.entered[self.deals.lead, Stage.OPPORTUNITY]
        kept = opened <= day
        deals = Deals(*(getattr(self.deals, each.name)[kept] for each in fields(Deals)))
        amended = _past(deals.amended, day)
        return Records(
            channel=self.channel[:count],
            account=self.account[:count],
            entered=_past(self.entered[:count], day),
            exit=np.where(exited < NEVER, self.exit[:count], Exit.NONE),
            exited=exited,
            deals=replace(
                deals,
                stage_entered=_past(deals.stage_entered, day),
                amended=amended,
                later_amount=np.where(amended < NEVER, deals.later_amount, deals.first_amount),
            ),
        )


def _past(days: Integers, day: int) -> Integers:
    return np.where(days <= day, days, NEVER)
