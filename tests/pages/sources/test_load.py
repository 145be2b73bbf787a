"""The Load page: a file is recognised, previewed, loaded, stopped and taken back."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import xlsxwriter
from streamlit.testing.v1 import AppTest

from data.engine.warehouse import DuckDBWarehouse
from data.sample_company.manifest import write_manifest
from data.sql import Query, Step
from data.storage.store import Store
from loaders.history import loads
from loaders.load import load
from loaders.outcome import Status
from loaders.progress import Course, Standing
from pages.sources.loading import job as jobs
from pages.sources.loading.upload import harmless_name, write_upload
from tests.loaders.reading.hostile.case import Refused
from tests.loaders.reading.hostile.other_files import JSON, PARQUET
from tests.loaders.reading.hostile.workbook_files import WORKBOOKS
from tests.pages.conftest import FRAME, Cockpit, finished

LEADS = b"""lead_id,created_at,channel,company
L1,2026-01-05T09:00:00Z,Webinar,Alpha GmbH
L2,2026-02-05T09:00:00Z,Email,=1+1
L3,yesterday,Email,Gamma Ltd
"""


@pytest.fixture
def loaded(cockpit: Cockpit, store: Path) -> AppTest:
    """The page after three leads were loaded, one of them without a usable date."""
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads <b>2026</b>.csv", LEADS).run()
    app.button(key="load_start_false").click().run()
    return finished(app)


def test_a_file_is_recognised_and_shown_beside_what_it_becomes(
    cockpit: Cockpit, store: Path
) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", LEADS).run()
    source, result = app.dataframe[0].value, app.dataframe[1].value
    assert not app.exception
    assert not app.error
    assert app.selectbox[0].value == "generic_lead"
    assert source["lead_id"].tolist() == ["L1", "L2", "L3"]
    assert result["Id"].tolist() == ["L1", "L2"]
    assert "1 would be rejected" in app.main.caption[1].value
    reasons = app.dataframe[-2].value
    assert reasons["First in line"].tolist() == [4]
    assert reasons["Value there"].tolist() == ["yesterday"]


WORST = [
    case
    for case in (*WORKBOOKS, *JSON, *PARQUET)
    if case.name in ("far apart.xlsx", "deep.jsonl", "place.parquet")
]


def test_the_worst_files_are_refused_and_the_server_goes_on(cockpit: Cockpit, store: Path) -> None:
    """Each of them ends a process that reads it without care, which here is that of the test."""
    app = cockpit(store, "sources/load")
    for case in WORST:
        assert isinstance(case, Refused)
        assert isinstance(case.content, bytes)
        app.file_uploader[0].upload(case.name, case.content).run()
        assert not app.exception
        assert re.search(case.said, app.error[0].value.replace("\\", "")), case.name
    app.file_uploader[0].upload("leads.csv", LEADS).run()
    assert not app.error
    assert app.selectbox[0].value == "generic_lead"


def test_trying_changes_nothing(cockpit: Cockpit, store: Path) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", LEADS).run()
    app.button(key="load_start_true").click().run()
    finished(app)
    assert "would be loaded" in app.success[0].value
    assert loads(Store(store)).is_empty()


def test_a_load_is_summed_up_with_its_rejects_until_it_is_closed(loaded: AppTest) -> None:
    loaded.run()
    counts = {each.label: each.value for each in loaded.metric}
    assert not loaded.exception
    assert not loaded.error
    assert loaded.success
    assert r"Loading leads \<b\>2026\<\/b\>\.csv" in [each.value for each in loaded.header]
    assert counts == {"Read": "3", "Kept": "2", "Changed": "0", "Rejected": "1"}
    rejects = next(each.value for each in loaded.dataframe if "line" in each.value.columns)
    assert rejects["line"].tolist() == [4]
    assert rejects["column"].tolist() == ["created_at"]
    assert rejects["value"].tolist() == ["yesterday"]
    loaded.button(key="load_close").click().run()
    assert not loaded.success
    assert not loaded.file_uploader[0].value


def test_a_sum_that_was_left_out_and_an_older_report_are_told(
    cockpit: Cockpit, store: Path
) -> None:
    head = "Reporting starts,Reporting ends,Campaign name,Amount spent (USD)\n"
    old = f"{head}2026-03-01,2026-03-31,Pumps,300.00\n"
    new = f"{head}2026-03-01,2026-03-31,,330.00\n2026-03-01,2026-03-31,Pumps DACH,330.00\n"
    for name, text in (("to_2026-04-01.csv", old), ("to_2026-04-02.csv", new)):
        app = cockpit(store, "sources/load")
        app.file_uploader[0].upload(name, text.encode()).run()
        app.button(key="load_start_false").click().run()
        app = finished(app)
    assert any("1 more row was left out: totals" in each.value for each in app.main.caption)
    said = " ".join(each.value.replace("\\", "") for each in app.info)
    assert "its 330.00 USD for 2026-03-01 to 2026-03-31 replace 300.00 USD" in said
    assert loads(Store(store))["as_of_by"].to_list() == ["name", "name"]


def test_loaded_data_is_on_every_page_until_it_is_undone(loaded: AppTest, store: Path) -> None:
    loaded.switch_page(str(FRAME.parent / "review/overview.py")).run()
    (tile,) = (each for each in loaded.metric if each.label == "New leads")
    assert tile.value == "2"
    loaded.switch_page(str(FRAME.parent / "sources/load.py")).run()
    (load_id,) = loads(Store(store))["load_id"]
    loaded.selectbox(key="load_detail").set_value(load_id).run()
    loaded.button(key="load_undo_confirmed").click().run()
    finished(loaded)
    assert loaded.success
    assert loads(Store(store)).is_empty()


def test_how_far_a_load_is_stands_below_the_buttons_that_start_it(
    cockpit: Cockpit, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", LEADS).run()
    app.button(key="load_start_false").click().run()
    job = jobs.current_job()
    assert job is not None
    half = Standing("leads.csv", "checking", 0.4, 500, 2000, 250.0, 7.0)
    monkeypatch.setattr(jobs.Job, "state", jobs.State(standing=half))
    app.run()
    (bar,) = app.get("progress")
    assert bar.proto.value == 40
    assert bar.proto.text.replace("\\", "") == (
        "40% · 500 of 2,000 rows · 250 rows/s · about 7 s left"
    )
    assert "checking" in app.status[0].label
    assert app.status[0].state == "running"
    order = list(app.main)
    assert order.index(app.status[0]) > order.index(app.button(key="load_start_false"))


def test_the_job_follows_what_the_command_says(
    cockpit: Cockpit, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[str] = []
    monkeypatch.setattr(Course, "note", lambda self, event: noted.append(event.phase))
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", LEADS).run()
    app.button(key="load_start_false").click().run()
    finished(app)
    assert noted[0] == "opening"
    assert {"checking", "deriving journey", "publishing"} <= set(noted)


def load_sample(store: Path, folder: Path, *own: str) -> None:
    """Load two files of a sample, and the named own ones."""
    folder.mkdir()
    (folder / "leads.csv").write_bytes(LEADS)
    (folder / "rates.csv").write_bytes(b"currency,rate_on,rate\nEUR,2026-01-01,1.1\n")
    write_manifest(folder, ["leads.csv", "rates.csv"])
    for name in own:
        (folder / name).write_bytes(LEADS.replace(b"L1", b"X1"))
    for outcome in load(Store(store), sorted(folder.glob("*.csv"))):
        assert outcome.status is Status.LOADED, outcome.message


def test_the_sample_company_is_removed_after_a_question(
    cockpit: Cockpit, store: Path, tmp_path: Path
) -> None:
    load_sample(store, tmp_path / "sample")
    app = cockpit(store)
    assert app.button(key="sample_go").label == "A made-up company"
    app.switch_page(str(FRAME.parent / "sources/load.py")).run()
    assert "2 files of a made-up company" in " ".join(each.value for each in app.main.markdown)
    app.button(key="sample_remove").click().run()
    assert not app.exception
    assert jobs.current_job() is None, "nothing happens before the answer"
    app.button(key="sample_remove_confirmed").click().run()
    finished(app)
    assert app.success
    assert loads(Store(store)).is_empty()
    assert not [each for each in app.button if each.key == "sample_remove"]
    for page in ("review/overview", "review/funnel", "sources/data_health"):
        app.switch_page(str(FRAME.parent / f"{page}.py")).run()
        assert not app.exception
        assert app.header[0].value == "Nothing is loaded yet"
        assert app.main.button[-1].label == "Load a file"


def test_own_files_stay_when_the_sample_is_removed(
    cockpit: Cockpit, store: Path, tmp_path: Path
) -> None:
    load_sample(store, tmp_path / "sample", "own.csv")
    app = cockpit(store)
    assert app.button(key="sample_go").label == "Part of it is a made-up company"
    app.switch_page(str(FRAME.parent / "sources/load.py")).run()
    app.button(key="sample_remove").click().run()
    app.button(key="sample_remove_confirmed").click().run()
    finished(app)
    assert loads(Store(store))["file_name"].to_list() == ["own.csv"]
    app.switch_page(str(FRAME.parent / "review/overview.py")).run()
    (tile,) = (each for each in app.metric if each.label == "New leads")
    assert tile.value == "2"
    assert not [each for each in app.button if each.key == "sample_go"]


def test_own_files_are_no_sample(loaded: AppTest) -> None:
    assert not [each for each in loaded.button if each.key == "sample_remove"]
    loaded.switch_page(str(FRAME.parent / "review/overview.py")).run()
    assert not [each for each in loaded.button if each.key == "sample_go"]


def test_the_same_file_again_changes_nothing(loaded: AppTest) -> None:
    loaded.button(key="load_start_false").click().run()
    finished(loaded)
    assert "already loaded" in loaded.info[0].value


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.csv", b"just,some\nother,words\n", "no mapping fits"),
        ("broken.xlsx", b"this is not a workbook", "broken.xlsx"),
        ("empty.csv", b"", "empty.csv"),
        ("picture.csv", bytes(range(256)) * 40, "picture.csv"),
    ],
)
def test_a_bad_file_is_refused_with_a_message(
    cockpit: Cockpit, store: Path, name: str, content: bytes, said: str
) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload(name, content).run()
    messages = [each.value.replace("\\", "") for each in (*app.error, *app.warning)]
    assert not app.exception
    assert any(said in message for message in messages)
    assert not any("Traceback" in message for message in messages)
    assert app.header[-1].value == "Load history"


DOUBTFUL = b"""lead_id,created_at,channel
L1,03/04/2026,Webinar
L2,05/04/2026,Email
"""


def test_dates_with_two_readings_are_asked_and_loaded_as_answered(
    cockpit: Cockpit, store: Path
) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", DOUBTFUL).run()
    (question,) = app.radio
    assert "03/04/2026" in question.label.replace("\\", "")
    assert any("3 April 2026" in each for each in question.options)
    assert app.button(key="load_start_false").disabled
    question.set_value(1).run()
    assert app.dataframe[1].value["Day of creation"].tolist()[0].startswith("2026-03-04")
    app.button(key="load_start_false").click().run()
    app = finished(app)
    assert not app.error
    assert loads(Store(store))["rows_kept"].to_list() == [2]


TWINS = b"""lead_id,created_at,created_at,channel
L1,03/04/2026,05/04/2026,Webinar
L2,05/04/2026,07/04/2026,Email
"""


def test_what_an_answer_brings_up_is_asked_after_it(cockpit: Cockpit, store: Path) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", TWINS).run()
    (which,) = app.radio
    assert "created_at: which of the columns" in which.label.replace("\\", "")
    assert [each.replace("\\", "") for each in which.options] == [
        'the first, with "03/04/2026"', 'the second, with "05/04/2026"',
    ]  # fmt: skip
    which.set_value(1).run()
    _, day = app.radio
    assert "05/04/2026" in day.label.replace("\\", "")
    assert app.button(key="load_start_false").disabled
    day.set_value(0).run()
    app.button(key="load_start_false").click().run()
    app = finished(app)
    assert not app.error
    with DuckDBWarehouse.open(Store(store).current().path) as warehouse:
        found = warehouse.query(Query(Step("days", "SELECT created_at FROM lead ORDER BY 1")))
    assert [str(each)[:10] for each in found["created_at"]] == ["2026-04-05", "2026-04-07"]


def test_what_came_of_a_file_leaves_when_another_is_uploaded(loaded: AppTest) -> None:
    assert any("Loaded" in each.value for each in loaded.success)
    loaded.file_uploader[0].upload("more.csv", b"lead_id,created_at\nL9,2026-03-01\n").run()
    assert not loaded.success


def test_a_file_that_no_mapping_fits_can_be_read_as_another_kind(
    cockpit: Cockpit, store: Path
) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("notes.csv", b"just,some\nother,words\n").run()
    assert any("no mapping fits" in each.value for each in app.warning)
    app.selectbox[0].set_value("generic_lead").run()
    assert not app.exception
    assert app.error or app.button(key="load_start_false")


def test_an_upload_that_is_taken_back_leaves_no_file(cockpit: Cockpit, store: Path) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", LEADS).run()
    kept = app.session_state["kept_upload"].path
    assert kept.is_file()
    app.file_uploader[0].clear().run()
    assert not kept.exists()
    assert not kept.parent.exists()


def test_a_stopped_load_leaves_the_store_as_it_was(cockpit: Cockpit, store: Path) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", LEADS).run()
    app.button(key="load_start_false").click().run()
    job = jobs.current_job()
    assert job is not None
    job.stop()
    finished(app)
    assert "stopped" in app.error[0].value
    assert loads(Store(store)).is_empty()


def test_only_one_job_is_at_work(cockpit: Cockpit, store: Path) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", LEADS).run()
    app.button(key="load_start_false").click().run()
    assert app.button(key="load_start_false").disabled
    first = jobs.current_job()
    jobs.start_undo("L1", "leads.csv")
    assert jobs.current_job() is first
    finished(app)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\x00b.csv", "..", "", "-rf.csv", "~"],
)
def test_a_name_never_leaves_its_folder(name: str, tmp_path: Path) -> None:
    upload = write_upload("1", name, io.BytesIO(b"x"))
    try:
        assert upload.path.parent == upload.folder.path
        assert upload.path.is_relative_to(Store.from_environment().path / "work")
        assert upload.path.read_bytes() == b"x"
        assert not harmless_name(name).startswith((".", "-"))
    finally:
        upload.folder.close()


def test_a_long_name_keeps_its_ending() -> None:
    assert len(harmless_name("x" * 300 + ".csv")) <= 100
    assert harmless_name("x" * 300 + ".csv").endswith(".csv")


def workbook_of(**sheets: list[tuple[str, ...]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return content.getvalue()


def test_a_sheet_is_chosen_where_the_first_one_has_no_records(
    cockpit: Cockpit, store: Path
) -> None:
    content = workbook_of(
        Cover=[("lead_id", "created_at", "channel")],
        Leads=[("lead_id", "created_at", "channel"), ("L1", "2026-01-05", "Webinar")],
    )
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.xlsx", content).run()
    assert 'sheet "Cover" holds a header and no records' in app.error[0].value.replace("\\", "")
    (sheet,) = (each for each in app.selectbox if each.label == "Sheet to read")
    sheet.set_value("Leads").run()
    assert not app.error
    app.button(key="load_start_false").click().run()
    app = finished(app)
    assert not app.error
    assert loads(Store(store))["file_name"].to_list() == ["leads.xlsx, sheet Leads"]


RATED = b"""Lead ID,Email,Phone,Rating,Lead Score,Lead Status,Created Date,First Name,Notes
L1,ann@acme.com,,A,50,New,2026-01-01,Ann,
L2,bob@bolt.com,,Gold,50,New,2026-01-02,Bob,
L3,cy@cog.com,,Gold,50,New,2026-01-03,Cy,
"""


def test_a_word_that_is_not_known_is_asked_after_the_load_and_then_read(
    cockpit: Cockpit, store: Path
) -> None:
    app = cockpit(store, "sources/load")
    app.file_uploader[0].upload("leads.csv", RATED).run()
    app.button(key="load_start_false").click().run()
    app = finished(app)
    assert {each.label: each.value for each in app.metric}["Rejected"] == "2"
    assert app.button(key="load_words_save").disabled
    (word,) = (each for each in app.selectbox if each.label == "Rating: Gold (2 rows) means")
    assert word.options == ["A", "B", "C"]
    word.set_value("A").run()
    app.button(key="load_words_save").click().run()
    app = finished(app)
    assert {each.label: each.value for each in app.metric}["Rejected"] == "0"
    assert (store / "mappings" / "salesforce_leads.toml").is_file()
    with DuckDBWarehouse.open(Store(store).current().path) as warehouse:
        grades = warehouse.query(Query(Step("grades", "SELECT grade FROM lead ORDER BY lead_id")))
    assert grades["grade"].to_list() == ["A", "A", "A"]
