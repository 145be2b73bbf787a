"""Whose timeline it is: a search by id, company or campaign, and the subject in the address."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import streamlit as st

from metrics.journeys.finding import FoundSubject, folded, found_subjects
from metrics.journeys.known import gone_records
from metrics.journeys.subject import Subject, SubjectKind
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.columns import day, number, text
from pages.controls.measure import definitions, measure
from pages.display.text import escape

FIND, SUBJECT, PAGE = "journeys_find", "journeys_subject", "journeys_page"

PART = "journeys_part"

ONE, GROUP, ACCOUNTS = PARTS = ("One subject", "A group", "Accounts")

_BETWEEN = " · "

LISTED = 20


def written(kind: str, subject_id: str, name: str | None = None) -> str:
    """A subject as it stands in the address and in the list: its name, kind and id.

    >>> written("account", "A1", "Acme"), written("lead", "L7", "L7")
    ('account A1 · Acme', 'lead L7')
    """
    named = f"{_BETWEEN}{name}" if name and name != subject_id else ""
    return f"{kind} {subject_id}{named}"


def subject_of(line: str) -> Subject | None:
    """The subject that a line names; None for another text.

    >>> subject_of("account A1 · Acme")
    Subject(kind=<SubjectKind.ACCOUNT: 'account'>, id='A1')
    """
    kind, _, rest = line.partition(" ")
    if kind not in list(SubjectKind) or not rest:
        return None
    return Subject(SubjectKind(kind), rest.partition(_BETWEEN)[0])


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What was typed, what it found, which records of that id are gone, and what is chosen."""

    typed: str
    found: pl.DataFrame
    gone: pl.DataFrame
    subject: Subject | None


def choose_part() -> str:
    """One subject, a group, or the accounts."""
    if PART not in st.session_state and PART not in st.query_params:
        st.session_state[PART] = ONE
    part = st.pills(
        "What is looked at",
        PARTS,
        key=PART,
        label_visibility="collapsed",
        bind="query-params",
        persist_state="session",
    )
    return part or ONE


def choose_subject(scope: Scope) -> Search:
    """The search, and the subject chosen of what it found: the closest match at first.

    Both stand on the page whatever part of it is looked at. A list that another part writes into
    reaches the address only where it was there before.
    """
    with st.grid(2, min_column_width=260):
        typed = st.text_input(
            "Find an account, a lead, a deal or a person",
            key=FIND,
            placeholder="An id, a company or a campaign",
            icon=":material/search:",
            on_change=_forget,
            bind="query-params",
            persist_state="session",
        )
        typed = (typed or "").strip()
        found = measure(found_subjects, scope, typed, LISTED)
        lines = [written(*row) for row in found.select("kind", "id", "name").iter_rows()]
        kept = st.session_state.get(SUBJECT) or st.query_params.get(SUBJECT)
        if isinstance(kept, str) and subject_of(kept) and kept not in lines:
            lines = [kept, *lines]
        if kept is None and lines:
            # Chosen, and no default: a default would not stand in the address.
            st.session_state[SUBJECT] = lines[0]
        line = st.selectbox(
            "Timeline of",
            lines,
            index=None,
            key=SUBJECT,
            placeholder="Nobody yet",
            on_change=_show_one,
            bind="query-params",
            persist_state="session",
        )
    subject = subject_of(line) if line else None
    asked = folded(typed or (subject.id if subject else ""))
    gone = measure(gone_records, scope, asked, definitions().time_zone)
    return Search(typed, found, gone, subject)


def show_found(search: Search) -> None:
    """What the search found, what it would have found once, or what could be looked for."""
    for sentence in search.gone["sentence"]:
        st.info(
            f"{escape(sentence)}. It counts nowhere any more; its history is kept under “Taken "
            "back” with what it belonged to.",
            icon=":material/history:",
        )
    if search.subject is None:
        if search.gone.is_empty():
            _say_nothing(search.typed)
    elif len(search.found) > 1:
        _list_found(search.found)


def name_of(scope: Scope, subject: Subject) -> str:
    """What the subject is called, else its kind and id."""
    found = measure(found_subjects, scope, subject.id, LISTED)
    named = found.filter(kind=subject.kind.value, id=subject.id)["name"].to_list()
    is_named = named and named[0] != subject.id
    return str(named[0]) if is_named else f"{subject.kind} {subject.id}"


def first_page() -> None:
    """Begin at the newest events again."""
    st.session_state.pop(PAGE, None)


def _forget() -> None:
    """Another search is about another subject."""
    st.session_state.pop(SUBJECT, None)
    _show_one()


def _show_one() -> None:
    st.session_state[PART] = ONE
    first_page()


def _say_nothing(typed: str) -> None:
    if typed:
        st.info(
            f"Nothing is called “{escape(typed)}”. Names of people are not stored: look "
            "for an id, a company or a campaign.",
            icon=":material/search:",
        )
    else:
        st.info(
            "Whose story is it? Type an id, part of a company's name or of a campaign's. The "
            "lists under Accounts lead here too.",
            icon=":material/search:",
        )


def _list_found(found: pl.DataFrame) -> None:
    count = found.item(0, "found")
    with st.expander(f"{formats.counted(count, 'match', 'matches')}", icon=":material/list:"):
        columns = {
            "name": text("Name", pinned=True), "kind": text("Kind"), "id": text("Id"),
            "matched_by": text("Found by"), "account": text("Account"),
            "campaign": text("Campaign"), "region": text("Region"), "owner": text("Owner"),
            "since_on": day("Since"), "leads": number("Leads"), "deals": number("Deals"),
        }  # fmt: skip
        assert set(columns) < set(FoundSubject.to_schema().columns)
        st.dataframe(
            found.select(list(columns)),
            hide_index=True,
            column_config=columns,
            placeholder=formats.NOTHING,
            alt="What the search found, the closest first",
        )
        if count > len(found):
            st.caption(f"The closest {len(found)} are shown: type more to narrow it down.")
