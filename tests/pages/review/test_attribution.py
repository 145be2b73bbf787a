"""The Attribution page: its numbers are the metrics', add up, and are refused where none can be."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data.definitions import Definitions
from data.engine.warehouse import open_current
from data.storage.store import Store
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.credit import channel_credit
from metrics.attribution.models import DRIVEN_LABELS
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Scope
from metrics.wording import formats
from pages.display.text import escape
from pages.review.credit.behind import PARTS
from pages.review.credit.learnt import longer_memory_words
from tests.pages.company import publish_rows, rows_by_table
from tests.pages.conftest import Cockpit

PAGE = "review/attribution"


@pytest.fixture(scope="module")
def touched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with touches before its won deals."""
    tables = rows_by_table(60)
    channels = ("Email", "Webinar", "Paid Search")
    tables["interaction"] = [
        {
            "interaction_id": f"I{number}-{place}",
            "person_id": row["person_id"],
            "occurred_at": row["created_at"] - timedelta(days=2 * place + 1),
            "action": "form_submit",
            "channel": channels[(number + place) % 3],
            "source_system": "web",
            "load_id": "L1",
        }
        for number, row in enumerate(tables["lead"])
        if row.get("person_id")
        for place in range(number % 4)
    ]
    path = tmp_path_factory.mktemp("touched") / "store"
    publish_rows(Store(path), tables)
    return path


def said(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info))


def opened(cockpit: Cockpit, store: Path, **more: str) -> AppTest:
    app = cockpit(store, PAGE, **more)
    assert not app.exception
    assert not app.error
    return app


def test_it_says_what_the_metric_says_and_adds_up(cockpit: Cockpit, touched: Path) -> None:
    app = opened(cockpit, touched)
    warehouse = open_current(Store(touched))
    # The page's period: the last twelve months of the data.
    scope = Scope(Period(date(2025, 4, 1), date(2026, 3, 31)), date(2026, 3, 31))
    found = channel_credit(warehouse, scope, Definitions.load())
    of_linear = found.filter(model="linear")
    best = of_linear.filter(pl.col("segment") != UNATTRIBUTED).row(0, named=True)
    whole = Decimal(of_linear["credit"].sum())
    last = found.filter(model="last", segment=best["segment"])["share"].item()
    assert (
        f"{best['segment']} earns the most of the won revenue by the model **Linear**: "
        f"**{escape(formats.money(best['credit'], 'USD'))}** of "
        f"{escape(formats.money(whole, 'USD'))} ({formats.share(best['share'])}). "
        f"The model Last touch gives it {formats.share(last)}."
    ) in said(app)
    assert whole == headline(warehouse, scope)["won_amount"].item()
    assert escape(f"= {formats.money_in_full(whole, 'USD')}, as the CRM says") in said(app)
    gains = next(each.value for each in app.dataframe if "decided_by" in each.value)
    assert sum(gains["difference"]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_answers(cockpit: Cockpit, touched: Path, part: str) -> None:
    app = opened(cockpit, touched, attribution_part=part, attribution_worth="Number")
    assert "Credit is not causation" in said(app)


def test_one_deal_is_shown_touch_by_touch(cockpit: Cockpit, touched: Path) -> None:
    app = opened(cockpit, touched)
    deals = next(each.value for each in app.dataframe if "first_credit" in each.value)
    deal = next(each.value for each in app.dataframe if "subject_id" in each.value)["subject_id"][0]
    assert len(deals) > 0
    app = opened(cockpit, touched, attribution_deal=deal)
    trail = next(each.value for each in app.dataframe if "standing" in each.value)
    counted = trail[trail["standing"] == "counts"]
    for model in ("linear", "last"):
        assert sum(counted[model]) == pytest.approx(1)


def test_without_touches_it_says_what_to_load(cockpit: Cockpit, tmp_path: Path) -> None:
    tables = rows_by_table(60)
    tables["interaction"] = []
    publish_rows(Store(tmp_path / "store"), tables)
    app = opened(cockpit, tmp_path / "store")
    assert "No touches are loaded, so that nobody can earn credit. Load what people did" in said(
        app
    )
    assert "is credited to nobody" in said(app)
    assert "half-life" not in said(app)
    assert [tab.label for tab in app.tabs] == ["Sourced", "What people said"]
    assert not opened(cockpit, tmp_path / "store", attribution_part="Paths").error
    tables["opportunity"] = [each | {"original_amount": None} for each in tables["opportunity"]]
    publish_rows(Store(tmp_path / "unpriced"), tables)
    app = opened(cockpit, tmp_path / "unpriced")
    assert "no touch, and no recorded amount either." in said(app)
    assert "Of the deals won, marketing sourced" in said(app)
    assert "does not say in how many the first touch before the deal" in said(app)
    sourced = next(each.value for each in app.dataframe if "opened_share" in each.value)
    assert sourced["won"].sum() > 0
    assert sourced["won_amount"].isna().tolist() == (sourced["won"] > 0).tolist()
    tables["lead"] = [each | {"channel": None, "campaign_id": None} for each in tables["lead"]]
    publish_rows(Store(tmp_path / "unsaid"), tables)
    app = opened(cockpit, tmp_path / "unsaid")
    assert "The data does not say what marketing sourced" in said(app)
    assert not any("opened_share" in each.value for each in app.dataframe)


def test_orders_two_and_three_say_whether_they_change_an_answer() -> None:
    names = ["model", "segment", "share", "share_low", "share_high", "is_told"]
    rows = [
        ("markov_1", "Email", 0.40, 0.30, 0.50, True),
        ("markov_1", "Fair", 0.60, 0.50, 0.70, True),
        ("markov_2", "Email", 0.45, None, None, False),
        ("markov_2", "Fair", 0.55, None, None, False),
        ("markov_3", "Email", 0.15, None, None, False),
        ("markov_3", "Fair", 0.80, None, None, False),
    ]
    credit = pl.DataFrame(rows, schema=names, orient="row")
    words = longer_memory_words(credit, DRIVEN_LABELS)
    assert words is not None
    assert "For 2 channels they lie outside the bounds of order 1" in words
    plain = words.replace("\u00a0", " ")
    assert "15.0% by Markov, order 3 against 40.0% (30.0% to 50.0%)" in plain
    same = longer_memory_words(credit.filter(pl.col("model") != "markov_3"), DRIVEN_LABELS)
    assert same is not None
    assert same.endswith("to look further back changes no answer here.")
    assert longer_memory_words(credit.head(0), DRIVEN_LABELS) is None
    assert longer_memory_words(credit.with_columns(is_told=False), DRIVEN_LABELS) is None
