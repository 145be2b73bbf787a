"""Lists of what was done, and of quotes, are not proposed as lists of leads."""

from __future__ import annotations

import pytest

from loaders.proposing.evidence import Look, evidence
from tests.loaders.proposing.test_right_or_asked import proposed

CALLS = (
    "Datum,Uhrzeit,Firma,Telefon,Ergebnis,Dauer",
    [
        "02.03.2026,09:10,Nord GmbH,+49 30 1234567,erreicht,5",
        "02.03.2026,09:30,Süd AG,+49 30 7654321,nicht erreicht,0",
        "13.03.2026,10:00,West KG,+49 40 1112223,Termin,12",
    ],
)

CALLS_IN_JAPANESE = (
    "架電日,時刻,会社名,電話番号,架電結果",
    [
        "2026/03/02,9:10,北社,+81 3-1234-5678,接続",
        "2026/03/02,9:40,南社,+81 3-8765-4321,不在",
        "2026/03/03,10:05,東社,+81 3-1111-2222,接続",
    ],
)

MAILING = (
    "Email,Sent,Opened,Clicked,Campaign",
    [
        "a@a.example,2026-03-01 08:00,2026-03-01 09:00,,March",
        "b@b.example,2026-03-01 08:00,,,March",
        "c@c.example,2026-03-01 08:00,2026-03-02 09:00,2026-03-02 09:05,March",
    ],
)

MAILING_IN_CHINESE = (
    "邮箱,发送时间,打开时间,点击时间",
    [
        "a@a.example,2026-03-01 08:00,2026-03-01 09:00,",
        "b@b.example,2026-03-01 08:00,,",
        "c@c.example,2026-03-01 08:00,2026-03-02 09:00,2026-03-02 09:05",
    ],
)


@pytest.mark.parametrize("case", [CALLS, CALLS_IN_JAPANESE, MAILING, MAILING_IN_CHINESE])
def test_what_was_done_is_no_lead_and_is_asked(case: tuple[str, list[str]]) -> None:
    header, rows = case
    proposal = proposed("list.csv", header, rows)
    assert proposal.table == "interaction"
    assert "action = { decide" in proposal.toml


def test_a_time_of_day_is_no_id() -> None:
    for texts in (["09:10", "09:30", "10:00"], ["9:10 AM", "4:05 pm"], ["09:10:11", "23:59:59"]):
        assert evidence(texts).look is Look.TEXT
    assert evidence(["12:ab7", "13:ab8"]).look is Look.CODE


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("quotes.csv", "Quote #,Account,Quote Total,Created,Accepted On,Rejected On"),
        ("Angebote.csv", "Nr,Kunde,Summe,Erstellt,Angenommen am,Abgelehnt am"),
    ],
)
def test_quotes_are_deals_whose_outcome_is_asked(name: str, header: str) -> None:
    rows = [
        "Q1,Acme,1000,2026-03-01,2026-03-10,",
        "Q2,Beta,2000,2026-03-02,,2026-03-12",
        "Q3,Ceta,3000,2026-03-03,,",
    ]
    proposal = proposed(name, header, rows)
    assert proposal.table == "opportunity"
    assert "outcome = { decide" in proposal.toml


def test_who_only_registered_did_not_attend_because_the_file_is_called_so() -> None:
    header = "Name,Email,Registration Time,Attended"
    rows = [
        "Ann Lee,ann@a.example,2026-03-01 10:00,Yes",
        "Bob Ray,bob@b.example,2026-03-02 10:00,No",
    ]
    assert "action = { decide" in proposed("webinar.csv", header, rows).toml
    without = [row.rpartition(",")[0] for row in rows]
    registered = proposed("webinar.csv", header.rpartition(",")[0], without)
    assert "action = { decide" in registered.toml


def test_a_column_of_yes_and_no_may_say_who_did_what_the_file_is_called() -> None:
    header = "Email,Time,Downloaded"
    rows = ["ann@a.example,2026-03-01 10:00,Yes", "bob@b.example,2026-03-02 10:00,No"]
    assert "action = { decide" in proposed("download activities.csv", header, rows).toml
    without = [row.rpartition(",")[0] for row in rows]
    given = proposed("download activities.csv", header.rpartition(",")[0], without)
    assert 'action = "content_download"' in given.toml


def test_a_word_within_another_names_no_action() -> None:
    header = "Email,Registration Time,Event Type"
    rows = ["ann@a.example,2026-03-01 10:00,x", "bob@b.example,2026-03-02 10:00,y"]
    for name in ("address activities.csv", "grad activities.csv"):
        assert "ad_click" not in proposed(name, header, rows).toml.replace('"ad_click"]', "")
