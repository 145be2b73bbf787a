"""The sample is checked from its files alone: what they say has to be what the truth says."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import phonenumbers
import polars as pl
import pytest

from data.__main__ import main
from data.sample_company.manifest import is_of_sample
from data.sample_company.world import chunk
from data.sample_company.write import SampleSize, write_interactions, write_sample
from tests.data.sample_company.written import LEADS, UNTIL, Sample, in_usd, moment, usd_per_unit

STAGES = ("lead", "mql", "sql", "opportunity", "won")

STAGE_OF_STATUS = {"Marketing Qualified": 1, "Sales Qualified": 2, "Converted": 3}


@pytest.fixture(scope="module")
def young_in_chunks(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    directory = tmp_path_factory.mktemp("young_in_chunks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunk, "LEADS_PER_CHUNK", 400)
        write_sample(directory, SampleSize(1_100, UNTIL, seed=11, months=2))
    return Sample(directory)


@pytest.fixture(params=["sample", "young_in_chunks"])
def any_sample(request: pytest.FixtureRequest) -> Sample:
    found: Sample = request.getfixturevalue(request.param)
    return found


def reached_by_channel(sample: Sample) -> dict[str, dict[str, int]]:
    """Leads that reached each stage or a later one, from leads, lead history and deals."""
    won = set(sample.table("salesforce_opportunities.csv").filter(Won="true")["Opportunity ID"])
    furthest: dict[str, int] = defaultdict(int)
    history = sample.table("salesforce_lead_history.csv")
    for lead, status in history.select("Lead ID", "New Value").iter_rows():
        furthest[lead] = max(furthest[lead], STAGE_OF_STATUS.get(status, 0))
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(STAGES, 0))
    leads = sample.table("salesforce_leads.csv")
    for lead, source, deal in leads.select(
        "Lead ID", "Lead Source", "Converted Opportunity ID"
    ).iter_rows():
        far = 4 if deal in won else furthest[lead]
        for stage in STAGES[: far + 1]:
            counts[source or "Unassigned"][stage] += 1
    return dict(counts)


def test_leads_that_reached_each_stage_are_those_of_the_truth(any_sample: Sample) -> None:
    counts = reached_by_channel(any_sample)
    realised = any_sample.realised["reached_by_channel"]
    assert counts == {channel: by for channel, by in realised.items() if by["lead"]}
    for stage in STAGES:
        total = sum(by[stage] for by in counts.values())
        assert total == any_sample.realised["reached"][stage]
        by_month = any_sample.realised["reached_by_month"].values()
        assert total == sum(month[stage] for month in by_month)


def test_planted_rates_cover_what_mature_leads_did(tmp_path: Path) -> None:
    write_sample(tmp_path, SampleSize(9_000, date(2036, 11, 20), seed=3, months=120))
    sample = Sample(tmp_path)
    reached = sample.realised["reached"]
    for step, rate in sample.truth["planted"]["rates"].items():
        start, end = step.split("_to_")
        tried = reached[start]
        assert abs(reached[end] / tried - rate) < 4.5 * (rate * (1 - rate) / tried) ** 0.5, step
    by_channel = sample.realised["reached_by_channel"]
    for channel, rates in sample.truth["planted"]["rates_by_channel"].items():
        tried, rate = by_channel[channel]["lead"], rates["lead_to_mql"]
        measured = by_channel[channel]["mql"] / tried
        assert abs(measured - rate) < 4.5 * (rate * (1 - rate) / tried) ** 0.5, channel


def test_planted_lags_are_the_median_days_between_stages(sample: Sample) -> None:
    history = sample.table("salesforce_lead_history.csv").with_columns(
        pl.col("Edit Date").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ")
    )
    first = history.group_by("Lead ID", "New Value").agg(pl.col("Edit Date").min())
    wide = first.pivot("New Value", index="Lead ID", values="Edit Date").filter(
        pl.col("Recycled").is_null()
    )
    steps = {
        "lead_to_mql": ("New", "Marketing Qualified"),
        "mql_to_sql": ("Marketing Qualified", "Sales Qualified"),
        "sql_to_opportunity": ("Sales Qualified", "Converted"),
    }
    for step, (start, end) in steps.items():
        days = (wide[end] - wide[start]).dt.total_seconds().drop_nulls() / 86_400
        median = days.median()
        assert isinstance(median, float)
        planted = sample.truth["planted"]["lag_days"][step]["median"]
        assert median == pytest.approx(planted, rel=0.25), step


def test_the_season_shows_in_the_leads_by_month(sample: Sample) -> None:
    leads = {month: by["lead"] for month, by in sample.realised["reached_by_month"].items()}
    high = [leads[f"{year}-{month}"] for year in (2025, 2026) for month in ("03", "10")]
    low = [leads[f"{year}-{month}"] for year in (2025, 2026) for month in ("07", "08")]
    assert sum(high) > 1.2 * sum(low)


def test_won_deals_and_revenue_are_those_of_the_truth(any_sample: Sample) -> None:
    rates = usd_per_unit(any_sample)
    deals = any_sample.table("salesforce_opportunities.csv")
    for name, outcome in (("won", ("true", "true")), ("lost", ("true", "false"))):
        rows = deals.filter(Closed=outcome[0], Won=outcome[1])
        realised = any_sample.realised["deals"][name]
        assert realised["deals"] == rows.height
        total = sum(
            in_usd(rates, amount, currency, moment(closed).date())
            for amount, currency, closed in rows.select(
                "Amount", "Currency", "Closed At"
            ).iter_rows()
        )
        assert Decimal(str(realised["usd"])) == total
        for currency, amount in realised["original"].items():
            found = rows.filter(Currency=currency)["Amount"].cast(pl.Int64).sum()
            assert found == amount
        no_lead = rows.filter(pl.col("Primary Lead ID").is_null())
        assert any_sample.realised["deals"][f"{name}_without_lead"]["deals"] == no_lead.height
    assert any_sample.realised["deals"]["open"]["deals"] == deals.filter(Closed="false").height


def test_spend_in_every_file_is_that_of_the_truth(any_sample: Sample) -> None:
    rates = usd_per_unit(any_sample)
    spent: dict[str, Decimal] = defaultdict(Decimal)
    google = any_sample.table("google_ads_campaigns.csv")
    for name, day, cost in google.select("Campaign", "Day", "Cost").iter_rows():
        channel = "Brand Search" if name.startswith("Aldera Brand") else "Paid Search"
        spent[channel] += in_usd(rates, cost, "USD", date.fromisoformat(day))
    linkedin = any_sample.table("linkedin_ads_campaigns.csv")
    for text, cost in linkedin.select("Start Date (in UTC)", "Total Spent").iter_rows():
        on = datetime.strptime(text, "%m/%d/%Y").date()
        spent["Paid Social"] += in_usd(rates, cost, "EUR", on)
    baidu = any_sample.table("baidu_promotion.csv")
    for day, cost in baidu.select("日期", "消费").iter_rows():
        spent["Baidu Search"] += in_usd(rates, cost, "CNY", date.fromisoformat(day))
    campaigns = any_sample.table("salesforce_campaigns.csv")
    for channel, cost in campaigns.select("Channel", "Actual Cost").drop_nulls().iter_rows():
        spent[channel] += Decimal(cost)
    realised = any_sample.realised["spend"]
    assert dict(spent) == {
        name: Decimal(str(cost)) for name, cost in realised["usd_by_channel"].items()
    }
    assert sum(spent.values()) == Decimal(str(realised["usd"]))


def test_planted_oddities_are_counted_as_they_can_be_seen(any_sample: Sample) -> None:
    realised = any_sample.realised
    history = any_sample.table("salesforce_lead_history.csv")
    leads = any_sample.table("salesforce_leads.csv")
    statuses = history.group_by("Lead ID", maintain_order=True).agg(pl.col("New Value"))
    paths = dict(zip(statuses["Lead ID"], statuses["New Value"].to_list(), strict=True))
    recycled = [path for path in paths.values() if "Recycled" in path]
    again = [path for path in recycled if path.index("Recycled") < len(path) - 1]
    assert realised["recycled"] == len(recycled)
    assert realised["requalified"] == len(again)
    assert realised["second_episodes"]["opportunity"] == sum("Converted" in path for path in again)
    assert realised["disqualified"] == sum("Disqualified" in path for path in paths.values())
    far = [path for path in paths.values() if "Sales Qualified" in path or "Converted" in path]
    assert realised["skipped_mql"] == sum("Marketing Qualified" not in path for path in far)
    converted = [path for path in paths.values() if "Converted" in path]
    assert realised["skipped_sql"] == sum("Sales Qualified" not in path for path in converted)
    assert realised["withdrawn_leads"] == leads.filter(pl.col("Email Opt Out") == "true").height
    members = leads["Converted Opportunity ID"].drop_nulls().value_counts()
    assert realised["shared_deals"] == members.filter(pl.col("count") > 1).height
    assert (history["New Value"] == "Disqualified").sum() == history.filter(
        pl.col("New Value") == "Disqualified", pl.col("Reason").is_not_null()
    ).height


def test_as_many_people_as_planted_are_behind_the_lead_records(any_sample: Sample) -> None:
    leads = any_sample.table("salesforce_leads.csv")
    groups: dict[str, str] = {}

    def root(key: str) -> str:
        while groups.setdefault(key, key) != key:
            key = groups[key]
        return key

    for lead, email, phone in leads.select("Lead ID", "Email", "Phone").iter_rows():
        address = (email or "").strip().lower()
        digits = "".join(filter(str.isdigit, phone or "")).removeprefix("00")
        keys = [address] if address.count("@") == 1 else []
        keys += [digits] if digits and digits != "13800138000" else []
        for key in keys:
            groups[root(key)] = root(lead)
        groups.setdefault(lead, lead)
    people = {root(lead) for lead in leads["Lead ID"]}
    realised = any_sample.realised
    flawed = realised["invalid_email_leads"] + realised["placeholder_leads"]
    assert 0 <= len(people) - realised["people"] <= flawed
    assert leads.height - realised["people"] > realised["duplicate_pairs"] > 0


def test_histories_chain_and_end_where_the_record_stands(any_sample: Sample) -> None:
    history = any_sample.table("salesforce_lead_history.csv").with_columns(
        before=pl.col("New Value").shift().over("Lead ID"),
        earlier=pl.col("Edit Date").shift().over("Lead ID"),
    )
    chained = history.filter(pl.col("before").is_not_null())
    assert (chained["Old Value"] == chained["before"]).all()
    assert (chained["Edit Date"] >= chained["earlier"]).all()
    last = history.group_by("Lead ID").agg(pl.col("New Value").last())
    leads = any_sample.table("salesforce_leads.csv").join(last, on="Lead ID")
    assert leads.height == any_sample.truth["size"]["leads"]
    assert (leads["Lead Status"] == leads["New Value"]).all()

    stages = any_sample.table("salesforce_opportunity_history.csv")
    ends = stages.group_by("Opportunity ID").agg(
        pl.col("Stage", "Amount").last().name.prefix("last "), start=pl.col("Stage").first()
    )
    deals = any_sample.table("salesforce_opportunities.csv").join(ends, on="Opportunity ID")
    assert deals.height == any_sample.truth["rows"]["salesforce_opportunities.csv"]
    assert (deals["Stage"] == deals["last Stage"]).all()
    assert (deals["Amount"] == deals["last Amount"]).all()
    assert (deals["start"] == "Prospecting").all()


def test_every_reference_leads_to_a_record(any_sample: Sample) -> None:
    keys = {
        "Lead ID": "salesforce_leads.csv",
        "Account ID": "salesforce_accounts.csv",
        "Contact ID": "salesforce_contacts.csv",
        "Opportunity ID": "salesforce_opportunities.csv",
        "Campaign ID": "salesforce_campaigns.csv",
        "Content ID": "content_assets.csv",
    }
    known = {key: set(any_sample.table(name)[key]) for key, name in keys.items()}
    seen = set()
    for name in any_sample.truth["rows"]:
        if not name.endswith((".csv", ".xlsx")) or name == "exchange_rates.csv":
            continue
        table = any_sample.table(name)
        for column in table.columns:
            key = re.sub("^(Converted|Primary|Parent) ", "", column)
            key = {"推广计划ID": "Campaign ID"}.get(key, key)
            if key in known:
                assert set(table[column].drop_nulls()) <= known[key], (name, column)
                seen.add((name, column))
    assert len(seen) > 20
    for key in keys:
        table = any_sample.table(keys[key])
        assert table[key].n_unique() == table.height
    users = {event["user_id"] for event in any_sample.events()} - {None}
    assert users
    assert users <= known["Lead ID"] | known["Contact ID"]


def test_interactions_join_to_people_by_email(sample: Sample) -> None:
    people = set(sample.table("salesforce_leads.csv")["Email"].drop_nulls().str.strip_chars())
    people |= set(sample.table("salesforce_contacts.csv")["Email"])
    known = {email.lower() for email in people}
    for name, column in (
        ("email_engagement.csv", "Recipient"),
        ("content_downloads.csv", "Email"),
        ("webinar_attendance.xlsx", "Email"),
        ("sales_activities.csv", "email"),
        ("event_activities.csv", "email"),
        ("suppression_list.csv", "email"),
    ):
        assert set(sample.table(name)[column]) <= known, name


def test_nothing_happens_after_until_or_before_the_start(any_sample: Sample) -> None:
    layouts = {
        "salesforce_leads.csv": ("Created Date", "%Y-%m-%dT%H:%M:%S%.fZ"),
        "salesforce_lead_history.csv": ("Edit Date", "%Y-%m-%dT%H:%M:%S%.fZ"),
        "salesforce_opportunities.csv": ("Created Date", "%Y-%m-%dT%H:%M:%S%.fZ"),
        "salesforce_opportunity_history.csv": ("Last Modified Date", "%Y-%m-%dT%H:%M:%S%.fZ"),
        "email_engagement.csv": ("Timestamp", "%Y-%m-%dT%H:%M:%SZ"),
        "content_downloads.csv": ("Downloaded At", "%Y-%m-%d %H:%M:%S"),
        "webinar_attendance.xlsx": ("Registration Time", "%Y-%m-%d %H:%M:%S"),
        "telemarketing_list.csv": ("Call Date", "%d.%m.%Y %H:%M"),
        "sales_activities.csv": ("occurred_at", "%Y-%m-%dT%H:%M:%SZ"),
        "event_activities.csv": ("occurred_at", "%Y-%m-%dT%H:%M:%SZ"),
        "consent_log.csv": ("changed_at", "%Y-%m-%dT%H:%M:%SZ"),
        "google_ads_campaigns.csv": ("Day", "%Y-%m-%d"),
        "linkedin_ads_campaigns.csv": ("Start Date (in UTC)", "%m/%d/%Y"),
        "baidu_promotion.csv": ("日期", "%Y-%m-%d"),
    }
    start = date.fromisoformat(any_sample.truth["size"]["start"])
    for name, (column, layout) in layouts.items():
        days = any_sample.table(name)[column].str.strptime(pl.Date, layout)
        assert days.min() >= start, name  # type: ignore[operator]
        assert days.max() <= UNTIL, name  # type: ignore[operator]
    leave = any_sample.table("webinar_attendance.xlsx")["Leave Time"].drop_nulls()
    assert leave.str.strptime(pl.Date, "%Y-%m-%d %H:%M:%S").max() <= UNTIL  # type: ignore[operator]
    closed = any_sample.table("salesforce_opportunities.csv")["Closed At"].drop_nulls()
    assert all(at < f"{UNTIL}T24" for at in closed)
    dates = [event["event_date"] for event in any_sample.events()]
    assert f"{start:%Y%m%d}" <= min(dates) <= max(dates) <= f"{UNTIL:%Y%m%d}"


def test_truth_counts_the_rows_of_every_file(any_sample: Sample) -> None:
    written = {path.name for path in any_sample.directory.iterdir()}
    assert set(any_sample.truth["rows"]) == written - {"truth.json", "manifest.json"}
    for name, rows in any_sample.truth["rows"].items():
        found = (
            len(any_sample.events()) if name.endswith("jsonl") else any_sample.table(name).height
        )
        assert found == rows, name


def test_every_export_is_known_for_a_sample_and_nothing_else_is(
    sample: Sample, tmp_path: Path
) -> None:
    for name in sample.truth["rows"]:
        path = sample.directory / name
        assert is_of_sample(path, sha256(path.read_bytes()).hexdigest()), name
    leads = sample.directory / "salesforce_leads.csv"
    digest = sha256(leads.read_bytes()).hexdigest()
    assert not is_of_sample(leads, sha256(leads.read_bytes() + b"1").hexdigest()), "edited"
    assert not is_of_sample(tmp_path / leads.name, digest), "no manifest is beside it"
    for text in ("", "[]", "{}", '{"format": "backcast sample", "sha256": []}', "\xff"):
        (tmp_path / "manifest.json").write_text(text, encoding="latin-1")
        assert not is_of_sample(tmp_path / leads.name, digest), text


def test_about_ten_interactions_per_lead(sample: Sample, tmp_path: Path) -> None:
    count = write_interactions(tmp_path, SampleSize(LEADS, UNTIL))
    table = pl.read_csv(tmp_path / "interactions.csv", infer_schema=False)
    assert 9 < count / LEADS < 11
    assert count == table.height == table["interaction_id"].n_unique()
    systems = {
        "ga4": "web_events.jsonl",
        "email": "email_engagement.csv",
        "content": "content_downloads.csv",
        "telemarketing": "telemarketing_list.csv",
        "sales": "sales_activities.csv",
        "event_platform": "event_activities.csv",
    }
    for system, name in systems.items():
        assert table.filter(source_system=system).height == sample.truth["rows"][name]
    assert not list(tmp_path.glob("*.json*"))


def test_ad_exports_have_the_shape_of_their_platforms(sample: Sample) -> None:
    lines = sample.text("google_ads_campaigns.csv").splitlines()
    assert lines[0] == "Campaign performance report"
    assert lines[1] == '"June 1, 2024 - November 20, 2026"'
    google = sample.table("google_ads_campaigns.csv")
    clicks = google["Clicks"].str.replace_all(",", "").cast(pl.Int64).sum()
    totals = [line for line in lines if line.startswith("Total: ")]
    assert len(totals) == 2
    assert all(f'"{clicks:,}"' in total for total in totals)
    raw = (sample.directory / "linkedin_ads_campaigns.csv").read_bytes()
    assert raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    assert sample.text("linkedin_ads_campaigns.csv").startswith("Campaign Performance Report")
    assert {"日期", "推广计划ID", "推广计划", "展现", "点击", "消费"} <= set(
        sample.table("baidu_promotion.csv").columns
    )


def test_web_events_have_the_shape_of_the_bigquery_export(sample: Sample) -> None:
    for event in sample.events()[:500]:
        seconds = int(event["event_timestamp"]) / 1_000_000
        assert f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d}" == event["event_date"]
        values = {each["key"]: each["value"] for each in event["event_params"]}
        assert values["page_location"]["string_value"].startswith("https://")
        assert int(values["ga_session_id"]["int_value"]) > 0
        assert set(event["collected_traffic_source"]) - {"manual_term"} == {
            "manual_campaign_id",
            "manual_campaign_name",
            "manual_source",
            "manual_medium",
        }


def test_most_phones_and_emails_are_real_enough_to_pass_validation(sample: Sample) -> None:
    phones = sample.table("salesforce_contacts.csv")["Phone"].drop_nulls()
    valid = [phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones]
    assert all(valid)
    emails = sample.table("salesforce_leads.csv")["Email"].fill_null("")
    plausible = emails.str.contains(r"^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$").mean()
    assert plausible is not None
    assert 0.96 < plausible < 0.995  # type: ignore[operator]
    cities = set(sample.table("salesforce_leads.csv")["City"])
    assert len(cities & {"广州", "Guangzhou", "GZ", "广州市", "Guagnzhou"}) >= 3
    assert {"Munich", "München"} <= cities


def test_the_plan_adds_up_over_channels(sample: Sample) -> None:
    plan = sample.table("plan.csv").with_columns(pl.col("target").cast(pl.Decimal(18, 2)))
    assert plan["month_on"].n_unique() == 12
    overall = plan.filter(pl.col("dimension").fill_null("") == "")
    parts = (
        plan.filter(dimension="channel")
        .group_by("month_on", "metric")
        .agg(pl.col("target").sum().alias("parts"))
    )
    both = overall.join(parts, on=["month_on", "metric"])
    assert both.height == overall.height == 12 * 7
    assert (both["target"] == both["parts"]).all()


def test_same_size_seed_and_date_give_the_same_files(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("two", 7), ("other", 8)):
        write_sample(tmp_path / name, SampleSize(120, UNTIL, seed=seed, months=6))
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
    for name in ("salesforce_leads.csv", "web_events.jsonl", "google_ads_campaigns.csv"):
        assert (tmp_path / "one" / name).read_bytes() != (tmp_path / "other" / name).read_bytes()


@pytest.mark.parametrize("leads", [1, 2, 5])
def test_the_smallest_samples_can_be_written(tmp_path: Path, leads: int) -> None:
    write_sample(tmp_path, SampleSize(leads, UNTIL, months=1))
    assert Sample(tmp_path).table("salesforce_leads.csv").height == leads


def test_a_sample_without_leads_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one lead"):
        SampleSize(0, UNTIL)


def test_the_command_writes_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["sample", "--leads", "30", "--out", str(tmp_path), "--until", "2026-11-20"]
    assert main([*common, "--months", "3"]) == 0
    assert "truth.json" in capsys.readouterr().out
    assert main([*common, "--only", "interactions"]) == 0
    assert "rows" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["sample", "--leads", "0", "--out", str(tmp_path)])
    assert "less than 1" in capsys.readouterr().err
