"""What was chosen besides the usual scope stands above the page and can be taken back there."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import Cockpit


def chips(app: AppTest) -> dict[str, str]:
    keys = {each.key: each.label for each in app.button if (each.key or "").startswith("chip_")}
    return {str(key).removeprefix("chip_"): label.replace("\\", "") for key, label in keys.items()}


def test_the_usual_scope_has_no_chips(cockpit: Cockpit, company: Path) -> None:
    assert chips(cockpit(company, "review/funnel")) == {}


def test_every_choice_has_a_chip_in_words(cockpit: Cockpit, company: Path) -> None:
    chosen = {
        "period": "This year", "compare": "Nothing", "basis": "Flow", "unit": "Accounts",
        "counting": "Strict", "window": "90 days", "region": ["North", "East"],
    }  # fmt: skip
    assert chips(cockpit(company, "review/funnel", **chosen)) == {
        "period": "This year",
        "compare": "Compared with nothing",
        "basis": "Flow",
        "unit": "Accounts",
        "counting": "Counted strict",
        "window": "Within 90 days",
        "region": "Region: North, East",
    }


@pytest.mark.parametrize("page", ["review/funnel", "explore/segments"])
def test_a_chip_takes_its_choice_back_and_no_other(
    cockpit: Cockpit, company: Path, page: str
) -> None:
    app = cockpit(company, page, region="North", unit="Accounts")
    app.button(key="chip_region").click().run()
    assert not app.exception
    assert chips(app) == {"unit": "Accounts"}
    assert app.multiselect(key="region").value == []
    app.button(key="chip_unit").click().run()
    assert chips(app) == {}
