"""A small company to look at: the same rows on every machine, dated 2024 to March 2026."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.schema.contract import columns
from data.schema.tables import TABLES
from data.storage.store import Store

FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2026, 3, 31)
LOADED_AT = datetime(2026, 4, 1, 6, 30)
HOSTILE = "![x](http://evil.example/a.png) :red[b] $c$ <b>d</b> :material/home: :smile: =1+1"

CHANNELS = ("Paid Search", "Webinar", "Email", "Organic Search", "Trade Fair", "Referral")
REGIONS = ("North", "East", "South", "West")
PRODUCTS = ("Analytics", "Workflow")
OWNERS = ("Ada", "Ben", "Chen Wei", "Dana")
INDUSTRIES = ("Manufacturing", "Logistics", "Retail", "Health")
STEP_RATES = {"mql": 0.52, "sql": 0.48, "opportunity": 0.55, "won": 0.34}
CHANNEL_LIFT = {"Webinar": 1.2, "Referral": 1.35, "Email": 0.8}


def publish(store: Store, *, leads: int = 1500, unpriced: bool = False) -> None:
    """Write the company into the store; `unpriced` adds a won deal without an exchange rate."""
    publish_rows(store, rows_by_table(leads, unpriced=unpriced))


def publish_rows(store: Store, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Write the rows of tables into the store, and derive."""
    with store.writing() as part, Draft.open(part) as draft:
        for name, rows in tables.items():
            frame = pl.DataFrame(rows, schema=columns(TABLES[name]), orient="row")
            draft.attach("incoming", frame)
            draft.execute(f'INSERT INTO "{name}" SELECT * FROM incoming')
            draft.detach("incoming")
        rebuild(draft, Definitions.load())


def rows_by_table(leads: int, *, unpriced: bool = False) -> dict[str, list[dict[str, Any]]]:
    """The rows of every canonical and bookkeeping table that the company fills."""
    dice = random.Random(20260401)
    tables: dict[str, list[dict[str, Any]]] = {
        "account": [],
        "lead": [],
        "person": [],
        "stage_change": [],
        "opportunity": [],
        "interaction": [],
        "campaign": _campaigns(),
        "campaign_spend": _spend(dice),
        "load": _loads(leads),
        "rejected_row": _rejected(),
    }
    for number in range(max(leads // 3, 1)):
        tables["account"].append(
            {
                "account_id": f"A{number:05d}",
                "name": HOSTILE if number == 0 else f"Company {number:05d}",
                "industry": dice.choice(INDUSTRIES),
                "size_band": dice.choice(("1-50", "51-500", "501+")),
                "country": "Germany",
                "region": dice.choice(REGIONS),
                "relationship": "prospect",
                "load_id": "L1",
            }
        )
    for number in range(leads):
        _add_lead(tables, number, dice)
    if unpriced:
        tables["opportunity"][0] |= {
            "currency": "CHF",
            "outcome": "won",
            "closed_at": datetime(2026, 3, 20, 12),
            "original_amount": Decimal("9000.00"),
        }
    return tables


def _add_lead(tables: dict[str, list[dict[str, Any]]], number: int, dice: random.Random) -> None:
    days = (LAST_DAY - FIRST_DAY).days
    created = datetime(2024, 1, 1, 9, tzinfo=UTC).replace(tzinfo=None) + timedelta(
        days=int(days * dice.random() ** 0.8), minutes=number % 600
    )
    channel = dice.choice(CHANNELS)
    account = tables["account"][dice.randrange(len(tables["account"]))]["account_id"]
    lead_id, person_id = f"LD{number:06d}", f"p_{number:020x}"
    owner, product = dice.choice(OWNERS), dice.choice(PRODUCTS)
    tables["person"].append({"person_id": person_id, "account_id": account, "load_id": "L1"})
    tables["lead"].append(
        {
            "lead_id": lead_id,
            "person_id": person_id,
            "account_id": account,
            "created_at": created,
            "channel": None if number % 37 == 0 else channel,
            "campaign_id": f"C{CHANNELS.index(channel)}",
            "owner": owner,
            "region": dice.choice(REGIONS),
            "product": product,
            "grade": dice.choice("ABC"),
            "load_id": "L1",
        }
    )
    tables["interaction"].append(
        {
            "interaction_id": f"I{number:06d}",
            "person_id": person_id,
            "occurred_at": created - timedelta(hours=2),
            "action": dice.choice(("form_submit", "page_view", "webinar_attend")),
            "channel": channel if number % 5 else "Outbound Sales",
            "campaign_id": f"C{CHANNELS.index(channel)}",
            "load_id": "L3",
        }
    )
    entered = created
    for stage, rate in STEP_RATES.items():
        if dice.random() > rate * CHANNEL_LIFT.get(channel, 1.0):
            break
        entered += timedelta(days=1 + int(dice.expovariate(1 / 16)))
        if entered.date() > LAST_DAY:
            break
        if stage in ("mql", "sql"):
            tables["stage_change"].append(_entry(lead_id, stage, entered))
        elif stage == "opportunity":
            tables["opportunity"].append(_deal(lead_id, account, entered, owner, product, dice))
        else:
            tables["opportunity"][-1] |= {"outcome": "won", "closed_at": entered}


def _entry(lead_id: str, stage: str, entered: datetime) -> dict[str, Any]:
    return {
        "subject_kind": "lead",
        "subject_id": lead_id,
        "stage": stage,
        "entered_at": entered,
        "inferred_from": "history",
        "load_id": "L1",
    }


def _deal(
    lead_id: str, account: str, opened: datetime, owner: str, product: str, dice: random.Random
) -> dict[str, Any]:
    return {
        "opportunity_id": f"O-{lead_id}",
        "account_id": account,
        "primary_lead_id": lead_id,
        "created_at": opened,
        "original_amount": Decimal(4000 + dice.randrange(60000)),
        "currency": "USD",
        "stage": "Proposal",
        "outcome": "open",
        "owner": owner,
        "product": product,
        "load_id": "L2",
    }


def _campaigns() -> list[dict[str, Any]]:
    return [
        {
            "campaign_id": f"C{number}",
            "name": HOSTILE if number == 0 else f"{channel} always on",
            "channel": channel,
            "product": PRODUCTS[number % 2],
            "load_id": "L1",
        }
        for number, channel in enumerate(CHANNELS)
    ]


def _spend(dice: random.Random) -> list[dict[str, Any]]:
    return [
        {
            "campaign_id": f"C{campaign}",
            "spend_on": FIRST_DAY + timedelta(days=day),
            "original_cost_amount": Decimal(120 + dice.randrange(200)),
            "currency": "USD",
            "impressions": 1000,
            "clicks": 20,
            "load_id": "L4",
        }
        for campaign in range(3)
        for day in range(0, (LAST_DAY - FIRST_DAY).days, 7)
    ]


def _loads(leads: int) -> list[dict[str, Any]]:
    files = (
        ("L1", "leads.csv", "salesforce_lead", leads + 3, 3),
        ("L2", "deals.csv", "salesforce_opportunity", 400, 0),
        ("L3", "webinar <b>visitors</b>.csv", "engagement", leads, 0),
        ("L4", "spend.csv", "google_ads", 350, 0),
    )
    return [
        {
            "load_id": load_id,
            "file_name": name,
            "sha256": load_id.lower().ljust(64, "0"),
            "mapping": mapping,
            "rows_read": read,
            "rows_kept": read - rejected,
            "rows_changed": 0,
            "rows_rejected": rejected,
            "as_of": LOADED_AT - timedelta(days=10 if load_id == "L4" else 0),
            "started_at": LOADED_AT + timedelta(minutes=number),
            "finished_at": LOADED_AT + timedelta(minutes=number, seconds=4),
        }
        for number, (load_id, name, mapping, read, rejected) in enumerate(files)
    ]


def _rejected() -> list[dict[str, Any]]:
    return [
        {
            "load_id": "L1",
            "line": line,
            "kind": kind,
            "reason": reason,
            "column": column,
            "value": value,
            "row": "{}",
        }
        for line, kind, reason, column, value in (
            (17, "unreadable", "not a date", "Create Date", "31.02.2025"),
            (18, "unreadable", "not a date", "Create Date", "=1+1"),
            (204, "missing", "missing key", "Lead ID", None),
        )
    ]
