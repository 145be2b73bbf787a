"""Lead quality: its sentence is the metric's, every part answers, and what is missing is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data.definitions import Definitions
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.period import Period
from metrics.quality.fakes import fake_leads
from metrics.quality.levels import lead_levels
from metrics.scope import Scope
from metrics.wording import formats
from pages.explore.levels.parts import PARTS
from tests.pages.company import HOSTILE, publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "explore/quality"
SCOPE = Scope(Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31))


@pytest.fixture(scope="module")
def levelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company with tiers, scores and what was learned of its leads."""
    tables = rows_by_table(700)
    tiers = ("High value", "高潜力", "nurture", "Verify", "low conversion", HOSTILE, None)
    for number, row in enumerate(tables["lead"]):
        row["tier"] = tiers[number * 5 % len(tiers)]
        row["score"] = float(number * 7 % 50)
        row["need"] = ("Concrete project", "要不要", None)[number % 3]
        row["budget"] = ("20000", None)[number % 2]
        row["status"] = ("New", "Fake entry")[number % 3 == 0]
    path = tmp_path_factory.mktemp("levelled") / "store"
    publish_rows(Store(path), tables)
    return path


def all_said(app: AppTest) -> str:
    said = "\n".join(each.value for each in (*app.markdown, *app.caption))
    return said.replace("\\", "").replace("\u2060", "")


def test_the_sentence_is_the_metric_s_and_every_part_answers(
    cockpit: Cockpit, levelled: Path
) -> None:
    app = cockpit(levelled, PAGE)
    assert not app.exception
    found = lead_levels(open_current(Store(levelled)), SCOPE, Definitions.load())
    best = found.filter(pl.col("stage") == "sql", pl.col("level") == "High value").row(
        0, named=True
    )
    said = "\n".join(each.value for each in (*app.markdown, *app.caption))
    assert f"High value** converts **{formats.share(best['rate'])}**" in said
    assert f"({formats.count(best['converted'])} of {formats.count(best['leads'])} so far)" in said
    assert "No definition knows tier" in said
    assert len(app.metric) == 5
    app.selectbox(key="quality_level_leads").set_value("High value").run()
    opened = app.dataframe[-1].value
    assert f"**{formats.counted(best['leads'], 'lead')}** of High value" in all_said(app)
    assert len(opened) == min(50, best["leads"])
    assert set(opened["level"]) == {"High value"}
    app.number_input(key="quality_level_leads_page").set_value(2).run()
    assert not set(app.dataframe[-1].value["lead_id"]) & set(opened["lead_id"])
    app.query_params["quality_fake_leads"] = "leads.csv"
    app.query_params["quality_entered_by"] = "File"
    for part in PARTS:
        app.query_params["quality_part"] = part
        app.run()
        assert not app.exception, part
        assert not app.error, part
    fakes = fake_leads(open_current(Store(levelled)), SCOPE).row(0, named=True)["fakes"]
    app.query_params["quality_part"] = "Fakes and dead contacts"
    app.run()
    assert f"**{formats.count(fakes)}** of" in all_said(app)
    assert f"**{formats.counted(fakes, 'lead')}** of leads.csv" in all_said(app)
    app.query_params["quality_part"] = "Score"
    app.query_params["quality_refit"] = "true"
    app.run()
    assert not app.exception
    assert not app.error


def test_without_tier_and_score_it_says_what_to_load(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, PAGE, quality_part="Score")
    assert not app.exception
    said = "\n".join(each.value for each in (*app.markdown, *app.info))
    assert "load leads with their tier" in said
    assert "No lead in this selection has a score" in said
