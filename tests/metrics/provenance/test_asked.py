"""What metrics ask is noted with who asked, told again where it is remembered, written whole."""

from __future__ import annotations

import duckdb
import pytest

from data.definitions import Definitions
from data.derive.rebuild import derived_tables
from data.engine.warehouse import DuckDBWarehouse
from data.lineage import IDENTITY, loaded_tables
from data.schema.tables import CANONICAL, DERIVED, TABLES
from data.sql import Query, Step, kept_step
from metrics.attribution.credit import channel_credit
from metrics.funnel.conversion import stage_conversion
from metrics.funnel.trend import stage_trend
from metrics.headline import headline
from metrics.provenance.asked import Asked, collecting, each_once, tell
from metrics.provenance.memory import AskedBefore
from metrics.provenance.written import sql_file, written_sql, written_values
from tests.metrics.facts import TERMS
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER

SCOPE = asked(WINTER, SEEN)
ONE = Asked("one", "Which one?", Query(Step("one", "SELECT 1 AS number")))


def test_each_query_is_of_the_metric_that_was_called(twelve: DuckDBWarehouse) -> None:
    twelve.query(ONE.query)
    with collecting() as found:
        twelve.query(ONE.query)
        assert not found, "no metric asked"
        headline(twelve, SCOPE)
        with collecting() as inner:
            list(twelve.batches(ONE.query))
            stage_trend(twelve, SCOPE)
    stage_trend(twelve, SCOPE)
    by_metric = each_once(found)
    assert list(by_metric) == ["headline", "stage_trend"], "not the metrics that these are made of"
    assert by_metric["headline"][0].question == (headline.__doc__ or "").splitlines()[0]
    assert inner == found[-len(inner) :]
    assert len(each_once(found * 2)["headline"]) == len(by_metric["headline"])


def test_a_shared_part_is_written_into_each_end(twelve: DuckDBWarehouse) -> None:
    """Each text is a whole query: it gives its rows also where parts were computed once."""
    with collecting() as found:
        stage_trend(twelve, SCOPE)
        headline(twelve, SCOPE)
    assert found
    for each in found:
        again = Query(Step("again", written_sql(each.query), each.query.values))
        assert twelve.query(again).equals(twelve.query(each.query))


def test_what_is_remembered_tells_what_was_asked() -> None:
    before = AskedBefore(most=2)
    answers: dict[str, int] = {}

    def remembered(key: str, number: int) -> int:
        def made() -> int:
            tell([ONE])
            return 1 // number

        def cached(answer: object) -> int:
            if key not in answers:
                assert callable(answer)
                answers[key] = answer()
            return answers[key]

        return before.of(key, cached, made)

    for times in (1, 1):
        with collecting() as found:
            assert remembered("a", 1) == 1
        assert found == [ONE] * times, "also where nothing was computed"
    with pytest.raises(ZeroDivisionError):
        remembered("fails", 0)
    remembered("b", 1)
    remembered("a", 1)
    remembered("c", 1)
    with collecting() as found:
        before.tell("b")
        before.tell("unknown")
    assert not found, "used longest ago"


def test_a_kept_step_is_written_in_full() -> None:
    people = Query(Step("people", "SELECT person_id FROM touch WHERE action = ?", ("reply",)))
    query = Query(kept_step("kept", people), Step("found", "SELECT * FROM kept LIMIT ?", (3,)))
    assert "FROM touch WHERE action = ?" in written_sql(query)
    assert written_values(query) == ["'reply'", "3"]
    assert query.tables == {"touch"}


def test_no_contact_is_written_and_no_value_ends_its_comment() -> None:
    typed = ("ann@example.com\nDROP TABLE lead", "tel +49 30 901820", "O'Hara", True)
    query = Query(Step("typed", "SELECT ?, ?, ?, ?, 'bob@example.com' AS other", typed))
    said = sql_file([Asked("found", "Who?", query)])
    assert "@" not in said
    assert "901820" not in said
    assert "-- ?1 = '‹e-mail› DROP TABLE lead'\n" in said
    assert "-- ?3 = 'O''Hara'\n-- ?4 = TRUE\n" in said
    assert said.startswith("-- found: Who?\n")
    assert [line for line in said.splitlines() if line.startswith("DROP")] == []


def test_tables_of_a_query_are_those_that_the_engine_would_read(twelve: DuckDBWarehouse) -> None:
    with collecting() as found:
        for metric in (stage_conversion, headline, stage_trend):
            metric(twelve, SCOPE)
        channel_credit(twelve, SCOPE, TERMS)
    queries = [each.query for each in found] + list(derived_tables(Definitions.load()).values())
    with duckdb.connect() as engine:
        for query in queries:
            # The engine reads names without types, of which an ASOF join needs to know.
            text = query.render().replace("?", "NULL").replace("ASOF", "")
            read = engine.get_table_names(text)
            assert query.tables & TABLES.keys() == read & TABLES.keys()


@pytest.mark.parametrize("table", sorted({*DERIVED, *IDENTITY} - {"shown_value"}))
def test_every_derived_table_leads_back_to_files(table: str) -> None:
    found = loaded_tables([table], TERMS)
    assert found
    assert set(found) <= CANONICAL.keys()


def test_the_way_back_goes_through_what_tables_are_made_of() -> None:
    assert loaded_tables(["content_asset", "load", "nothing"], TERMS) == loaded_tables(
        ["content_use", "content"], TERMS
    )
    assert loaded_tables(["lead_version"], TERMS) == ("lead",)
    assert {"assignment", "lead"} <= set(loaded_tables(["dispatch"], TERMS))
    assert "campaign_spend" not in loaded_tables(["journey"], TERMS)


def test_nothing_is_noted_when_nobody_collects() -> None:
    with collecting() as found:
        pass
    tell([ONE])
    assert not found
