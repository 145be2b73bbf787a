"""`python -m metrics report`: a file, and where it was sent; what is refused says what to do."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from data.engine.draft import Draft
from data.storage.store import Store
from metrics.__main__ import main
from metrics.report import command
from metrics.report.send import VARIABLE
from tests.metrics.facts import fill
from tests.metrics.report.companies import EURO, euros
from tests.metrics.report.conftest import Reported
from tests.metrics.report.test_send import SECRET, TOKEN, closed_port, hook


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "store"
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, euros(), EURO)
    return path


@pytest.fixture(autouse=True)
def environment(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(folder))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_report_is_a_file_named_after_the_day_of_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report"]) == 0
    file = tmp_path / "marketing_report_2026-03-20.pdf"
    assert "Written to marketing_report_2026-03-20.pdf." in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
    assert "Marketing report" in PdfReader(io.BytesIO(file.read_bytes())).pages[0].extract_text()


@pytest.fixture
def gathered(in_euros: Reported, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not gathered again: it is the same company."""
    monkeypatch.setattr(command, "gather", lambda *_, **__: in_euros.content)


@pytest.mark.usefixtures("gathered")
def test_it_is_sent_where_the_environment_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with hook() as (port, got):
        monkeypatch.setenv(VARIABLE, f"json://me:{SECRET}@127.0.0.1:{port}/{TOKEN}")
        out = tmp_path / "weekly.html"
        arguments = ["report", "--format", "html", "--out", str(out)]
        assert main([*arguments, "--address", "https://backcast.example"]) == 0
    (sent,) = got
    assert sent["title"] == "Marketing report, Q1 2026, 20 Mar 2026"
    text = str(sent["message"])
    assert "See https://backcast.example/" in text
    assert text.endswith("The report is attached as weekly.html.")
    said = capsys.readouterr().err
    assert "Sent to destination 1 (json://127.0.0.1)." in said
    assert SECRET not in said
    assert TOKEN not in said


@pytest.mark.usefixtures("gathered")
def test_a_report_that_cannot_be_sent_is_kept_and_the_status_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.xlsx"
    url = f"json://me:{SECRET}@127.0.0.1:{closed_port()}/{TOKEN}"
    assert main(["report", "--format", "xlsx", "--out", str(out), "--to", url]) == 1
    assert out.read_bytes().startswith(b"PK")
    said = capsys.readouterr().err
    assert f"The report is kept in {out}" in said
    assert SECRET not in said


def test_nothing_is_made_where_it_could_not_be_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--to", f"foo://{SECRET}"]) == 1
    assert "destination 1 (foo://…) is no destination" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("gathered")
def test_a_file_that_cannot_be_written_is_named_and_the_old_one_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing" / "report.pdf"
    assert main(["report", "--out", str(missing)]) == 1
    said = capsys.readouterr().err
    assert f"{missing} cannot be written: No such file or directory." in said
    assert "Name another file with --out" in said
    taken = tmp_path / "taken"
    taken.mkdir()
    assert main(["report", "--out", str(taken)]) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["taken"]


def test_an_empty_store_says_what_to_load(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "none"))
    assert main(["report"]) == 1
    assert "Nothing has been loaded" in capsys.readouterr().err


def test_what_cannot_be_asked_is_misuse() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["report", "--format", "docx"])
    assert stopped.value.code == 2
