"""When a workbook was made and when it was last saved, as its properties say."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

_PROPERTIES = "docProps/core.xml"

_LONGEST_BYTES = 1024**2


class WorkbookTimes(NamedTuple):
    """UTC without zone; None where the workbook does not say."""

    made: datetime | None = None
    saved: datetime | None = None


UNKNOWN = WorkbookTimes()


def workbook_times(file: Path) -> WorkbookTimes:
    """The times in the properties of a workbook that was checked before; none of another file."""
    if not zipfile.is_zipfile(file):
        return UNKNOWN
    with zipfile.ZipFile(file) as archive:
        names = {entry.filename: entry.file_size for entry in archive.infolist()}
        if names.get(_PROPERTIES, _LONGEST_BYTES) >= _LONGEST_BYTES:
            return UNKNOWN
        try:
            properties = ElementTree.fromstring(archive.read(_PROPERTIES))
        except ElementTree.ParseError:  # the table can be read without them
            return UNKNOWN
    written = {each.tag.rpartition("}")[2]: each.text or "" for each in properties}
    return WorkbookTimes(_moment(written.get("created", "")), _moment(written.get("modified", "")))


def _moment(text: str) -> datetime | None:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return None
