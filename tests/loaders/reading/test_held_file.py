"""A file that changes while it is held open is refused, however it changes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from data.errors import MappingError, SourceError, StoreError
from loaders.reading.held_file import held_open

CONTENT = b"a,b\n1,2\n"
OTHER = b"a,b\n3,4\n"
SLOWEST_TICK_NS = 10_000_000
THEN = 1_700_000_000
REFUSAL = "export.csv changed while it was read. Wait until it is completely written"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    path.write_bytes(CONTENT)
    os.utime(path, (THEN, THEN))
    return path


def replace(path: Path) -> None:
    aside = path.with_name("aside")
    aside.write_bytes(OTHER)
    os.utime(aside, (THEN, THEN))
    aside.replace(path)


def replace_and_put_back(path: Path) -> None:
    aside = path.with_name("aside")
    path.rename(aside)
    path.write_bytes(OTHER)
    aside.replace(path)


def rewrite(path: Path) -> None:
    path.write_bytes(OTHER)
    os.utime(path, (THEN, THEN))


CHANGES: list[Callable[[Path], object]] = [
    replace,
    replace_and_put_back,
    rewrite,
    lambda path: os.truncate(path, 4),
    lambda path: path.write_bytes(CONTENT + b"3,4\n"),
    Path.unlink,
]


def test_the_digest_is_the_one_of_the_bytes(export: Path) -> None:
    with held_open(export) as file:
        assert file.sha256() == hashlib.sha256(CONTENT).hexdigest()
        file.check()


def test_the_digest_is_of_the_opened_file_whatever_has_its_name_now(export: Path) -> None:
    with held_open(export) as file:
        replace(export)
        assert file.sha256() == hashlib.sha256(CONTENT).hexdigest()
        assert file.modified == datetime(2023, 11, 14, 22, 13, 20)


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_seen(export: Path, change: Callable[[Path], object]) -> None:
    with held_open(export) as file:
        change(export)
        with pytest.raises(SourceError, match=REFUSAL):
            file.check()


def test_a_file_written_just_now_is_opened_when_its_next_change_gets_another_time(
    tmp_path: Path,
) -> None:
    path = tmp_path / "new.csv"
    path.write_bytes(CONTENT)
    with held_open(path):
        assert time.time_ns() - path.stat().st_ctime_ns >= SLOWEST_TICK_NS


def test_looking_at_a_file_is_no_change(export: Path) -> None:
    with held_open(export) as file:
        export.read_bytes()
        export.stat()
        file.check()


def fail(path: Path, error: Exception, change: Callable[[Path], object]) -> None:
    """A reading that fails after the file was changed."""
    with held_open(path):
        change(path)
        raise error


def test_a_failure_over_a_changed_file_is_the_change(export: Path) -> None:
    with pytest.raises(SourceError, match=REFUSAL):
        fail(export, MappingError("no mapping fits"), replace)


def test_a_failure_over_a_file_with_other_permissions_names_itself(export: Path) -> None:
    with pytest.raises(StoreError, match="may no longer be read"):
        fail(export, StoreError("may no longer be read"), lambda path: path.chmod(0o400))
    with pytest.raises(MappingError, match="no mapping fits"):
        fail(export, MappingError("no mapping fits"), lambda path: path.chmod(0o400))


def test_other_failures_are_what_they_are(export: Path) -> None:
    with pytest.raises(MappingError, match="no mapping fits"):
        fail(export, MappingError("no mapping fits"), Path.stat)
    with pytest.raises(StoreError, match="disk"):
        fail(export, StoreError("the disk is full"), replace)


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"), held_open(tmp_path / "none.csv"):
        pass
