"""A file that a mapping fits: columns that are left out, and the mapping as a text to correct."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from data.privacy.contacts import without_contacts
from loaders.language.opening import Opened
from loaders.proposing.evidence import Look, evidence
from loaders.proposing.toml_head import Label, quoted

ADDED_BY_SYNC = ("_fivetran", "_airbyte", "_sdc", "_dlt")
"""How columns begin that a sync adds of its own."""

_LISTED = 6

_MATTER = (Look.AMOUNT, Look.DATE, Look.EMAIL, Look.PHONE, Look.NUMBER, Look.CODE)
"""What values look like that metrics are made of, those first that are missed most."""


def unused_columns(opened: Opened) -> tuple[str, ...]:
    """The file's columns that the mapping knows nothing of, without those of a sync.

    Of several with one name, of which one is read, the others are known: the name was asked about.
    """
    repeated = opened.source.repeated
    used = {
        repeated.get(header, header) for written in opened.headers.values() for header in written
    }
    return tuple(
        header
        for header in opened.source.columns
        if repeated.get(header, header) not in used
        and not header.casefold().startswith(ADDED_BY_SYNC)
    )


def unused_sentence(opened: Opened, examples: dict[str, list[str]]) -> str:
    """What to know of unused columns with money, dates, people or ids; empty without them.

    `examples` are some values of each of the columns. A column with one value in all rows tells
    nothing of any.
    """
    seen = {
        header: evidence([text for text in values if text]) for header, values in examples.items()
    }
    found = [
        f"{without_contacts(header)} ({each.look})"
        for look in _MATTER
        for header, each in seen.items()
        if each.look is look and len(each.distinct) > 1
    ]
    if not found:
        return ""
    name = without_contacts(opened.source.path.name)
    return (
        f"{_listed(found)} {'is' if len(found) == 1 else 'are'} not used by the mapping "
        f"“{opened.mapping.title}”. If that is wrong, correct it on the Load page, or in the file "
        f"that `python -m loaders recognise --draft {name}` writes."
    )


def _listed(found: Iterable[str]) -> str:
    every = list(found)
    more = f" and {len(every) - _LISTED} more" if len(every) > _LISTED else ""
    return ", ".join(every[:_LISTED]) + more


def own_copy(opened: Opened, path: Path) -> str:
    """The text of the mapping that fits a file, ready to be corrected and kept as one's own.

    A built-in one gets the name that the file suggests, and the system stays: ids are shared. Of
    two mappings that fit equally well one's own is used. Columns that it leaves out are listed.
    """
    mapping = opened.mapping
    text = mapping.file.read_text(encoding="utf-8")
    if mapping.is_built_in:
        name = quoted(Label.of(path).name)
        text = re.sub(r"(?m)^name = .*$", lambda _: f"name = {name}", text, count=1)
    return "\n".join([*_head(opened), text.rstrip(), ""])


def _head(opened: Opened) -> Iterator[str]:
    yield f"# The mapping {opened.mapping.name}, which fits {_plain(opened.source.path.name)}."
    yield "# Correct it, and put it into your folder of mappings (--mappings DIR or"
    yield "# $BACKCAST_MAPPINGS): your own mapping is used before a built-in one."
    for header in unused_columns(opened):
        yield f"# not used: {_plain(header)}"
    yield ""


def _plain(text: str) -> str:
    return " ".join(without_contacts(text).split())
