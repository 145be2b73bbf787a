"""What was read as something else is kept with what was written, and goes with its load."""

from __future__ import annotations

from pathlib import Path

from tests.loaders.loading import loading_in

HEAD = "Account ID,Account Name,Website,Billing City,Billing Country,Industry,Type\n"

NAMES = ("column", "becomes", "original", "standard", "rows")

ACCOUNTS = (
    f"{HEAD}0015g0000000001,Acme GmbH,,Guagnzhou,中国,,\n"
    "0015g0000000002,ACME,,Guagnzhou,China,,\n"
    "0015g0000000003,Beta AG,, 广东省广州市天河区88号 ,PRC,,\n"
    "0015g0000000004,beta ag,,Guangzhou,China,,\n"
    "0015g0000000005,華為技術,,Atlantis,Atlantis,,\n"
    "0015g0000000006,华为技术有限公司,,N/A,,,\n"
)


def test_what_was_read_as_another_word_is_kept_with_what_was_written(tmp_path: Path) -> None:
    with loading_in(tmp_path) as loading:
        load = loading.load("accounts.csv", ACCOUNTS)
        found = loading.rows("rewritten_value", *NAMES)
        assert set(loading.rows("rewritten_value", "load_id")) == {(load.load_id,)}
        cities = [row[0] for row in loading.rows("account", "city")]
    assert found == [
        ("Account Name", "company", "ACME", "acme", 1),
        ("Account Name", "company", "Acme GmbH", "acme", 1),
        ("Account Name", "company", "华为技术有限公司", "华为技术", 1),
        ("Account Name", "company", "華為技術", "华为技术", 1),
        ("Billing City", "city", "Guagnzhou", "Guangzhou", 2),
        ("Billing City", "city", "广东省广州市天河区##号", "Guangzhou", 1),
        ("Billing Country", "country", "PRC", "China", 1),
        ("Billing Country", "country", "中国", "China", 1),
    ]
    assert cities.count("Guangzhou") == 4


def test_it_goes_with_its_load_and_comes_back_with_it(tmp_path: Path) -> None:
    later = f"{HEAD}0015g0000000009,Gamma,,GZ,CN,,\n"
    with loading_in(tmp_path) as loading:
        loading.load("accounts.csv", ACCOUNTS)
        before = loading.rows("rewritten_value")
        load = loading.load("later.csv", later)
        assert ("Billing City", "city", "GZ", "Guangzhou", 1) in loading.rows(
            "rewritten_value", *NAMES
        )
        loading.undo(load.load_id)
        assert loading.rows("rewritten_value") == before


def test_nothing_is_kept_of_people(tmp_path: Path) -> None:
    leads = (
        "Lead ID,First Name,Last Name,Company,Email,Phone,Status,Created Date\n"
        "00Q5g0000000001,Ann,Li,Acme GmbH,ANN@acme.com,0049 151 28998967,New,2026-01-01\n"
        "00Q5g0000000002,Ann,Li,Acme,ann@acme.com,+49 151 28998967,New,2026-01-01\n"
    )
    with loading_in(tmp_path) as loading:
        loading.load("leads.csv", leads)
        assert {row[0] for row in loading.rows("rewritten_value", "column")} == {"Company"}


def test_an_address_or_a_number_in_such_a_column_is_not_kept(tmp_path: Path) -> None:
    rows = (
        f'{HEAD}0015g0000000001,Acme (ann@acme.com),,"Guangzhou, ann@acme.com",China,,\n'
        "0015g0000000002,Acme ann＠acme.com,,Guangzhou +8613812345678,China,,\n"
        '0015g0000000003,Acme 13812345678,,"Guangzhou, 13812345678",China,,\n'
        "0015g0000000004,Acme 13812345678 Ltd,,Guangzhou,China,,\n"
    )
    with loading_in(tmp_path) as loading:
        loading.load("accounts.csv", rows)
        kept = str(loading.rows("rewritten_value"))
    assert "@" not in kept
    assert "＠" not in kept
    assert "138123" not in kept
    assert "Acme ########### Ltd" in kept
    assert "'acme'" in kept
