"""Job titles and industries in standard words, and the original still there."""

from __future__ import annotations

from datetime import datetime

import pytest

from data.standardise.titles import industry_of, role_of
from tests.data.identity.resolving import person
from tests.metrics.facts import DraftWarehouse, Facts, account, lead


@pytest.mark.parametrize(
    ("title", "seniority", "department"),
    [
        ("Plant Manager", "Manager", "Operations"),
        ("Head of Maintenance", "Director", "Maintenance"),
        ("设备部经理", "Manager", "Maintenance"),
        ("CTO", "C-Level", "Engineering"),
        ("VP, Operations", "VP", "Operations"),
        ("运营副总裁", "VP", "Operations"),
        ("ＩＴ总监", "Director", "IT"),
        ("采购专员", "Individual Contributor", "Purchasing"),
        ("自动化工程师", "Individual Contributor", "Engineering"),
        ("总经理", "C-Level", "Management"),
        ("Geschäftsführer", "C-Level", "Management"),
        ("学生", "Student", None),
        ("Digital Marketing Manager", "Manager", "Marketing"),
        ("Digital Officer", "Individual Contributor", "IT"),
        ("Spirit Healer", None, None),
        ("CMO", "C-Level", "Marketing"),
        ("VP Growth", "VP", "Marketing"),
        ("Head of Demand Gen", "Director", "Marketing"),
        ("Chief Revenue Officer", "C-Level", "Sales"),
        ("Chief of Staff", "Director", "Management"),
        ("Deputy General Manager", "VP", "Management"),
        ("Executive Assistant to the CEO", "Individual Contributor", "Management"),
        ("Personal Assistant", "Individual Contributor", "Administration"),
        ("Product Owner", "Individual Contributor", "Product"),
        ("HR Business Partner", "Individual Contributor", "Human Resources"),
        ("Partner Manager", "Manager", "Sales"),
        ("General Counsel", "Director", "Legal"),
        ("Board Member", "C-Level", "Management"),
        ("International Sales Manager", "Manager", "Sales"),
        ("Werkleiter", "Director", "Operations"),
        ("Einkaufsleiterin", "Director", "Purchasing"),
        ("Vertriebsmitarbeiter", "Individual Contributor", "Sales"),
        ("Projektleiter", "Manager", None),
        ("Halbleiter Ingenieur", "Individual Contributor", "Engineering"),
        ("Directeur Technique", "Director", "Engineering"),
        ("DIRECTEUR GENERAL", "C-Level", "Management"),
        ("市场总监", "Director", "Marketing"),
        ("市場總監", "Director", "Marketing"),
        ("採購經理", "Manager", "Purchasing"),
        ("总经理助理", "Individual Contributor", "Management"),
        ("董事长秘书", "Individual Contributor", "Management"),
        ("董事会秘书", "C-Level", "Management"),
        ("市场副总监", "Director", "Marketing"),
        ("副总工程师", "Director", "Engineering"),
        ("总经理办公室主任", "Manager", "Management"),
        ("行政总裁", "C-Level", "Management"),
        ("行政经理", "Manager", "Administration"),
        ("大区经理", "Manager", "Sales"),
        ("博士生", "Student", None),
    ],
)
def test_a_title_tells_seniority_and_department(
    title: str, seniority: str | None, department: str | None
) -> None:
    role = role_of(title)
    assert (role.seniority, role.department) == (seniority, department)


@pytest.mark.parametrize("text", ["汽车", "Auto", " AUTOMOTIVE  industry", "汽车零部件"])
def test_an_industry_has_one_name(text: str) -> None:
    assert industry_of(text) == "Automotive"


def test_what_is_not_known_is_kept() -> None:
    assert industry_of(" Zeppelins ") == "Zeppelins"


def test_what_was_read_as_what_can_be_looked_up(draft: DraftWarehouse) -> None:
    draft.hold(
        Facts(
            account=(account("A", "Acme", industry="汽车"), account("B", "B", industry="Software")),
            person=(person("p", account_id="A", job_title="采购经理"),),
            lead=(lead("L", datetime(2026, 1, 1), person_id="p"),),
        )
    )
    found = {
        (row["column"], row["becomes"], row["original"], row["standard"], row["rows"])
        for row in draft.table("standardised_value")
    }
    assert found == {
        ("account.industry", "industry", "汽车", "Automotive", 1),
        ("person.job_title", "seniority", "采购经理", "Manager", 1),
        ("person.job_title", "department", "采购经理", "Purchasing", 1),
        ("person.job_title", "persona", "采购经理", "Procurement", 1),
    }
    assert {row["industry"] for row in draft.table("account")} == {"汽车", "Software"}
    (journey,) = draft.table("journey")
    assert (journey["industry"], journey["persona"]) == ("Automotive", "Procurement")


def test_a_seniority_that_a_file_gives_goes_before_the_title(draft: DraftWarehouse) -> None:
    persons = (person("p", job_title="CEO", seniority="Owner"),)
    draft.hold(Facts(person=persons, lead=(lead("L", datetime(2026, 1, 1), person_id="p"),)))
    assert draft.table("journey")[0]["seniority"] == "Owner"
