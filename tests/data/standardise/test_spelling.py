"""Spellings that differ in case, width and blanks only, and those that are names of their own."""

from __future__ import annotations

from itertools import permutations

import pytest

from data.standardise.spelling import plain, spelling_key, usual_spellings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LinkedIn", "LINKEDIN "),
        ("Trade Show", "trade\u00a0 show"),
        ("ＷｅＣｈａｔ", "wechat"),
        ("微信　公众号", "微信 公众号"),
        ("ﾊﾞﾅｰ広告", "バナー広告"),
        ("Ｗｅｂ広告", "web広告"),
        ("Straße", "STRASSE"),
        ("GROẞHANDEL", "Großhandel"),
        ("İstanbul Fuarı", "istanbul fuari"),
        ("ISPARTA", "ısparta"),
        ("Café", "Cafe\u0301"),
        ("\ufeffWeb\u200binar", "webinar"),
        ("ΟΔΟΣ", "οδος"),
        ("Выставка", "ВЫСТАВКА"),
        ("다이렉트", "\u1103\u1161\u110b\u1175\u1105\u1166\u11a8\u1110\u1173"),
    ],
)
def test_what_differs_in_case_width_and_blanks_only_is_one_name(one: str, other: str) -> None:
    assert spelling_key(one) == spelling_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Muller"),
        ("Linked In", "LinkedIn"),
        ("e-mail", "email"),
        ("Product 2", "Product ²"),
        ("微信", "微訊"),
        ("Webinar", "Webinar 2"),
        ("ハ", "バ"),
    ],
)
def test_other_differences_tell_names_apart(one: str, other: str) -> None:
    assert spelling_key(one) != spelling_key(other)


def test_blanks_are_shown_as_plain_ones_and_letters_as_they_are_written() -> None:
    assert plain(" Ｗｅｂ\u3000広告 \u200b") == "Ｗｅｂ 広告"
    assert plain("می\u200cخواهم") == "می\u200cخواهم"


def test_the_most_frequent_spelling_is_shown_whichever_is_met_first() -> None:
    rows = {"webinar": 3, "Webinar": 2, "Webinar ": 2, "ＷＥＢＩＮＡＲ": 1}
    for order in permutations(rows.items()):
        assert set(usual_spellings(dict(order)).values()) == {"Webinar"}


def test_of_equally_frequent_spellings_one_of_both_cases_is_shown() -> None:
    for order in permutations(["LINKEDIN", "linkedin", "LinkedIn", "Linkedin"]):
        assert set(usual_spellings(dict.fromkeys(order, 1)).values()) == {"LinkedIn"}


def test_a_name_that_is_given_is_shown_however_rare_it_is() -> None:
    found = usual_spellings({"paid search": 9, "PAID  SEARCH": 1}, ["Paid Search"])
    assert set(found.values()) == {"Paid Search"}
