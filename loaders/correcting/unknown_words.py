"""Words of a loaded file that its mapping does not know, and the mapping once it knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping as Words
from dataclasses import dataclass

import polars as pl

from data.schema.bookkeeping import RejectionKind
from loaders.language.model import Mapping
from loaders.language.parse import as_toml

_SECTION = re.compile(r"\[values\.(?P<name>\w+)\]")


@dataclass(frozen=True, slots=True)
class UnknownWords:
    """Words of a column of the file: the rows that each cost, and what it may mean.

    `name` is what the mapping calls the column. The word that cost most rows comes first.
    """

    header: str
    name: str
    rows: dict[str, int]
    meanings: tuple[str, ...]


def unknown_words(mapping: Mapping, refused: pl.DataFrame) -> tuple[UnknownWords, ...]:
    """The words for which rows were refused, by column. `refused` is a load's refused rows.

    A column of which the mapping has no words is left out: nothing tells what its words may mean.
    """
    counted = (
        refused.filter(pl.col("kind") == RejectionKind.UNMAPPED.value)
        .drop_nulls("value")
        .with_columns(name=pl.col("reason").str.extract(_SECTION.pattern, 1))
        .drop_nulls("name")
        .group_by("column", "name", pl.col("value").str.to_lowercase().alias("in_any_case"))
        .agg(pl.col("value").min(), rows=pl.len())
        .select("column", "name", "value", "rows")
        .sort("name", "column", "rows", "value", descending=[False, False, True, False])
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for header, name, word, rows in counted.iter_rows():
        found.setdefault((header, name), {})[word] = rows
    return tuple(
        UnknownWords(header, name, rows, tuple(dict.fromkeys(known.words.values())))
        for (header, name), rows in found.items()
        if (known := mapping.values.get(name)) and known.words
    )


def with_words(text: str, words: Words[str, Words[str, str]]) -> str:
    """The text of a mapping that knows more words: what each means, by the name of its column.

    >>> print(with_words('[values.stage]\\n"New" = "lead"\\n', {"stage": {"Neu": "lead"}}), end="")
    [values.stage]
    "Neu" = "lead"
    "New" = "lead"
    """
    for name, known in words.items():
        lines = "".join(f"{as_toml(word)} = {as_toml(use)}\n" for word, use in known.items())
        section = re.compile(rf"(?m)^\[values\.{re.escape(name)}\][^\n]*\n")
        text = section.sub(lambda found, added=lines: found[0] + added, text, count=1)  # type: ignore[misc]
    return text
