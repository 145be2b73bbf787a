"""Data health: what is loaded, refused and missing, and honest words where nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.definitions import Definitions
from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.health.links import company_links
from metrics.health.values import completeness, unpriced
from metrics.period import in_words as day_in_words
from pages.charts.completeness import UNDATED
from pages.sources.health import tables as health_sections
from pages.sources.health.completeness import MONTHS, by_month, never_filled, newest
from pages.sources.health.score import in_words
from pages.sources.health.source_window import sentences
from tests.pages.company import publish, publish_rows, rows_by_table
from tests.pages.conftest import Cockpit


@pytest.fixture(scope="module")
def unpriced_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("unpriced") / "store"
    publish(Store(path), leads=60, unpriced=True)
    return path


PARTS = {
    "Loads": [
        "Freshness",
        "Rejected rows",
        "How files were read",
        "Files with the same export time",
        "Overlapping ad reports",
        "Load history",
        "When each outcome is first recorded",
        "Rows per table",
    ],
    "Values": [
        "Unrecognised values",
        "Amounts without an exchange rate",
        "Unknown campaigns and assets",
        "Standardised values",
    ],
    "Links": [
        "Not counted anywhere",
        "Deleted and merged records",
        "Missing links",
        "Companies with several names",
        "Possible duplicate people",
        "Leads to tell an owner about",
    ],
    "Completeness": ["Completeness"],
    "Restatements": ["Restatements"],
    "Consent": ["Consent", "Contacted after withdrawing consent"],
}


TOP = ["Health score", "Fix first"]


@pytest.mark.parametrize("part", PARTS)
def test_each_part_shows_its_sections_and_only_these(
    cockpit: Cockpit, company: Path, part: str
) -> None:
    app = cockpit(company, "sources/data_health", health_part=part)
    assert not app.exception
    assert not app.error
    assert [each.value for each in app.header] == [*TOP, *PARTS[part]]


def test_tiles_sum_the_loads_up(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "sources/data_health")
    assert [each.value for each in app.header][2:] == PARTS["Loads"], "the first part is open"
    (sources,) = (each.value for each in app.dataframe if "days_behind" in each.value)
    assert not any("_" in kind for kind in sources["mapping"]), "kinds of file have their titles"
    tiles = {each.label: each.value.replace("\\", "") for each in app.metric}
    assert tiles["Version of the data"] == "1"
    assert tiles["Newest export"] == "2026-04-01"
    assert tiles["Rows rejected"] == "3"
    assert tiles["Unpriced amounts"] == "0"


def test_a_load_in_detail_shows_its_rejected_rows(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "sources/data_health")
    app.selectbox(key="load_detail").set_value("L1").run()
    (rows,) = (each.value for each in app.dataframe if "row" in each.value)
    assert rows["value"].tolist()[:2] == ["31.02.2025", "=1+1"]
    app.selectbox(key="load_detail").set_value("L2").run()
    assert any("No row was rejected" in each.value for each in app.main.caption)


def test_an_amount_without_a_rate_is_named(cockpit: Cockpit, unpriced_company: Path) -> None:
    row = unpriced(open_current(Store(unpriced_company))).row(0, named=True)
    assert (row["what"], row["currency"], row["amounts"]) == ("deals", "CHF", 1)
    app = cockpit(unpriced_company, "sources/data_health", health_part="Values")
    assert not app.exception
    assert not any("Every amount could be converted" in each.value for each in app.markdown)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("Values", "Every amount could be converted"),
        ("Values", "Every name matches one campaign or asset"),
        ("Links", "Every company has one name"),
        ("Restatements", "No number of a closed month was corrected"),
    ],
)
def test_what_is_empty_says_so(cockpit: Cockpit, company: Path, part: str, words: str) -> None:
    app = cockpit(company, "sources/data_health", health_part=part)
    assert words in " ".join(each.value for each in app.markdown)


def test_of_a_long_table_the_first_rows_are_shown(
    cockpit: Cockpit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    tables = rows_by_table(5)
    tables["account"] += [
        {"account_id": f"{kind}:{number}", "name": f"Acme {number}", "name_key": f"acme {number}",
         "load_id": "L1"}
        for number in range(4)
        for kind in ("name", "crm")
    ]  # fmt: skip
    publish_rows(Store(path), tables)
    monkeypatch.setattr(health_sections, "COMPANIES", replace(health_sections.COMPANIES, shown=3))
    app = cockpit(path, "sources/data_health", health_part="Links")
    assert not app.exception
    (shown,) = (each.value for each in app.dataframe if "matched_by" in each.value)
    assert len(shown) == 3
    assert set(shown["matched_by"]) == {"the same name"}
    assert "The first 3 are shown" in " ".join(each.value for each in app.main.caption)
    warehouse = open_current(Store(path))
    assert company_links(warehouse, 3).equals(company_links(warehouse)[:3])
    assert len(company_links(warehouse)) == 4


def test_first_loads_are_folded_until_they_are_asked_for(cockpit: Cockpit, tmp_path: Path) -> None:
    path = tmp_path / "store"
    tables = rows_by_table(5)
    known = {"month_on": date(2026, 1, 1), "metric": "lead", "dimension": "channel"}
    tables["restatement"] = [
        {**known, "load_id": "L1", "segment": "Email", "before": 0.0, "after": 2.0,
         "cause": "first_load"},
        {**known, "load_id": "L2", "segment": "Email", "before": 2.0, "after": 1.0,
         "cause": "changed_rows"},
        {**known, "load_id": None, "segment": "Email", "before": 1.0, "after": 3.0,
         "cause": "definition"},
    ]  # fmt: skip
    publish_rows(Store(path), tables)
    app = cockpit(path, "sources/data_health", health_part="Restatements")
    assert not app.exception

    def causes() -> list[list[str]]:
        return [each.value["cause"].tolist() for each in app.dataframe if "cause" in each.value]

    corrected = ["other definitions", "rows that were corrected"]
    assert [sorted(each) for each in causes()] == [corrected, corrected]
    app.toggle(key="health_first_loads").set_value(True).run()
    assert [sorted(each) for each in causes()] == [
        sorted([*corrected, "first load of this kind of file"])
    ] * 2
    (loads,) = (each.value for each in app.dataframe if "span" in each.value)
    assert loads["file_name"].tolist()[0] == "(the definitions)"
    assert loads["span"].tolist() == ["2026-01"] * 3


def test_who_was_contacted_after_withdrawing_consent_is_listed(
    cockpit: Cockpit, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    with store.writing() as path, Draft.open(path) as draft:
        draft.execute(
            "INSERT INTO load SELECT 'l', 'people.csv', 'x', 'generic_person', 2, 2, 0, 0, "
            "TIMESTAMP '2026-01-04', TIMESTAMP '2026-01-04', TIMESTAMP '2026-01-04', NULL, NULL"
        )
        draft.execute(
            "INSERT INTO person (person_id, consent, consent_at, load_id) VALUES "
            "('p_1', 'withdrawn', '2026-01-02', 'l'), ('p_2', 'granted', '2026-01-02', 'l')"
        )
        draft.execute(
            "INSERT INTO interaction (interaction_id, person_id, occurred_at, action, load_id) "
            "VALUES ('before', 'p_1', '2026-01-01', 'email_sent', 'l'), "
            "('after', 'p_1', '2026-01-03', 'email_sent', 'l'), "
            "('own', 'p_1', '2026-01-03', 'page_view', 'l'), "
            "('granted', 'p_2', '2026-01-03', 'email_sent', 'l')"
        )
        rebuild(draft, Definitions.load())
    app = cockpit(store.path, "sources/data_health", health_part="Consent")
    assert not app.exception
    (counts,) = (each.value for each in app.dataframe if "do_not_contact" in each.value)
    assert counts[["consent", "people"]].to_numpy().tolist() == [
        ["granted", 1],
        ["withdrawn", 1],
        ["unknown", 0],
    ]
    (contacts,) = (each.value for each in app.dataframe if "withdrawn_at" in each.value)
    assert contacts["interaction_id"].tolist() == ["after"]


def test_the_score_says_what_it_is_made_of_and_what_would_raise_it(
    cockpit: Cockpit, company: Path
) -> None:
    app = cockpit(company, "sources/data_health")
    score = next(each.value for each in app.metric if each.label == "Score of the data")
    number, _, word = score.replace("\\", "").partition(" of 100: ")
    assert word == in_words(float(number))
    (parts,) = (each.value for each in app.dataframe if "could_gain" in each.value)
    assert round(parts["points"].sum()) == int(number)
    said = " ".join(each.value for each in app.markdown)
    assert f"**{parts['part'][0]}** would raise it most" in said
    assert "Weights, in points: Accepted rows 20" in said.replace("\\", "")


def test_completeness_is_shown_for_the_chosen_table(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "sources/data_health", health_part="Completeness")
    (shown,) = (each.value for each in app.dataframe if "2026-03" in each.value)
    assert shown.columns.tolist()[:3] == ["column", "2026-03", "2026-02"]
    assert len(shown.columns) == MONTHS + 1
    owner = shown.set_index("column").loc["Owner"]
    assert owner.iloc[0] == 1
    assert "Never filled by any file" in " ".join(each.value for each in app.markdown)
    app.selectbox(key="health_table").set_value("campaign").run()
    assert not app.exception
    (shown,) = (each.value for each in app.dataframe if UNDATED in each.value)
    assert shown.columns.tolist() == ["column", UNDATED], "these campaigns have no start"


def test_what_no_file_fills_is_named(company: Path) -> None:
    found = completeness(open_current(Store(company)), "lead")
    assert "budget" in never_filled(found)
    assert "owner" not in never_filled(found)
    assert by_month(newest(found)).height == found["column"].n_unique()


@pytest.mark.parametrize("page", ["sources/data_health", "review/funnel"])
def test_a_store_that_an_older_version_derived_says_what_to_do(
    cockpit: Cockpit, tmp_path: Path, page: str
) -> None:
    path = tmp_path / "store"
    publish(Store(path), leads=5)
    with Store(path).writing() as part, Draft.open(part) as draft:
        draft.execute("ALTER TABLE journey DROP COLUMN tags")
    app = cockpit(path, page)
    assert not app.exception
    [said] = [each.value for each in (*app.error, *app.info, *app.warning)]
    assert "python \\-m data derive" in said or "python -m data derive" in said


def test_scores_have_words() -> None:
    assert [in_words(each) for each in (100, 90, 75, 60, 10)] == [
        "very good",
        "good",
        "fair",
        "weak",
        "poor",
    ]


def test_a_fallback_to_an_older_generation_is_an_alarm(cockpit: Cockpit, tmp_path: Path) -> None:
    path = tmp_path / "store"
    publish(Store(path), leads=5)
    (path / "CURRENT").write_text("nonsense\n")
    app = cockpit(path, "sources/data_health")
    assert not app.exception
    assert "CURRENT" in app.error[0].value


def test_an_empty_store_shows_the_next_step(cockpit: Cockpit, tmp_path: Path) -> None:
    app = cockpit(tmp_path / "store", "sources/data_health")
    assert not app.exception
    assert not app.error
    assert app.title[0].value == "Data health"
    assert app.header[0].value == "Nothing is loaded yet"


def test_it_is_said_what_begins_late_and_what_is_never_told(
    cockpit: Cockpit, tmp_path: Path
) -> None:
    tables = rows_by_table(600)
    told = [row for row in tables["stage_change"] if row["entered_at"] >= datetime(2025, 6, 1)]
    publish_rows(Store(tmp_path), tables | {"stage_change": told})
    app = cockpit(tmp_path, "sources/data_health")
    assert not app.exception
    said = "\n".join(each.value for each in app.markdown)
    first = min(row["entered_at"] for row in told if row["stage"] == "mql").date()
    oldest = min(row["created_at"] for row in tables["lead"]).date()
    assert (
        f"**MQL** is recorded from {day_in_words(first)} on, but records begin on "
        f"{day_in_words(oldest)}: what happened before is missing, not zero."
    ) in said
    assert "No file records Disqualified, Lost, Recycled" in said
    table = next(each.value for each in app.dataframe if "observed_from" in each.value)
    assert table["kind"].tolist()[0] == "MQL"
    assert table["begins_late"].tolist()[0]


def test_that_everything_is_told_from_the_first_record_on_is_said() -> None:
    schema = {"kind": pl.String, "record_count": pl.Int64, "begins_late": pl.Boolean}
    whole = pl.DataFrame([("won", 9, False)], schema=schema, orient="row")
    assert sentences(whole) == [
        ":material/check: Every kind of outcome is recorded from the first record on."
    ]
