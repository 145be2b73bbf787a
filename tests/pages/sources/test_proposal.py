"""A file that no mapping fits: its proposal is corrected, tried, kept and used for the next one."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query, Step
from data.storage.store import Store
from loaders.history import loads
from pages.sources.loading.proposal_columns import sureness
from tests.pages.conftest import Cockpit, finished

DEALS = """deal no;sum in USD;phase;began;over;<b>x</b> *note*
7;1200;Won;31.01.2024;13.02.2024;one
8;900;Lost;28.02.2024;14.03.2024;two
9;300;Talking;when?;;three
"""


@pytest.fixture
def proposed(cockpit: Cockpit, store: Path) -> AppTest:
    """The page with a file of deals in words that no mapping knows."""
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("deals.csv", DEALS.encode()).run()
    assert not app.exception
    return app


def choose(app: AppTest, label: str, value: str | int | None) -> AppTest:
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
        ("over", "closed_at"),
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
    return " ".join(each.value.replace("\\", "").replace("\u2060", "") for each in app.error)


def test_each_column_is_shown_with_examples_and_how_sure_it_is(proposed: AppTest) -> None:
    shown = " ".join(each.value for each in (*proposed.main.markdown, *proposed.main.caption))
    assert "1200, 900, 300" in shown
    assert "likely" in shown
    assert "<b>" not in shown, "a header is text, whatever it holds"
    assert r"\<b\>x\<\/b\> \*note\*" in shown


def test_a_line_that_no_mapping_can_read_is_told_at_once(cockpit: Cockpit, store: Path) -> None:
    app = cockpit(store, "sources/load")
    broken = DEALS.replace("8;900;Lost", '8;"900;Lost')
    app.file_uploader[0].upload("deals.csv", broken.encode()).run()
    assert not app.exception
    (told,) = (each.value for each in app.warning if "cannot be read" in each.value)
    assert "deals\\.csv line 3\\: " in told.replace("\u2060", "")
    assert "quote" in told


def test_what_the_columns_do_not_say_is_listed_as_sentences(proposed: AppTest) -> None:
    complete(proposed)
    (notes,) = (each.value.replace("\\", "") for each in proposed.info)
    assert "outcome comes from phase (what became of the deal, from its stage)" in notes
    assert "outcome: Won is won, Lost is lost, Talking is open" in notes
    assert "currency is USD (as a header says)" in notes


def test_a_word_of_a_channel_needs_a_choice_and_all_may_be_kept_at_once(
    cockpit: Cockpit, store: Path
) -> None:
    app = cockpit(store, "sources/load")
    rows = "".join(f"{n};0{n}.03.2026;{who}\n" for n, who in enumerate(["Messe", "email"], start=1))
    app.file_uploader[0].upload("anfragen.csv", f"Nr;Erstellt am;Herkunft\n{rows}".encode()).run()
    choose(app, "Each row of the file is", "lead")
    for header, role in (("Nr", "record"), ("Herkunft", "channel")):
        choose(app, f"{header} becomes", role)
    assert 'Choose the channel of "Messe", or keep the words of Herkunft' in complaint(app)
    assert not button(app, "Save and load")
    (known,) = (each.value for each in app.selectbox if each.label == "email (1 row) is")
    assert known == "Email"
    press(app, "Keep the words without a choice")
    assert button(app, "Save and load")
    choose(app, "Messe (1 row) is", "Organic Search")
    text = next(each.value for each in app.code if "[values.channel]" in each.value)
    assert '"Messe" = "Organic Search"' in text


def test_a_value_is_shown_beside_what_it_will_be_read_as(cockpit: Cockpit, store: Path) -> None:
    app = cockpit(store, "sources/load")
    rows = "Projekt A;1.234,50 €;Angebot\nProjekt B;12,00 €;Gewonnen\n"
    app.file_uploader[0].upload("chancen.csv", f"Bezeichnung;Betrag;Phase\n{rows}".encode()).run()
    choose(app, "Each row of the file is", "opportunity")
    captions = [each.value.replace("\\", "") for each in app.main.caption]
    assert "1.234,50 € → 1,234.50 EUR" in captions
    assert 'If the file has no id, "Bezeichnung" will do' in complaint(app)


def test_choices_that_contradict_each_other_are_named(proposed: AppTest) -> None:
    choose(complete(proposed), "phase becomes", "record")
    assert '"deal no" and "phase" both become Deal: id' in complaint(proposed)
    assert not button(proposed, "Save and load")
    assert not button(proposed, "Try it on the file")


def test_what_a_row_cannot_do_without_is_said(proposed: AppTest) -> None:
    choose(complete(proposed), "deal no becomes", "")
    assert "A deal needs Deal: id" in complaint(proposed)


def test_nothing_chosen_is_said(proposed: AppTest) -> None:
    complete(proposed)
    for header in ("deal no", "sum in USD", "phase", "began", "over"):
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


def test_another_kind_of_file_with_the_same_name_gets_a_name_of_its_own(
    cockpit: Cockpit, store: Path
) -> None:
    own = store / "mappings" / "leads.toml"
    own.parent.mkdir(parents=True)
    own.write_text(
        'name = "leads"\ntitle = "Leads"\nsource_system = "other"\n[recognise]\n'
        'columns = ["lead"]\n[columns]\nlead = "Contact no"\n[[table]]\ninto = "lead"\n'
        'lead_id = "{lead}"\n',
        encoding="utf-8",
    )
    app = uploaded(cockpit, store, "leads.csv", AMBIGUOUS)
    assert app.text_input[0].value == "leads_2"


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
        "no match by its name",
    ]


def test_a_file_that_is_recognised_can_be_corrected_on_the_page(
    cockpit: Cockpit, store: Path
) -> None:
    app = cockpit(store, "sources/load")
    text = "lead_id,created_at,channel,Wert\nL1,2026-03-04,Web,12.50\nL2,2026-03-05,Fair,8.25\n"
    app.file_uploader[0].upload("leads of ours.csv", text.encode()).run()
    assert "Wert (amounts) is not used by the mapping “Backcast template: leads”" in " ".join(
        each.value.replace("\\", "") for each in app.info
    )
    (correct,) = (each for each in app.toggle if each.label == "Change how its columns are read")
    correct.set_value(True).run()
    assert not app.exception
    app.button_group[0].set_value("As text (TOML)").run()
    assert "# not used: Wert" in (app.text_area[0].value or "")
    own = (app.text_area[0].value or "").replace('score = "score"', 'score = "Wert"')
    app.text_area[0].set_value(own).run()
    press(app, "Save and load")
    assert finished(app).success[0].value == "Loaded. Every page shows the new data."
    assert loads(Store(store))["mapping"].to_list() == ["leads_of_ours"]


AMBIGUOUS = """ID;Status;Created At;E-mail
1;New;02/04/2026 10:11;a@acc.example
2;Dead;03/05/2026 10:12;b@acc.example
"""

GASTO = """Campanha;Dia;Gasto;Cliques
Marca;02/03/2026;R$ 100.000;812
Eventos;16/03/2026;R$ 35.500;208
"""

PHASES = """商机编号;金额;阶段;创建日期;关闭日期
S1;1000.50;签单完成;2026-03-01;2026-03-09
S2;2000.50;接触;2026-03-02;
"""


def uploaded(cockpit: Cockpit, store: Path, name: str, text: str) -> AppTest:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload(name, text.encode()).run()
    assert not app.exception
    assert not button(app, "Save and load"), "nothing is loaded before it is said"
    return app


def options(app: AppTest, label: str) -> list[str]:
    (widget,) = (each for each in app.selectbox if each.label == label)
    assert widget.value is None, "nothing is chosen for anybody"
    return list(widget.options)


def loaded_by(app: AppTest) -> AppTest:
    assert not app.error, complaint(app)
    press(app, "Save and load")
    shown = finished(app)
    assert shown.success[0].value == "Loaded. Every page shows the new data."
    return shown


def rows(store: Path, sql: str) -> list[tuple[object, ...]]:
    with DuckDBWarehouse.open(Store(store).current().path) as warehouse:
        return warehouse.query(Query(Step("asked", sql))).rows()


def test_a_day_that_two_formats_fit_is_asked_and_answered_on_the_page(
    cockpit: Cockpit, store: Path
) -> None:
    app = uploaded(cockpit, store, "leads.csv", AMBIGUOUS)
    assert "02/04/2026 10:11 is 2 April 2026 or 4 February 2026" in complaint(app)
    label = "How dates in Created At are written"
    assert options(app, label)[:2] == [
        "02/04/2026 10:11 → 2 April 2026",
        "02/04/2026 10:11 → 4 February 2026",
    ]
    loaded_by(choose(app, label, "%m/%d/%Y %H:%M"))
    assert rows(store, "SELECT month(created_at) AS m FROM lead ORDER BY m") == [(2,), (3,)]


def test_marks_that_two_readings_fit_are_asked_and_answered_on_the_page(
    cockpit: Cockpit, store: Path
) -> None:
    app = uploaded(cockpit, store, "gasto.csv", GASTO)
    assert "Choose how numbers are written: R$ 100.000 is 100.000 or 100000" in complaint(app)
    label = "How numbers are written"
    assert options(app, label) == ["R$ 100.000 → 100.000", "R$ 100.000 → 100000"]
    loaded_by(choose(app, label, 1))
    spent = "SELECT sum(original_cost_amount) AS spent FROM campaign_spend"
    assert [str(each) for (each,) in rows(store, spent)] == ["135500.00"]


def test_words_and_the_currency_are_asked_and_answered_on_the_page(
    cockpit: Cockpit, store: Path
) -> None:
    app = uploaded(cockpit, store, "商机.csv", PHASES)
    assert 'Choose what "签单完成" means' in complaint(app)
    assert "Choose the currency of the amounts" in complaint(app)
    choose(app, "Currency of the amounts", "CNY")
    choose(app, "签单完成 (1 row) means", "won")
    loaded_by(choose(app, "接触 (1 row) means", "open"))
    sql = (
        "SELECT opportunity_id, outcome, currency, day(closed_at) AS d FROM opportunity ORDER BY 1"
    )
    assert rows(store, sql) == [("S1", "won", "CNY", 9), ("S2", "open", "CNY", None)]
