"""What the touches of a sample say: who came back, who does not count, and whose a deal was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER, SALES_CHANNELS
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, Integers
from data.sample_company.world.touches.accounts import draw_turns
from data.sample_company.world.touches.invitations import Invitations
from data.sample_company.world.touches.marketing import (
    call_touches,
    download_touches,
    email_touches,
    webinar_touches,
)
from data.sample_company.world.touches.reach import unwanted_mails
from data.sample_company.world.touches.sales import sales_touches
from data.sample_company.world.touches.uncounted import MACHINES
from data.sample_company.world.touches.web import web_touches

_NOT_DONE_BY_THE_PERSON = (
    "scroll", "email_sent", "email_delivered", "email_bounce", "email_unsubscribe",
    "call_no_answer", "call_voicemail", "call_wrong_number",
)  # fmt: skip
"""What earns nothing by the definitions that come with the product."""

SOURCES = ("marketing", "sales", "partner")
"""Who brings the leads and the deals of an account, by its territory."""


@dataclass(frozen=True)
class Touches:
    """The interactions of one chunk, as each system has them.

    `surging` and `quiet` are the rows of the accounts whose people come much more often of late,
    and do not come any more; -1 for none.
    """

    web: pl.DataFrame
    email: pl.DataFrame
    webinar: pl.DataFrame
    download: pl.DataFrame
    call: pl.DataFrame
    sales: pl.DataFrame
    event: pl.DataFrame
    surging: int = -1
    quiet: int = -1

    @classmethod
    def of(cls, chunk: Chunk) -> Touches:
        """All interactions of the chunk."""
        invited = Invitations.of(chunk)
        drawn = cls(
            web_touches(chunk),
            _in_order(email_touches(chunk), unwanted_mails(chunk), invited.email),
            _in_order(webinar_touches(chunk), invited.webinar),
            _in_order(download_touches(chunk), invited.download),
            call_touches(chunk),
            sales_touches(chunk),
            invited.event,
        )
        turns = draw_turns(chunk, drawn.web, drawn.last_by_account(chunk))
        web = _in_order(drawn.web, turns.visits)
        return replace(drawn, web=web, surging=turns.surging, quiet=turns.quiet)

    def by_system(self) -> dict[str, pl.DataFrame]:
        """The interactions by the name of the system that has them."""
        return {
            "ga4": self.web,
            "email": self.email,
            "zoom": self.webinar,
            "content": self.download,
            "telemarketing": self.call,
            "sales": self.sales,
            "event_platform": self.event,
        }

    def last_by_account(self, chunk: Chunk) -> Integers:
        """When anybody of each account did something last, 0 without anything."""
        done = self.by_people().filter(pl.col("person") >= 0)
        last = np.zeros(chunk.accounts.height, dtype=np.int64)
        account = chunk.people["account"].to_numpy()[done["person"].to_numpy()]
        np.maximum.at(last, account, done["at"].to_numpy())
        return last

    def by_people(self) -> pl.DataFrame:
        """What people did and can earn credit: `person` (row, -1 unknown), `at`, `channel`.

        A visitor who is known at any time is the same person at all times.
        """
        known = self.web.filter("known").select("visitor", owner="person").unique("visitor")
        web = self.web.join(known, on="visitor", how="left", maintain_order="left").with_columns(
            person=pl.col("owner").fill_null(-1)
        )
        came = self.webinar.filter(pl.col("joined_at") < int(NEVER)).with_columns(at="joined_at")
        told = (self.email, self.webinar, self.download, self.call, self.sales, self.event)
        systems = (web, came, *told)
        return pl.concat(
            [
                each.select(pl.col("person", "at", "channel").cast(pl.Int64), "action")
                for each in systems
            ]
        ).filter(~pl.col("action").is_in(_NOT_DONE_BY_THE_PERSON))


def _in_order(*frames: pl.DataFrame) -> pl.DataFrame:
    """Touches of one system from several sources, in order of time."""
    first = frames[0].schema
    alike = [
        frame.select(pl.col(name).cast(kind) for name, kind in first.items()) for frame in frames
    ]
    return pl.concat(alike).sort("at", "lead", maintain_order=True)


def count_touches(chunk: Chunk, touches: Touches) -> dict[str, Counter[str]]:
    """Facts of a chunk by name: counts, and cents of USD where the name ends so."""
    done = touches.by_people()
    staff = chunk.people["staff"].to_numpy()
    person = done["person"].to_numpy()
    own = staff[person] & (person >= 0)
    machine = touches.web.filter(pl.col("visitor") >= MACHINES)
    engaged = touches.web.filter(pl.col("engaged") >= 0)["engaged"]
    return {
        "engaged_on_website": Counter(events=len(engaged), milliseconds=int(engaged.sum())),
        "own_staff": Counter(people=int(staff.sum()), touches=int(own.sum())),
        "machines": Counter(visitors=machine["visitor"].n_unique(), touches=machine.height),
        "returning_visitors": Counter(visitors=_returning(touches.web)),
        **_deals(chunk, done.filter(pl.Series((person >= 0) & ~own))),
    }


def _returning(web: pl.DataFrame) -> int:
    """Visitors of whom a session was anonymous before one in which they said who they are."""
    sessions = web.group_by("visitor", "session").agg(pl.col("known").any())
    first = pl.col("session").filter("known").min()
    visitors = sessions.group_by("visitor").agg(came=pl.col("session").min(), known=first)
    return visitors.filter(pl.col("came") < pl.col("known")).height


def _deals(chunk: Chunk, done: pl.DataFrame) -> dict[str, Counter[str]]:
    deals = chunk.existing_deals
    account = deals["account"].to_numpy()
    by_account = chunk.people["account"].to_numpy()[done["person"].to_numpy()]
    at = done["at"].to_numpy()
    channels = [CHANNEL_NUMBER[each] for each in SALES_CHANNELS]
    of_sales = np.isin(done["channel"].to_numpy(), channels)
    first = _earliest(chunk, by_account[~of_sales], at[~of_sales])[account]
    any_touch = _earliest(chunk, by_account, at)[account]
    closed = deals["closed_at"].to_numpy()
    won = (closed < NEVER) & deals["won"].to_numpy()
    untouched = any_touch > np.minimum(closed, chunk.programme.calendar.cutoff_at)
    cents = deals["usd_cents"].to_numpy()
    territory = deals["territory"].to_numpy()
    facts = {
        f"won_by_{name}": Counter(
            deals=int((won & (territory == number)).sum()),
            usd_cents=int(cents[won & (territory == number)].sum()),
        )
        for number, name in enumerate(SOURCES)
    }
    touched = won & (first < deals["created_at"].to_numpy())
    facts["won_touched_before"] = Counter(
        deals=int(touched.sum()), usd_cents=int(cents[touched].sum())
    )
    facts["won_untouched"] = Counter(
        deals=int((won & untouched).sum()), usd_cents=int(cents[won & untouched].sum())
    )
    refunded = deals.filter(pl.col("refunded_at") < int(NEVER))
    facts["refunded"] = Counter(
        deals=refunded.height, usd_cents=int(refunded["refunded_usd_cents"].sum())
    )
    wins = np.bincount(account[won], minlength=chunk.accounts.height)
    facts["accounts_won_twice"] = Counter(accounts=int((wins > 1).sum()))
    return facts


def _earliest(chunk: Chunk, account: Integers, at: Integers) -> Integers:
    """The first of the times by account, `NEVER` without any."""
    first = np.full(chunk.accounts.height, NEVER)
    np.minimum.at(first, account, at)
    return first
