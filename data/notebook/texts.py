"""Nothing personal is written down: names and texts with an e-mail address or a phone number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from data.errors import NotebookError
from data.privacy.contacts import ONLY_PHONE, has_contact, without_contacts

_LONGEST_NAME = 200

_ONLY_PHONE = re.compile(ONLY_PHONE, re.ASCII)


def check_name(name: str) -> None:
    """Raise NotebookError unless the name can stand in a list and holds nothing personal.

    >>> check_name("First quarter")
    >>> check_name("13812345678")
    Traceback (most recent call last):
    ...
    data.errors.NotebookError: Nothing was saved: "‹phone›" holds an e-mail address or a phone ...
    """
    if not name.strip():
        raise NotebookError("Nothing was saved: a name is missing. Give it one and save again.")
    if len(name) > _LONGEST_NAME:
        raise NotebookError(
            f"Nothing was saved: the name has {len(name)} characters, and a list has room for "
            f"{_LONGEST_NAME}. Shorten it and save again."
        )
    if any(unicodedata.category(each) == "Cc" for each in name):
        raise NotebookError(
            "Nothing was saved: the name holds a line break or another control character. "
            "Write it on one line and save again."
        )
    if _ONLY_PHONE.fullmatch(name):
        raise _personal("‹phone›")
    _check_text(name)


def checked_body(body: bytes) -> bytes:
    """JSON in its one spelling: keys sorted, no blanks.

    Raises NotebookError when a text anywhere in it holds a contact, also one that is encoded for an
    address; ValueError when it is no JSON.

    >>> checked_body(b'{"b": 1, "a": "x"}')
    b'{"a":"x","b":1}'
    """
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise ValueError(f"a body is JSON: {error}") from error
    for text in _texts(value):
        _check_text(text)
    return msgspec.json.encode(value, order="sorted")


def _check_text(text: str) -> None:
    for written in {text, unquote_plus(text)}:
        if has_contact(written):
            raise _personal(without_contacts(written))


def _personal(shown: str) -> NotebookError:
    return NotebookError(
        f'Nothing was saved: "{shown}" holds an e-mail address or a phone number, and the notebook '
        "keeps nothing personal, because what is in it can never be erased. Take it out and save "
        "again."
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _texts(each)
