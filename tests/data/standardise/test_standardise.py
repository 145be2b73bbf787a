"""Spellings of one thing become one; what is not known is kept or refused, never guessed."""

from __future__ import annotations

import hashlib
import hmac
import stat
import string
from pathlib import Path

import polars as pl
import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.errors import StoreError
from data.privacy.contacts import address_of
from data.privacy.keys import Keys
from data.standardise.companies import companies
from data.standardise.people import emails, is_plain, phones
from data.standardise.places import cities, countries
from data.standardise.text import PLACEHOLDERS

KEY = b"k" * 32


def digest(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def results(frame: pl.DataFrame) -> dict[str, tuple[str | None, ...]]:
    return {row[0]: row[1:] for row in frame.rows()}


def test_each_distinct_value_is_one_row_and_null_is_none() -> None:
    values = pl.Series(["b", None, "a", "b"])
    for frame in (
        emails(values, KEY),
        phones(values, KEY, "CN"),
        companies(values),
        cities(values),
        countries(values),
    ):
        assert frame["value"].to_list() == ["b", "a"]


def test_a_column_of_nulls_gives_no_rows() -> None:
    nothing = pl.Series([None, None])
    assert emails(nothing, KEY).schema == pl.Schema(
        dict.fromkeys(("value", "email_key", "email_state", "domain"), pl.String)
    )
    assert phones(nothing, KEY, None).schema == pl.Schema(
        dict.fromkeys(("value", "phone_key", "phone_state"), pl.String)
    )
    assert companies(nothing).schema == pl.Schema(dict.fromkeys(("value", "name_key"), pl.String))
    assert cities(nothing).schema == pl.Schema(
        dict.fromkeys(("value", "city", "region", "country"), pl.String)
    )
    assert countries(nothing).schema == pl.Schema(dict.fromkeys(("value", "country"), pl.String))


# E-mail


@pytest.mark.parametrize(
    "written",
    [
        "ann.lee@acme.com",
        " Ann.Lee@ACME.com ",
        "mailto:ann.lee@acme.com",
        "Ann Lee <ann.lee@acme.com>",
        "ａｎｎ.lee＠acme.com",
    ],
)
def test_one_address_has_one_key(written: str) -> None:
    assert emails(pl.Series([written]), KEY).row(0) == (
        written,
        digest("ann.lee@acme.com"),
        "valid",
        "acme.com",
    )


@pytest.mark.parametrize(
    ("written", "state", "domain"),
    [
        ("sales@acme.com", "role", "acme.com"),
        ("ann@mailinator.com", "disposable", "mailinator.com"),
        ("sales@eu.mailinator.com", "disposable", "eu.mailinator.com"),
        ("müller@straße.de", "valid", "xn--strae-oqa.de"),
        ("o'hara+news@acme.co.uk", "valid", "acme.co.uk"),
    ],
)
def test_a_valid_address_has_a_key_whatever_its_state(
    written: str, state: str, domain: str
) -> None:
    _, key, told_state, told_domain = emails(pl.Series([written]), KEY).row(0)
    assert key is not None
    assert (told_state, told_domain) == (state, domain)


@pytest.mark.parametrize(
    "written",
    [
        *("ann", "ann@", "@acme.com", "ann@acme", "a..b@acme.com", "ann@-acme.com"),
        *("ann@acme.com; bob@acme.com", "ann@acme.123", "ann@acme.test", "ann lee@acme.com"),
        "a" * 250 + "@acme.com",
    ],
)
def test_an_invalid_address_has_no_key(written: str) -> None:
    assert emails(pl.Series([written]), KEY).row(0) == (written, None, "invalid", None)


@pytest.mark.parametrize("written", ["N/A", " none ", "", "test@test.com", "None@none.com"])
def test_a_placeholder_is_no_address(written: str) -> None:
    assert emails(pl.Series([written]), KEY).row(0) == (written, None, "none", None)


def test_the_key_depends_on_the_secret() -> None:
    keys = {emails(pl.Series(["ann@acme.com"]), key)["email_key"][0] for key in (KEY, b"x" * 32)}
    assert len(keys) == 2


LETTERS = string.ascii_lowercase + string.digits

LOCAL = st.text(alphabet=LETTERS + ".-+'_!#$%&*/=?^`{|}~", min_size=1, max_size=70)

LABEL = st.text(alphabet=LETTERS + "-", min_size=1, max_size=66)

ENDING = st.sampled_from([*SPECIAL_USE_DOMAIN_NAMES, "com", "c1", "1c", "xn--p1ai", "a-b", "x"])


@given(LOCAL, st.lists(LABEL, max_size=5), ENDING)
@settings(max_examples=500, deadline=None)
@example("a", ["ab--cd"], "com")
@example("a", ["xn--zz"], "com")
@example("a", ["b" * 63, "c" * 63, "d" * 63, "e" * 57], "com")
@example("a" * 64, ["b" * 63, "c" * 63], "com")
@example("a", [], "test")
@example("a", ["b-"], "com")
def test_an_address_that_one_pattern_finds_plain_is_what_the_library_says(
    local: str, labels: list[str], ending: str
) -> None:
    address = f"{local}@{'.'.join([*labels, ending])}"
    if pl.DataFrame({"address": [address]}).select(is_plain(pl.col("address"))).item():
        assert address_of(address) == address


def test_an_ordinary_address_needs_no_library() -> None:
    frame = pl.DataFrame({"address": ["ann.lee@acme.com", "o'hara+1@mail.acme-corp.co.uk"]})
    assert frame.select(is_plain(pl.col("address")))["address"].all()


# Phone


@pytest.mark.parametrize(
    "written",
    [
        *("13812345678", "+8613812345678", "+86 138-1234-5678", "0086 138 1234 5678"),
        *("13812345678.0", "'13812345678", "＋８６ 13812345678", "+86 138 1234 5678 ext. 9"),
    ],
)
def test_one_number_has_one_key(written: str) -> None:
    expected = (written, digest("+8613812345678"), "valid")
    assert phones(pl.Series([written]), KEY, "CN").row(0) == expected


@pytest.mark.parametrize(
    ("written", "state"),
    [
        *[(number, "invalid") for number in ("12", "call me", "1.38E+10", "+86 1381234567")],
        *[(number, "none") for number in ("", "n/a", "13800138000", "+86 13800138000")],
        *[(number, "none") for number in ("000-0000", "11111111111")],
    ],
)
def test_what_is_no_number_has_no_key(written: str, state: str) -> None:
    assert phones(pl.Series([written]), KEY, "CN").row(0) == (written, None, state)


def test_a_national_number_is_invalid_where_the_country_is_not_known() -> None:
    numbers = results(phones(pl.Series(["13812345678", "+8613812345678"]), KEY, None))
    assert numbers["13812345678"] == (None, "invalid")
    assert numbers["+8613812345678"][1] == "valid"


# Company


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        ("acme", ["ACME", "Acme Inc.", "Acme, Inc", "Acme Co., Ltd.", "ACME GmbH & Co. KG"]),
        ("acme", ["Acme S.A.", "ACME S.A.S.", "acme sarl", "Acme G.m.b.H.", "Ａｃｍｅ　ＬＴＤ"]),
        ("acme", ["Acme A/S", "Acme Sp. z o.o.", "Acme Pty Ltd", "  acme  llc "]),
        ("华为技术", ["华为技术有限公司", "華為技術有限公司", "华为技术 股份有限公司"]),
        ("东芝", ["株式会社東芝", "東芝株式会社"]),
        ("societe generale", ["Société Générale SA", "SOCIETE GENERALE"]),
        ("johnson & johnson", ["Johnson & Johnson", "Johnson & Johnson Inc"]),
        ("mcdonalds", ["McDonald's Corp", "McDonalds"]),
        ("coca cola", ["Coca-Cola Company", "Coca Cola"]),
    ],
)
def test_one_company_has_one_key(key: str, spellings: list[str]) -> None:
    assert set(companies(pl.Series(spellings))["name_key"]) == {key}


def test_different_companies_keep_different_keys() -> None:
    names = ["AT&T", "ATT", "华为技术", "华为终端", "Acme UK", "Acme", "Limited Brands", "3M"]
    assert companies(pl.Series(names))["name_key"].n_unique() == len(names)


def test_a_name_that_is_only_a_legal_form_is_kept() -> None:
    assert results(companies(pl.Series(["Company", "公司", "N/A", "!!", "未知"]))) == {
        "Company": ("company",),
        "公司": ("公司",),
        "N/A": (None,),
        "!!": (None,),
        "未知": (None,),
    }


# City and country


@pytest.mark.parametrize(
    ("place", "spellings"),
    [
        (
            ("Guangzhou", "Guangdong", "China"),
            [
                *("广州", "廣州", "广州市", "广东省广州市", "广东广州", "广州市天河区", "GZ"),
                *("Guangzhou", "GUANG ZHOU", "Guangzhou City", "Canton", "Guagnzhou"),
                *("Guangzhou, China", "广东 / 广州", "Guangzhou (Guangdong)", "ｇｕａｎｇｚｈｏｕ"),
            ],
        ),
        (("Beijing", "Beijing", "China"), ["北京市朝阳区", "Beijng", "Peking"]),
        (("Xi'an", "Shaanxi", "China"), ["Xian", "Xi’an", "XI AN", "西安市"]),
        (("Munich", "Bavaria", "Germany"), ["München", "Muenchen", "Munchen", "Munich, Germany"]),
        (("St. Louis", "Missouri", "United States"), ["Saint Louis", "St Louis, MO"]),
        (("Changchun", "Jilin", "China"), ["吉林省长春市"]),
        (("Hong Kong", "Hong Kong", "Hong Kong"), ["香港", "HK", "Hong Kong, China"]),
    ],
)
def test_one_city_has_one_name(place: tuple[str, str, str], spellings: list[str]) -> None:
    assert results(cities(pl.Series(spellings))) == dict.fromkeys(spellings, place)


@pytest.mark.parametrize(
    "written",
    [
        *("Atlantis", "Guzhou", "Nancy", "Bonnn", "Portland, ME", "Paris, Texas", "Cambridge"),
        *("Paris / London", "London, Ontario", "Teijing", "Changdu"),
    ],
)
def test_a_city_that_could_be_another_is_kept_as_it_is_written(written: str) -> None:
    assert cities(pl.Series([written])).row(0) == (written, written, None, None)


def test_a_city_that_is_known_is_never_taken_for_its_neighbour() -> None:
    names = ["Suzhou", "Fuzhou", "Xuzhou", "Changzhou", "Zhangzhou", "Hangzhou", "Jinan", "Jining"]
    assert cities(pl.Series(names))["city"].to_list() == names


@pytest.mark.parametrize(
    ("country", "spellings"),
    [
        (
            "China",
            [
                "中国",
                "中國",
                "CN",
                "CHN",
                "PRC",
                "P.R. China",
                "Chine",
                "people's republic of china",
            ],
        ),
        ("United States", ["USA", "U.S.", "us", "美国", "Vereinigte Staaten", "アメリカ合衆国"]),
        ("Germany", ["Deutschland", "DEU", "德国", "Allemagne"]),
        ("United Kingdom", ["UK", "GB", "England", "Great Britain"]),
        ("South Korea", ["Korea", "Republic of Korea", "KR", "韩国", "대한민국"]),
        ("Hong Kong", ["HK", "香港", "Hong Kong SAR"]),
        ("Atlantis", ["Atlantis", " Atlantis "]),
        (None, ["n/a", "", "请选择"]),
    ],
)
def test_one_country_has_one_name(country: str | None, spellings: list[str]) -> None:
    assert results(countries(pl.Series(spellings))) == dict.fromkeys(spellings, (country,))


def test_placeholders_are_written_as_they_are_compared() -> None:
    assert all(word == word.strip().lower() for word in PLACEHOLDERS)
    assert not {"na", "x", "no", "0"} & PLACEHOLDERS


# The key


def test_the_key_is_made_once_and_only_for_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKCAST_KEY", raising=False)
    store = tmp_path / "store"
    keys = Keys.of(store)
    assert len(keys.secret) == 64
    assert Keys.of(store) == keys
    assert [path.name for path in store.iterdir()] == ["identity.key"]
    assert stat.S_IMODE((store / "identity.key").stat().st_mode) == 0o600
    assert Keys.of(tmp_path / "other") != keys


def test_a_key_that_others_may_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKCAST_KEY", raising=False)
    Keys.of(tmp_path)
    (tmp_path / "identity.key").chmod(0o640)
    with pytest.raises(StoreError, match=r"chmod 600 .*identity\.key"):
        Keys.of(tmp_path)


def test_a_key_that_is_cut_short_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKCAST_KEY", raising=False)
    path = tmp_path / "identity.key"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(StoreError, match="shorter than 16 bytes"):
        Keys.of(tmp_path)
    monkeypatch.setenv("BACKCAST_KEY", "short")
    with pytest.raises(StoreError, match=r"\$BACKCAST_KEY is shorter"):
        Keys.of(tmp_path)


def test_the_environment_gives_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKCAST_KEY", "e" * 64)
    assert Keys.of(tmp_path / "store").secret == b"e" * 64
    assert not (tmp_path / "store").exists()


def test_a_folder_in_which_no_key_can_be_made_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKCAST_KEY", raising=False)
    (tmp_path / "store").write_bytes(b"a file")
    with pytest.raises(StoreError, match=r"identity\.key cannot be read or made"):
        Keys.of(tmp_path / "store")
    assert list(tmp_path.iterdir()) == [tmp_path / "store"]
