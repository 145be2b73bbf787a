"""A store of planted people."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data.privacy.keys import VARIABLE
from data.storage.rewriting import RewritingStore
from tests.privacy.planted import KEY, Planted


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three generations: leads, then stages and interactions, then people. Only to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "files").mkdir()
    planted = Planted(RewritingStore(folder / "store"), folder / "files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, KEY)
        planted.load("leads.csv")
        planted.load("stages.csv", "interactions.csv")
        planted.load("people.csv")
    return folder


@pytest.fixture
def planted(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """A copy of the filled store for one test."""
    monkeypatch.setenv(VARIABLE, KEY)
    shutil.copytree(filled, tmp_path / "copy")
    return Planted(RewritingStore(tmp_path / "copy" / "store"), tmp_path / "copy" / "files")
