"""An uploaded file on disk, in a folder of its own for as long as it is needed, and its day."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import streamlit as st

from data.storage.store import Store
from data.storage.work_folders import WorkFolder, sweep
from loaders.preview import get_ready

ENDINGS = ("csv", "tsv", "txt", "xlsx", "xls", "jsonl", "json", "ndjson", "parquet", "gz", "zip")

_KEY = "kept_upload"

_ROUND = "load_round"

_LONGEST_NAME = 100

_NAME_CHARACTERS = " ._-()+"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file somebody uploaded. `name` is what they called it, never used as a path."""

    file_id: str
    name: str
    path: Path
    folder: WorkFolder


def keep_upload() -> Upload | None:
    """The widget to upload a file with, and the file; None while there is none.

    The file of the session that was kept before is removed when another one comes or it is taken
    back, and at the end of the session. What reads it is started now, while people still choose.
    """
    get_ready()
    file = st.file_uploader(
        "An export from your CRM, campaigns or events",
        type=list(ENDINGS),
        key=f"load_file_{st.session_state.get(_ROUND, 0)}",
        help="CSV, TSV, Excel, JSON lines or Parquet, also as .gz or .zip.",
    )
    kept: Upload | None = st.session_state.get(_KEY)
    if kept is not None and (file is None or file.file_id != kept.file_id):
        del st.session_state[_KEY]
        kept.folder.close()
        kept = None
    if file is not None and kept is None:
        kept = st.session_state[_KEY] = write_upload(file.file_id, file.name, file)
    return kept


def forget_upload() -> None:
    """Make the widget empty for the next file: one with a new key has none."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def choose_export_day(key: str) -> datetime | None:
    """The end of the chosen day, or now on the present one; None where the file is to say it."""
    now = datetime.now(UTC).replace(tzinfo=None)
    exported_on = st.date_input(
        "Exported on",
        None,
        max_value=now.date(),
        format="YYYY-MM-DD",
        key=key,
        width=200,
        help="When the same record comes in several files, the latest export wins. Left empty, the "
        "file says it: a line above its header, else the day in its name, else today.",
    )
    return None if exported_on is None else min(datetime.combine(exported_on, time.max), now)


def declare_full_export(key: str) -> bool:
    """Whether somebody says that the file has every record of its kind; nothing else assumes it."""
    return st.checkbox(
        "This file has every record of its kind",
        key=key,
        help="A record that an older file has and this one lacks then counts as gone. Leave it "
        "empty for an export of a part, such as the changes of a week.",
    )


def write_upload(file_id: str, name: str, content: BinaryIO) -> Upload:
    """Write a file under a harmless name into a folder that nobody else can read."""
    store = Store.from_environment().path
    sweep(store)
    folder = WorkFolder(store)
    path = folder.path / harmless_name(name)
    content.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(content, target)
    return Upload(file_id, name, path, folder)


def harmless_name(name: str) -> str:
    """A file name from a name that anybody may have chosen: no folders, no strange characters.

    >>> harmless_name("../../etc/leads 2026.csv")
    'leads 2026.csv'
    >>> harmless_name("<b>.csv"), harmless_name("..")
    ('_b_.csv', 'upload')
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(each if each.isalnum() or each in _NAME_CHARACTERS else "_" for each in last)
    kept = kept.strip().lstrip(".-")
    return kept[-_LONGEST_NAME:].lstrip(" .-") or "upload"
