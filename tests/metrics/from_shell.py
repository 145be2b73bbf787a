"""The twelve leads asked about by `python -m metrics`, as a person does from a shell."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from data.engine.draft import Draft
from data.storage.store import Store
from metrics.__main__ import main
from tests.metrics.facts import TERMS, fill
from tests.metrics.twelve_leads import TWELVE

QUARTER = ("--from", "2026-01-01", "--to", "2026-03-31", "--format", "csv")

UNNAMED = (
    "Of all that is loaded, 1 interaction has an action that the definitions do not name. Data"
    " health lists them.\n"
)
"""What the twelve leads have that counts in no number of touches."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("twelve") / "store"
    with Store(path).writing() as part, Draft.open(part) as draft:
        fill(draft, TWELVE, TERMS)
    return path


@pytest.fixture(autouse=True)
def environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(folder))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[dict[str, str]], str]:
    """The rows that a command prints, and what it says beside them."""
    assert main([*arguments, *QUARTER]) == 0
    out, err = capsys.readouterr()
    return list(csv.DictReader(io.StringIO(out))), err
