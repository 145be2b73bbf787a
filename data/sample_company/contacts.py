"""How people were contacted: as they should not have been, and for events."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from data.sample_company.exports.crm import account_ids
from data.sample_company.journeys import Touches
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY
from data.sample_company.world.touches.reach import DAYS, MAILS

_OUTBOUND = (
    "email_sent", "email_delivered", "email_bounce",
    "call_connected", "call_no_answer", "call_voicemail",
)  # fmt: skip

_ACTS = ("booth_visited", "session_attended")

_WEEK = 7 * SECONDS_PER_DAY


def count_contacts(chunk: Chunk, touches: Touches) -> dict[str, Counter[str]]:
    """Contacts of a chunk that should not have been, by what is wrong with them.

    `contacted_after_withdrawal`: by mail or call, of marketing or sales, after the person had
    unsubscribed. `contacted_too_often`: people who were sent `MAILS` mails of marketing or more in
    the last `DAYS` days. `crossed_campaigns`: people who were sent mails of two campaigns within
    seven days. `promoted_at_open_deals`: accounts to which marketing sent a mail, and the mails,
    while a deal was open.
    """
    people = chunk.people
    systems = (touches.email, touches.call, touches.sales)
    contacts = pl.concat(
        [
            each.select(pl.col("person", "at").cast(pl.Int64), "action")
            .filter(pl.col("action").is_in(_OUTBOUND))
            for each in systems
        ]
    )  # fmt: skip
    withdrawn = people["withdrawn_at"].to_numpy()[contacts["person"].to_numpy()]
    after = contacts.filter(pl.Series(contacts["at"].to_numpy() > withdrawn))
    sent = touches.email.filter(action="email_sent").sort("person", "at")
    return {
        "contacted_after_withdrawal": Counter(
            people=after["person"].n_unique(), contacts=after.height
        ),
        "contacted_too_often": Counter(people=_too_often(chunk, sent)),
        "crossed_campaigns": Counter(people=_crossed(sent)),
        "promoted_at_open_deals": _promoted(chunk, sent),
    }


def _too_often(chunk: Chunk, sent: pl.DataFrame) -> int:
    since = chunk.programme.calendar.cutoff_at - DAYS * SECONDS_PER_DAY
    lately = sent.filter(pl.col("at") >= since)
    return lately.group_by("person").len().filter(pl.col("len") >= MAILS).height


def _crossed(sent: pl.DataFrame) -> int:
    before = pl.col("at", "campaign").shift().over("person").name.suffix("_before")
    pairs = sent.with_columns(before).filter(
        pl.col("campaign") != pl.col("campaign_before"),
        pl.col("at") - pl.col("at_before") <= _WEEK,
    )
    return pairs["person"].n_unique()


def _promoted(chunk: Chunk, sent: pl.DataFrame) -> Counter[str]:
    deals = chunk.existing_deals.select(
        pl.col("account").cast(pl.Int64), opened="created_at", closed="closed_at"
    )
    account = chunk.people["account"].to_numpy()[sent["person"].to_numpy()]
    mails = sent.select("at", mail=pl.int_range(pl.len())).with_columns(
        account=pl.Series(account.astype(np.int64))
    )
    during = mails.join(deals, on="account").filter(
        (pl.col("at") >= pl.col("opened"))
        & ((pl.col("at") < pl.col("closed")) | (pl.col("closed") >= int(NEVER)))
    )
    return Counter(accounts=during["account"].n_unique(), mails=during["mail"].n_unique())


def count_events(chunk: Chunk, touches: Touches) -> dict[str, Counter[str]]:
    """How many people took each step of each event, by its name.

    `invited` were sent a mail, `bounced` are those whose mail came back; `acted` did something of
    high value there, or downloaded what a webinar was about.
    """
    programme, facts = chunk.programme, {}
    for number, event in zip(programme.event_campaigns, programme.events, strict=True):
        mails, log, listened, took = (
            each.filter(campaign=number)
            for each in (touches.email, touches.event, touches.webinar, touches.download)
        )
        came = listened.filter(pl.col("joined_at") < int(NEVER))
        facts[event.name] = Counter(
            invited=mails.filter(action="email_sent").height,
            bounced=mails.filter(action="email_bounce").height,
            opened=mails.filter(action="email_open").height,
            registered=log.filter(action="event_registered").height + listened.height,
            attended=log.filter(action="event_attended").height + came.height,
            acted=log.filter(pl.col("action").is_in(_ACTS)).height + took.height,
        )
    return facts


def turned_accounts(chunk: Chunk, touches: Touches) -> dict[str, list[str]]:
    """Ids of the accounts whose people come much more often of late, and do not come any more."""
    found = {"surging": touches.surging, "gone_quiet": touches.quiet}
    return {
        name: account_ids(chunk, np.array([row])).to_list() if row >= 0 else []
        for name, row in found.items()
    }
