"""Saved definitions stay as they were saved, and the newest whose day has come is in force."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data.definition_files import (
    FOLDER,
    SavedVersion,
    append_version,
    saved_versions,
    version_in_force,
)
from data.definitions import BUILT_IN, VARIABLE, Definitions, InForce, in_force
from data.errors import DefinitionConflict, DefinitionError

NOW = datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def save(store: Path, text: str, since: date = MARCH, based_on: int = 0) -> SavedVersion:
    return append_version(store, text, since=since, saved_at=NOW, based_on=based_on)


def test_a_version_is_found_as_it_was_saved(tmp_path: Path) -> None:
    assert saved_versions(tmp_path / "store") == ()
    text = '# Größe, 云\na = "b"\r\n'
    saved = save(tmp_path / "store", text)
    assert saved_versions(tmp_path / "store") == (saved,)
    assert (saved.number, saved.since, saved.saved_at) == (1, MARCH, NOW)
    assert saved.path.read_bytes() == text.encode()
    assert saved.path.stat().st_mode & 0o777 == 0o600
    assert save(tmp_path / "store", "", based_on=1).number == 2
    assert saved.path.read_bytes() == text.encode(), "an older version stays"


def test_the_newest_whose_day_has_come_is_in_force(tmp_path: Path) -> None:
    first = save(tmp_path, "a = 1", MARCH)
    planned = save(tmp_path, "a = 2", MAY, based_on=1)
    assert version_in_force(tmp_path, date(2026, 2, 28)) is None
    assert version_in_force(tmp_path, MARCH) == first
    assert version_in_force(tmp_path, MAY) == planned
    last = save(tmp_path, "a = 3", APRIL, based_on=2)
    assert version_in_force(tmp_path, APRIL) == last
    assert version_in_force(tmp_path, MAY) == last, "who saves last replaces what was planned"


def test_who_changed_an_older_version_saves_nothing(tmp_path: Path) -> None:
    save(tmp_path, "a = 1")
    with pytest.raises(DefinitionConflict, match="version 1, in force from 2026-03-01, saved at"):
        save(tmp_path, "a = 2", APRIL)
    with pytest.raises(DefinitionError, match="no version 2 of the definitions to change"):
        save(tmp_path, "a = 2", APRIL, based_on=2)
    assert [each.number for each in saved_versions(tmp_path)] == [1]


def test_of_many_who_save_at_once_one_does(tmp_path: Path) -> None:
    begin, ended = threading.Barrier(8), []

    def run(number: int) -> None:
        begin.wait()
        try:
            ended.append(save(tmp_path, f"a = {number}", date(2026, 3, 1 + number)).number)
        except DefinitionConflict:
            ended.append(0)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(ended) == [0] * 7 + [1]
    assert len(saved_versions(tmp_path)) == 1


def test_what_a_killed_command_left_is_no_version(tmp_path: Path) -> None:
    saved = save(tmp_path, "a = 1")
    half = saved.path.with_name("0002-from-2026-04-01-saved-20260302T093005Z.toml.part")
    half.write_text("a =")
    assert saved_versions(tmp_path) == (saved,)
    save(tmp_path, "a = 2", based_on=1)
    assert not half.exists()


@pytest.mark.parametrize("name", ["mine.toml", "0001-from-2026-02-30-saved-20260302T093005Z.toml"])
def test_a_file_that_is_no_version_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / name).touch()
    with pytest.raises(DefinitionError, match=f"{name}.*definitions save"):
        saved_versions(tmp_path)


def test_two_files_of_one_number_are_named(tmp_path: Path) -> None:
    saved = save(tmp_path, "a = 1")
    saved.path.with_name(saved.path.name.replace("03-01", "04-01")).touch()
    with pytest.raises(DefinitionError, match="are both version 1"):
        saved_versions(tmp_path)


def test_what_the_environment_names_comes_before_what_was_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path))
    monkeypatch.delenv(VARIABLE)
    assert in_force() == InForce(BUILT_IN)
    text = BUILT_IN.read_text("utf-8").replace("mql = 60", "mql = 45", 1)
    saved = save(tmp_path, text)
    assert Definitions.load(today=date(2026, 2, 1)).windows.mql == 60
    assert Definitions.load(today=MARCH).windows.mql == 45
    assert in_force(MARCH) == InForce(saved.path, saved)
    assert Definitions.load(BUILT_IN, MARCH).windows.mql == 60
    monkeypatch.setenv(VARIABLE, str(BUILT_IN))
    assert in_force(MARCH) == InForce(BUILT_IN, fixed_by=VARIABLE)
    assert Definitions.load(today=MARCH).windows.mql == 60
