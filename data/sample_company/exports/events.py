"""How web analytics, e-mail, webinar and content systems export a chunk."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.exports.crm import campaign_ids, contact_ids, lead_ids
from data.sample_company.world.channels import BRAND, CHANNEL_NUMBER, CHANNELS
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, WEBSITE, Integers
from data.sample_company.world.text import choose, pick, times_text
from data.sample_company.world.words import CITIES, COUNTRIES

_PAGES = (
    "/", "/products/condition-monitoring", "/products/edge-gateway", "/products/energy-analytics",
    "/pricing", "/resources", "/blog/predictive-maintenance-roi", "/blog/retrofit-checklist",
    "/customers", "/contact", "/zh-cn/", "/zh-cn/products", "/about", "/careers",
)  # fmt: skip

_BROWSERS = ("Chrome", "Edge", "Safari", "Firefox")

_SYSTEMS = ("Windows", "Macintosh", "iOS", "Android")

_DEVICES = ("desktop", "mobile", "tablet")

_FORM_PAGE = "/contact"

_ASSET_PATH = "/resources/"


SEARCH_TERMS = {
    "Paid Search": ("condition monitoring software", "edge gateway industrial", "energy analytics",
                    "predictive maintenance", "vibration analysis"),
    BRAND: ("aldera", "aldera systems", "aldera edge gateway"),
    "Baidu Search": ("设备状态监测", "边缘网关", "能源管理软件"),
}  # fmt: skip
"""The words on which the company buys advertisements, by channel."""


def web_export(chunk: Chunk, touches: pl.DataFrame) -> pl.Series:
    """`web_events.jsonl`: one line of JSON per event, as GA4 exports them to BigQuery.

    64-bit integers are text, as in that export. `user_id` is the Lead ID once it is known; of
    staff it is the Contact ID. Advertisements in searches carry the words searched for.
    """
    random = chunk.random(20)
    at = touches["at"].to_numpy()
    place = touches["place"].to_numpy()
    city, country = chunk.accounts["city"].to_numpy(), chunk.accounts["country"].to_numpy()
    visitor = touches["visitor"].to_numpy()
    content = touches["content"].to_numpy()
    number = at * 1_000_000 + random.integers(0, 1_000_000, len(at))
    known = np.where(touches["known"].to_numpy(), touches["lead"].to_numpy(), -1)
    staff = touches["known"].to_numpy() & (known < 0)
    contacts = contact_ids(chunk, touches["person"].to_numpy())
    visited = touches["page"].to_numpy()
    luck = np.maximum(visited, 0) / 1000
    page = pick(_PAGES, (luck**1.6 * len(_PAGES)).astype(np.int64))
    page = choose(visited < 0, _FORM_PAGE, page)
    asset = content_ids(chunk, content)
    texts = pl.DataFrame(
        {
            "date": times_text(at, "%Y%m%d"),
            "time": pl.Series(number).cast(pl.String),
            "event": touches["action"],
            "page": choose(content >= 0, _ASSET_PATH + asset.str.to_lowercase(), page),
            "asset": asset,
            "engaged": touches["engaged"].cast(pl.String),
            "session": touches["session"].cast(pl.String),
            "visitor": visitor_ids(visitor),
            "user": choose(staff, contacts, lead_ids(chunk, known)),
            "term": search_terms(touches),
            "country": pick([each.name for each in COUNTRIES], country[place]),
            "region": pick([each.state for each in CITIES], city[place]),
            "city": pick([each.name for each in CITIES], city[place]),
            "device": pick(_DEVICES, np.where(visitor % 7 < 5, 0, visitor % 7 - 4)),
            "system": pick(_SYSTEMS, visitor % 4),
            "browser": pick(_BROWSERS, visitor % 11 // 3),
            **traffic_source(chunk, touches),
        }
    )  # fmt: skip

    def quoted(column: str) -> pl.Expr:
        value = pl.col(column)
        return (
            pl.when(value.is_null())
            .then(pl.lit("null"))
            .otherwise(pl.concat_str(pl.lit('"'), value, pl.lit('"'), ignore_nulls=True))
        )

    asset_parameter = (
        pl.when(pl.col("asset").is_null())
        .then(pl.lit(""))
        .otherwise(
            pl.concat_str(
                pl.lit(',{"key":"content_id","value":{"string_value":"'),
                pl.col("asset"),
                pl.lit('"}}'),
                ignore_nulls=True,
            )
        )
    )
    engaged_parameter = (
        pl.when(pl.col("engaged") == "-1")
        .then(pl.lit(""))
        .otherwise(
            pl.concat_str(
                pl.lit(',{"key":"engagement_time_msec","value":{"int_value":"'),
                "engaged",
                pl.lit('"}}'),
            )
        )
    )
    term_parameter = (
        pl.when(pl.col("term").is_null())
        .then(pl.lit(""))
        .otherwise(
            pl.concat_str(pl.lit(',"manual_term":"'), "term", pl.lit('"'), ignore_nulls=True)
        )
    )
    line = pl.concat_str(
        pl.lit('{"event_date":"'), "date",
        pl.lit('","event_timestamp":"'), "time",
        pl.lit('","event_name":"'), "event",
        pl.lit(f'","event_params":[{{"key":"page_location","value":{{"string_value":"https://{WEBSITE}'),
        "page",
        pl.lit('"}},{"key":"ga_session_id","value":{"int_value":"'), "session", pl.lit('"}}'),
        asset_parameter, engaged_parameter,
        pl.lit('],"user_id":'), quoted("user"),
        pl.lit(',"user_pseudo_id":"'), "visitor",
        pl.lit('","device":{"category":"'), "device",
        pl.lit('","operating_system":"'), "system",
        pl.lit('","web_info":{"browser":"'), "browser",
        pl.lit('"}},"geo":{"country":"'), "country",
        pl.lit('","region":"'), "region",
        pl.lit('","city":"'), "city",
        pl.lit('"},"collected_traffic_source":{"manual_campaign_id":'), quoted("campaign_id"),
        pl.lit(',"manual_campaign_name":'), quoted("campaign_name"),
        pl.lit(',"manual_source":'), quoted("source"),
        pl.lit(',"manual_medium":'), quoted("medium"), term_parameter,
        pl.lit('},"platform":"WEB"}'),
    )  # fmt: skip
    return texts.select(line=line)["line"]


def email_export(chunk: Chunk, touches: pl.DataFrame) -> pl.DataFrame:
    """`email_engagement.csv`: one row per thing that happened to a mail."""
    product = chunk.leads["product"].gather(touches["lead"])
    names = pick(("Condition Monitoring Brief", "Edge Update", "Energy Letter"), product)
    campaigns = chunk.programme.campaigns["name"]
    invites = touches["campaign"] >= chunk.programme.running.height
    invitation = "Invitation: " + campaigns.gather(touches["campaign"].clip(0))
    return pl.DataFrame(
        {
            "Event ID": numbered("EM", chunk, touches.height),
            "Recipient": chunk.people["email"].gather(touches["person"]),
            "Event": touches["action"].str.strip_prefix("email_"),
            "Timestamp": times_text(touches["at"].to_numpy(), "%Y-%m-%dT%H:%M:%SZ"),
            "Email Name": choose(
                invites, invitation, names + " #" + touches["issue"].cast(pl.String)
            ),
            "Campaign ID": campaign_ids(chunk.programme, touches["campaign"].to_numpy()),
            "Content ID": content_ids(chunk, touches["content"].to_numpy()),
        }
    )


def webinar_export(chunk: Chunk, touches: pl.DataFrame) -> pl.DataFrame:
    """The rows of sheet `Attendees` of `webinar_attendance.xlsx`."""
    people = chunk.people[touches["person"].to_numpy()]
    joined = touches["joined_at"].to_numpy()
    attended = joined < NEVER
    minutes = touches["minutes"].to_numpy()
    layout = "%Y-%m-%d %H:%M:%S"
    accounts = chunk.accounts["name"].gather(people["account"])
    titles = chunk.programme.content["title"].gather(touches["content"])
    webinar = 89_000_000_000 + touches["webinar"].to_numpy() * 7_413_579
    return pl.DataFrame(
        {
            "Webinar ID": pl.Series(webinar).cast(pl.String),
            "Topic": titles,
            "Attended": pick(("No", "Yes"), attended.astype(np.int64)),
            "First Name": people["first_name"],
            "Last Name": people["last_name"],
            "Email": people["email"],
            "Organization": accounts,
            "Job Title": people["title"],
            "Registration Time": times_text(touches["at"].to_numpy(), layout),
            "Join Time": times_text(joined, layout),
            "Leave Time": times_text(np.where(attended, joined + minutes * 60, NEVER), layout),
            "Time in Session (minutes)": pl.Series(minutes).set(pl.Series(~attended), None),
            "Campaign ID": campaign_ids(chunk.programme, touches["campaign"].to_numpy()),
            "Content ID": content_ids(chunk, touches["content"].to_numpy()),
        }
    )


def download_export(chunk: Chunk, touches: pl.DataFrame) -> pl.DataFrame:
    """`content_downloads.csv`: one row per download of gated content."""
    return pl.DataFrame(
        {
            "Download ID": numbered("DL", chunk, touches.height),
            "Email": chunk.people["email"].gather(touches["person"]),
            "Content ID": content_ids(chunk, touches["content"].to_numpy()),
            "Downloaded At": times_text(touches["at"].to_numpy(), "%Y-%m-%d %H:%M:%S"),
            "Source": channel_names(touches),
            "Campaign ID": campaign_ids(chunk.programme, touches["campaign"].to_numpy()),
        }
    )


def event_export(chunk: Chunk, touches: pl.DataFrame) -> pl.DataFrame:
    """`event_activities.csv`: what the event platform logs, in the warehouse's own column names."""
    return pl.DataFrame(
        {
            "interaction_id": numbered("EV", chunk, touches.height),
            "email": chunk.people["email"].gather(touches["person"]),
            "occurred_at": times_text(touches["at"].to_numpy(), "%Y-%m-%dT%H:%M:%SZ"),
            "action": touches["action"],
            "channel": channel_names(touches),
            "campaign_id": campaign_ids(chunk.programme, touches["campaign"].to_numpy()),
            "source_system": pl.repeat("event_platform", touches.height, eager=True),
        }
    )


def traffic_source(chunk: Chunk, touches: pl.DataFrame) -> dict[str, pl.Series]:
    """Campaign id and name, source and medium of touches, as a link carries them."""
    channel, campaign = touches["channel"].to_numpy(), touches["campaign"].to_numpy()
    names = [*chunk.programme.campaigns["name"], None]
    return {
        "campaign_id": campaign_ids(chunk.programme, campaign),
        "campaign_name": pick(names, np.where(campaign >= 0, campaign, len(names) - 1)),
        "source": pick([each.source for each in CHANNELS], channel),
        "medium": pick([each.medium for each in CHANNELS], channel),
    }


def search_terms(touches: pl.DataFrame) -> pl.Series:
    """What was searched for where an advertisement was clicked, null elsewhere."""
    channel, visitor = touches["channel"].to_numpy(), touches["visitor"].to_numpy()
    words = [word for each in SEARCH_TERMS.values() for word in each]
    number, first = np.full(len(channel), -1), 0
    for name, each in SEARCH_TERMS.items():
        own = channel == CHANNEL_NUMBER[name]
        number = np.where(own, first + visitor % len(each), number)
        first += len(each)
    return pick([*words, None], np.where(number >= 0, number, len(words)))


def channel_names(touches: pl.DataFrame) -> pl.Series:
    """The channel of touches by name."""
    return pick([each.name or None for each in CHANNELS], touches["channel"].to_numpy())


def content_ids(chunk: Chunk, content: Integers) -> pl.Series:
    """Content ID of each asset, null for -1."""
    ids = [*chunk.programme.content["id"], None]
    return pick(ids, np.where(content >= 0, content, len(ids) - 1))


def visitor_ids(visitor: Integers) -> pl.Series:
    """Visitor numbers as GA4 writes them: a number and when the visitor was first seen."""
    first_seen = 1_700_000_000 + visitor % 60_000_000
    return pl.Series(visitor).cast(pl.String) + "." + pl.Series(first_seen).cast(pl.String)


def numbered(prefix: str, chunk: Chunk, count: int) -> pl.Series:
    """Stable identifiers: the number of the chunk and the number of the row in it."""
    row = pl.Series(np.arange(count)).cast(pl.String).str.zfill(7)
    return f"{prefix}{chunk.number:04d}-" + row
