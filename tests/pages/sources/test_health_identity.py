"""Data health shows who may be one, what an owner should hear of, and what was read as what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data.engine.draft import Draft
from data.storage.store import Store
from tests.pages.company import HOSTILE, publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "sources/data_health"

NAME_KEY = "5" * 20


def _read(becomes: str, original: str, standard: str) -> dict[str, Any]:
    return {"load_id": "L1", "column": "City", "becomes": becomes, "original": original,
            "standard": standard, "rows": 2}  # fmt: skip


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company with two people of one name, customers, and cities written in other ways."""
    path = tmp_path_factory.mktemp("merged") / "store"
    tables = rows_by_table(40)
    for person in tables["person"][:2]:
        person |= {"name_key": NAME_KEY, "account_id": "A00000", "job_title": "采购经理"}
    for account in tables["account"]:
        account |= {"relationship": "customer", "owner": HOSTILE}
    tables["rewritten_value"] = [
        _read("city", "GZ", "Guangzhou"), _read("country", "=1+1", "China"),
    ]  # fmt: skip
    publish_rows(Store(path), tables)
    return path


def test_people_who_may_be_one_are_listed_without_names(cockpit: Cockpit, merged: Path) -> None:
    app = cockpit(merged, PAGE, health_part="Links")
    assert not app.exception
    (shown,) = (each.value for each in app.dataframe if "other_records" in each.value)
    (row,) = shown.to_dict("records")
    assert row["account"] == HOSTILE, "a name of a company is shown as it is, in a cell"
    assert row["evidence"] == "same name at the same company; same job title"
    assert {row["person_id"], row["other_person_id"]} == {f"p_{n:020x}" for n in (0, 1)}
    assert NAME_KEY not in shown.to_csv()


def test_leads_to_tell_an_owner_about_are_listed_newest_first(
    cockpit: Cockpit, merged: Path
) -> None:
    app = cockpit(merged, PAGE, health_part="Links")
    (shown,) = (each.value for each in app.dataframe if "notify_owner" in each.value)
    days = shown["lead_on"].tolist()
    assert days == sorted(days, reverse=True)
    assert "customer" in set(shown["existing_relationship"])
    assert not any("_" in each for each in shown["existing_relationship"])


def test_what_was_read_as_another_word_can_be_narrowed_to_a_kind(
    cockpit: Cockpit, merged: Path
) -> None:
    app = cockpit(merged, PAGE, health_part="Values")

    def shown() -> dict[str, str]:
        (rows,) = (each.value for each in app.dataframe if "stands_in" in each.value)
        return dict(zip(rows["original"], rows["standard"], strict=True))

    assert shown() | {"GZ": "Guangzhou", "=1+1": "China"} == shown()
    assert "采购经理" in shown()
    app.segmented_control(key="health_readings_kind").set_value("city").run()
    assert not app.exception
    assert shown() == {"GZ": "Guangzhou"}


def test_without_any_the_page_says_so(cockpit: Cockpit, tmp_path: Path) -> None:
    path = tmp_path / "store"
    tables = rows_by_table(3)
    tables["opportunity"].clear()
    publish_rows(Store(path), tables)
    for part, words in (
        ("Links", "No two people look like the same person"),
        ("Links", "No lead came from a company that somebody deals with"),
        ("Values", "Every value is kept as it was written"),
    ):
        app = cockpit(path, PAGE, health_part=part)
        assert words in " ".join(each.value for each in app.markdown)


def test_a_store_of_an_older_version_says_what_to_do(cockpit: Cockpit, tmp_path: Path) -> None:
    path = tmp_path / "store"
    publish_rows(Store(path), rows_by_table(3))
    with Store(path).writing() as file, Draft.open(file) as draft:
        draft.execute("DROP TABLE rewritten_value")
    app = cockpit(path, PAGE, health_part="Values")
    assert not app.exception
    words = "every replaced value is recorded here"
    assert words in " ".join(each.value for each in app.info)
