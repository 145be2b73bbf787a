"""Which of two files is newer follows from what they say of themselves, and where nothing tells it
is told: never from the order in which they came."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from data.definitions import Definitions
from data.derive.rebuild import derive, derived_tables
from data.privacy.keys import Keys
from loaders.outcome import Outcome, Status
from loaders.protocol import LoadTask
from loaders.writing.beside_others import remarks_beside_others
from loaders.writing.file import load_file
from tests.loaders.loading import AMERICAN, Loading, loading_in

HEAD = "opportunity_id,original_amount,currency,stage,created_at\n"
UNPACKED = datetime(2026, 4, 20, 16, 30, tzinfo=UTC).timestamp()


def load(loading: Loading, path: Path, as_of: datetime | None = None) -> Outcome:
    task = LoadTask(path=path, mapping="generic_opportunity", as_of=as_of)
    return load_file(loading.draft, task, Keys.of(loading.folder), AMERICAN, loading.phases.append)


def files(folder: Path, texts: dict[str, str], at: float = UNPACKED) -> list[Path]:
    """Files of deals, all changed at one time, as they come out of an archive."""
    paths = []
    for name, rows in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        dated = rows.replace("\n", ",2026-01-05\n")
        path.write_text(HEAD + dated, encoding="utf-8")
        os.utime(path, (at, at))
        paths.append(path)
    return paths


def loaded(folder: Path, paths: Iterable[Path]) -> tuple[list[tuple[Any, ...]], set[str]]:
    """The deals, and the sentences about files of the same time."""
    folder.mkdir()
    with loading_in(folder) as loading:
        for path in paths:
            load(loading, path)
        derive(loading.draft, TERMS, "load_tie", derived_tables(TERMS)["load_tie"])
        told = remarks_beside_others(loading.draft)
        return (
            loading.rows("opportunity", "opportunity_id", "original_amount", "stage"),
            {remark.sentence for remarks in told.values() for remark in remarks},
        )


TERMS = Definitions.load()

SERIES = {
    "days": ("deals_2026-03-20.csv", "deals_2026-03-27.csv", "deals_2026-04-03.csv"),
    "德语": ("Chancen 27.03.2026.csv", "Chancen 3.4.2026.csv", "Chancen 10.04.2026.csv"),
    "中文": ("商机2026年3月27日.csv", "商机2026年4月3日.csv", "商机2026年4月10日.csv"),
    "times": ("a-20260327T080000.csv", "b-20260327T091500.csv", "0-20260327T220000.csv"),
    "ranges": ("x_20260301-20260307.csv", "x_20260301-20260314.csv", "x_20260308-20260321.csv"),
}


def test_the_day_in_the_name_decides_in_any_order_of_arrival(tmp_path: Path) -> None:
    rows = ("{0}1,1,EUR,Open\n{0}2,5,EUR,Open\n", "{0}1,2,EUR,Won\n", "{0}1,3,EUR,Offer\n")
    series = [
        files(tmp_path, {name: row.format(kind) for name, row in zip(names, rows, strict=True)})
        for kind, names in SERIES.items()
    ]
    for number, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 2, 0))):
        deals, told = loaded(
            tmp_path / f"store{number}", [paths[place] for place in order for paths in series]
        )
        assert [(deal, int(amount), stage) for deal, amount, stage in deals] == sorted(
            deal for kind in SERIES for deal in ((f"{kind}1", 3, "Offer"), (f"{kind}2", 5, "Open"))
        )
        assert told == set()


@pytest.mark.parametrize(
    "names",
    [
        ("deals v9.csv", "deals v10.csv"),
        ("deals.csv", "deals (2).csv"),
        ("第9周/商机.csv", "第10周/商机.csv"),
    ],
)
def test_a_tie_that_matters_is_told_with_both_names_and_what_to_do(
    names: tuple[str, str], tmp_path: Path
) -> None:
    rows = ("D1,1,EUR,Open\nD2,5,EUR,\n", "D1,2,EUR,Won\n")
    older, newer = files(tmp_path, dict(zip(names, rows, strict=True)))
    for number, order in enumerate(((older, newer), (newer, older))):
        deals, told = loaded(tmp_path / f"store{number}", order)
        assert [str(amount) for _, amount, _ in deals] == ["2.00", "5.00"]
        assert told == {
            f"it and {other.name} say different things of 1 record of opportunity, and both were "
            f"true at 2026-04-20 16:30. {newer.name} is taken for the newer. If it is not, load "
            "the file that is again and say when it was true: --as-of, or Exported on."
            for other in (older, newer)
        }


def test_a_tie_that_decides_nothing_is_not_told(tmp_path: Path) -> None:
    same = files(tmp_path, {"a.csv": "D1,1,EUR,Open\n", "b.csv": "D1,1,EUR,Open\nD2,2,EUR,\n"})
    adds = files(tmp_path, {"c.csv": "D1,,EUR,\nD2,2,EUR,Won\n"})
    assert loaded(tmp_path / "agree", same + adds)[1] == set()
    contradicts = files(tmp_path, {"d.csv": "D1,9,EUR,Open\n"})
    assert len(loaded(tmp_path / "tied", same + contradicts)[1]) > 1
    later = files(tmp_path, {"e.csv": "D1,10,EUR,Won\n"}, at=UNPACKED + 3600)
    assert loaded(tmp_path / "settled", same + contradicts + later)[1] == set()


def test_files_copied_within_a_minute_are_of_the_same_time(tmp_path: Path) -> None:
    first = files(tmp_path, {"deals.csv": "D1,1,EUR,Open\n"})
    copied = files(tmp_path, {"deals again.csv": "D1,2,EUR,Open\n"}, at=UNPACKED + 20)
    deals, told = loaded(tmp_path / "store", copied + first)
    assert str(deals[0][1]) == "2.00"
    assert any("deals again.csv is taken for the newer" in each for each in told)


def test_a_file_loaded_again_with_its_time_settles_the_order(tmp_path: Path) -> None:
    older, newer = files(tmp_path, {"a.csv": "D1,1,EUR,Open\n", "b.csv": "D1,2,EUR,Won\n"})
    with loading_in(tmp_path) as loading:
        load(loading, older)
        load(loading, newer)
        assert load(loading, older).status is Status.ALREADY_LOADED
        again = load(loading, older, datetime(2026, 4, 21))
        assert (again.status, again.replaced) == (Status.LOADED, None)
        assert [str(amount) for (amount,) in loading.rows("opportunity", "original_amount")] == [
            "1.00"
        ]
        assert load(loading, older, datetime(2026, 4, 21)).status is Status.ALREADY_LOADED
        assert len(loading.rows("load")) == 2


def test_a_day_that_can_be_two_is_told_with_the_load(tmp_path: Path) -> None:
    (path,) = files(tmp_path, {"deals_03-04-2026.csv": "D1,1,EUR,Open\n"})
    with loading_in(tmp_path) as loading:
        outcome = load(loading, path)
        assert "can be 3 April 2026 or 4 March 2026" in outcome.remarks[0].sentence
        assert loading.rows("load", "as_of_by") == [("changed",)]
