"""What sales makes of leads is loaded as it was planted, and the metrics find it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from data.definitions import Definitions
from data.engine.warehouse import DuckDBWarehouse
from data.sample_company.world.chunk import Chunk, draw_chunks
from data.sample_company.world.selling.answers import LOAD_DAYS, load
from data.sample_company.world.selling.sellers import NAMES, SELLERS
from data.sample_company.world.selling.work import SalesWork
from data.sample_company.write import SampleSize
from metrics.dispatch.loads import seller_load
from metrics.dispatch.rerouting import rerouting
from metrics.dispatch.routes import dispatch_routes
from metrics.dispatch.segments import seller_segments
from metrics.dispatch.unrouted import unrouted, unrouted_leads
from metrics.follow_up.feedback import feedback_reasons
from metrics.follow_up.states import follow_up_states
from metrics.follow_up.work_list import work_list
from metrics.period import Period
from metrics.pipeline.owner_notices import owner_notices
from metrics.pipeline.slipping import slipping_deals
from metrics.quality.completeness import qualification_completeness
from metrics.quality.grades import need_layers
from metrics.quality.levels import lead_levels
from metrics.quality.moves import level_moves
from metrics.scope import Scope
from tests.data.sample_company.written import UNTIL, Sample

pytestmark = pytest.mark.xdist_group("loaded sample")

NEVER = 2**60

Written = tuple[Chunk, SalesWork]


@pytest.fixture(scope="module")
def scope(sample: Sample) -> Scope:
    start = type(UNTIL).fromisoformat(sample.truth["size"]["start"])
    return Scope(Period(start, UNTIL), observed_until=UNTIL)


@pytest.fixture(scope="module")
def large() -> Written:
    """Ten thousand leads that are not written, only drawn: enough to tell sellers apart."""
    chunk = next(draw_chunks(SampleSize(10_000, UNTIL, seed=5).programme(), 10_000))
    return chunk, SalesWork.of(chunk)


def test_leads_have_their_levels_and_one_level_stands_out_of_order(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    planted, realised = sample.truth["planted"], sample.realised
    found = lead_levels(loaded, scope, Definitions.load()).filter(stage="sql")
    assert dict(found.select("level", "leads").iter_rows()) == realised["levels"]
    worse = found.filter(pl.col("standing") == "worse than the next")
    assert worse["level"].to_list() == [planted["level_worse_than_next"]]
    assert list(planted["levels"])[:2] == ["High value", planted["level_worse_than_next"]]
    rate = realised["reached"]["sql"] / realised["reached"]["lead"]
    for level, times in planted["levels"].items():
        leads, sqls = realised["levels"][level], realised["levels_of_sqls"][level]
        expected = rate * times["to_mql"] * times["to_sql"]
        assert abs(sqls / leads - expected) < 4 * (expected / leads) ** 0.5, level


def test_moves_between_levels_are_those_of_the_truth(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    told_on = UNTIL + timedelta(days=1)
    later = replace(scope, period=Period(scope.period.start, told_on), observed_until=told_on)
    moves = level_moves(loaded, later, Definitions.load())
    told = dict(moves.group_by("direction").agg(pl.col("leads").sum()).iter_rows())
    assert {name: told[name] for name in ("up", "down")} == sample.realised["level_moves"]
    assert min(sample.realised["level_moves"].values()) > 5


def test_more_is_learned_of_leads_that_go_far(loaded: DuckDBWarehouse, scope: Scope) -> None:
    filled = qualification_completeness(loaded, scope).filter(by="all")
    shares = dict(filled.select("field", "share").iter_rows())
    assert all(0.1 < shares[name] < 0.6 for name in ("budget", "authority", "need", "timeline"))
    needs = need_layers(loaded, scope, Definitions.load()).filter(stage="sql")
    rates = dict(needs.select("group", "rate").iter_rows())
    assert rates["Which"] > rates["Whether"]
    assert rates["Whose"] > rates["Unassigned"]


def test_assignments_are_those_of_the_truth_by_route_and_seller(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    realised = sample.realised["assignments"]
    routes = dispatch_routes(loaded, scope, Definitions.load())
    given = dict(routes.group_by("route").agg(pl.col("assignments").sum()).iter_rows())
    assert given.pop("Unrouted") == 0
    assert given == {name: realised[name] for name in given}
    assert sum(given.values()) == realised["assignments"]
    sellers = seller_load(loaded, scope)
    written = Counter(sample.table("lead_assignments.csv")["owner"].fill_null("No owner"))
    assert dict(sellers.select("seller", "given").iter_rows()) == written
    answers = {name: int(sellers[name].sum()) for name in ("accepted", "moved_on")}
    assert sum(answers.values()) >= realised["accepted"]
    assert sellers["rejected"].sum() == realised["rejected"] > 20
    slow = dict(sellers.select("seller", "response_hours").iter_rows())
    assert slow["Jonas Petersen"] > slow["Nina Brandt"]
    assert rerouting(loaded, scope, Definitions.load()).height > 1
    assert seller_segments(loaded, scope, Definitions.load())["leads"].sum() > 500


def test_open_leads_lie_with_nobody_most_of_them_from_shows(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    realised = sample.realised["unrouted"]
    whole = unrouted(loaded, scope).filter(level="All").row(0, named=True)
    assert whole["leads"] == realised["leads"] > 10
    listed = unrouted_leads(loaded, scope)
    assert listed.filter(channel="Trade Show").height == realised["of_shows"]
    assert realised["of_shows"] > 0.2 * realised["leads"]


def test_follow_up_finds_mqls_that_were_left_with_nothing(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    states = follow_up_states(loaded, scope)
    realised = sample.realised["handed_over"]
    assert abs(int(states["handed_over"].sum()) - realised["mqls"]) <= 2
    nothing = int(states["overdue"].sum()) + int(states["waiting"].sum())
    assert abs(nothing - realised["and_then_nothing"]) <= 2, "two records may be one person"
    assert realised["and_then_nothing"] > 20
    reasons = feedback_reasons(loaded, scope)
    assert int(reasons.filter("is_known")["leads"].sum()) > 0.7 * int(reasons["leads"].sum())
    assert reasons["due"].sum() > 10
    matters = set(work_list(loaded, scope)["matter"])
    assert {"overdue", "recycle"} <= matters


def test_next_actions_are_done_or_overdue_as_the_truth_says(
    sample: Sample, loaded: DuckDBWarehouse
) -> None:
    table, realised = sample.table("next_actions.csv"), sample.realised["next_actions"]
    still_open = table.filter(pl.col("done_at").is_null())
    overdue = still_open.filter(pl.col("due_on") < str(UNTIL))
    assert table.height - still_open.height == realised["done"]
    assert overdue.height == realised["overdue"] > realised["overdue_calls"] > 0
    assert still_open.height > overdue.height
    again = table.filter(kind="Call again")
    assert again["reason"].null_count() == 0
    assert table.height - again.height == realised["calls"]


def test_owners_of_customers_are_not_told_of_their_leads(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    untold = sample.realised["customers_without_their_owner"]["leads"]
    notices = owner_notices(loaded, scope)
    assert notices.filter(~pl.col("is_told")).height >= 0.9 * untold > 5
    assert notices.filter("is_told").height > 5


def test_deals_that_slip_are_those_that_were_put_off(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    realised = sample.realised["deals_put_off"]
    found = slipping_deals(loaded, scope, Definitions.load())
    assert found.height == realised["slipping"] > 5
    assert found.filter(pl.col("overdue_days") > 0).height == realised["overdue"]
    assert found.filter(pl.col("pushes") >= 2).height == realised["twice"] > 0


def test_fakes_are_mostly_with_one_seller(sample: Sample, large: Written) -> None:
    chunk, work = large
    careless = sample.truth["planted"]["bad_contacts"]["of_seller"]
    inside = work.assignments.unique("lead", keep="first").filter(pl.col("seller") < len(SELLERS))
    flawed = chunk.leads["flaw"].to_numpy()[inside["lead"].to_numpy()] != 0
    seller = inside["seller"].to_numpy()
    shares = [float(flawed[seller == number].mean()) for number in range(len(SELLERS))]
    assert SELLERS[int(np.argmax(shares))].name == careless
    assert max(shares) > 2 * sorted(shares)[-2]
    said = sample.table("salesforce_lead_history.csv").filter(Reason="Fake Contact").height
    assert sample.realised["fakes"]["leads"] == said > 0


def test_sellers_are_as_good_as_planted_and_rates_stay(large: Written) -> None:
    chunk, work = large
    first = work.assignments.unique("lead", keep="first", maintain_order=True)
    lead, seller = first["lead"].to_numpy(), first["seller"].to_numpy()
    industry = chunk.accounts["industry"].gather(chunk.leads["account"].gather(lead))
    reached = chunk.leads["depth"].to_numpy()[lead] >= 3

    def rate(name: str, industries: tuple[str, ...]) -> float:
        those = (seller == NAMES.index(name)) & industry.is_in(industries).to_numpy()
        return float(reached[those].mean())

    strong, others = SELLERS[0], SELLERS[1]
    for one, other in ((strong, others), (others, strong)):
        assert rate(one.name, one.strong_in) > 3 * rate(other.name, one.strong_in)
        assert rate(one.name, one.strong_in) > 3 * rate(one.name, one.weak_in)


def test_answers_take_longer_the_more_a_seller_was_given(large: Written) -> None:
    _, work = large
    given = work.assignments.filter(pl.col("seller").is_between(0, len(SELLERS) - 1))
    busy = load(given["seller"].to_numpy(), given["at"].to_numpy())
    answered = given.select(
        hours=(pl.min_horizontal("accepted_at", "rejected_at") - pl.col("at")) / 3600
    )["hours"].to_numpy()
    known = answered < NEVER / 7200
    quiet, full = (float(np.median(answered[known & those])) for those in (busy < 0.7, busy > 1.4))
    assert full > 1.2 * quiet


def plain_load(seller: list[int], at: list[int]) -> list[float]:
    """The load by its meaning: counted one by one."""
    given = list(zip(seller, at, strict=True))
    recent = [
        sum(
            other == who and when - LOAD_DAYS * 86_400 <= earlier <= when
            for other, earlier in given
        )
        for who, when in given
    ]
    usual = {}
    for who in set(seller):
        own = [count for count, other in zip(recent, seller, strict=True) if other == who]
        usual[who] = max(sum(own) / len(own), 1.0)
    return [
        min(max(count / usual[who], 0.3), 3.0) for count, who in zip(recent, seller, strict=True)
    ]


def test_the_load_of_a_seller_is_what_it_was_given_of_late() -> None:
    random = np.random.default_rng(3)
    seller = random.integers(-1, 3, 80)
    at = random.integers(0, 40, 80) * 86_400 + np.arange(80)
    assert load(seller, at).tolist() == pytest.approx(plain_load(seller.tolist(), at.tolist()))
