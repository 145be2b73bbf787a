"""How Salesforce exports a chunk: accounts, contacts, leads, opportunities and their histories."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.exports.spelling import (
    or_placeholder,
    spelled,
    typed_company,
    typed_email,
    typed_phone,
)
from data.sample_company.world.accounts import owner_names
from data.sample_company.world.campaigns import Programme
from data.sample_company.world.channels import CHANNELS
from data.sample_company.world.chunk import Chunk
from data.sample_company.world.planted import NEVER, PRODUCTS, SECONDS_PER_DAY, Integers
from data.sample_company.world.text import (
    choose,
    ids_or_empty,
    pick,
    salesforce_ids,
    times_text,
    true_false,
)
from data.sample_company.world.words import (
    AUTOMATION_USER,
    CITIES,
    COUNTRIES,
)

STATUSES = {
    "mql_at": "Marketing Qualified",
    "recycled_at": "Recycled",
    "requalified_at": "Marketing Qualified",
    "sql_at": "Sales Qualified",
    "regressed_at": "Marketing Qualified",
    "resumed_at": "Sales Qualified",
    "opportunity_at": "Converted",
    "disqualified_at": "Disqualified",
}
"""The Lead Status that each moment of a lead sets, in order."""

_SKIPPED = {"mql_at": "skipped_mql", "sql_at": "skipped_sql"}

_AUTOMATIC = ("mql_at", "requalified_at")

_CONFIRMED_WITHIN = 3_600
"""Seconds within which people confirm by mail that they agree."""

_RATINGS = ("C", "B", "A", None)


def lead_ids(chunk: Chunk, rows: Integers) -> pl.Series:
    """Lead ID of leads of the chunk, null for row -1."""
    return ids_or_empty("00Q", np.where(rows >= 0, chunk.first_lead + rows, -1))


def account_ids(chunk: Chunk, rows: Integers) -> pl.Series:
    """Account ID of accounts of the chunk."""
    return salesforce_ids("001", chunk.accounts["account_number"].to_numpy()[rows])


def deal_ids(chunk: Chunk, rows: Integers) -> pl.Series:
    """Opportunity ID of deals of the chunk, null for row -1."""
    return ids_or_empty("006", np.where(rows >= 0, 2 * chunk.first_lead + rows, -1))


def contact_ids(chunk: Chunk, rows: Integers) -> pl.Series:
    """Contact ID of people of the chunk, null for row -1."""
    numbers = chunk.people["person_number"].to_numpy()[rows]
    return ids_or_empty("003", np.where(rows >= 0, numbers, -1))


def account_export(chunk: Chunk, parents: Integers) -> pl.DataFrame:
    """`salesforce_accounts.csv`: customers, target accounts and every account with a deal.

    `parents` has the row of each account's parent, -1 for none.
    """
    accounts, deals = chunk.accounts, chunk.deals
    rows = np.arange(accounts.height)
    opened = np.full(accounts.height, NEVER)
    happened = deals["created_at"].to_numpy() < chunk.programme.calendar.cutoff_at
    deal_account = deals["account"].to_numpy()
    np.minimum.at(opened, deal_account[happened], deals["created_at"].to_numpy()[happened])
    listed_at = np.where(accounts["listed"].to_numpy(), accounts["listed_at"].to_numpy(), opened)
    won = deals["won"].to_numpy() & (deals["closed_at"].to_numpy() < NEVER)
    kind = choose(np.isin(rows, deal_account[won]), "Customer - Direct", accounts["relationship"])
    city, country = accounts["city"].to_numpy(), accounts["country"].to_numpy()
    return pl.DataFrame(
        {
            "Account ID": account_ids(chunk, rows),
            "Account Name": accounts["name"],
            "Website": "https://www." + accounts["domain"],
            "Industry": accounts["industry"],
            "Employees": accounts["employees"],
            "Billing Country": pick([each.name for each in COUNTRIES], country),
            "Billing State/Province": pick([each.state for each in CITIES], city),
            "Billing City": pick([each.name for each in CITIES], city),
            "Type": kind,
            "Parent Account ID": choose(parents >= 0, account_ids(chunk, parents), None),
            "Account Owner": owner_names(accounts),
            "Created Date": times_text(listed_at),
        }
    ).filter(pl.col("Created Date").is_not_null() & _once(chunk))


def contact_export(chunk: Chunk) -> pl.DataFrame:
    """`salesforce_contacts.csv`: of converted leads, half of the customers, buyers and staff."""
    people, leads = chunk.people, chunk.leads
    rows = np.arange(people.height)
    known = np.full(people.height, NEVER)
    np.minimum.at(known, leads["person"].to_numpy(), leads["opportunity_at"].to_numpy())
    account = people["account"].to_numpy()
    customer = chunk.accounts["relationship"].str.starts_with("Customer").to_numpy()[account]
    listed = chunk.accounts["listed_at"].to_numpy()[account] + 3 * SECONDS_PER_DAY
    customer = (customer & (rows % 2 == 0)) | people["staff"].to_numpy()
    known = np.where(customer, np.minimum(known, listed), known)
    known = np.where(people["buyer"].to_numpy(), np.minimum(known, met_at(chunk)[account]), known)
    city = chunk.accounts["city"].to_numpy()[account]
    return pl.DataFrame(
        {
            "Contact ID": contact_ids(chunk, rows),
            "Account ID": account_ids(chunk, account),
            "First Name": people["first_name"],
            "Last Name": people["last_name"],
            "Email": people["email"],
            "Phone": people["phone"],
            "Title": people["title"],
            "Department": people["department"],
            "Mailing City": pick([each.name for each in CITIES], city),
            "Email Opt Out": true_false(people["withdrawn_at"].to_numpy() < NEVER),
            "Do Not Call": true_false(people["do_not_call"].to_numpy()),
            "Contact Owner": owner_names(chunk.accounts).gather(account),
            "Created Date": times_text(known),
        }
    ).filter(pl.col("Created Date").is_not_null())


def met_at(chunk: Chunk) -> Integers:
    """When sellers came to know the people of each account: before its first deal."""
    met = np.full(chunk.accounts.height, NEVER)
    deals = chunk.existing_deals
    before = deals["created_at"].to_numpy() - 60 * SECONDS_PER_DAY
    np.minimum.at(met, deals["account"].to_numpy(), before)
    return met


def lead_export(chunk: Chunk, owners: pl.Series, tiers: pl.Series) -> pl.DataFrame:
    """`salesforce_leads.csv`: every lead record, as somebody typed it.

    `owners` and `tiers` say who has each lead, and of which level it is.
    """
    random, leads, calendar = chunk.random(10), chunk.leads, chunk.programme.calendar
    count, rows = leads.height, np.arange(leads.height)
    person = leads["person"].to_numpy()
    account = leads["account"].to_numpy()
    people, accounts = chunk.people[person], chunk.accounts[account]
    flaw, duplicate = leads["flaw"].to_numpy(), leads["duplicate_of"].to_numpy() >= 0
    paired = duplicate | np.isin(rows, leads["duplicate_of"].to_numpy())
    city, country = accounts["city"].to_numpy(), accounts["country"].to_numpy()
    score = np.clip(random.normal(32 + 12 * leads["depth"].to_numpy(), 13), 1, 100).astype(int)
    rating = np.where(random.random(count) < 0.06, 3, np.digitize(score, (40, 62)))
    converted_at = leads["opportunity_at"].to_numpy()
    converted = converted_at < NEVER
    withdrawn_at, created = leads["withdrawn_at"].to_numpy(), leads["created_at"].to_numpy()
    confirmed = created + (random.random(count) * _CONFIRMED_WITHIN).astype(np.int64)
    confirmed = np.minimum(confirmed, calendar.cutoff_at - 1)
    consents = chunk.consents[person]
    consent_at = np.where(withdrawn_at < NEVER, withdrawn_at, np.where(consents, confirmed, NEVER))
    withdrawn = withdrawn_at < NEVER
    consent = np.select([withdrawn, consents], [0, 1], 2)
    modified = np.maximum.reduce(
        [created, *(np.where(leads[name].to_numpy() < NEVER, leads[name].to_numpy(), 0)
                    for name in STATUSES)]
    )  # fmt: skip
    campaign = leads["campaign"].to_numpy()
    return pl.DataFrame(
        {
            "Lead ID": lead_ids(chunk, rows),
            "First Name": people["first_name"],
            "Last Name": people["last_name"],
            "Company": typed_company(random, accounts, flaw, duplicate),
            "Email": typed_email(random, people["email"], flaw, duplicate),
            "Phone": typed_phone(random, people["phone"], flaw, paired),
            "Title": or_placeholder(random, people["title"], 0.02),
            "Industry": or_placeholder(random, accounts["industry"], 0.01),
            "Country": spelled(random, [(each.name, each.variants) for each in COUNTRIES], country),
            "State/Province": pick([each.state for each in CITIES], city),
            "City": spelled(random, [(each.name, each.variants) for each in CITIES], city),
            "Lead Source": pick([each.name or None for each in CHANNELS],
                                leads["channel"].to_numpy()),
            "Campaign ID": campaign_ids(chunk.programme, campaign),
            "Lead Owner": owners,
            "Product Interest": pick(PRODUCTS, leads["product"].to_numpy()),
            "Rating": pick(_RATINGS, rating),
            "Lead Score": score,
            "Lead Tier": tiers,
            "Lead Status": lead_status(leads),
            "Created Date": times_text(created),
            "Converted": true_false(converted),
            "Converted Date": times_text(converted_at, "%Y-%m-%d"),
            "Converted Account ID": choose(converted, account_ids(chunk, account), None),
            "Converted Contact ID": contact_ids(chunk, np.where(converted, person, -1)),
            "Converted Opportunity ID": deal_ids(chunk, leads["deal"].to_numpy()),
            "Email Opt Out": true_false(withdrawn),
            "Do Not Call": true_false(people["do_not_call"].to_numpy()),
            "Consent Status": pick(("Withdrawn", "Granted", None), consent),
            "Consent Date": times_text(consent_at),
            "Last Modified Date": times_text(np.minimum(modified, calendar.cutoff_at - 1)),
        }
    )  # fmt: skip


def lead_history_export(chunk: Chunk, owners: pl.Series, reasons: pl.DataFrame) -> pl.DataFrame:
    """`salesforce_lead_history.csv`: every change of Lead Status that was recorded.

    `owners` and `reasons` (`disqualified`, `recycled`) have a row per lead.
    """
    leads = chunk.leads
    created = leads["created_at"].to_numpy()
    frames = [_status_rows(np.arange(leads.height), created, "New", 0)]
    for order, (column, name) in enumerate(STATUSES.items(), start=1):
        times = leads[column].to_numpy()
        skipped = leads[_SKIPPED[column]].to_numpy() if column in _SKIPPED else False
        rows = np.flatnonzero((times < NEVER) & ~np.asarray(skipped))
        frames.append(_status_rows(rows, times[rows], name, order))
    history = pl.concat(frames).sort("lead", "at", "order")
    automatic = [list(STATUSES).index(column) + 1 for column in _AUTOMATIC]
    lead = history["lead"].to_numpy()
    why, recycled = (reasons[name].gather(lead) for name in ("disqualified", "recycled"))
    status = history["status"]
    return pl.DataFrame(
        {
            "Lead ID": lead_ids(chunk, lead),
            "Field/Event": pl.repeat("Status", history.height, eager=True),
            "Old Value": history.select(pl.col("status").shift().over("lead")).to_series(),
            "New Value": status,
            "Edit Date": times_text(history["at"].to_numpy()),
            "Edited By": choose(
                history["order"].is_in(automatic), AUTOMATION_USER, owners.gather(lead)
            ),
            "Reason": choose(
                status == "Disqualified", why, choose(status == "Recycled", recycled, None)
            ),
        }
    )


def lead_status(leads: pl.DataFrame) -> pl.Series:
    """Lead Status of each lead at `until`: what its last recorded moment set."""
    latest, status = leads["created_at"].to_numpy(), np.zeros(leads.height, dtype=np.int64)
    for number, column in enumerate(STATUSES, start=1):
        times = leads[column].to_numpy()
        later = (times < NEVER) & (times >= latest)
        latest, status = np.where(later, times, latest), np.where(later, number, status)
    return pick(("New", *STATUSES.values()), status)


def campaign_ids(programme: Programme, campaigns: Integers) -> pl.Series:
    """Campaign ID of each campaign, null for -1."""
    ids = [*programme.campaigns["id"], None]
    return pick(ids, np.where(campaigns >= 0, campaigns, len(ids) - 1))


def _once(chunk: Chunk) -> pl.Series:
    """All accounts of a chunk, the company's own only of the first."""
    own = np.arange(chunk.accounts.height) == chunk.accounts.height - 1
    return pl.Series(~own | (chunk.number == 0))


def _status_rows(rows: Integers, times: Integers, status: str, order: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "lead": rows,
            "at": times,
            "order": np.full(len(rows), order),
            "status": pl.repeat(status, len(rows), eager=True),
        }
    )
