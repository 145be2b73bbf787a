"""Names become keys that keep people apart, Salesforce ids one length, and nothing is in clear."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sample_company.world.text import salesforce_ids
from data.standardise.people import SEPARATOR, names, normal_name
from loaders.language.column import Kind
from loaders.language.library import read_mappings
from loaders.transform.clearing import id_columns
from loaders.transform.parsing import whole_id
from tests.loaders.loading import Loading, loading_in

KEY = b"k" * 32


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as draft:
        yield draft


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna Müller", "MULLER, Anna"),
        ("Dr. Anna Müller", f"Müller{SEPARATOR}Anna"),
        ("王伟", f"王{SEPARATOR}伟"),
        ("劉洋", "刘洋"),
        ("王伟先生", "王 伟"),
        ("Ｗang Ｗei", "Wei Wang"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert names(pl.Series([one, other]), KEY)["name_key"].n_unique() == 1


@pytest.mark.parametrize(("one", "other"), [("Anna Müller", "Anne Müller"), ("王伟", "王芳")])
def test_other_names_have_another_key(one: str, other: str) -> None:
    assert names(pl.Series([one, other]), KEY)["name_key"].n_unique() == 2


@pytest.mark.parametrize("nobody", ["N/A", "-", "", "...", f"test{SEPARATOR}test", "测试"])
def test_a_placeholder_is_no_name(nobody: str) -> None:
    assert normal_name(nobody) is None
    assert names(pl.Series([nobody]), KEY)["name_key"].to_list() == [None]


def test_the_key_depends_on_the_secret() -> None:
    keys = [names(pl.Series(["Ann Li"]), secret)["name_key"][0] for secret in (KEY, b"j" * 32)]
    assert keys[0] != keys[1]


@given(st.text(alphabet=string.ascii_letters, min_size=1, max_size=8))
def test_the_order_of_names_does_not_matter(name: str) -> None:
    assert normal_name(f"{name} Zhou") == normal_name(f"zhou, {name}")


def test_fifteen_characters_of_a_salesforce_id_name_the_same_record() -> None:
    whole = salesforce_ids("00Q", np.array([0, 61, 62, 123_456_789_012]))
    short = whole.str.slice(0, 15)
    others = ["22493726719", "123456789012345", "L1", "00Qxyz"]
    completed = duckdb.execute(
        f"SELECT {whole_id('id')} FROM (SELECT unnest(?::VARCHAR[]) AS id)",
        [[*short, *whole, *others]],
    ).fetchall()
    assert [row[0] for row in completed] == [*whole, *whole, *others]


def test_those_who_share_a_phone_are_kept_apart_by_name(loading: Loading) -> None:
    loading.load(
        "leads.csv",
        "lead_id,created_at,phone,first_name,last_name\n"
        "L1,2026-01-01,+49 151 28998967,Ann,Li\nL2,2026-01-01,+49 151 28998967,Bob,Li\n"
        "L3,2026-01-01,+49 151 28998967,ANN,LI\nL4,2026-01-01,+49 151 28998967,,\n",
    )
    people = dict(loading.rows("lead", "lead_id", "person_id"))
    assert people["L1"] == people["L3"]
    assert len(set(people.values())) == 3
    assert len({key for (key,) in loading.rows("person", "phone_key")}) == 1
    assert "Ann" not in str(loading.everything())


def test_every_id_in_an_export_of_salesforce_is_completed() -> None:
    """Else a record of a report would not be the one of the Data Loader."""
    kinds = {
        (name, column): mapping.columns[column].kind
        for name, mapping in read_mappings().items()
        if name.startswith("salesforce_")
        for column in id_columns(mapping)
    }
    assert len(kinds) > 20
    assert set(kinds.values()) == {Kind.SALESFORCE_ID}
