"""What every group of terms is: frozen, and without a key that nobody knows."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Words = Annotated[tuple[str, ...], Field(min_length=1)]


class Terms(BaseModel):
    """A table of the definitions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


def each_once(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words, where none is empty or there twice; else ValueError."""
    for word in words:
        if not word.strip() or words.count(word) > 1:
            raise ValueError(f"must name each once, and {word!r} is empty or there twice")
    return words
