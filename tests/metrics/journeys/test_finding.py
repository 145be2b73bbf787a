"""Subjects found by what somebody typed, against plain Python and by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import pytest

from data.errors import MetricError
from data.standardise.companies import name_key
from metrics.journeys.finding import FoundSubject, folded, found_subjects
from metrics.journeys.subject import Subject, SubjectKind
from metrics.journeys.timeline import timeline
from metrics.scope import Dimension, Filter, Scope, Viewer
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, account, lead
from tests.metrics.journeys.conftest import SCOPE, eventful
from tests.metrics.journeys.timeline_oracle import Known, may_see
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, TWELVE, WINTER, at

TWELVES = asked(WINTER, SEEN)
EMEA = Viewer("Ana", (Filter(Dimension.REGION, ("EMEA",)),))


def matching(known: Known, scope: Scope, text: str) -> Iterator[tuple[str, str]]:
    """The kind and id of each subject that the text names."""
    typed, key, sees = folded(text), name_key(folded(text)), may_see(scope)
    leads = [row for row in known["journey"] if row["episode"] == 1 and sees(row)]
    deals = [row for row in known["deal"] if sees(row)]
    everything = not scope.viewer.restrictions
    for row in leads:
        if typed in row["lead_id"].lower() or typed in folded(row["campaign"]):
            yield "lead", row["lead_id"]
    for row in deals:
        if typed in row["opportunity_id"].lower():
            yield "deal", row["opportunity_id"]
    people = {row["person_id"] for row in leads}
    for row in known["person_identity"]:
        if typed in row["reference"].lower() and (everything or row["person_id"] in people):
            yield "person", row["person_id"]
    companies = {row["account_id"] for row in (*leads, *deals)}
    recorded = {row["account_id"]: row for row in known["account"]}
    for row in known["account_identity"]:
        record = recorded.get(row["reference"])
        if not row["applied"] or record is None:
            continue
        spellings = [record["name"] or "", ""]
        if not row["reference"].startswith("name:"):
            spellings[1] = row["reference"]
        is_spelt = any(typed in each.lower() for each in spellings)
        is_keyed = key is not None and key in (record["name_key"] or "")
        if (is_spelt or is_keyed) and (everything or row["account_id"] in companies):
            yield "account", row["account_id"]


@pytest.mark.parametrize("viewer", [Viewer(), EMEA], ids=["all", "restricted"])
@pytest.mark.parametrize(
    "text", ["L001", "o00", "COMPANY 1", "公司", "crm:1", "campaign 2", "twice"]
)
def test_what_is_found_is_found_by_plain_python(
    many: DraftWarehouse, known: Known, viewer: Viewer, text: str
) -> None:
    scope = replace(SCOPE, viewer=viewer)
    found = found_subjects(many, scope, text, 1_000)
    expected = set(matching(known, scope, text))
    assert set(found.select("kind", "id").rows()) == expected
    assert set(found["found"]) <= {len(expected)}
    assert expected or viewer.restrictions


def test_what_is_found_has_a_timeline_and_a_limit_keeps_the_closest(
    many: DraftWarehouse,
) -> None:
    found = found_subjects(many, SCOPE, "1", 1_000)
    assert set(found["kind"]) == {each.value for each in SubjectKind}
    few = found_subjects(many, SCOPE, "1", 5)
    assert few.equals(found.head(5))
    assert few["found"].item(0) == len(found) > 5
    for kind in SubjectKind:
        name = found.filter(kind=kind.value)["id"].item(-1)
        timeline(many, SCOPE, TERMS, Subject(kind, name), limit=1)


def test_the_order_of_rows_makes_no_difference(many: DraftWarehouse) -> None:
    mixed = DraftWarehouse().hold(eventful(5).shuffled(5))
    assert found_subjects(many, SCOPE, "c").equals(found_subjects(mixed, SCOPE, "c"))


def ids(found: pl.DataFrame) -> list[tuple[str, str, str]]:
    return found.select("kind", "id", "matched_by").rows()


def test_the_closest_comes_first_with_facts_to_tell_it_apart(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)
    found = found_subjects(draft, TWELVES, "p1")
    assert ids(found) == [("person", "p1", "id"), ("person", "p11", "id")]
    assert found.select("name", "account", "leads").rows() == [
        ("crm:1", "蓝天科技", 1), ("p11", "Hazel Ltd", 1),
    ]  # fmt: skip
    (blue,) = found_subjects(draft, TWELVES, "蓝天").iter_rows(named=True)
    assert (blue["name"], blue["region"], blue["leads"], blue["deals"]) == (
        "蓝天科技",
        "华东",
        2,
        1,
    )
    assert blue["since_on"] == at(1, 5).date()
    (first,) = found_subjects(draft, TWELVES, " l01 ").iter_rows(named=True)
    assert (first["account"], first["owner"], first["leads"]) == ("蓝天科技", "王芳", None)


SPELT = Facts(
    account=(
        account("A1", "ＡＣＭＥ Gmbh", name_key="acme"),
        account("A2", "Müller AG"),
        account("A3", "Works L1"),
    ),
    campaign=({"campaign_id": "C1", "name": "Ｓｐｒｉｎｇ fair"},),
    lead=(lead("L1", at(1, 5), campaign_id="C1", account_id="A1"), lead("50%_", at(1, 6))),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme GmbH", [("account", "A1", "name")]),
        ("ａｃｍｅ", [("account", "A1", "name")]),
        ("SPRING", [("lead", "L1", "campaign")]),
        # The one that is the text comes before the one that has it.
        ("Ｌ１", [("lead", "L1", "id"), ("account", "A3", "name")]),
        ("%", [("lead", "50%_", "id")]),
        ("_", [("lead", "50%_", "id")]),
        ("?", []),
        ("' OR 1 = 1 --", []),
        ("", []),
        (" \t", []),
        ("x" * 5_000, []),
    ],
)
def test_case_width_and_wildcards_make_no_difference(
    draft: DraftWarehouse, text: str, expected: list[tuple[str, str, str]]
) -> None:
    spelt = tuple({**each, "name_key": name_key(each["name"])} for each in SPELT.account)
    draft.hold(replace(SPELT, account=spelt))
    found = found_subjects(draft, TWELVES, text)
    assert ids(found) == expected
    assert found.columns == list(FoundSubject.to_schema().columns)


def test_a_viewer_of_a_region_finds_nothing_of_another(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)
    emea = replace(TWELVES, viewer=EMEA)
    assert ids(found_subjects(draft, TWELVES, "L01")) == [("lead", "L01", "id")]
    for text in ("L01", "蓝天", "crm:1", "O1"):
        assert len(found_subjects(draft, TWELVES, text)) == 1
        assert found_subjects(draft, emea, text).is_empty()
    ltd = found_subjects(draft, emea, "ltd")
    # A4 has leads, A9 has deals alone; no lead of A5 to A8 is of the region.
    assert ltd["id"].to_list() == ["A2", "A3", "A4", "A9"]
    assert ltd["found"].to_list() == [4] * 4


def test_a_limit_out_of_bounds_is_refused(draft: DraftWarehouse) -> None:
    for limit in (0, 1_001):
        with pytest.raises(MetricError, match="a search lists 1 to 1,000 subjects"):
            found_subjects(draft, TWELVES, "x", limit)
