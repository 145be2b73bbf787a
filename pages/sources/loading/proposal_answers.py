"""What a file leaves open besides its columns: marks of numbers, the currency, words, channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from loaders.correcting.correction import Questions
from loaders.outcome import Preview
from loaders.proposing.answers import CURRENCIES, NOTHING, Answers, Interpreted
from loaders.proposing.readings import Reading
from metrics.wording import formats
from pages.display.text import escape, spoken

_AT_ONCE = 12

_SAID = {"mql": "MQL", "sql": "SQL", NOTHING: "says nothing of the stage"}

_KEEP = "\0keep"
"""The choice of a word of channels that stays as it is: no channel is called so."""


def ask(recognised: Preview, asked: Questions, place: str) -> Answers:
    """The answers of whoever looks at the page; nothing that is open is chosen for them."""
    numbers = currency = None
    if asked.numbers or asked.currency:
        st.markdown("**What the file does not say**")
        with st.grid(3, min_column_width=210):
            numbers = _choose_marks(asked.numbers, place) if asked.numbers else None
            currency = _choose_currency(place) if asked.currency else None
    words = {
        name: _choose_meanings(recognised, asked, name, f"{place}_{name}")
        for name, known in asked.words.items()
        if known
    }
    for column in asked.interpreted:
        words[column.name] = _choose_interpreted(recognised, column, f"{place}_{column.name}")
    return Answers(numbers, currency, words, recognised.sums)


def _choose_marks(readings: tuple[Reading, ...], place: str) -> dict[str, str] | None:
    chosen = st.selectbox(
        "How numbers are written",
        range(len(readings)),
        index=None,
        format_func=lambda at: f"{readings[at].example} → {readings[at].means}",
        placeholder="Choose what is right",
        key=f"{place}_numbers",
        help="Both readings fit all numbers of the file.",
    )
    if chosen is None:
        return None
    says = readings[chosen].says
    return says if isinstance(says, dict) else None


def _choose_currency(place: str) -> str | None:
    chosen = st.selectbox(
        "Currency of the amounts",
        CURRENCIES,
        index=None,
        accept_new_options=True,
        placeholder="Choose or write a code",
        key=f"{place}_currency",
        help="A code of three letters, such as EUR.",
    )
    return chosen.strip().upper() if chosen else None


def _choose_meanings(
    recognised: Preview, asked: Questions, name: str, place: str
) -> dict[str, str]:
    """What each word of a column means, as chosen; words with the most rows come first."""
    header = asked.headers[name]
    st.markdown(f"**What each word of {escape(header)} means**")
    return _choose_each(recognised, header, asked.words[name], _Choices(asked.meanings), place)


def _choose_interpreted(recognised: Preview, column: Interpreted, place: str) -> dict[str, str]:
    """What each word of another column that counts is; a word of channels may stay as it is."""
    header = column.header
    if not column.is_channel:
        st.markdown(f"**What each word of {escape(header)} means**")
        choices = _Choices((*column.meanings, NOTHING), said={NOTHING: "says nothing"})
        return _choose_each(recognised, header, column.words, choices, place)
    st.markdown(f"**Which channel each word of {escape(header)} is**")
    keys = [f"{place}_{word}" for word, use in column.words.items() if not use]
    if keys:
        st.button(
            "Keep the words without a choice",
            icon=":material/done_all:",
            type="tertiary",
            on_click=_keep,
            args=(keys,),
            key=f"{place}_keep",
            help="Each of them then is a channel of its own, called as it is written.",
        )
    choices = _Choices(
        (_KEEP, *column.meanings), "is", {_KEEP: "a channel of its own"}, takes_new=True
    )
    chosen = _choose_each(recognised, header, column.words, choices, place)
    return {word: word if use == _KEEP else use for word, use in chosen.items()}


def _keep(keys: list[str]) -> None:
    """Runs when the button is pressed, before the page is drawn again."""
    for key in keys:
        if st.session_state.get(key) is None:
            st.session_state[key] = _KEEP


@dataclass(frozen=True, slots=True)
class _Choices:
    """What a word may mean, and how that is asked and said; `takes_new` meanings of the reader."""

    meanings: tuple[str, ...]
    verb: str = "means"
    said: Mapping[str, str] = field(default_factory=lambda: _SAID)
    takes_new: bool = False


def _choose_each(
    recognised: Preview, header: str, words: dict[str, str], choices: _Choices, place: str
) -> dict[str, str]:
    rows = recognised.word_rows.get(header, {})
    known = sorted(words.items(), key=lambda each: -rows.get(each[0], 0))
    found = {}
    with st.grid(3, min_column_width=210):
        for word, use in known[:_AT_ONCE]:
            found[word] = _choose_meaning(word, use, rows.get(word), choices, place)
    if rest := known[_AT_ONCE:]:
        with st.expander(formats.counted(len(rest), "more word")), st.grid(3, min_column_width=210):
            for word, use in rest:
                found[word] = _choose_meaning(word, use, rows.get(word), choices, place)
    return {word: chosen for word, chosen in found.items() if chosen}


def _choose_meaning(
    word: str, use: str, rows: int | None, choices: _Choices, place: str
) -> str | None:
    counted = f" ({formats.counted(rows, 'row')})" if rows else ""
    return st.selectbox(
        f"{spoken(word)}{counted} {choices.verb}",
        choices.meanings,
        index=choices.meanings.index(use) if use in choices.meanings else None,
        format_func=lambda each: choices.said.get(each, each),
        placeholder="Choose what it means",
        accept_new_options=choices.takes_new,
        key=f"{place}_{word}",
    )
