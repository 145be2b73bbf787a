"""What a file leaves open besides its columns: marks of numbers, the currency, words."""

from __future__ import annotations

import streamlit as st

from loaders.outcome import Preview
from loaders.proposing.answers import CURRENCIES, Answers
from loaders.proposing.correction import Questions
from loaders.proposing.readings import Reading
from pages.display.text import spoken


def ask(recognised: Preview, asked: Questions, place: str) -> Answers:
    """The answers of whoever looks at the page; nothing is chosen for them."""
    open_words = {
        name: [word for word, use in known.items() if not use]
        for name, known in asked.words.items()
    }
    if not (asked.numbers or asked.currency or any(open_words.values())):
        return Answers(sums=recognised.sums)
    st.markdown("**What the file does not say**")
    with st.grid(3, min_column_width=210):
        numbers = _choose_marks(asked.numbers, place) if asked.numbers else None
        currency = _choose_currency(place) if asked.currency else None
        words = {
            name: _choose_meanings(listed, asked.meanings, f"{place}_{name}")
            for name, listed in open_words.items()
            if listed
        }
    return Answers(numbers, currency, words, recognised.sums)


def _choose_marks(readings: tuple[Reading, ...], place: str) -> dict[str, str] | None:
    chosen = st.selectbox(
        "How numbers are written",
        range(len(readings)),
        index=None,
        format_func=lambda at: f"{readings[at].example} is {readings[at].means}",
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


def _choose_meanings(words: list[str], meanings: tuple[str, ...], place: str) -> dict[str, str]:
    found = {}
    for word in words:
        chosen = st.selectbox(
            f"What {spoken(word)} means",
            meanings,
            index=None,
            placeholder="Choose what it means",
            key=f"{place}_{word}",
        )
        if chosen:
            found[word] = chosen
    return found
