"""How text is understood: for each kind of column the SQL that reads it, and what it expects."""

from __future__ import annotations

from data.sql import literal
from loaders.forms.dates import SERIALS
from loaders.language.column import Column, Kind
from loaders.language.model import Reading
from loaders.language.values import UTM, Understood
from loaders.transform.amounts import marks, number

_ISO_NAIVE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}([.,]\d{1,9})?)?)?"


_ISO_OFFSET = _ISO_NAIVE + r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"


_DOMAIN = r"^(?:[a-z]+://)?(?:www\.)?([^/:?#@\s]+\.[^/:?#@\s]+)"


_TRUE = ("true", "t", "yes", "y", "1", "x", "是", "有")


_FALSE = ("false", "f", "no", "n", "0", "否", "无")


_EPOCH_TO_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}


_WITH_SCHEME = r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?:[^/?#@]*@)?([^/:?#\s]+)"


_BARE_HOST = r"^([a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+)(?:[/:?#]|$)"


_BEFORE_PATH = (
    r"^(?:(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?#]*|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+(?::\d+)?)"
)


def parsed(understood: Understood, column: Column, reading: Reading, text: str) -> str:
    """SQL of the typed value of a text; null when the text cannot be understood."""
    match understood.kind:
        case Kind.TIMESTAMP:
            return _timestamp(column, reading, text)
        case Kind.DATE:
            day = f"CAST({_local_timestamp(column, reading, text)} AS DATE)"
            return _LAST_DAYS[column.last_day_of].format(day) if column.last_day_of else day
        case Kind.BOOLEAN:
            return (
                f"CASE WHEN lower({text}) IN ({_listed(_TRUE)}) THEN true "
                f"WHEN lower({text}) IN ({_listed(_FALSE)}) THEN false END"
            )
        case Kind.CURRENCY:
            return f"upper({text})"
        case Kind.DOMAIN:
            return f"nullif(regexp_extract(lower({text}), {literal(_DOMAIN)}, 1), '')"
        case Kind.HEADCOUNT:
            return _size_band(text)
        case Kind.SALESFORCE_ID:
            return whole_id(text)
        case Kind.MONEY | Kind.NUMBER | Kind.PERCENT | Kind.INTEGER:
            return number(understood.kind, understood.sql_type, column, reading, text)
        case _:
            return text


def is_usual_time(text: str) -> str:
    """SQL: whether a text is a date, or a date and time, in the form that is always understood."""
    return (
        f"(strlen({text}) = 10 AND {text}[5] = '-' AND {text}[8] = '-' "
        f"OR regexp_full_match({text}, {literal(f'{_ISO_NAIVE}|{_ISO_OFFSET}')}))"
    )


def expected(understood: Understood, column: Column, reading: Reading) -> str:
    """What a text that cannot be understood is not, for the reason of its rejection."""
    decimal = marks(column, reading).decimal
    match understood.kind:
        case Kind.TIMESTAMP | Kind.DATE if column.epoch in SERIALS:
            return "is not a spreadsheet's number of a day, such as 46082 for 2026-03-01"
        case Kind.TIMESTAMP | Kind.DATE if column.epoch:
            return f"is not a time in {_EPOCH_WORDS[column.epoch]} since 1970"
        case Kind.TIMESTAMP | Kind.DATE:
            formats = " or ".join((*(column.dates or reading.dates), "2024-01-31"))
            what = "date and time" if understood.kind is Kind.TIMESTAMP else "date"
            return f"is not a {what}: expected {formats}"
        case Kind.BOOLEAN:
            return "is not yes or no"
        case Kind.INTEGER:
            return f"is not a whole number{_marks(column, reading)}"
        case Kind.PERCENT:
            return f"is not a percentage such as 12{decimal}5%{_marks(column, reading)}"
        case Kind.MONEY:
            return f"is not an amount such as 1234{decimal}56{_marks(column, reading)}"
        case _:
            return f"is not a number{_marks(column, reading)}"


_LAST_DAYS = {
    "week": "({} + 6)",
    "month": "last_day({})",
    "quarter": "last_day(CAST(date_trunc('quarter', {}) + INTERVAL 2 MONTH AS DATE))",
    "year": "last_day(CAST(date_trunc('year', {}) + INTERVAL 11 MONTH AS DATE))",
}

_EPOCH_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}


def _marks(column: Column, reading: Reading) -> str:
    declared = marks(column, reading)
    thousands = " or ".join(f'"{mark}"' for mark in declared.thousands) or "none"
    return f' (decimal mark "{declared.decimal}", thousands mark {thousands})'


def _local_timestamp(column: Column, reading: Reading, text: str) -> str:
    """The time as written, not yet moved to UTC; an offset in the text is applied."""
    if column.epoch in SERIALS:
        return _of_serial(column.epoch, text)
    if column.epoch:
        factor = _EPOCH_TO_MICROSECONDS[column.epoch]
        whole = f"CASE WHEN regexp_full_match({text}, '-?[0-9]{{1,19}}') THEN {text} END"
        return f"TRY(make_timestamp(TRY_CAST({whole} AS BIGINT) * {factor}))"
    dates = column.dates or reading.dates
    declared = f" ELSE try_strptime({text}, [{_listed(dates)}])" if dates else ""
    return (
        f"CASE WHEN strlen({text}) = 19 AND {text}[5] = '-' AND {text}[17] = ':' "
        f"THEN TRY_CAST({text} AS TIMESTAMP) "
        f"WHEN strlen({text}) = 10 AND {text}[5] = '-' THEN TRY_CAST({text} AS TIMESTAMP) "
        f"WHEN regexp_full_match({text}, {literal(_ISO_NAIVE)}) "
        f"THEN TRY_CAST(replace({text}, ',', '.') AS TIMESTAMP){declared} END"
    )


def _of_serial(numbering: str, text: str) -> str:
    """The time that a spreadsheet's number of a day stands for, to the second."""
    number = f"replace({text}, ',', '.')"
    known = f"CASE WHEN regexp_full_match({number}, '[0-9]{{1,5}}([.][0-9]*)?') THEN {number} END"
    seconds = f"CAST(round(TRY_CAST({known} AS DOUBLE) * 86400) AS BIGINT)"
    return f"(TIMESTAMP '{SERIALS[numbering]}' + to_seconds({seconds}))"


def _size_band(text: str) -> str:
    """The usual bands of company size; a text that is no number is a band already."""
    count = f"TRY_CAST(replace({text}, ',', '') AS DOUBLE)"
    bands = " ".join(
        f"WHEN {count} <= {most} THEN '{least:,}-{most:,}'" for least, most in _SIZE_BANDS
    )
    return f"CASE WHEN {count} IS NULL THEN {text} {bands} ELSE '10,001+' END"


_SIZE_BANDS = (
    (1, 10),
    (11, 50),
    (51, 200),
    (201, 500),
    (501, 1_000),
    (1_001, 5_000),
    (5_001, 10_000),
)


def _timestamp(column: Column, reading: Reading, text: str) -> str:
    local = _local_timestamp(column, reading, text)
    if column.epoch in _EPOCH_TO_MICROSECONDS:
        return local
    if reading.time_zone not in (None, "UTC"):
        local = f"timezone('UTC', timezone({literal(str(reading.time_zone))}, {local}))"
    # The usual forms are known by their length, which costs much less than a pattern: without an
    # offset, and in UTC with and without milliseconds.
    return (
        f"CASE WHEN strlen({text}) = 19 AND {text}[17] = ':' THEN {local} "
        f"WHEN strlen({text}) IN (20, 24) AND {text}[-1] = 'Z' AND {text}[17] = ':' "
        f"THEN TRY_CAST({text} AS TIMESTAMP) "
        f"WHEN regexp_full_match({text}, {literal(_ISO_OFFSET)}) "
        f"THEN timezone('UTC', TRY_CAST({text} AS TIMESTAMPTZ)) ELSE {local} END"
    )


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(literal(word) for word in words)


_SHORT = "^(?:00[0-9A-Za-z]|701|a[0-9A-Z][0-9A-Za-z])[0-9A-Za-z]{12}$"

_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def whole_id(text: str) -> str:
    """SQL of the 18-character id of a text that may hold one of 15; anything else is kept.

    The last three characters say which of the 15 are capitals, so they can be worked out.
    """
    checks = " || ".join(
        f"substr('{_CHECKS}', 1 + {_capitals(text, block * 5)}, 1)" for block in range(3)
    )
    return (
        f"CASE WHEN strlen({text}) = 15 AND regexp_matches({text}, '{_SHORT}') "
        f"THEN {text} || {checks} ELSE {text} END"
    )


def _capitals(text: str, start: int) -> str:
    """SQL of the five bits, the first character's the lowest."""
    bits = (
        f"CASE WHEN substr({text}, {start + bit + 1}, 1) BETWEEN 'A' AND 'Z' THEN {1 << bit} "
        "ELSE 0 END"
        for bit in range(5)
    )
    return f"({' + '.join(bits)})"


def address_parts(text: str) -> dict[str, str]:
    """SQL of each part of the address that a text is; null where it has none.

    Percent signs are decoded, and `+` is a space in the query. What is not decodable stands as
    written.
    """
    query = f"regexp_extract({text}, '\\?([^#]*)', 1)"
    parts = {name: _parameter(query, name) for name in UTM}
    path = f"regexp_extract({text}, '^[^?#]*')"
    path = f"regexp_replace({path}, {literal(_BEFORE_PATH)}, '')"
    decoded = f"coalesce(TRY(url_decode({path})), {path})"
    named = f"regexp_matches({text}, {literal(f'{_WITH_SCHEME}|{_BARE_HOST}')})"
    parts["path"] = f"CASE WHEN starts_with({path}, '/') THEN {decoded} WHEN {named} THEN '/' END"
    hosts = (
        f"nullif(regexp_extract({text}, {literal(pattern)}, 1), '')"
        for pattern in (_WITH_SCHEME, _BARE_HOST)
    )
    parts["host"] = f"lower(coalesce({', '.join(hosts)}))"
    return parts


def _parameter(query: str, name: str) -> str:
    written = f"regexp_extract({query}, {literal(f'(?i)(?:^|[&;]){name}=([^&]*)')}, 1)"
    spaced = f"replace({written}, '+', ' ')"
    return f"nullif(trim(coalesce(TRY(url_decode({spaced})), {spaced})), '')"
