"""When what a file says was true, and what tells it.

The export's own time comes first, then the day or time in the file's name, then its time of change:
copying and unpacking set that anew. A day without a time is the end of that day, unless the file
was last changed on it. Times of change count to the second: files that are copied together differ
by less, in whatever order they were copied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.privacy.contacts import without_contacts
from data.schema.bookkeeping import DatedBy
from loaders.dating.days import Found, days_in
from loaders.dating.workbook_times import UNKNOWN, WorkbookTimes

_UTC = ZoneInfo("UTC")

_UNREAL = timedelta(days=366)
"""A time of change so long before the day in the name was set by whoever packed the file."""

_LOOKED_AT = timedelta(days=7)
"""A workbook saved so soon after it was made was opened and looked at, not filled again."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file besides its rows: nothing here depends on when it is loaded."""

    name: str
    folder: str
    """The name of the folder that it lies in."""
    modified: datetime
    """When its content was last changed; UTC without zone, as all times here."""
    above: str = ""
    """The lines above the header."""
    workbook: WorkbookTimes = UNKNOWN
    zone: str = "UTC"
    """The zone of times that name none."""
    formats: tuple[str, ...] = ()
    """In which the file's mapping reads dates: they decide what a day with two readings is."""

    @property
    def changed(self) -> datetime:
        """When it was last changed: of a workbook when it was saved, which no copying sets anew."""
        return self.workbook.saved or self.modified

    @property
    def stem(self) -> str:
        """Its name without endings."""
        return _ENDINGS.sub("", self.name)

    @property
    def named(self) -> tuple[Found, ...]:
        """The days in its name."""
        return days_in(self.stem)

    def on(self, moment: datetime) -> date:
        """The day of a moment where the file was written."""
        return moment.replace(tzinfo=_UTC).astimezone(ZoneInfo(self.zone)).date()


@dataclass(frozen=True, slots=True)
class ExportTime:
    """When an export was true, what says so, and what decides between equals."""

    as_of: datetime
    by: DatedBy
    tie_break: str
    doubt: str = ""
    """A day that the name or the file has and that could not be taken, as a sentence."""


def export_time(file: FileFacts, now: datetime, given: datetime | None = None) -> ExportTime:
    """When was this export true? `given` is what somebody said, `now` the present, in UTC."""
    order = tie_break(file)
    if given is not None:
        return ExportTime(given, DatedBy.GIVEN, order)
    own, doubt = _latest(_stated(file.above), file, now, "above the header")
    if own is None:
        own, note = _made(file)
        doubt = doubt or note
    if own is not None:
        return ExportTime(own, DatedBy.FILE, order)
    named, note = _latest(file.named, file, now, "in its name")
    if named is not None:
        return ExportTime(named, DatedBy.NAME, order)
    return ExportTime(file.changed.replace(microsecond=0), DatedBy.CHANGED, order, note or doubt)


def tie_break(file: FileFacts) -> str:
    """A text that is greater for the newer of two files that were true at the same time.

    First the time of change counts, to the second, because copying sets those of many files at
    once; then the last day that the file speaks of, as it was not exported before; then the name,
    its numbers by size: `deals (2)` after `deals`, week 10 after week 9.
    """
    days = [each.day for each in (*days_in(file.above), *file.named) if each.day is not None]
    parts = (
        file.changed.strftime("%Y-%m-%dT%H:%M:%S"),
        max(days).isoformat() if days else "",
        _by_size(without_contacts(file.stem)),
        f"{file.changed.microsecond:06}",
        _by_size(" ".join(re.findall(r"\d+", file.folder))),
    )
    return "\t".join(parts)


def _by_size(text: str) -> str:
    return re.sub(r"\d+", lambda number: number[0].zfill(14), text.casefold())


_ENDINGS = re.compile(r"(?:\.[A-Za-z]{2,8})+$")


def _stated(above: str) -> tuple[Found, ...]:
    """The day on the line above the header that says when the report was made."""
    for line in above.splitlines():
        if (label := _MADE.search(line)) and len(days := days_in(line[label.end() :])) == 1:
            return days  # two would be what the report covers
    return ()


_MADE = re.compile(
    r"""\b(?:(?:report|date|file|data)\s+)?(?:generated|exported|downloaded|created)
        (?:\s+(?:on|at))?\b
    |\b(?:export|report\s+run|run|extraction)\s+(?:date|time)\b|\bas\s+of\b
    |\b(?:erstellt|exportiert|generiert|heruntergeladen)(?:\s+am)?\b|\bstand\b
    |\b(?:export|erstellungs)(?:datum|zeitpunkt)\b
    |\b(?:généré|exporté|créé|téléchargé)e?(?:\s+le)?\b|\bdate\s+d['’e]\s?export(?:ation)?\b
    |\b(?:generad|exportad|descargad|cread|gerad|criad)[oa](?:\s+(?:el|em))?\b
    |\b(?:fecha|data)\s+de\s+(?:exportación|generación|exportação|geração)\b
    |(?:导出|生成|下载|制表|報表產生|匯出|报表生成)(?:时间|時間|日期)?
    |(?:出力|作成|エクスポート|ダウンロード)(?:日時|日)?|(?:생성|내보낸)\s?(?:일시|날짜|일)""",
    re.VERBOSE | re.IGNORECASE,
)


def _made(file: FileFacts) -> tuple[datetime | None, str]:
    """When the workbook was made, unless it may be one that is filled again and again."""
    made, saved = file.workbook
    if made is None or any(each.day and each.day > file.on(made) for each in file.named):
        return None, ""
    if saved is None or saved - made <= _LOOKED_AT:
        return made, ""
    return None, (
        f"the workbook was made on {made:%Y-%m-%d} and saved on {saved:%Y-%m-%d}, which says when "
        "it was true. Set it with --as-of, or under Exported on."
    )


def _latest(
    days: tuple[Found, ...], file: FileFacts, now: datetime, where: str
) -> tuple[datetime | None, str]:
    """The moment of the latest of some days, and why there is none where one was unclear.

    Several are what the file covers, which was over when it was exported.
    """
    changed_on, last_on = file.on(file.changed), file.on(now)
    possible: list[tuple[date, time | None]] = []
    doubt = ""
    for each in days:
        readings = [day for day in each.readings if day <= last_on and _can_be(day, changed_on)]
        if len(readings) > 1:
            doubt = doubt or _doubt(each, where)
            readings = [day for day in readings if _is_written(each, day, file.formats)]
        if not readings:  # one that lies ahead is no export's, and nor are those beside it
            return None, doubt
        if len(readings) == 1:
            possible.append((readings[0], each.time))
    if not possible:
        return None, doubt
    latest = max(day for day, _ in possible)
    times = [at for day, at in possible if day == latest and at is not None]
    if times:
        return _in_utc(datetime.combine(latest, times[-1]), file.zone), ""
    if latest == changed_on:
        return file.changed.replace(microsecond=0), ""
    return _in_utc(datetime.combine(latest, time.max), file.zone), ""


def _can_be(day: date, changed_on: date) -> bool:
    """Whether a file that was last changed on one day can have been exported on another."""
    return day <= changed_on or day - changed_on > _UNREAL


def _is_written(found: Found, day: date, formats: tuple[str, ...]) -> bool:
    """Whether one of the formats reads the text as this day, and none as another."""
    read = set()
    for each in formats:
        try:
            read.add(datetime.strptime(found.written, each).date())
        except ValueError:
            continue
    return read == {day}


def _doubt(found: Found, where: str) -> str:
    one, other = (f"{day.day} {day:%B %Y}" for day in found.readings[:2])
    return (
        f"{found.written} {where} can be {one} or {other}, so that its time of change says when it "
        "was true. Set it with --as-of, or under Exported on."
    )


def _in_utc(moment: datetime, zone: str) -> datetime:
    at = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return at.astimezone(_UTC).replace(tzinfo=None)
