"""A file that no mapping fits: its proposal is corrected, tried, kept and used for the next one."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.storage.store import Store
from loaders.history import loads
from pages.sources.loading.proposal_columns import sureness
from tests.pages.conftest import Cockpit, finished

DEALS = """deal no;sum in USD;phase;began;<b>x</b> *note*
7;1200;Won;31.01.2024;one
8;900;Lost;28.02.2024;two
9;300;Talking;when?;three
"""


@pytest.fixture
def proposed(cockpit: Cockpit, store: Path) -> AppTest:
    """The page with a file of deals in words that no mapping knows."""
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("deals.csv", DEALS.encode()).run()
    assert not app.exception
    return app


def choose(app: AppTest, label: str, value: str | None) -> AppTest:
    (widget,) = (each for each in app.selectbox if each.label == label)
    widget.set_value(value).run()
    assert not app.exception
    return app


def complete(app: AppTest) -> AppTest:
    """Everything chosen so that a mapping can be made."""
    choose(app, "Each row of the file is", "opportunity")
    for header, role in (
        ("deal no", "record"),
        ("sum in USD", "original_amount"),
        ("phase", "stage"),
        ("began", "created_at"),
        ("b x /b note", ""),
    ):
        choose(app, f"{header} becomes", role)
    return choose(app, "How dates in began are written", "%d.%m.%Y")


def press(app: AppTest, label: str) -> AppTest:
    (button,) = (each for each in app.button if each.label == label)
    button.click().run()
    assert not app.exception
    return app


def button(app: AppTest, label: str) -> bool:
    (found,) = (each for each in app.button if each.label == label)
    return not found.disabled


def complaint(app: AppTest) -> str:
    return " ".join(each.value.replace("\\", "") for each in app.error)


def test_each_column_is_shown_with_examples_and_how_sure_it_is(proposed: AppTest) -> None:
    shown = " ".join(each.value for each in (*proposed.main.markdown, *proposed.main.caption))
    assert "1200, 900, 300" in shown
    assert "likely" in shown
    assert "<b>" not in shown, "a header is text, whatever it holds"
    assert r"\<b\>x\<\/b\> \*note\*" in shown


def test_what_the_columns_do_not_say_is_listed_as_sentences(proposed: AppTest) -> None:
    complete(proposed)
    (notes,) = (each.value.replace("\\", "") for each in proposed.info)
    assert "outcome comes from phase (what became of the deal, from its stage)" in notes
    assert "outcome: Won is won, Lost is lost, anything else is open" in notes
    assert "currency is USD (as the header says)" in notes


def test_choices_that_contradict_each_other_are_named(proposed: AppTest) -> None:
    choose(complete(proposed), "phase becomes", "record")
    assert '"deal no" and "phase" both become opportunity.opportunity_id' in complaint(proposed)
    assert not button(proposed, "Save and load")
    assert not button(proposed, "Try it on the file")


def test_what_a_row_cannot_do_without_is_said(proposed: AppTest) -> None:
    choose(complete(proposed), "deal no becomes", "")
    assert "Rows of opportunity need opportunity.opportunity_id" in complaint(proposed)


def test_nothing_chosen_is_said(proposed: AppTest) -> None:
    complete(proposed)
    for header in ("deal no", "sum in USD", "phase", "began"):
        choose(proposed, f"{header} becomes", "")
    assert "No column goes anywhere yet" in complaint(proposed)


@pytest.mark.parametrize(
    ("label", "value", "said"),
    [
        ("Name of the mapping", "My deals", 'The name "My deals" must begin'),
        ("Name of the mapping", "../../deals", 'The name "../../deals" must begin'),
        ("Title", " ", "The title is empty"),
        ("System that wrote the file", "a:b", 'The system "a:b" must begin'),
    ],
)
def test_names_are_checked(proposed: AppTest, label: str, value: str, said: str) -> None:
    complete(proposed)
    (widget,) = (each for each in proposed.text_input if each.label == label)
    widget.set_value(value).run()
    assert said in complaint(proposed).replace("\u2060", "")
    assert not button(proposed, "Save and load")


def test_trying_shows_what_is_kept_and_refused_and_why(proposed: AppTest, store: Path) -> None:
    press(complete(proposed), "Try it on the file")
    counts = {each.label: each.value for each in proposed.metric}
    assert counts == {"Tried": "3", "Would be kept": "2", "Would be rejected": "1"}
    (reasons,) = (each.value for each in proposed.dataframe if "Value there" in each.value)
    assert reasons["Value there"].tolist() == ["when?"]
    assert reasons["First in line"].tolist() == [4]
    assert loads(Store(store)).is_empty()
    choose(proposed, "phase becomes", "")
    assert not proposed.metric, "a trial of another mapping is not shown"


def test_a_kept_mapping_loads_the_file_and_knows_the_next_one(
    proposed: AppTest, store: Path
) -> None:
    press(complete(proposed), "Save and load")
    app = finished(proposed)
    assert app.success[0].value == "Loaded. Every page shows the new data."
    assert app.selectbox[0].value == "deals", "it says what the file was read as"
    assert (store / "mappings" / "deals.toml").is_file()
    assert loads(Store(store))["mapping"].to_list() == ["deals"]
    app.file_uploader[0].upload("february.csv", DEALS.replace("7;", "17;").encode()).run()
    assert app.selectbox[0].value == "deals"
    assert not app.warning


def test_a_mapping_of_the_same_name_is_replaced_only_when_asked_for(
    proposed: AppTest, store: Path
) -> None:
    own = store / "mappings" / "old.toml"
    own.parent.mkdir(parents=True)
    press(complete(proposed), "Try it on the file")
    (code,) = (each.value for each in proposed.code if "[columns]" in each.value)
    own.write_text(code.replace("deal no", "other header"), encoding="utf-8")
    proposed.run()
    assert not button(proposed, "Save and load")
    proposed.checkbox[0].check().run()
    press(proposed, "Save and load")
    finished(proposed)
    assert "deal no" in own.read_text(encoding="utf-8")
    assert [each.name for each in own.parent.iterdir()] == ["old.toml"]


def test_a_built_in_mapping_is_not_hidden_unasked(proposed: AppTest) -> None:
    complete(proposed)
    proposed.text_input[0].set_value("salesforce_leads").run()
    assert "built in" in proposed.checkbox[0].label
    assert not button(proposed, "Save and load")


def test_the_text_can_be_edited_and_errors_point_at_the_line(proposed: AppTest) -> None:
    complete(proposed)
    (code,) = (each.value for each in proposed.code if "[columns]" in each.value)
    proposed.button_group[0].set_value("As text (TOML)").run()
    assert (proposed.text_area[0].value or "").strip() == code.strip()
    wrong = code.replace('into = "opportunity"', 'into = "oportunity"')
    line = wrong.splitlines().index('into = "oportunity"') + 1
    proposed.text_area[0].set_value(wrong).run()
    assert f"line {line}:" in complaint(proposed)
    assert 'Did you mean "opportunity"?' in complaint(proposed)
    proposed.text_area[0].set_value("name = ").run()
    assert "not valid TOML" in complaint(proposed)
    assert not button(proposed, "Save and load")
    proposed.text_area[0].set_value(code).run()
    assert not proposed.error
    assert button(proposed, "Save and load")


def test_each_thing_to_put_right_is_one_bullet_whatever_its_text(proposed: AppTest) -> None:
    complete(proposed)
    (code,) = (each.value for each in proposed.code if "[columns]" in each.value)
    proposed.button_group[0].set_value("As text (TOML)").run()
    wrong = code.replace('name = "deals"', 'name = "a; b; *c*"', 1)
    wrong = wrong.replace('source_system = "deals"', 'source_system = "d; e"', 1)
    assert wrong.count("; ") == code.count("; ") + 3
    proposed.text_area[0].set_value(wrong).run()
    shown = proposed.error[0].value
    first, second = (line for line in shown.splitlines() if line.startswith("- "))
    assert shown.startswith("These need to be put right first:")
    assert r"a\; b\; \*c\*" in first
    assert r"d\; e" in second
    assert len(shown.splitlines()) == 4, "a heading, a blank line and the two bullets"


def test_a_mapping_that_would_not_recognise_the_file_is_not_kept(proposed: AppTest) -> None:
    complete(proposed)
    (code,) = (each.value for each in proposed.code if "[columns]" in each.value)
    proposed.button_group[0].set_value("As text (TOML)").run()
    proposed.text_area[0].set_value(code.replace('"deal no"', '"deal nmbr"')).run()
    assert "it has no column deal nmbr" in complaint(proposed)
    assert 'Did you mean "deal no"?' in complaint(proposed)


def test_sureness_is_a_word_and_a_number() -> None:
    assert [sureness(each) for each in (0.97, 0.8, 0.6, 0.2, 0)] == [
        "very likely, 97%",
        "likely, 80%",
        "perhaps, 60%",
        "a guess, 20%",
        "nothing known is called so",
    ]
