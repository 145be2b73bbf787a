"""What all parts of a mapping have in common, and the texts that several of them hold."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Part(BaseModel):
    """A part of a mapping: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _readable(formats: tuple[str, ...]) -> tuple[str, ...]:
    for text in formats:
        if not _DATE_FORMAT.fullmatch(text):
            raise ValueError(f"{text!r} is not a format such as %d.%m.%Y or %m/%d/%Y %H:%M")
    return formats


_DATE_FORMAT = re.compile(r"(?=.*%)(?:[^%]|%-?[aAbBdfgHIjmMnpSuUwWxXyYzZ%])+")


_OneOrSeveral = BeforeValidator(_one_or_several, json_schema_input_type=str | tuple[str, ...])
Texts: TypeAlias = Annotated[tuple[str, ...], Field(min_length=1), _OneOrSeveral]
DateFormats: TypeAlias = Annotated[tuple[str, ...], _OneOrSeveral, AfterValidator(_readable)]
