"""How a file's dates and numbers are written, judged by all values of each column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from data.engine.draft import Draft
from data.errors import SourceError
from data.schema.bookkeeping import RemarkKind
from loaders.forms.dates import (
    SERIALS,
    TwoReadings,
    day_in,
    formats_of,
    is_serial,
    is_written_as,
    look_of,
    serial_day,
)
from loaders.forms.numbers import TwoValues, digits_in, marks_of, plain
from loaders.judging.first_rows import MOST
from loaders.judging.looks import TIMES, Looks, looks, numbering_of, told_until
from loaders.judging.remarks import note_remark
from loaders.judging.unclear import UnclearError
from loaders.language.column import Column, Kind
from loaders.language.opening import Opened
from loaders.language.values import understood
from loaders.outcome import Question, Remark, Said
from loaders.transform.amounts import marks

_NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.PERCENT, Kind.INTEGER)

_CENTS = "DECIMAL(18, 2)"

_DATES = RemarkKind.DATES

_COUNTS_FROM = {"excel": 1900, "excel-1904": 1904}


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a column's values say: how it is to be read, what to tell of it, what to ask."""

    column: Column
    remark: Remark | None = None
    question: Question | None = None


def with_judged_columns(draft: Draft, opened: Opened, load_id: str, said: Said) -> Opened:
    """The file under its mapping, in which dates and numbers are read as their columns show.

    A column is read as its mapping says while all of its values can be. What they show instead is
    noted with the load. `said` is what somebody said of this file. Raises UnclearError, with the
    columns and examples of both readings, where most values of one can be read in two ways.
    """
    names = _judged_names(opened)
    if not names:
        return opened
    until = told_until(draft, load_id)
    found = _judged(draft, opened, names, said, until, of_all=False)
    if opened.source.rows > MOST and found:
        found = _judged(draft, opened, names, said, until, of_all=True)
    questions = tuple(dict.fromkeys(each.question for each in found.values() if each.question))
    if questions:
        raise UnclearError(opened, questions)
    for each in found.values():
        if each.remark:
            note_remark(draft, load_id, each.remark)
    columns = opened.mapping.columns | {name: each.column for name, each in found.items()}
    return replace(opened, mapping=opened.mapping.model_copy(update={"columns": columns}))


def _judged_names(opened: Opened) -> list[str]:
    """Columns of the file that hold dates or numbers as text."""
    typed = opened.source.format in ("parquet", "jsonl")
    kinds = TIMES if typed else (*TIMES, *_NUMBERS)
    return [
        name
        for name, column in opened.mapping.columns.items()
        if name in opened.headers
        and not column.is_list
        and not column.epoch
        and understood(opened.mapping, name).kind in kinds
    ]


def _judged(
    draft: Draft,
    opened: Opened,
    names: list[str],
    said: Said,
    until: datetime,
    *,
    of_all: bool,
) -> dict[str, _Judged]:
    """Of the columns that are not simply as their mapping says, what they show."""
    judged: dict[str, _Judged] = {}
    unusual = looks(draft, opened, names, of_all=of_all)
    counted = numbering_of(opened, unusual, said, until)
    for name, forms in unusual.items():
        if understood(opened.mapping, name).kind in TIMES:
            shown = _dates(opened, name, forms, said, counted)
        else:
            shown = _numbers(opened, name, forms, said)
        if shown is not None:
            judged[name] = shown
    return judged


def _dates(
    opened: Opened, name: str, forms: Looks, said: Said, numbering: str | None
) -> _Judged | None:
    column, header = opened.mapping.columns[name], opened.headers[name][0]
    meant = _meant(opened, header, forms, said)
    declared = meant or column.dates or opened.mapping.read.dates
    if all(map(is_serial, forms.texts)):
        return _serials(opened, name, forms, numbering)
    unread = {
        look_of(text) for text in forms.texts if not any(day_in(text, each) for each in declared)
    } - {look_of(text) for text in forms.texts if any(day_in(text, each) for each in meant)}
    texts = [text for text in forms.texts if look_of(text) in unread]
    shown = formats_of(texts)
    if not texts:
        return _Judged(column.model_copy(update={"dates": declared})) if meant else None
    if not shown:
        return _against_each_other(column, header, forms)
    if isinstance(shown, TwoReadings):
        return _two_days(column, header, forms, shown)
    example = min(
        (text for text in texts if any(is_written_as(text, each) for each in shown)),
        key=lambda text: isinstance(formats_of([text]), TwoReadings),
    )
    line, rows = forms.first_line(example), forms.rows_like(texts)
    remark = Remark(
        kind=_DATES,
        column=header,
        rows=rows,
        sentence=f"{header} is read as {' or '.join(shown)}, the only order of day and month that "
        f"fits all of its values, such as {example} on line {line}.",
    )
    return _Judged(column.model_copy(update={"dates": (*shown, *declared)}), remark)


def _meant(opened: Opened, header: str, forms: Looks, said: Said) -> tuple[str, ...]:
    """The formats that somebody said, of those that read any value of the column.

    Raises SourceError where one of them reads some values and not others that look alike.
    """
    meant = tuple(each for each in said.dates if any(day_in(text, each) for text in forms.texts))
    read = {text for text in forms.texts if any(day_in(text, each) for each in meant)}
    looks_read = set(map(look_of, read))
    for text in forms.texts:
        if text not in read and look_of(text) in looks_read and formats_of([text]):
            raise SourceError(
                f'{opened.source.path.name}: {header} holds "{text}", which is not written as '
                f"{' or '.join(meant)}, as was said of the file. It was not loaded: say the format "
                "that all of its dates have."
            )
    return meant


def _against_each_other(column: Column, header: str, forms: Looks) -> _Judged | None:
    """Dates that no one order of day and month reads: their rows are refused, and it is told."""
    dates = {text: shown for text in forms.texts if isinstance(shown := formats_of([text]), tuple)}
    pairs = ((one, other) for one in dates for other in dates if one < other)
    for one, other in pairs:
        if dates[one] and dates[other] and look_of(one) == look_of(other):
            rows = forms.rows_like([one])
            sentence = (
                f"{header} has dates of two kinds: {one} is {dates[one][0]}, and {other} is "
                f"{dates[other][0]}. They are rejected, because the others could be of either kind."
            )
            return _Judged(column, Remark(kind=_DATES, column=header, rows=rows, sentence=sentence))
    return None


def _serials(opened: Opened, name: str, forms: Looks, numbering: str | None) -> _Judged | None:
    """A column of a spreadsheet's numbers of days, from 1900 or 1904: asked where both may be."""
    column, header = opened.mapping.columns[name], opened.headers[name][0]
    text = forms.texts[0]
    shown = f"{header} holds a spreadsheet's numbers of days, such as {text}"
    if forms.rows < forms.of:
        sentence = f"{shown}, beside dates: rows with such a number are rejected."
        remark = Remark(kind=_DATES, column=header, rows=forms.rows, sentence=sentence)
        return _Judged(column, remark)
    line, counts = forms.first_line(text), _COUNTS_FROM
    if numbering is None:
        readings = (f"counted from {counts[each]}: {serial_day(text, each)}" for each in SERIALS)
        question = Question(
            column=header,
            line=line,
            value=text,
            readings=tuple(readings),
            answers=tuple(SERIALS),
            option="--dates",
        )
        return _Judged(column, question=question)
    other = next(each for each in SERIALS if each != numbering)
    sentence = f"{shown} on line {line}, which is read as {serial_day(text, numbering)}"
    if opened.source.from_1904 is None:
        sentence += (
            f". If its workbook counts from {counts[other]}, it is "
            f"{serial_day(text, other)}: load the file with --dates {other}."
        )
    else:
        sentence += f", as its workbook counts from {counts[numbering]}."
    remark = Remark(kind=_DATES, column=header, rows=forms.rows, sentence=sentence)
    return _Judged(column.model_copy(update={"dates": (), "epoch": numbering}), remark)


def _two_days(column: Column, header: str, forms: Looks, shown: TwoReadings) -> _Judged:
    """A question where most values have two readings; else only their rows are refused."""
    line, rows = forms.first_line(shown.text), forms.rows_like([shown.text])
    readings = tuple(f"{form}: {day}" for form, day in shown.readings)
    question = Question(
        column=header,
        line=line,
        value=shown.text,
        readings=readings,
        answers=shown.formats,
        option="--dates",
    )
    if rows * 2 > forms.of:
        return _Judged(column, question=question)
    sentence = (
        f'{header} "{shown.text}" on line {line} is {", or ".join(readings)}. Rows with such dates '
        "are rejected, because nothing says which: load the file with --dates and the right one."
    )
    return _Judged(column, Remark(kind=_DATES, column=header, rows=rows, sentence=sentence))


def _numbers(opened: Opened, name: str, forms: Looks, said: Said) -> _Judged | None:
    column, reading = opened.mapping.columns[name], opened.mapping.read
    header, now = opened.headers[name][0], marks(column, reading)
    how = understood(opened.mapping, name)
    whole = how.kind is Kind.INTEGER and not column.scaled
    fine = not whole and how.sql_type != _CENTS
    texts = {look.examples[0]: look.rows for look in forms.unusual}
    decimal = column.decimal or reading.decimal or said.decimal
    if decimal is None and now.thousands and now.thousands[0] in ".,":
        decimal = _beside(now.thousands[0], forms, texts, whole=whole)
    money = reading.currency if how.kind is Kind.MONEY else None
    shown = marks_of(
        texts, decimal=decimal, whole=whole, fine=fine, dotted=forms.dotted, currency=money
    )
    if isinstance(shown, TwoValues):
        return _two_values(column, header, forms, shown)
    if shown.decimal == now.decimal and set(shown.thousands) <= set(now.thousands):
        return None
    thousands = tuple(dict.fromkeys((*now.thousands, *shown.thousands)))
    thousands = tuple(each for each in thousands if each != shown.decimal)
    read = column.model_copy(update={"decimal": shown.decimal, "thousands": thousands})
    examples = [text for text in texts if digits_in(text)]
    marked = [text for text in examples if any(mark in text for mark in shown.thousands)]
    between = " or ".join(f'"{mark}"' for mark in thousands) or "nothing"
    remark = Remark(
        kind=RemarkKind.MARKS,
        column=header,
        rows=sum(texts[text] for text in examples),
        sentence=f'{header} is read with {between} between thousands and "{shown.decimal}" before '
        f"decimals, as {(marked or examples)[0]} shows.",
    )
    return _Judged(read, remark)


def _beside(thousands: str, forms: Looks, texts: dict[str, int], *, whole: bool) -> str:
    """The decimal mark beside a declared thousands mark, unless the column has it the other way.

    It has where that mark is before decimals in every number that shows which: platforms write
    the numbers of a report as the account's country does, whatever the language of its headers.
    """
    decimal = "," if thousands == "." else "."
    numbers = [digits for text in texts if (digits := digits_in(text))]
    reads = {mark: [plain(each, mark, whole=whole) for each in numbers] for mark in ".,"}
    other = all(reads[thousands]) and not (thousands == "," and forms.dotted)
    return thousands if other and not all(reads[decimal]) else decimal


def _two_values(column: Column, header: str, forms: Looks, shown: TwoValues) -> _Judged:
    return _Judged(
        column,
        question=Question(
            column=header,
            line=forms.first_line(shown.text),
            value=shown.text,
            readings=(f'decimal ".": {shown.with_dot}', f'decimal ",": {shown.with_comma}'),
            answers=(".", ","),
            option="--decimal",
        ),
    )
