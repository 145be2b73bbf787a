"""What the people of one chunk do, and what is done to them: the interactions of every system.

Each function returns one system's interactions of a chunk in order of time, one row each, with at
least `lead` and `person` (rows, -1 for an anonymous visitor), `at` in seconds, `action`, and as
numbers, -1 for none, `channel` (of the touch, not of the lead), `campaign` and `content`. Nothing
lies outside the calendar.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.channels import CHANNEL_NUMBER
from data.sample_company.world.chunk import NO_FLAW, Chunk
from data.sample_company.world.funnel import in_office
from data.sample_company.world.planted import NEVER, SECONDS_PER_DAY, UTC_OFFSET_HOURS, Flags
from data.sample_company.world.text import pick
from data.sample_company.world.touches.reading import for_persona, in_gap, telling
from data.sample_company.world.touches.uncounted import staff_downloads, staff_webinars
from data.sample_company.world.touches.web import around, touch_channels, within_calendar

CALL_OUTCOMES = ("Connected", "No answer", "Voicemail", "Callback requested", "Wrong number")


def email_touches(chunk: Chunk) -> pl.DataFrame:
    """Marketing e-mails: sent, delivered or bounce, open, click; none after an unsubscribe.

    Beside the common columns: `issue` (number of the mail of its campaign). A lead of the channel
    Email is created after the click on a mail.
    """
    random, leads = chunk.random(2), chunk.leads
    mails = _mails(random, chunk)
    lead, sent = mails["lead"].to_numpy(), mails["sent"].to_numpy()
    count, brought = mails.height, mails["brought"].to_numpy()
    bounces = ~brought & (random.random(count) < 0.02)
    opens = ~bounces & (brought | (random.random(count) < 0.30))
    clicks = opens & (brought | (random.random(count) < 0.18))
    arrived = sent + random.integers(1, 40, count)
    reaction = random.exponential(30_000, count).astype(np.int64) + 20
    opened = np.where(
        brought,
        leads["created_at"].to_numpy()[lead] - random.integers(600, 7_000, count),
        arrived + reaction,
    )
    once = leads["person"].is_first_distinct().to_numpy() & reachable(leads)
    gone = np.flatnonzero((leads["withdrawn_at"].to_numpy() < NEVER) & once)
    mails = mails.with_columns(
        arrived=arrived,
        opened=opened,
        clicked=opened + random.integers(5, 200, count),
        asset=chunk.programme.content_at(random.random(count), sent),
        none=pl.lit(-1, dtype=pl.Int64),
    )
    unsubscribes = pl.DataFrame(
        {
            "lead": gone,
            "withdrawn": leads["withdrawn_at"].to_numpy()[gone],
            "none": np.full(len(gone), -1),
            "issue": np.ones(len(gone), dtype=np.int64),
        }
    )
    frames = [
        _mail_events(mails, "sent", "sent"),
        _mail_events(mails.filter(~bounces), "delivered", "arrived"),
        _mail_events(mails.filter(bounces), "bounce", "arrived"),
        _mail_events(mails.filter(opens), "open", "opened"),
        _mail_events(mails.filter(clicks), "click", "clicked", content="asset"),
        _mail_events(unsubscribes, "unsubscribe", "withdrawn"),
    ]
    touches = within_calendar(chunk, pl.concat(frames))
    channel = np.full(touches.height, CHANNEL_NUMBER["Email"])
    person = leads["person"].to_numpy()[touches["lead"].to_numpy()]
    chance, at = chunk.random(49), touches["at"].to_numpy()
    content = for_persona(chance, chunk, person, touches["content"].to_numpy())
    content = telling(chance, chunk, person, at, content)
    content = np.where(in_gap(chunk, person, at), -1, content)
    of_lead = leads[touches["lead"].to_numpy()]
    return touches.with_columns(
        person=of_lead["person"],
        content=content,
        channel=channel,
        campaign=chunk.programme.campaign_at(
            channel, of_lead["product"].to_numpy(), touches["at"].to_numpy()
        ),
    )


def _mail_events(mails: pl.DataFrame, event: str, time: str, content: str = "none") -> pl.DataFrame:
    return mails.select(
        "lead",
        pl.col(time).alias("at"),
        pl.lit(f"email_{event}").alias("action"),
        pl.col(content).alias("content"),
        "issue",
    )


def _mails(random: np.random.Generator, chunk: Chunk) -> pl.DataFrame:
    """One row per mail sent: the one that brought a lead, and later ones at nine in the morning.

    None is sent to people from whom an experiment keeps them.
    """
    leads = chunk.leads
    by_email = np.flatnonzero(leads["channel"].to_numpy() == CHANNEL_NUMBER["Email"])
    later = np.repeat(np.arange(leads.height), random.poisson(1.25, leads.height))
    lead = np.concatenate([by_email, later])
    count, created = len(lead), leads["created_at"].to_numpy()[lead]
    brought = np.arange(count) < len(by_email)
    wait = random.exponential(70 * SECONDS_PER_DAY, count).astype(np.int64)
    morning = (created + wait) // SECONDS_PER_DAY * SECONDS_PER_DAY + 9 * 3600
    sent = np.where(
        brought,
        created - random.integers(7_200, 2 * SECONDS_PER_DAY, count),
        morning + random.integers(0, 900, count),
    )
    mails = pl.DataFrame(
        {"lead": lead, "sent": sent, "brought": brought, "issue": random.integers(1, 7, count)}
    )
    welcome = (leads["withdrawn_at"].to_numpy()[lead] > sent) & reachable(leads)[lead]
    by_mail = np.full(count, CHANNEL_NUMBER["Email"])
    welcome &= ~chunk.withheld(leads["person"].to_numpy()[lead], by_mail, sent)
    return mails.filter(pl.Series(welcome))


def webinar_touches(chunk: Chunk) -> pl.DataFrame:
    """Webinar registrations, one row each, for webinars that took place by `until`; also of staff.

    Beside the common columns: `webinar` (number), `joined_at` (`NEVER` if the person did not come)
    and `minutes` in the session. `at` is the time of registration.
    """
    random, calendar, leads = chunk.random(3), chunk.programme.calendar, chunk.leads
    created = leads["created_at"].to_numpy()
    brought = np.flatnonzero(leads["channel"].to_numpy() == CHANNEL_NUMBER["Webinar"])
    later = np.repeat(np.arange(leads.height), random.poisson(0.10, leads.height))
    lead = np.concatenate([brought, later])
    wait = random.exponential(60 * SECONDS_PER_DAY, len(lead)).astype(np.int64)
    at = created[lead] + np.where(np.arange(len(lead)) < len(brought), 0, wait)
    webinar = chunk.programme.next_webinar(at)
    starts = chunk.programme.webinar_starts(webinar)
    attends = random.random(len(lead)) < 0.48
    joined = starts + random.integers(-400, 1_200, len(lead))
    of = leads["person"].to_numpy()[lead]
    attends &= ~in_gap(chunk, of, np.maximum(joined, at + 60))
    takes_place = (
        ~in_gap(chunk, of, at) & (starts + 7_200 < calendar.cutoff_at) & reachable(leads)[lead]
    )
    channel = np.full(len(lead), CHANNEL_NUMBER["Webinar"])
    touches = pl.DataFrame(
        {
            "lead": lead,
            "person": leads["person"].to_numpy()[lead],
            "at": np.where(takes_place, at, NEVER),
            "action": pl.repeat("webinar_registered", len(lead), dtype=pl.String, eager=True),
            "channel": channel,
            "campaign": chunk.programme.campaign_at(
                channel, leads["product"].to_numpy()[lead], starts
            ),
            "content": chunk.programme.webinar_content(webinar),
            "webinar": webinar,
            "joined_at": np.where(attends, np.maximum(joined, at + 60), NEVER),
            "minutes": random.integers(4, 58, len(lead)),
        }
    )
    return within_calendar(chunk, pl.concat([touches, staff_webinars(chunk)]))


def download_touches(chunk: Chunk) -> pl.DataFrame:
    """Downloads of gated content, also by staff. Leads of content syndication begin with one."""
    random, leads = chunk.random(4), chunk.leads
    created, depth = leads["created_at"].to_numpy(), leads["depth"].to_numpy()
    brought = np.flatnonzero(leads["channel"].to_numpy() == CHANNEL_NUMBER["Content Syndication"])
    more = np.repeat(np.arange(leads.height), random.poisson(0.4 + 0.3 * depth))
    lead = np.concatenate([brought, more])
    first = np.arange(len(lead)) < len(brought)
    at = np.where(first, created[lead] - 90, around(random, created[lead], depth[lead]))
    region = leads["region"].to_numpy()[lead]
    channel = touch_channels(random, leads["channel"].to_numpy()[lead], region)
    person = leads["person"].to_numpy()[lead]
    kept = chunk.withheld(person, channel, at)
    content = chunk.programme.content_at(random.random(len(lead)), at)
    content = for_persona(chunk.random(39), chunk, person, content)
    wanted = reachable(leads)[lead] & ~in_gap(chunk, person, at)
    channel = np.where(kept, CHANNEL_NUMBER["Direct"], channel)
    channel = np.where(first, CHANNEL_NUMBER["Content Syndication"], channel)
    touches = pl.DataFrame(
        {
            "lead": lead,
            "person": person,
            "at": np.where(wanted, at, NEVER),
            "action": pl.repeat("content_download", len(lead), dtype=pl.String, eager=True),
            "channel": channel,
            "campaign": chunk.programme.campaign_at(channel, leads["product"].to_numpy()[lead], at),
            "content": content,
        }
    )
    return within_calendar(chunk, pl.concat([touches, staff_downloads(chunk)]))


def call_touches(chunk: Chunk) -> pl.DataFrame:
    """Telemarketing calls: those that bring a lead, those that follow up an MQL, none unwanted.

    Beside the common columns: `outcome`, `linked` (the list carries the lead's id).
    """
    random, leads = chunk.random(5), chunk.leads
    created, mql = leads["created_at"].to_numpy(), leads["mql_at"].to_numpy()
    brought = np.flatnonzero(leads["channel"].to_numpy() == CHANNEL_NUMBER["Telemarketing"])
    more = np.repeat(np.arange(leads.height), random.poisson(0.9, leads.height) * (mql < NEVER))
    lead = np.concatenate([brought, more])
    first = np.arange(len(lead)) < len(brought)
    wait = (random.lognormal(0.6, 1.0, len(lead)) * SECONDS_PER_DAY).astype(np.int64)
    offset = UTC_OFFSET_HOURS[leads["region"].to_numpy()[lead]] * 3600
    follow_up = in_office(mql[lead] + wait, mql[lead], offset)
    at = np.where(first, created[lead] - 240, follow_up)
    do_not_call = chunk.people["do_not_call"].to_numpy()[leads["person"].to_numpy()[lead]]
    outcome = random.choice(len(CALL_OUTCOMES), len(lead), p=(0.42, 0.30, 0.14, 0.11, 0.03))
    outcome = np.where(first, 0, outcome)
    channel = np.full(len(lead), CHANNEL_NUMBER["Telemarketing"])
    return within_calendar(
        chunk,
        pl.DataFrame(
            {
                "lead": lead,
                "person": leads["person"].to_numpy()[lead],
                "at": np.where(do_not_call & ~first, NEVER, at),
                "action": pick([f"call_{name.lower().replace(' ', '_')}" for name in CALL_OUTCOMES],
                               outcome),
                "channel": channel,
                "campaign": chunk.programme.campaign_at(
                    channel, leads["product"].to_numpy()[lead], at
                ),
                "content": np.full(len(lead), -1),
                "outcome": pick(CALL_OUTCOMES, outcome),
                "linked": ~first & (random.random(len(lead)) < 0.8),
            }
        ),
    )  # fmt: skip


def reachable(leads: pl.DataFrame) -> Flags:
    """Leads whose person gave a real e-mail address in every record."""
    flawed = leads.filter(pl.col("flaw") != NO_FLAW)["person"]
    reachable: Flags = (~leads["person"].is_in(flawed.implode())).to_numpy()
    return reachable
