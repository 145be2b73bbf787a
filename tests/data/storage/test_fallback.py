"""Every command names a damaged current generation, until the store is mended."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path

import pytest

from bench.robustness.kills import Grounds

HEADER = "lead_id,created_at,channel,first_name,email\n"
ON_FALLBACK = 3
"""Exit status of a load that did all it should, on an older generation than it should."""

pytestmark = pytest.mark.xdist_group("fallback")


class Damaged(Grounds):
    """A store of two loads, of which the newer cannot be read."""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run what `python -m …` does, in this process: starting one takes longer than most do."""
        command = import_module(f"{arguments[0]}.__main__").main
        out, error = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(error):
            for name, value in self.environment().items():
                patch.setenv(name, value)
            try:
                status = command(arguments[1:])
            except SystemExit as end:
                status = end.code
        return subprocess.CompletedProcess(arguments, status, out.getvalue(), error.getvalue())

    def export(self, name: str, lead: str) -> str:
        path = self.folder / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{HEADER}{lead},2026-01-01,Email,Ann,{lead}@acme.com\n", encoding="utf-8")
        return str(path)

    def generations(self) -> list[Path]:
        return sorted(self.store.glob("*.duckdb"))

    def aside(self) -> list[Path]:
        return sorted(self.store.glob("*.damaged"))


def overwrite_newest(damaged: Damaged) -> None:
    with damaged.generations()[-1].open("r+b") as file:
        file.write(b"\x13" * 16_384)


def cut_newest(damaged: Damaged) -> None:
    os.truncate(damaged.generations()[-1], 5_000)


def remove_newest(damaged: Damaged) -> None:
    damaged.generations()[-1].unlink()


def garble_pointer(damaged: Damaged) -> None:
    (damaged.store / "CURRENT").write_bytes(b"\0" * 20)


def remove_pointer(damaged: Damaged) -> None:
    (damaged.store / "CURRENT").unlink()


DAMAGES = (overwrite_newest, cut_newest, remove_newest, garble_pointer, remove_pointer)

READING = {
    "history": ("loaders", "history"),
    "rejects": ("loaders", "rejects", "l_"),
    "unresolved": ("loaders", "unresolved"),
    "mappings": ("loaders", "mappings"),
    "list of metrics": ("metrics",),
    "metric": ("metrics", "headline", "--format", "csv"),
    "consent": ("metrics", "consent", "--format", "json"),
}
WRITING = {
    "derive": ("data", "derive"),
    "forget": ("data", "forget", "--email", "L1@acme.com"),
    "undo": ("loaders", "undo", "l_"),
    "mend": ("data", "mend"),
}

Damage = Callable[[Callable[[Damaged], None]], Damaged]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    """The store before it is damaged."""
    whole = Damaged(tmp_path_factory.mktemp("whole"))
    whole.temporary.mkdir()
    for lead in ("L1", "L2"):
        done = whole.run("loaders", "load", whole.export(f"{lead}.csv", lead))
        assert done.returncode == 0, done
    return whole


@pytest.fixture
def damage(whole: Damaged, tmp_path: Path) -> Damage:
    def damage(how: Callable[[Damaged], None]) -> Damaged:
        damaged = Damaged(tmp_path / how.__name__)
        shutil.copytree(whole.folder, damaged.folder)
        how(damaged)
        return damaged

    return damage


def is_named(text: str, how: Callable[[Damaged], None] = overwrite_newest) -> bool:
    """Whether a text says what is damaged, which generation is shown, and how to mend it."""
    shown = "00002" if how in (garble_pointer, remove_pointer) else "00001"
    words = ("damaged", f"Version {shown} of its data is shown", "python -m data mend")
    return all(each in " ".join(text.split()) for each in words)


@pytest.mark.parametrize("how", DAMAGES, ids=lambda how: how.__name__)
def test_any_damage_is_named_and_the_older_data_shown(
    how: Callable[[Damaged], None], damage: Damage
) -> None:
    damaged = damage(how)
    done = damaged.run("loaders", "history")
    assert "L1.csv" in done.stdout
    assert is_named(done.stderr, how), done.stderr


@pytest.mark.parametrize("name", READING)
def test_a_command_that_reads_names_it_on_standard_error_alone(name: str, damage: Damage) -> None:
    damaged = damage(overwrite_newest)
    done = damaged.run(*READING[name])
    assert done.returncode == 0
    assert is_named(done.stderr), done.stderr
    assert done.stderr.count("Warning") == 1
    assert "damaged" not in done.stdout


@pytest.mark.parametrize("name", WRITING)
def test_a_command_that_writes_names_it_and_mends_the_store(name: str, damage: Damage) -> None:
    damaged = damage(overwrite_newest)
    done = damaged.run(*WRITING[name])
    assert done.returncode == 0
    assert is_named(done.stderr), done
    assert damaged.run("loaders", "history").stderr == ""


@pytest.mark.parametrize("progress", ["text", "json"])
def test_a_load_on_an_older_generation_ends_with_a_status_of_its_own(
    progress: str, damage: Damage
) -> None:
    damaged = damage(overwrite_newest)
    path = damaged.export("L3.csv", "L3")
    done = damaged.run("loaders", "load", "--progress", progress, path)
    assert is_named(done.stderr), done
    assert done.returncode == ON_FALLBACK
    again = damaged.run("loaders", "load", damaged.export("L2.csv", "L2"))
    assert again.returncode == 0
    assert "damaged" not in again.stderr


def test_a_file_that_fails_weighs_more_than_a_fallback(damage: Damage) -> None:
    damaged = damage(overwrite_newest)
    done = damaged.run("loaders", "load", damaged.export("L3.csv", "L3"), "missing.csv")
    assert is_named(done.stderr), done
    assert done.returncode == 1


def test_a_watched_folder_names_it(damage: Damage) -> None:
    damaged = damage(overwrite_newest)
    damaged.export("L3.csv", "L3")
    done = damaged.run("loaders", "watch", str(damaged.folder / "in"), "--once", "--every", "0.1")
    assert is_named(done.stderr), done
    assert is_named(done.stdout), "a fallback that begins while it runs is in its lines"
    assert done.returncode == ON_FALLBACK


@pytest.mark.parametrize("how", DAMAGES, ids=lambda how: how.__name__)
def test_mending_makes_what_is_shown_current_and_keeps_the_damaged_file(
    how: Callable[[Damaged], None], damage: Damage
) -> None:
    damaged = damage(how)
    before = damaged.run("loaders", "history").stdout
    files = {path.name: path.read_bytes() for path in damaged.generations()}
    mended = damaged.run("data", "mend")
    assert (mended.returncode, is_named(mended.stderr, how)) == (0, True), mended
    assert "is current for good" in mended.stdout
    after = damaged.run("loaders", "history")
    assert (after.stdout, after.stderr) == (before, "")
    kept = {path.with_suffix(".duckdb").name: path.read_bytes() for path in damaged.aside()}
    assert files == kept | {path.name: path.read_bytes() for path in damaged.generations()}
    assert len(kept) == (how in (overwrite_newest, cut_newest))
    assert all(name.removesuffix(".duckdb") in mended.stdout for name in kept)
    again = damaged.run("data", "mend")
    assert (again.returncode, again.stderr) == (0, "")
    assert "nothing to mend" in again.stdout


def test_forgetting_deletes_the_damaged_file_and_says_so(damage: Damage) -> None:
    damaged = damage(overwrite_newest)
    path = damaged.generations()[-1]
    done = damaged.run("data", "forget", "--email", "L1@acme.com")
    assert done.returncode == 0
    assert "version 00002 of the data: could not be rewritten and was deleted" in done.stdout
    assert not path.exists()


def test_forgetting_deletes_a_damaged_file_that_was_set_aside(damage: Damage) -> None:
    damaged = damage(overwrite_newest)
    damaged.run("data", "mend")
    assert len(damaged.aside()) == 1
    done = damaged.run("data", "forget", "--email", "L1@acme.com")
    assert "version 00002 of the data: could not be rewritten and was deleted" in done.stdout
    assert damaged.aside() == []
    again = damaged.run("data", "forget", "--email", "L1@acme.com")
    assert "nothing of them is left." in again.stdout


@pytest.mark.parametrize("aside", [False, True], ids=["current", "set aside"])
def test_who_may_be_in_a_damaged_file_alone_does_not_pass_for_unknown(
    aside: bool, damage: Damage
) -> None:
    damaged = damage(overwrite_newest)
    if aside:
        damaged.run("data", "mend")
    done = damaged.run("data", "forget", "--email", "L2@acme.com")
    (path,) = damaged.aside() if aside else damaged.generations()[-1:]
    assert done.returncode == 1
    assert "Version 00002 of the data is damaged, so that nobody can say" in done.stderr
    assert str(path) in done.stderr


def test_a_whole_store_says_nothing(whole: Damaged) -> None:
    for arguments in (READING["history"], READING["metric"]):
        done = whole.run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
