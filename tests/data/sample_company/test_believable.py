"""What makes the sample company believable is in its files, as often as the truth says."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from data.sample_company.journeys import Touches, count_touches
from data.sample_company.world.chunk import draw_chunks
from data.sample_company.world.planted import NEVER
from data.sample_company.write import SampleSize
from tests.data.sample_company.written import UNTIL, Sample, in_usd, moment, usd_per_unit

OWN_DOMAIN = "@aldera-systems.com"

SALES = ("Outbound Sales", "Partner")

MOST_A_DAY = 200


@pytest.fixture(scope="module")
def events(sample: Sample) -> list[Any]:
    return sample.events()


def rows(sample: Sample, name: str, *columns: str) -> list[tuple[Any, ...]]:
    return sample.table(name).select(*columns).rows()


def at(event: Any) -> int:
    return int(event["event_timestamp"])


def test_marketing_sources_about_two_fifths_of_a_large_sample() -> None:
    programme = SampleSize(12_000, UNTIL, seed=5).programme()
    won, touched = 0, 0
    for chunk in draw_chunks(programme, 12_000):
        deals = chunk.existing_deals
        is_won = deals["won"] & (deals["closed_at"] < int(NEVER))
        won += int(deals.filter(is_won)["usd_cents"].sum())
        touched += count_touches(chunk, Touches.of(chunk))["won_touched_before"]["usd_cents"]
    assert 0.38 < touched / won < 0.42


def test_sales_and_partners_bring_the_rest(sample: Sample) -> None:
    realised, planted = sample.realised, sample.truth["planted"]
    sides = [realised[f"won_by_{name}"] for name in ("marketing", "sales", "partner")]
    won = realised["deals"]["won"]
    assert sum(side["deals"] for side in sides) == won["deals"]
    total = sum(Decimal(str(side["usd"])) for side in sides)
    assert total == Decimal(str(won["usd"]))
    assert all(side["usd"] > 0.1 * won["usd"] for side in sides)
    source = dict(rows(sample, "salesforce_leads.csv", "Lead ID", "Lead Source"))
    assert set(planted["sales_channels"]) == set(SALES) < set(source.values())
    deals = rows(sample, "salesforce_opportunities.csv", "Primary Lead ID", "Won")
    by_lead = Counter(source[lead] or "" for lead, is_won in deals if lead and is_won == "true")
    ours = [realised["won_by_sales"]["deals"], realised["won_by_partner"]["deals"]]
    assert by_lead[SALES[0]] < ours[0]
    assert by_lead[SALES[1]] < ours[1]
    assert by_lead[SALES[0]] + by_lead[SALES[1]] > 0
    marketings = sum(count for name, count in by_lead.items() if name not in SALES)
    assert marketings <= realised["won_by_marketing"]["deals"] <= marketings + won["deals"] // 10


def test_own_staff_is_in_every_system(sample: Sample, events: list[Any]) -> None:
    staff = {
        contact
        for contact, email in rows(sample, "salesforce_contacts.csv", "Contact ID", "Email")
        if email.endswith(OWN_DOMAIN)
    }
    visits = sum(event["user_id"] in staff for event in events)
    downloads = sample.table("content_downloads.csv")["Email"].str.ends_with(OWN_DOMAIN).sum()
    listened = rows(sample, "webinar_attendance.xlsx", "Email", "Attended")
    webinars = sum(
        1 + (attended == "Yes") for email, attended in listened if email.endswith(OWN_DOMAIN)
    )
    assert min(visits, downloads, webinars) > 0
    assert sample.realised["own_staff"] == {
        "people": len(staff),
        "touches": visits + downloads + webinars,
    }


def test_machines_make_hundreds_of_hits_a_day_and_nobody_else_does(
    sample: Sample, events: list[Any]
) -> None:
    days = Counter((event["user_pseudo_id"], event["event_date"]) for event in events)
    machines = {visitor for (visitor, _), hits in days.items() if hits > MOST_A_DAY}
    theirs = [hits for (visitor, _), hits in days.items() if visitor in machines]
    assert min(theirs) > MOST_A_DAY, "a day of a machine that passes for a person's"
    assert sample.realised["machines"] == {"visitors": len(machines), "touches": sum(theirs)}
    others = [hits for (visitor, _), hits in days.items() if visitor not in machines]
    assert max(others) < MOST_A_DAY / 2


def test_anonymous_visitors_return_and_say_who_they_are(sample: Sample, events: list[Any]) -> None:
    known: dict[tuple[str, int], bool] = defaultdict(bool)
    for event in events:
        values = {each["key"]: each["value"] for each in event["event_params"]}
        session = int(values["ga_session_id"]["int_value"])
        known[event["user_pseudo_id"], session] |= event["user_id"] is not None
    first: dict[str, int] = {}
    first_known: dict[str, int] = {}
    for (visitor, session), is_known in known.items():
        first[visitor] = min(session, first.get(visitor, session))
        if is_known:
            first_known[visitor] = min(session, first_known.get(visitor, session))
    returned = sum(first[visitor] < session for visitor, session in first_known.items())
    assert sample.realised["returning_visitors"]["visitors"] == returned > 100


def test_accounts_won_twice_and_refunds_are_those_of_the_truth(sample: Sample) -> None:
    rates = usd_per_unit(sample)
    deals = {
        row["Opportunity ID"]: row
        for row in sample.table("salesforce_opportunities.csv").iter_rows(named=True)
    }
    wins = Counter(row["Account ID"] for row in deals.values() if row["Won"] == "true")
    twice = sum(count > 1 for count in wins.values())
    assert sample.realised["accounts_won_twice"]["accounts"] == twice > 0
    sold: dict[str, list[str]] = defaultdict(list)
    changes = rows(
        sample, "salesforce_opportunity_history.csv", "Opportunity ID", "Stage", "Amount"
    )
    for deal, stage, amount in changes:
        if stage == "Closed Won":
            sold[deal].append(amount)
    refunds = {deal: amounts for deal, amounts in sold.items() if len(amounts) > 1}
    back = Decimal(0)
    for deal, (before, after) in refunds.items():
        row = deals[deal]
        assert row["Amount"] == after
        assert int(after) < int(before)
        closed_on = moment(row["Closed At"]).date()
        back += in_usd(rates, str(int(before) - int(after)), row["Currency"], closed_on)
    realised = sample.realised["refunded"]
    assert (realised["deals"], Decimal(str(realised["usd"]))) == (len(refunds), back)
    assert 0 < len(refunds) < sample.realised["deals"]["won"]["deals"] / 5


def test_brand_search_comes_late_in_what_others_began(sample: Sample, events: list[Any]) -> None:
    assert sample.truth["planted"]["incremental"] == {"Brand Search": 0.0}
    source = dict(rows(sample, "salesforce_leads.csv", "Lead ID", "Lead Source"))
    visits: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    brought: dict[str, set[str]] = defaultdict(set)
    for event in events:
        traffic = event["collected_traffic_source"]
        is_brand = (traffic["manual_campaign_name"] or "").startswith("Aldera Brand")
        assert is_brand == ("aldera" in traffic.get("manual_term", ""))
        visits[event["user_pseudo_id"]].append((at(event), is_brand))
        if event["user_id"] is not None:
            brought[event["user_pseudo_id"]].add(source.get(event["user_id"]) or "")
    firsts = [
        min(visits[visitor])[1] for visitor, names in brought.items() if "Brand Search" in names
    ]
    assert len(firsts) > 20
    assert statistics.mean(firsts) < 0.2, "of a second device only the last visit is known"
    others = [min(visits[visitor])[1] for visitor in brought]
    assert statistics.mean(others) < 0.06
    assert sum(is_brand for each in visits.values() for _, is_brand in each) > 100


def test_one_channel_takes_three_times_as_long_at_its_own_rates(sample: Sample) -> None:
    assert sample.truth["planted"]["slowness"] == {"Webinar": 3.0}
    source = dict(rows(sample, "salesforce_leads.csv", "Lead ID", "Lead Source"))
    entered: dict[str, dict[str, datetime]] = defaultdict(dict)
    history = rows(sample, "salesforce_lead_history.csv", "Lead ID", "New Value", "Edit Date")
    for lead, status, edited in history:
        entered[lead].setdefault(status, moment(edited))
    days: dict[bool, list[float]] = defaultdict(list)
    for lead, reached in entered.items():
        if "Marketing Qualified" in reached:
            lag = reached["Marketing Qualified"] - reached["New"]
            days[source[lead] == "Webinar"].append(lag / timedelta(days=1))
    slow, quick = statistics.median(days[True]), statistics.median(days[False])
    assert slow / quick == pytest.approx(3.0, rel=0.3)


def test_the_arms_of_experiments_are_those_of_the_truth(sample: Sample, events: list[Any]) -> None:
    lead_of = rows(sample, "salesforce_leads.csv", "Lead ID", "Email")
    by_email = defaultdict(list)
    for lead, email in lead_of:
        by_email[(email or "").strip().lower()].append(lead)
    qualified = defaultdict(list)
    history = rows(sample, "salesforce_lead_history.csv", "Lead ID", "New Value", "Edit Date")
    for lead, status, edited in history:
        if status == "Marketing Qualified":
            qualified[lead].append(edited[:10])
    arms = rows(sample, "experiment_arms.csv", "experiment_id", "email", "role")
    assert len({(key, email) for key, email, _ in arms}) == len(arms)
    registered = sample.table("experiments.csv").rows(named=True)
    assert [each["experiment_id"] for each in registered] == ["EX-01", "EX-02"]
    for each in registered:
        first, last = each["starts_on"], each["ends_on"]
        assert (
            each["channel"]
            == sample.truth["planted"]["experiments"][each["experiment_id"]]["channel"]
        )
        found: Counter[str] = Counter()
        controls = set()
        for key, email, role in arms:
            if key != each["experiment_id"]:
                continue
            found[f"{role}_members"] += 1
            dates = [day for lead in by_email[email] for day in qualified[lead]]
            found[f"{role}_mqls"] += any(first <= day <= last for day in dates)
            if role == "control":
                controls.add(email)
        realised = sample.realised["experiments"][each["experiment_id"]]
        for name, count in found.items():
            assert abs(realised[name] - count) <= (1 if name.endswith("mqls") else 0), name
        if each["channel"] == "Email":
            mails = rows(sample, "email_engagement.csv", "Recipient", "Timestamp", "Event")
            assert not [
                email
                for email, sent, event in mails
                if email in controls and event != "unsubscribe" and first <= sent[:10] <= last
            ]
    assert sample.truth["planted"]["experiments"]["EX-01"]["lift"] == 0.5
    assert sample.truth["planted"]["experiments"]["EX-02"]["lift"] == 0.0
