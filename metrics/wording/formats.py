"""Numbers and days as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from babel.dates import format_datetime
from babel.lists import format_list
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

LOCALE = "en_US"

NOTHING = "—"

_SMALL_AMOUNT, _WITH_CENTS = 1000, 100

LEAST_CHANCE = 0.01


def count(value: float | Decimal | None) -> str:
    """A whole number.

    >>> count(1234567)
    '1,234,567'
    """
    return NOTHING if value is None else str(format_decimal(value, "#,##0", locale=LOCALE))


def counted(value: int, one: str, many: str | None = None) -> str:
    """A number of things: `many` is their name when there is not one, else `one` with an s.

    >>> counted(1, "file"), counted(2_000, "file"), counted(0, "deal has", "deals have")
    ('1 file', '2,000 files', '0 deals have')
    """
    return f"{count(value)} {one if value == 1 else many or f'{one}s'}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["Email"]), listed(["Email", "Referral", "Webinar"])
    ('Email', 'Email, Referral, and Webinar')
    """
    return str(format_list(names, locale=LOCALE))


def share(value: float | Decimal | None) -> str:
    """A share of one as a percentage.

    >>> share(0.1234)
    '12.3%'
    """
    if value is None:
        return NOTHING
    return str(format_percent(value, "#,##0.0%", locale=LOCALE))


def chance(value: float) -> str:
    """A chance in whole per cent, never as if it were certain.

    >>> chance(0.002), chance(0.25), chance(0.997)
    ('under 1%', '25%', 'over 99%')
    """
    if value < LEAST_CHANCE:
        return "under 1%"
    if value > 1 - LEAST_CHANCE:
        return "over 99%"
    return f"{100 * value:.0f}%"


def per_hundred(value: float | None) -> str:
    """A ratio of two counts, neither of which is a part of the other: three significant digits.

    >>> per_hundred(1.343), per_hundred(0.0561), per_hundred(None)
    ('134\\xa0per\\xa0100', '5.61\\xa0per\\xa0100', '—')
    """
    if value is None:
        return NOTHING
    written = format_decimal(100 * value, "@##", locale=LOCALE) if value else "0"
    return f"{written}\u00a0per\u00a0100"


def times(value: float | None) -> str:
    """A ratio of two amounts: two significant digits, from a hundred up in whole.

    >>> times(3.2144), times(0.1549), times(154.9), times(None)
    ('3.2×', '0.15×', '155×', '—')
    """
    if value is None:
        return NOTHING
    digits = "#,##0" if abs(value) >= _WITH_CENTS else "@#"
    return f"{format_decimal(value, digits, locale=LOCALE)}×"


def points(value: float) -> str:
    """A difference of two shares, in percentage points.

    >>> points(-0.0213)
    '−2.1 pts'
    """
    return str(format_decimal(100 * value, "+#,##0.0;−#,##0.0", locale=LOCALE)) + " pts"


def change(value: float) -> str:
    """A relative change.

    >>> change(0.052)
    '+5.2%'
    """
    return str(format_percent(value, "+#,##0.0%;−#,##0.0%", locale=LOCALE))


def money(value: float | Decimal | None, currency: str) -> str:
    """An amount, to three digits from a hundred up.

    >>> money(Decimal("1234567.80"), "USD"), money(481321, "USD"), money(278.73, "USD")
    ('$1.23M', '$481K', '$279')
    >>> money(81.5, "USD")
    '$81.50'
    """
    if value is None:
        return NOTHING
    if abs(float(value)) < _WITH_CENTS:
        return money_in_full(value, currency)
    if abs(float(value)) < _SMALL_AMOUNT:
        whole = format_currency(value, currency, "¤#,##0", locale=LOCALE, currency_digits=False)
        return str(whole)
    rounded = float(f"{value:.2e}")
    return str(format_compact_currency(rounded, currency, locale=LOCALE, fraction_digits=2))


def money_in_full(value: float | Decimal | None, currency: str) -> str:
    """An amount to the cent.

    >>> money_in_full(Decimal("1234567.80"), "USD")
    '$1,234,567.80'
    """
    return NOTHING if value is None else str(format_currency(value, currency, locale=LOCALE))


def moment(value: datetime | None) -> str:
    """A time, in UTC.

    >>> moment(datetime(2026, 4, 1, 6, 30))
    '1 Apr 2026, 06:30 UTC'
    """
    return (
        NOTHING if value is None else format_datetime(value, "d MMM y, HH:mm 'UTC'", locale=LOCALE)
    )


def size(value: int) -> str:
    """A number of bytes.

    >>> size(1_300_000)
    '1.3 MB'
    """
    amount, unit = float(value), "bytes"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    digits = "0" if unit == "bytes" else "0.0"
    return f"{format_decimal(amount, digits, locale=LOCALE)} {unit}"
