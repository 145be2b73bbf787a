"""One spelling of an e-mail address and of a phone number: what the keys of people are made of."""

from __future__ import annotations

import re
import unicodedata
from email.utils import parseaddr

import phonenumbers
from email_validator import EmailNotValidError, validate_email

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
    """A number as it is read: without what spreadsheets and full-width keyboards add to it.

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
