"""A column that was filled in the last file of its kind and suddenly is empty or gone is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from loaders.outcome import Outcome
from tests.loaders.loading import Loading, loading_in, own_mapping

MAY, JUNE, JULY = datetime(2026, 5, 31), datetime(2026, 6, 30), datetime(2026, 7, 31)

HEAD = "Opportunity ID,Account ID,Stage,Amount,Close Date,Created Date,Closed,Won"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def deals(rows: int, *, filled: int, first: int = 0, head: str = HEAD) -> str:
    lines = [head]
    for number in range(first, first + rows):
        amount = f"{number + 1}00" if number - first < filled else ""
        lines.append(
            f"0065g0000{number:06},0015g00000B0001,Closed Won,{amount},2026-03-01,2026-01-10,1,1"
        )
    return "\n".join(lines) + "\n"


def emptied(outcome: Outcome) -> list[str]:
    return [each.sentence for each in outcome.remarks if " was filled in " in each.sentence]


def test_a_column_that_suddenly_is_empty_is_told_with_both_files(loading: Loading) -> None:
    assert emptied(loading.load("deals_may.csv", deals(40, filled=37), as_of=MAY)) == []
    (sentence,) = emptied(loading.load("deals_june.csv", deals(50, filled=0), as_of=JUNE))
    assert sentence.startswith(
        "Amount was filled in 92% of the rows of deals_may.csv and is empty in deals_june.csv."
    )


def test_what_means_no_value_is_none(loading: Loading) -> None:
    loading.load("may.csv", deals(40, filled=40), as_of=MAY)
    june = deals(40, filled=0).replace("Closed Won,,", "Closed Won,n/a,")
    assert len(emptied(loading.load("june.csv", june, as_of=JUNE))) == 1


def test_a_column_that_is_gone_is_told(tmp_path: Path) -> None:
    own = own_mapping(
        tmp_path,
        'net = ["金额", "Betrag"]\n[[table]]\ninto = "opportunity"\n'
        'opportunity_id = "{id}"\noriginal_amount = "{net}"',
    )
    with loading_in(tmp_path, own) as loading:
        may = "id,金额\n" + "".join(f"O-{each},{each}00\n" for each in range(1, 31))
        loading.load("五月.csv", may, as_of=MAY)
        renamed = may.replace("金额", "Betrag")
        assert emptied(loading.load("六月.csv", renamed, as_of=JUNE)) == []
        gone = "id,Summe\n" + "".join(f"O-{each},{each}00\n" for each in range(1, 31))
        (sentence,) = emptied(loading.load("七月.csv", gone, mapping="own", as_of=JULY))
        assert (
            "Betrag was filled in 100% of the rows of 六月.csv and is not in 七月.csv" in sentence
        )


@pytest.mark.parametrize(
    ("may", "june"),
    [
        (deals(40, filled=40), deals(5, filled=0)),
        (deals(40, filled=3), deals(200, filled=0)),
        (deals(40, filled=40), deals(40, filled=1)),
        (deals(8, filled=0), deals(40, filled=0)),
    ],
    ids=["tiny", "nearly empty before", "not empty", "empty before"],
)
def test_nothing_is_said_of_what_may_be_so(loading: Loading, may: str, june: str) -> None:
    loading.load("may.csv", may, as_of=MAY)
    assert emptied(loading.load("june.csv", june, as_of=JUNE)) == []


def test_it_is_compared_with_the_file_before_it_and_not_with_another_kind(
    loading: Loading,
) -> None:
    loading.load("june.csv", deals(40, filled=40), as_of=JUNE)
    loading.load("rates.csv", "currency,rate_on,rate\nUSD,2026-03-01,0.92\n", as_of=JUNE)
    assert emptied(loading.load("may.csv", deals(40, filled=0), as_of=MAY)) == []
    july = loading.load("july.csv", deals(50, filled=0), as_of=JULY)
    assert "june.csv" in emptied(july)[0]
    assert (
        emptied(loading.load("august.csv", deals(60, filled=0), as_of=datetime(2026, 8, 31))) == []
    )


def test_a_long_file_is_empty_only_if_all_of_it_is(loading: Loading) -> None:
    loading.load("may.csv", deals(40, filled=40), as_of=MAY)
    late = deals(20_010, filled=0) + deals(1, filled=1, first=20_010, head="").lstrip("\n")
    assert emptied(loading.load("june.csv", late, as_of=JUNE)) == []


def test_what_was_counted_goes_with_the_load(loading: Loading) -> None:
    load_id = loading.load("may.csv", deals(40, filled=37), as_of=MAY).load_id
    counted = loading.rows("filled_column", "column", "filled", "rows")
    assert ("Amount", 37, 40) in counted
    loading.undo(load_id)
    assert loading.rows("filled_column") == []
