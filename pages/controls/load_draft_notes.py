"""What a drafted mapping says beside which column goes where: guesses, and what follows."""

from __future__ import annotations

import re
import tomllib

import streamlit as st

from pages.display.text import escape

_SHOWN_WORDS = 8
_NOTED = re.compile(r"^(?P<name>\w+) = (?P<value>.+?)   # (?P<note>[^0-9].*)$")
_FROM = re.compile(r'from = "(?P<column>[^"]+)"')


def show_notes(text: str) -> None:
    """The notes of a draft in sentences, for who does not open its text."""
    notes = notes_of(text)
    if notes:
        listed = "\n".join(f"- {escape(note)}" for note in notes)
        st.info(
            f"The mapping also says this. What is not so can be changed as text:\n\n{listed}",
            icon=":material/fact_check:",
        )


def notes_of(text: str) -> list[str]:
    r"""What is noted beside a line of a draft, and how the words of a column are read.

    >>> notes_of('[[table]]\ncurrency = "USD"   # a guess: nothing names the currency\n')
    ['currency is USD (a guess: nothing names the currency)']
    >>> notes_of('[columns]\noutcome = "phase"   # from its stage\n')
    ['outcome comes from phase (from its stage)']
    >>> notes_of('[values.outcome]\n"Sold" = "won"\notherwise = { use = "open" }\n')
    ['outcome: Sold is won, anything else is open']
    """
    found = []
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.partition("]")[0].strip("[")
        elif noted := _NOTED.match(line):
            name, value = noted["name"].replace("_", " "), noted["value"]
            inner = _FROM.search(value)
            plain = inner["column"] if inner else value.strip('"')
            verb = "comes from" if section == "columns" else "is"
            found.append(f"{name} {verb} {plain} ({noted['note']})")
    for name, words in tomllib.loads(text).get("values", {}).items():
        pairs = [
            f"{word} is {meaning}" if isinstance(meaning, str) else f"anything else is {use}"
            for word, meaning in words.items()
            if isinstance(meaning, str) or (use := meaning.get("use"))
        ]
        more = ["…"] if len(pairs) > _SHOWN_WORDS else []
        found.append(f"{name.replace('_', ' ')}: {', '.join(pairs[:_SHOWN_WORDS] + more)}")
    return found
