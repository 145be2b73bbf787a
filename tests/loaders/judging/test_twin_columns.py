"""Which of several columns with one name is read is asked, and the answer is taken."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from loaders.judging.unclear import UnclearError
from loaders.outcome import Said
from tests.loaders.loading import Loading, loading_in, own_mapping

DEALS = "Opportunity ID,Account ID,Stage,Amount,Amount,Close Date,Created Date,Closed,Won\n"

LEADS = "Lead ID,Created Date,Lead Status,Company\n"


@pytest.fixture
def loading(tmp_path: Path) -> Iterator[Loading]:
    with loading_in(tmp_path) as loading:
        yield loading


def deals(*amounts: tuple[str, str], header: str = DEALS) -> str:
    return header + "".join(
        f"0065g00000{number:05},0015g00000B0001,Closed Won,{one},{other},2026-03-01,2026-01-10,1,1"
        "\n"
        for number, (one, other) in enumerate(amounts, start=1)
    )


def amounts(loading: Loading) -> list[Decimal]:
    return [amount for (amount,) in loading.rows("opportunity", "original_amount")]


@pytest.mark.parametrize(("chosen", "expected"), [("Amount", [100, 200]), ("Amount_2", [100, 180])])
def test_the_columns_are_asked_for_and_the_answer_is_taken(
    loading: Loading, chosen: str, expected: list[int]
) -> None:
    text = deals(("100", "100"), ("200", "180"))
    with pytest.raises(UnclearError) as raised:
        loading.load("deals.csv", text)
    (question,) = raised.value.questions
    assert (question.column, question.line, question.value) == ("Amount", 3, None)
    assert question.readings == ('the first, with "200"', 'the second, with "180"')
    assert (question.answers, question.option) == (("Amount", "Amount_2"), "--column")
    assert "2 columns are called Amount" in str(raised.value)
    assert '--column "Amount_2"' in str(raised.value)
    assert loading.rows("load") == []
    outcome = loading.load("deals.csv", text, said=Said(columns=(chosen,)))
    assert amounts(loading) == expected
    assert not any("is not used" in each.sentence for each in outcome.remarks)


def test_another_answer_is_another_reading_of_the_same_file(loading: Loading) -> None:
    text = deals(("100", "90"))
    loading.load("deals.csv", text, said=Said(columns=("Amount",)))
    again = loading.load("deals.csv", text, said=Said(columns=("Amount_2",)))
    assert again.rows_kept == 1
    assert amounts(loading) == [90]


def test_an_empty_cell_differs_and_so_does_one_of_three(loading: Loading) -> None:
    three = DEALS.replace("Amount,Amount", "Amount,AMOUNT,amount")
    row = "O1,A1,Closed Won,100,100,,2026-03-01,2026-01-10,1,1\n"
    with pytest.raises(UnclearError) as raised:
        loading.load("deals.csv", three + row)
    (question,) = raised.value.questions
    assert question.readings == (
        'the first, with "100"', 'the second, with "100"', 'the third, with ""',
    )  # fmt: skip
    loading.load("deals.csv", three + row, said=Said(columns=(question.answers[1],)))
    assert amounts(loading) == [100]


def test_each_name_is_asked_for_and_one_answer_leaves_the_other_open(loading: Loading) -> None:
    both = "Opportunity ID,Stage,Amount,Amount,Close Date,Close Date,Created Date,Closed,Won\n"
    row = "O1,Closed Won,100,90,2026-03-01,2026-04-01,2026-01-10,1,1\n"
    with pytest.raises(UnclearError) as raised:
        loading.load("deals.csv", both + row)
    assert [each.column for each in raised.value.questions] == ["Amount", "Close Date"]
    with pytest.raises(UnclearError) as raised:
        loading.load("deals.csv", both + row, said=Said(columns=("Amount_2",)))
    assert [each.column for each in raised.value.questions] == ["Close Date"]
    loading.load("deals.csv", both + row, said=Said(columns=("Amount_2", "Close Date_2")))
    ((amount, closed),) = loading.rows("opportunity", "original_amount", "closed_at")
    assert (amount, str(closed)[:10]) == (90, "2026-04-01")


def test_names_in_another_case_and_language_are_the_same(loading: Loading) -> None:
    text = "线索编号,线索状态,创建日期,公司,公司\nL1,Open,2026-03-01,甲,乙\n"
    assert "2 columns are called 公司" in loading.refusal("线索.csv", text)
    shouted = LEADS.replace("Company", "Company,COMPANY") + "L1,2026-03-01,Open,A,B\n"
    assert "2 columns are called Company" in loading.refusal("leads.csv", shouted)


def test_the_same_twice_a_second_one_that_is_meant_and_an_unused_one_are_not_asked_for(
    loading: Loading, tmp_path: Path
) -> None:
    assert loading.load("deals.csv", deals(("100", "100"), ("200", "200"))).rows_kept == 2
    notes = LEADS.replace("Company", "Note,Note,Company_2,Company")
    assert loading.load("leads.csv", notes + "L1,2026-03-01,Open,x,y,B,A\n").rows_kept == 1
    columns = (
        'net = "Amount_2"\n[[table]]\ninto = "opportunity"\nopportunity_id = "{id}"\n'
        'original_amount = "{net}"\n'
    )
    loading.mappings = own_mapping(tmp_path, columns)
    loading.load("own.csv", "id,Amount,Amount\nO-1,100,90\n", mapping="own")
    assert dict(loading.rows("opportunity", "opportunity_id", "original_amount"))["O-1"] == 90
