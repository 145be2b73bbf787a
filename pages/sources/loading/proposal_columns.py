"""One row per column of a file: what its values are, where it goes, and how it is read."""

from __future__ import annotations

import re
import tomllib

import streamlit as st

from loaders.correcting.correction import Choice, date_formats, takes_dates, targets
from loaders.correcting.examples import example
from loaders.language.column import Kind
from loaders.outcome import Preview
from loaders.proposing.evidence import Evidence
from loaders.proposing.proposal import ProposedColumn
from loaders.proposing.readings import date_readings
from pages.display.text import bullets, escape, spoken

_WIDTHS = (3, 3, 2)

_AT_ONCE = 30

_SURE = ((0.9, "very likely"), (0.75, "likely"), (0.5, "perhaps"))

_EXAMPLE_DAY = {
    "%d": "31", "%m": "12", "%Y": "2026", "%y": "26", "%b": "Dec", "%B": "December",
    "%H": "23", "%M": "59", "%S": "00", "%I": "11", "%p": "PM",
}  # fmt: skip


def correct_columns(
    recognised: Preview, table: str, proposed: dict[str, Choice], place: str
) -> tuple[Choice, ...]:
    """What each column of the file is, as chosen.

    Widgets with names of their own, not a grid of cells: they can be reached and heard without
    seeing them, and none drops an entry.
    """
    known = {column.header: column for column in recognised.proposed}
    with st.container(border=True):
        for title, column in zip(
            ("In the file", "Becomes", "Read as"), st.columns(_WIDTHS), strict=True
        ):
            column.markdown(f"**{title}**")
        choices = [
            _correct(known[header], recognised.evidence[header], table, choice, place)
            for header, choice in list(proposed.items())[:_AT_ONCE]
        ]
        rest = list(proposed.items())[_AT_ONCE:]
        if rest:
            with st.expander(f"{len(rest)} more columns"):
                choices += [
                    _correct(known[header], recognised.evidence[header], table, choice, place)
                    for header, choice in rest
                ]
    return tuple(choices)


def sureness(confidence: float) -> str:
    """How sure a proposal is, in words and as a number.

    >>> sureness(0.97), sureness(0)
    ('very likely, 97%', 'no match by its name')
    """
    if not confidence:
        return "no match by its name"
    word = next((word for least, word in _SURE if confidence >= least), "a guess")
    return f"{word}, {confidence:.0%}"


def _correct(
    column: ProposedColumn, evidence: Evidence, table: str, choice: Choice, place: str
) -> Choice:
    known = targets(table)
    header = column.header
    # The table is part of the key: another table's proposal is another beginning.
    key = f"{place}_{table}_{header}"
    shown, target, read = st.columns(_WIDTHS, vertical_alignment="center")
    with shown:
        st.markdown(f"**{escape(header)}**")
        examples = ", ".join(map(escape, column.examples)) or "no values"
        sure = f" · {sureness(column.confidence)}" if choice.role == column.name else ""
        st.caption(f"{examples}{sure}", help=escape(column.reason) if column.reason else None)
    role = target.selectbox(
        f"{spoken(header)} becomes",
        ["", *known],
        index=["", *known].index(choice.role),
        format_func=lambda each: known.get(each, "not used"),
        key=f"{key}_role",
        label_visibility="collapsed",
    )
    if not role:
        return Choice(header)
    with read:
        if takes_dates(table, role):
            dates = _choose_format(header, evidence, choice.dates, key)
            return Choice(header, role, None, dates)
        kind = _choose_kind(header, choice.kind, key)
        if shown_as := example(evidence, kind):
            st.caption(escape(shown_as))
        return Choice(header, role, kind)


def _choose_format(header: str, evidence: Evidence, dates: str, key: str) -> str:
    formats = ["", *date_formats(evidence)]
    readings = {str(each.says): each for each in date_readings(evidence)}
    is_open = len(readings) > 1

    def spelt(form: str) -> str:
        if form in readings and readings[form].example:
            return f"{readings[form].example} → {readings[form].means}"
        return f"such as {_as_date(form)}" if form else "such as 2026-12-31"

    chosen = st.selectbox(
        f"How dates in {spoken(header)} are written",
        [*readings, *(each for each in formats[1:] if each not in readings)]
        if is_open
        else formats,
        index=None if is_open and not dates else formats.index(dates),
        format_func=spelt,
        placeholder="Choose the right day",
        key=f"{key}_dates",
        label_visibility="collapsed",
    )
    return chosen or ""


def _choose_kind(header: str, kind: Kind | None, key: str) -> Kind | None:
    chosen = st.selectbox(
        f"What {spoken(header)} holds",
        ["", *Kind],
        index=["", *Kind].index(kind or ""),
        format_func=lambda each: _KINDS.get(each, each) or "automatically",
        key=f"{key}_kind",
        label_visibility="collapsed",
    )
    return Kind(chosen) if chosen else None


_KINDS = {
    Kind.EMAIL: "e-mail", Kind.SALESFORCE_ID: "Salesforce id", Kind.URL: "web address",
    Kind.DOMAIN: "web domain", Kind.HEADCOUNT: "number of employees", Kind.INTEGER: "whole number",
    Kind.TIMESTAMP: "date and time", Kind.BOOLEAN: "yes or no", Kind.PERCENT: "percentage",
}  # fmt: skip
"""Kinds that people call otherwise."""


def _as_date(pattern: str) -> str:
    for code, text in _EXAMPLE_DAY.items():
        pattern = pattern.replace(code, text)
    return pattern


_SHOWN_WORDS = 8

_NOTED = re.compile(r"^(?P<name>\w+) = (?P<value>.+?)   # (?P<note>[^0-9].*)$")

_FROM = re.compile(r'from = "(?P<column>[^"]+)"')


_OTHERWISE = {
    "keep": "anything else stays as it is",
    "missing": "anything else counts as empty",
    "reject": "rows with anything else are rejected",
}
"""What becomes of a word that a mapping does not list."""


def show_notes(text: str) -> None:
    """The notes of a proposal as sentences, for readers who do not open its text."""
    notes = notes_of(text)
    if notes:
        st.info(
            "The mapping also contains the following. To change it, switch to text:\n\n"
            f"{bullets(notes)}",
            icon=":material/fact_check:",
        )


def notes_of(text: str) -> list[str]:
    r"""What is noted beside a line of a proposal, and how the words of a column are read.

    >>> notes_of('[[table]]\ncurrency = "USD"   # a guess: nothing names the currency\n')
    ['currency is USD (a guess: nothing names the currency)']
    >>> notes_of('[columns]\noutcome = "phase"   # from its stage\n')
    ['outcome comes from phase (from its stage)']
    >>> notes_of('[values.outcome]\n"Sold" = "won"\notherwise = { use = "open" }\n')
    ['outcome: Sold is won, anything else is open']
    >>> notes_of('[values.channel]\n"Messe" = "Events"\notherwise = "keep"\n')
    ['channel: Messe is Events, anything else stays as it is']
    """
    found = []
    section = ""
    for line in text.splitlines():
        if line.startswith("["):
            section = line.partition("]")[0].strip("[")
        elif (noted := _NOTED.match(line)) and noted["name"] != "otherwise":
            name, value = noted["name"].replace("_", " "), noted["value"]
            inner = _FROM.search(value)
            plain = inner["column"] if inner else value.strip('"')
            verb = "comes from" if section == "columns" else "is"
            found.append(f"{name} {verb} {plain} ({noted['note']})")
    for name, words in tomllib.loads(text).get("values", {}).items():
        pairs = [said for word, meaning in words.items() if (said := _said(word, meaning))]
        more = ["…"] if len(pairs) > _SHOWN_WORDS else []
        found.append(f"{name.replace('_', ' ')}: {', '.join(pairs[:_SHOWN_WORDS] + more)}")
    return found


def _said(word: str, meaning: str | dict[str, str]) -> str:
    """How a word of a mapping is read, in words."""
    if not isinstance(meaning, str):
        return f"anything else is {meaning['use']}" if "use" in meaning else ""
    return _OTHERWISE[meaning] if word == "otherwise" else f"{word} is {meaning}"
