"""E-mail addresses and phone numbers: their one spelling, and those that stand in a text."""

from __future__ import annotations

import re
import unicodedata
from email.utils import parseaddr

import phonenumbers
from email_validator import EmailNotValidError, validate_email

MASK = "•••"
"""Stands in the place of a whole personal value."""


MASKED_EMAIL = "‹e-mail›"
"""Stands in a text in the place of an e-mail address."""


MASKED_PHONE = "‹phone›"
"""Stands in a text in the place of a phone number."""


_OUTSIDE = r"\s@＠<>()\[\]{},;:\"'/?&=|\\‹›，；：。、（）"

_AT = r"(?:@|＠|%(?:25)*40)"

_RUN = rf"[^{_OUTSIDE}]+"

_LABEL = rf"[^{_OUTSIDE}.．%]+"

EMAIL = rf"{_RUN}{_AT}(?:{_LABEL}[.．])+{_LABEL}"
"""An e-mail address, also with a full-width or URL-encoded at sign.

For engines that match in time proportional to the text. Python's does not: from each character
it would look for an at sign as far as the run goes.
"""


_EASTERN = "\u3000-\u303f\u3040-\u9fff"

_BESIDE = rf"[\s:：,，;；()（）{_EASTERN}]"
"""What people write beside a number; machines join ids with other marks."""


_NAMED = r"(?i:phone|mobile|tel|fax|whatsapp|手机|电话)(?:%3D|[\s=:：.#-]){0,3}"

_MOBILE = "(?:86)?1[3-9][0-9]{9}"

_GROUPED = "|".join(
    (
        r"(?:[+＋]|%2B)[\s(]*[0-9][0-9\s()./-]{7,22}[0-9]",
        r"00[1-9][0-9]{0,2}[\s(/-]+[0-9][0-9\s()./-]{5,20}[0-9]",
        r"(?:86[ -]?)?1[3-9][0-9][ -][0-9]{4}[ -]?[0-9]{4}\b",
        r"\(?0[1-9][0-9]{1,3}\)?[ /-](?:[0-9]{3,4}[ -]?[0-9]{3,4}|[0-9]{6,8})\b",
        r"(?:\([2-9][0-9]{2}\)[ .-]?|[2-9][0-9]{2}[ .-])[0-9]{3}[ .-][0-9]{4}\b",
        r"[+＋]?[０-９][０-９ －-]{6,18}[０-９]",
    )
)

PHONE = (
    rf"({_NAMED})[+＋]?[0-9][0-9\s()./-]{{6,20}}[0-9]"
    rf"|(^|[^0-9A-Za-z_.+-])(?:{_GROUPED})|({_BESIDE}){_MOBILE}\b"
)
"""A phone number as people write it: grouped, with + before it, or beside words.

Digits alone are none, because ids and amounts look the same. The three groups hold what stands
before the number.
"""


PHONE_FIRST = rf"^{_MOBILE}({_BESIDE})"
"""A mobile number of eleven digits at the beginning of a text, before other words."""


ONLY_PHONE = r"\s*(?:(?:(?:00)?86)?1[3-9][0-9]{9}|0[1-9][0-9]{8,10})\s*"
"""A text of nothing but digits: a phone number where people write, perhaps an id elsewhere."""


_EMAIL_OR_RUN = re.compile(rf"({_RUN}{_AT}{_LABEL}(?:[.．]{_LABEL})++)|{_RUN}+", re.ASCII)
"""An e-mail address (the group), else a run of characters in which none begins.

Where no address begins with the first character of a run, none begins with a later one, so
each run is looked at once.
"""


_AT_SIGN = re.compile(_AT)

_PHONE, _PHONE_FIRST = (re.compile(pattern, re.ASCII) for pattern in (PHONE, PHONE_FIRST))


def without_contacts(text: str, instead: str = "") -> str:
    """Put a mask, or `instead`, in the place of each e-mail address and phone number of a text.

    Takes time proportional to the text, whatever stands in it.

    >>> without_contacts("list_ann@acme.com.csv line 3: call +49 30 901820")
    '‹e-mail› line 3: call ‹phone›'
    """
    if _AT_SIGN.search(text):
        email = instead or MASKED_EMAIL
        text = _EMAIL_OR_RUN.sub(lambda match: email if match[1] else match[0], text)
    phone = instead or MASKED_PHONE
    return _PHONE_FIRST.sub(rf"{phone}\1", _PHONE.sub(rf"\1\2\3{phone}", text))


def has_contact(text: str) -> bool:
    """Whether the text holds an e-mail address or a phone number.

    >>> has_contact("2026-01-31 12:00:00"), has_contact("ann%40acme.com")
    (False, True)
    """
    if _PHONE.search(text) or _PHONE_FIRST.search(text):
        return True
    return bool(_AT_SIGN.search(text)) and any(match[1] for match in _EMAIL_OR_RUN.finditer(text))


_DECIMALS = re.compile(r"(?<=\d{7})\.0+$")


def address_of(written: str) -> str | None:
    """The address in lower case, its domain in ASCII; None if it is not valid.

    >>> address_of("Ann Lee <Ann@Acme.com>")
    'ann@acme.com'
    """
    text = unicodedata.normalize("NFKC", written)
    if "<" in text:
        text = parseaddr(text)[1]
    try:
        checked = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    return f"{checked.local_part.lower()}@{checked.ascii_domain.lower()}"


def number_text(written: str) -> str:
    """A number without what spreadsheets and full-width keyboards add to it.

    >>> number_text("'13812345678.0")
    '13812345678'
    """
    return _DECIMALS.sub("", unicodedata.normalize("NFKC", written).strip().lstrip("'"))


def number_of(text: str, default_region: str | None) -> str | None:
    """The number in international form, without an extension; None if it is not in use.

    A national number is read as one of `default_region`, such as "CN".

    >>> number_of("030 901820", "DE")
    '+4930901820'
    """
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, default_region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
