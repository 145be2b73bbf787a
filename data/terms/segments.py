"""Personas, segments and tags by rule: the business's own names for who people and leads are."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from data.terms.base import Terms, Words

TAGS_BETWEEN = " · "
"""What stands between the tags of one lead where they are written as one text."""


def _one_tag(name: str) -> str:
    if TAGS_BETWEEN in name:
        raise ValueError(f"must not contain {TAGS_BETWEEN!r}, which stands between two tags")
    return name


class _Rule(Terms):
    """A name, and lists of values: every list that is given must hold, whatever the case."""

    asked: ClassVar[tuple[str, ...]] = ()

    name: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if all(getattr(self, each) is None for each in self.asked):
            raise ValueError(
                f"{self.name!r} asks for nothing and would fit everybody: give a list of"
                f" {', '.join(self.asked)}"
            )
        return self


class PersonaRule(_Rule):
    """A persona, and the people who are it; the first rule that fits a person wins.

    `title` are words, of which one stands in the job title.
    """

    asked: ClassVar[tuple[str, ...]] = ("seniority", "department", "city", "region", "title")

    seniority: Words | None = None
    department: Words | None = None
    city: Words | None = None
    region: Words | None = None
    title: Words | None = None


class SegmentRule(_Rule):
    """A segment of the business's own, and the leads that are in it; the first that fits wins."""

    asked: ClassVar[tuple[str, ...]] = (
        "channel",
        "product",
        "owner",
        "region",
        "country",
        "city",
        "industry",
        "size_band",
        "relationship",
        "seniority",
        "department",
        "persona",
        "tier",
        "grade",
    )

    channel: Words | None = None
    product: Words | None = None
    owner: Words | None = None
    region: Words | None = None
    country: Words | None = None
    city: Words | None = None
    industry: Words | None = None
    size_band: Words | None = None
    relationship: Words | None = None
    seniority: Words | None = None
    department: Words | None = None
    persona: Words | None = None
    tier: Words | None = None
    grade: Words | None = None


class TagRule(SegmentRule):
    """A tag, and the leads that have it, beside those that files give them.

    Several rules may name one tag: a lead has it that fits any of them.
    """

    name: Annotated[str, Field(min_length=1), AfterValidator(_one_tag)]
