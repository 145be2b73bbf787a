"""What a file leaves open besides its columns: marks of numbers, the currency, words."""

from __future__ import annotations

import streamlit as st

from loaders.correcting.correction import Questions
from loaders.outcome import Preview
from loaders.proposing.answers import CURRENCIES, NOTHING, Answers
from loaders.proposing.readings import Reading
from metrics.wording import formats
from pages.display.text import escape, spoken

_AT_ONCE = 12

_SAID = {"mql": "MQL", "sql": "SQL", NOTHING: "says nothing of the stage"}


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


def _choose_meanings(
    recognised: Preview, asked: Questions, name: str, place: str
) -> dict[str, str]:
    """What each word of a column means, as chosen; words with the most rows come first."""
    header = asked.headers[name]
    rows = recognised.word_rows.get(header, {})
    known = sorted(asked.words[name].items(), key=lambda each: -rows.get(each[0], 0))
    st.markdown(f"**What each word of {escape(header)} means**")
    found = {}
    with st.grid(3, min_column_width=210):
        for word, use in known[:_AT_ONCE]:
            found[word] = _choose_meaning(word, use, rows.get(word), asked.meanings, place)
    if rest := known[_AT_ONCE:]:
        with st.expander(formats.counted(len(rest), "more word")), st.grid(3, min_column_width=210):
            for word, use in rest:
                found[word] = _choose_meaning(word, use, rows.get(word), asked.meanings, place)
    return {word: chosen for word, chosen in found.items() if chosen}


def _choose_meaning(
    word: str, use: str, rows: int | None, meanings: tuple[str, ...], place: str
) -> str | None:
    counted = f" ({formats.counted(rows, 'row')})" if rows else ""
    return st.selectbox(
        f"{spoken(word)}{counted} means",
        meanings,
        index=meanings.index(use) if use in meanings else None,
        format_func=lambda each: _SAID.get(each, each),
        placeholder="Choose what it means",
        key=f"{place}_{word}",
    )
