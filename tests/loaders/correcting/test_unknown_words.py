"""Words that a mapping does not know: counted whatever their case, and known once they are said."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from loaders.correcting.unknown_words import unknown_words, with_words
from loaders.language.library import built_in_mappings
from loaders.language.parse import mapping_of

WHERE = "is not mapped. Add it under [values.rating] in salesforce_leads.toml."

REFUSED = pl.DataFrame(
    [
        ("unmapped", "Rating", "Gold", WHERE),
        ("unmapped", "Rating", "gold", WHERE),
        ("unmapped", "Rating", 'Tin "x"', WHERE),
        ("unmapped", "Rating", None, WHERE),
        ("missing", "Lead ID", None, "is missing"),
    ],
    schema=["kind", "column", "value", "reason"],
    orient="row",
)


def test_words_are_counted_and_once_said_they_are_read() -> None:
    mapping = built_in_mappings()["salesforce_leads"]
    (rating,) = unknown_words(mapping, REFUSED)
    assert (rating.header, rating.name) == ("Rating", "rating")
    assert list(rating.rows.items()) == [("Gold", 2), ('Tin "x"', 1)]
    assert rating.meanings == ("A", "B", "C")
    text = with_words(mapping.file.read_text("utf-8"), {"rating": {"Gold": "A", 'Tin "x"': "C"}})
    known = mapping_of(text, Path("salesforce_leads.toml")).values["rating"].words
    assert {word.casefold(): use for word, use in known.items()}['tin "x"'] == "C"
    assert len(known) == len(mapping.values["rating"].words) + 2


def test_nothing_is_asked_of_words_without_any_meaning() -> None:
    mapping = built_in_mappings()["hubspot_companies"]
    assert unknown_words(mapping, REFUSED) == ()
