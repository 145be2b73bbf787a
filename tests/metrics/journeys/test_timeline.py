"""The timeline of a subject, against plain Python and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from data.errors import MetricError
from metrics.journeys.subject import Subject, SubjectKind
from metrics.journeys.timeline import Order, TimelineEvent, timeline
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Viewer
from tests.metrics.facts import (
    TERMS,
    DraftWarehouse,
    Facts,
    account,
    change,
    given,
    lead,
    opportunity,
    takes_part,
    terms,
    touch,
)  # fmt: skip
from tests.metrics.journeys.conftest import SCOPE, eventful
from tests.metrics.journeys.timeline_oracle import Known, belongings, events_of
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, TWELVE, WINTER, at

ANA = Viewer("Ana", (Filter(Dimension.REGION, ("EMEA", "华东")),))
RESTRICTED = replace(SCOPE, viewer=ANA)


def of(
    warehouse: DraftWarehouse, scope: Scope, kind: SubjectKind, name: str, **more: Any
) -> pl.DataFrame:
    """A timeline, the oldest first."""
    return timeline(warehouse, scope, TERMS, Subject(kind, name), Order.OLDEST, 10_000, **more)


def subjects(known: Known) -> list[Subject]:
    """Of each kind the two that most happened to, and one to which little did."""
    columns = {SubjectKind.LEAD: "lead_id", SubjectKind.PERSON: "person_id",
               SubjectKind.ACCOUNT: "account_id"}  # fmt: skip
    found = []
    for kind, column in columns.items():
        names = [row[column] for row in known["journey"] if row[column] is not None]
        often = sorted(set(names), key=lambda name: (-names.count(name), name))
        found += [Subject(kind, name) for name in (*often[:2], often[-1])]
    deals = sorted(row["opportunity_id"] for row in known["deal"])
    return found + [Subject(SubjectKind.DEAL, name) for name in deals[1:3]]


@pytest.mark.parametrize("scope", [SCOPE, RESTRICTED], ids=["all", "restricted"])
def test_a_timeline_is_that_of_plain_python(
    many: DraftWarehouse, known: Known, scope: Scope
) -> None:
    kinds = set()
    for subject in subjects(known):
        theirs = belongings(known, scope, subject)
        if scope.viewer.restrictions and not theirs.leads | theirs.deals:
            with pytest.raises(MetricError, match="there is no"):
                of(many, scope, subject.kind, subject.id)
            continue
        found = of(many, scope, subject.kind, subject.id)
        expected = events_of(known, scope, subject)
        assert found.select("occurred_at", "kind", "event_id").rows() == expected, subject
        assert found["place"].to_list() == list(range(1, len(expected) + 1))
        assert set(found["events"]) <= {len(expected)}
        kinds |= set(found["kind"])
    if not scope.viewer.restrictions:
        # None of the made-up people is our own or a machine.
        assert kinds >= {
            "person_merged", "account_merged", "touch", "outbound", "stage", "assigned",
            "accepted", "rejected", "deal_opened", "deal_joined", "deal_stage", "deal_changed",
            "deal_won", "deal_lost",
        }  # fmt: skip


def test_an_account_has_what_its_leads_people_and_deals_have_each_once(
    many: DraftWarehouse, known: Known
) -> None:
    merged_into = {
        row["account_id"]
        for row in known["account_identity"]
        if row["applied"] and {row["reference"], row["account_id"]} <= {"A900", "A901", "A902"}
    }
    subject = Subject(SubjectKind.ACCOUNT, min(merged_into))
    theirs = belongings(known, SCOPE, subject)
    whole = of(many, SCOPE, subject.kind, subject.id)
    assert whole["event_id"].is_unique().all()
    of_leads = [belongings(known, SCOPE, Subject(SubjectKind.LEAD, name)) for name in theirs.leads]
    parts = [
        of(many, SCOPE, kind, name)
        for kind, names in (
            (SubjectKind.LEAD, theirs.leads),
            (SubjectKind.DEAL, theirs.deals.difference(*(each.deals for each in of_leads))),
            (SubjectKind.PERSON, theirs.people.difference(*(each.people for each in of_leads))),
        )
        for name in names
    ]
    assert len(parts) > len(theirs.leads) > 1
    # Their people, deals and leads may have to do with other companies besides.
    is_theirs = (
        (pl.col("opportunity_id").is_in(theirs.deals)
            & ((pl.col("kind") != "deal_joined") | pl.col("lead_id").is_in(theirs.leads)))
        | (pl.col("opportunity_id").is_null() & pl.col("lead_id").is_in(theirs.leads))
        | (pl.col("opportunity_id").is_null() & pl.col("lead_id").is_null()
           & pl.col("person_id").is_in(theirs.people))
    )  # fmt: skip
    union = set(pl.concat(parts).filter(is_theirs.fill_null(value=False))["event_id"])
    merged = set(whole.filter(kind="account_merged")["event_id"])
    assert merged
    assert set(whole["event_id"]) == union | merged


def test_the_order_of_rows_makes_no_difference(many: DraftWarehouse, known: Known) -> None:
    mixed = DraftWarehouse().hold(eventful(5).shuffled(3))
    for subject in subjects(known)[::4]:
        here = of(many, SCOPE, subject.kind, subject.id)
        assert here.equals(of(mixed, SCOPE, subject.kind, subject.id))


def test_pages_make_up_the_whole_from_either_end(many: DraftWarehouse, known: Known) -> None:
    subject = next(each for each in subjects(known) if each.kind is SubjectKind.PERSON)
    whole = of(many, SCOPE, subject.kind, subject.id)
    limit = len(whole) // 3 + 1
    newest = [
        timeline(many, SCOPE, TERMS, subject, limit=limit, offset=offset)
        for offset in range(0, len(whole), limit)
    ]
    assert len(newest) == 3
    assert all(page["events"].unique().to_list() == [len(whole)] for page in newest)
    turned = pl.concat(newest).reverse().drop("place")
    assert turned.equals(whole.drop("place"))
    beyond = timeline(many, SCOPE, TERMS, subject, offset=len(whole))
    assert beyond.is_empty()


BUSY = Facts(
    account=(account("A1", "One", region="EMEA"), account("A2", "Two", region="APAC")),
    person=(
        {"person_id": "P1", "account_id": "A1"},
        {"person_id": "P2", "account_id": "A1"},
        {"person_id": "P3", "account_id": "A1", "email_domain": "own.example"},
        {"person_id": "P4", "account_id": "A1"},
    ),
    lead=(
        lead("L1", at(2, 12), person_id="P1", account_id="A1", region="EMEA"),
        lead("L2", at(2, 12), person_id="P2", account_id="A1", region="APAC"),
        lead("L3", at(3, 2), person_id="P1", account_id="A2", region="APAC"),
    ),
    stage_change=(
        change("lead", "L1", "mql", at(2, 14), actor="Ana", reason="asked for a price"),
        change("lead", "L1", "recycled", at(2, 20), reason="no budget"),
        change("lead", "L1", "mql", at(3, 1)),
        change("opportunity", "O1", "sql", at(3, 3), actor="李雷"),
        change("opportunity", "O1", "opportunity", at(3, 4)),  # that it was opened, once more
        change("opportunity", "O1", "lost", at(3, 9)),
    ),
    opportunity=(
        opportunity("O1", at(3, 4), account_id="A1", outcome="lost", lost_reason="price",
                    closed_at=at(3, 9), original_amount=Decimal(50), currency="USD"),
        opportunity("O2", at(3, 4), account_id="A1", primary_lead_id="L2",
                    original_amount=Decimal(70), currency="USD"),
    ),
    opportunity_lead=(takes_part("O2", "L1"),),
    assignment=(given("L1", at(2, 12), "Partner", owner="Bo", rejected_at=at(2, 13), reason="full"),
                given("L1", at(2, 13), "Inside sales", owner="Ana", accepted_at=at(2, 13))),
    interaction=(
        touch("I1", at(2, 12), "P1", campaign_id="C9", content_id="T9"),
        touch("I2", at(2, 1), "P1", action="email_sent"),
        touch("I3", at(2, 2), "P3"),
        touch("I4", at(2, 2), "P4", action="unsubscribe"),
        *(touch(f"M{number:02}", at(2, 3), "P4", action="ad_click") for number in range(4)),
        touch("I5", at(2, 4), "P2"),
    ),
)  # fmt: skip
STRICT = TERMS.model_copy(
    update={
        "touch": TERMS.touch.model_copy(update={"own_domains": ("own.example",), "most_a_day": 3})
    }
)
QUARTER = asked(Period(date(2026, 1, 1), date(2026, 3, 31)), SEEN)


@pytest.fixture(scope="module")
def busy() -> DraftWarehouse:
    return DraftWarehouse().hold(BUSY, STRICT)


def said(found: pl.DataFrame) -> list[str]:
    return found["what"].to_list()


def test_a_lead_with_two_episodes_in_words(busy: DraftWarehouse) -> None:
    found = of(busy, QUARTER, SubjectKind.LEAD, "L1")
    assert said(found) == [
        "Email sent, done to them",
        "Form submit",
        "Lead created",
        "Given to Bo, by route Partner",
        "Given to Ana, by route Inside sales",
        "Accepted, by Ana, by route Inside sales",
        "Rejected, by Bo, by route Partner: full",
        "Became an MQL: asked for a price, by Ana",
        "Recycled: no budget",
        "Became an MQL",
        "Deal O2 opened",
    ]
    assert found.filter(kind="touch").select("channel", "campaign", "content").rows() == [
        ("Webinar", "C9", "T9")
    ]
    assert found.row(-1, named=True)["amount"] == Decimal(70)
    assert found.row(-1, named=True)["lead_id"] == "L2"


def test_an_account_has_what_nobody_of_a_lead_did(busy: DraftWarehouse) -> None:
    found = of(busy, QUARTER, SubjectKind.ACCOUNT, "A1")
    words = set(said(found))
    assert "Form submit, left out: own staff" in words
    assert "Unsubscribe, earns no credit" in words
    assert (
        found.filter(kind="left_out", person_id="P4")["what"].to_list()
        == ["Ad click, left out: a machine's pace"] * 4
    )
    assert [each for each in said(found) if "O1" in each] == [
        "Deal O1 became an SQL, by 李雷", "Deal O1 opened", "Deal O1 lost: price",
    ]  # fmt: skip
    assert found.filter(kind="deal_lost")["amount"].item() == Decimal(50)
    assert found.filter(kind="deal_lost")["lead_id"].item() is None


def test_a_viewer_of_a_region_sees_nothing_of_another(busy: DraftWarehouse) -> None:
    emea = replace(QUARTER, viewer=Viewer("Ana", (Filter(Dimension.REGION, ("EMEA",)),)))
    found = of(busy, emea, SubjectKind.ACCOUNT, "A1")
    assert set(found["lead_id"].drop_nulls()) == {"L1"}
    # Nobody's segment is known of those without a lead, and O2 is the APAC lead's.
    assert set(found["person_id"].drop_nulls()) == {"P1"}
    assert set(found["opportunity_id"].drop_nulls()) == {"O1"}
    assert set(of(busy, emea, SubjectKind.PERSON, "P1")["lead_id"].drop_nulls()) == {"L1"}
    hidden = {SubjectKind.LEAD: "L2", SubjectKind.DEAL: "O2", SubjectKind.ACCOUNT: "A2",
              SubjectKind.PERSON: "P2"}  # fmt: skip
    for kind, name in hidden.items():
        assert len(of(busy, QUARTER, kind, name)) > 0
        with pytest.raises(MetricError, match=f"there is no {kind} '{name}'"):
            of(busy, emea, kind, name)
    with pytest.raises(MetricError) as refused:
        of(busy, emea, SubjectKind.LEAD, "L9")
    assert '"L1"' in str(refused.value)


def test_an_unknown_subject_is_refused_with_the_closest(busy: DraftWarehouse) -> None:
    with pytest.raises(MetricError, match=r"no account 'A11'\. Did you mean \"A1\"\?"):
        of(busy, QUARTER, SubjectKind.ACCOUNT, "A11")
    for name in ("", "' OR 1 = 1 --", "nobody of that name"):
        with pytest.raises(MetricError, match="Search for it by name"):
            of(busy, QUARTER, SubjectKind.PERSON, name)
    for more in ({"limit": 0}, {"limit": 10_001}, {"offset": -1}):
        with pytest.raises(MetricError, match="a timeline"):
            timeline(busy, QUARTER, TERMS, Subject(SubjectKind.LEAD, "L1"), **more)  # type: ignore[arg-type]


def test_any_reference_to_a_person_is_the_person(twelve: DraftWarehouse) -> None:
    scope = asked(WINTER, SEEN)
    found = of(twelve, scope, SubjectKind.PERSON, "web:77")
    assert found.equals(of(twelve, scope, SubjectKind.PERSON, "p1"))
    assert said(found)[:3] == [
        "Record crm:1 is this person, by the same e-mail (100% sure)",
        "Record web:77 is this person, by the same e-mail (100% sure)",
        "Webinar attend",
    ]
    assert found["occurred_at"].null_count() == 2


def test_days_are_those_of_the_reporting_time_zone(draft: DraftWarehouse) -> None:
    shanghai = terms("Asia/Shanghai")
    midnights = (datetime(2026, 1, 31, 16), datetime(2026, 2, 28, 16))
    moments = [each - timedelta(microseconds=late) for each in midnights for late in (1, 0)]
    stages = ("lead", "mql", "sql", "won")
    entries = (change("lead", "L1", *each) for each in zip(stages, moments, strict=True))
    draft.hold(Facts(lead=(lead("L1", None),), stage_change=tuple(entries)), shanghai)
    february = asked(Period(date(2026, 2, 1), date(2026, 2, 28)), SEEN)
    subject = Subject(SubjectKind.LEAD, "L1")
    found = timeline(draft, february, shanghai, subject, Order.OLDEST)
    assert found["occurred_on"].to_list() == [date(2026, 2, 1), date(2026, 2, 28)]
    assert said(found) == ["Became an MQL", "Became an SQL"]
    in_utc = timeline(draft, february, TERMS, subject, Order.OLDEST)
    assert said(in_utc) == ["Became an SQL", "Won"]


def test_what_comes_after_the_last_day_observed_is_not_there(draft: DraftWarehouse) -> None:
    draft.hold(TWELVE)
    whole = asked(Period(date(2026, 1, 1), date(2026, 12, 31)), SEEN)
    found = of(draft, whole, SubjectKind.LEAD, "L12")
    assert said(found) == ["Lead created", "Became an MQL"]
    early = asked(Period(date(2027, 1, 1), date(2027, 12, 31)), SEEN)
    nothing = of(draft, early, SubjectKind.LEAD, "L12")
    assert nothing.is_empty()
    assert nothing.columns == list(TimelineEvent.to_schema().columns)
