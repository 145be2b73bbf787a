"""How the ERP and marketing's own lists are exported, in the warehouse's own column names."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.exports.crm import account_ids, lead_ids
from data.sample_company.exports.events import numbered
from data.sample_company.world.amounts import CURRENCIES
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.customers.base import CustomerBase
from data.sample_company.world.planted import PRODUCTS
from data.sample_company.world.text import choose, pick, times_text

_DAY = "%Y-%m-%d"


def order_export(chunk: Chunk, base: CustomerBase) -> pl.DataFrame:
    """`erp_orders.csv`: one row per order, the account by its id in the CRM."""
    orders = base.orders
    return pl.DataFrame(
        {
            "order_id": numbered("ERP", chunk, orders.height),
            "account_id": account_ids(chunk, orders["account"].to_numpy()),
            "product": pick(PRODUCTS, orders["product"]),
            "ordered_on": times_text(orders["ordered_at"].to_numpy(), _DAY),
            "amount": orders["amount"],
            "currency": pick(CURRENCIES, orders["currency"]),
            "quantity": orders["quantity"],
            "maintained_until": times_text(orders["maintained_until"].to_numpy(), _DAY),
        }
    )


def target_export(chunk: Chunk, base: CustomerBase) -> pl.DataFrame:
    """`target_accounts.csv`: one row per list and account on it."""
    return base.targets.select(
        "list_name", account_ids(chunk, base.targets["account"].to_numpy()).alias("account_id"),
        "tier",
    )  # fmt: skip


def tag_export(chunk: Chunk, base: CustomerBase) -> pl.DataFrame:
    """`tags.csv`: one row per tag; people are known by their e-mail, the others by their id."""
    tags = base.tags
    kind, subject = tags["subject_kind"], tags["subject"].to_numpy()
    of_account = (kind == "account").to_numpy()
    accounts = account_ids(chunk, np.where(of_account, subject, 0))
    leads = lead_ids(chunk, np.where((kind == "lead").to_numpy(), subject, -1))
    emails = chunk.people["email"].gather(np.where((kind == "person").to_numpy(), subject, 0))
    return pl.DataFrame(
        {
            "tag": tags["tag"],
            "subject_kind": kind,
            "subject_id": choose(of_account, accounts, leads),
            "email": choose(kind == "person", emails, None),
            "starts_on": times_text(tags["starts_at"].to_numpy(), _DAY),
            "ends_on": times_text(tags["ends_at"].to_numpy(), _DAY),
        }
    )


def consent_export(chunk: Chunk, base: CustomerBase) -> pl.DataFrame:
    """`consent_log.csv`: one row per change, as marketing automation keeps it."""
    consent = base.consent
    return pl.DataFrame(
        {
            "email": chunk.people["email"].gather(consent["person"]),
            "channel": consent["channel"],
            "purpose": consent["purpose"],
            "changed_at": times_text(consent["at"].to_numpy(), "%Y-%m-%dT%H:%M:%SZ"),
            "state": choose(consent["granted"], "granted", "withdrawn"),
        }
    )


def suppression_export(chunk: Chunk, base: CustomerBase) -> pl.DataFrame:
    """`suppression_list.csv`: one row per person whom nobody may contact."""
    people = chunk.people[base.suppressed]
    return pl.DataFrame(
        {
            "person_id": numbered("MA", chunk, people.height),
            "email": people["email"],
            "job_title": people["title"],
            "do_not_contact": pl.repeat("true", people.height, dtype=pl.String, eager=True),
        }
    )
