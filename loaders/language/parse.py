"""Mappings as TOML files: read, completed with what is implied, and checked with line numbers.

Where a value is `{ decide = [...] }` the mapping leaves it to be decided between these readings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.errors import MappingError
from data.schema.tables import CANONICAL
from data.toml import Place, explain, line_of, parse
from loaders.language.ends import with_ends
from loaders.language.model import Mapping, Otherwise
from loaders.language.rules import problems
from loaders.language.template import Template, for_each
from loaders.language.values import PERSON_NAMES

_RESERVED = ("into", "when", "add", "newest", "each")

_SECTIONS = {"table": "tables"}


@lru_cache(maxsize=256)
def mapping_of(text: str, path: Path) -> Mapping:
    """The mapping in a text; `path` is the file it stands in, or will. Remembered by both.

    Raises MappingError naming the file, the line, the key and what is allowed, or what is left to
    be decided.
    """
    content = parse(path, text, MappingError)
    _refuse_undecided(content, path, text)
    shaped = _shaped(content, path, text)
    try:
        mapping = Mapping.model_validate(shaped)
    except ValidationError as failure:
        written = [rows["written"] for rows in shaped["tables"]]
        wrong = explain(path, text, failure, lambda place: _written_at(place, written))
        raise MappingError(*wrong) from failure
    mapping = with_ends(mapping)
    if found := problems(mapping):
        raise MappingError(
            *(f"{path.name} line {line_of(text, each.place)}: {each.text}" for each in found)
        )
    return mapping


def _written_at(place: Place, written: list[int]) -> Place:
    """Where the TOML says what is at a place of the model.

    `written` says of each of the model's tables which [[table]] of the file it is.
    """
    match tuple(part for part in place if part != "words"):
        case ("tables", int(index), *rest):
            return ("table", written[index], *rest)
        case same:
            return same


def _shaped(content: dict[str, Any], path: Path, text: str) -> dict[str, Any]:
    """The TOML in the model's shape: short forms written out, implied rows added."""
    shaped = {_SECTIONS.get(name, name): value for name, value in content.items()}
    for name in ("file", "fingerprint", "tables"):
        if name in content:
            raise MappingError(f"{path.name} line {line_of(text, (name,))}: {name} is not a key")
    columns = content.get("columns")
    if isinstance(columns, dict):
        shaped["columns"] = {
            name: {"from": column} if isinstance(column, str | list) else column
            for name, column in columns.items()
        }
    values = content.get("values")
    if isinstance(values, dict):
        shaped["values"] = {name: _translation(words) for name, words in values.items()}
    tables = content.get("table")
    if isinstance(tables, list):
        shaped["tables"] = [
            rows
            for index, table in enumerate(tables)
            for rows in _rows(table, content, path, text, index)
        ] + _aliases(content)
    elif "table" not in content:
        raise MappingError(f"{path.name}: a mapping needs at least one [[table]].")
    shaped["file"] = path
    shaped["fingerprint"] = hashlib.sha256(text.encode()).hexdigest()
    return shaped


def _translation(words: object) -> object:
    if not isinstance(words, dict):
        return words
    otherwise = words.get("otherwise", Otherwise.REJECT)
    shaped = {"words": {word: value for word, value in words.items() if word != "otherwise"}}
    if isinstance(otherwise, dict):
        return shaped | {"otherwise": Otherwise.USE} | otherwise
    return shaped | {"otherwise": otherwise}


def _rows(
    table: dict[str, Any], content: dict[str, Any], path: Path, text: str, index: int
) -> list[dict[str, Any]]:
    """The rows of one [[table]]; several where it is written for several columns."""
    into = table.get("into")
    assigned: dict[str, object] = {}
    for name, value in (_implied(into, content) | table).items():
        if name in _RESERVED:
            continue
        try:
            assigned[name] = Template.parse(value) if isinstance(value, str) else value
        except ValueError as failure:
            line = line_of(text, ("table", index, name))
            raise MappingError(f"{path.name} line {line}: {name} = {value!r}: {failure}") from None
    shaped = {name: table[name] for name in _RESERVED if name in table and name != "each"}
    shaped |= {"columns": assigned, "written": index}
    if isinstance(shaped.get("when"), dict):
        shaped["when"] = (shaped["when"],)
    if "each" not in table:
        return [shaped]
    try:
        return for_each(shaped, table["each"])
    except ValueError as failure:
        line = line_of(text, ("table", index, "each"))
        raise MappingError(f"{path.name} line {line}: each: {failure}") from None


def _implied(into: object, content: dict[str, Any]) -> dict[str, str]:
    """Columns that the mapping's head already gives, so that they need not be written."""
    implied: dict[str, str] = {}
    if isinstance(into, str) and into in CANONICAL:
        names = CANONICAL[into].to_schema().columns
        if "source_system" in names:
            implied["source_system"] = str(content.get("source_system", ""))
        if into == "person" and "person" in content:
            implied |= {name: f"{{{name}}}" for name in PERSON_NAMES if name in names}
    return implied


def _aliases(content: dict[str, Any]) -> list[dict[str, Any]]:
    """A record that names a person also says which person the record is.

    Not where the record is another system's: that system's own export says it.
    """
    person = content.get("person")
    tables = content.get("table", [])
    people = [
        (index, table)
        for index, table in enumerate(tables)
        if isinstance(table, dict) and table.get("into") == "person"
    ]
    if not (isinstance(person, dict) and person.get("record") and people) or "system" in person:
        return []
    columns = {
        "source_system": str(content.get("source_system", "")),
        "source_record_id": f"{{{person['record']}}}",
        "person_id": "{person_id}",
        "phone_key": "{phone_key}",
        "name_key": "{name_key}",
        "matched_by": "{matched_by}",
    }
    index, table = people[0]
    when = table.get("when", ())
    return [
        {
            "into": "person_alias",
            "written": index,
            "when": (when,) if isinstance(when, dict) else when,
            "newest": table.get("newest"),
            "columns": {name: Template.parse(text) for name, text in columns.items()}
            | {"confidence": 1.0},
        }
    ]


_NOTE = "   # "


def _refuse_undecided(content: object, path: Path, text: str) -> None:
    """Raises MappingError where a mapping leaves something open, one sentence for each thing.

    The sentence has the line, what may be written there, and the note that stands beside it.
    """
    found = [_sentence(path, text, place, readings) for place, readings in _undecided(content, ())]
    if found:
        raise MappingError(*found)


def _undecided(content: object, place: Place) -> Iterator[tuple[Place, list[object]]]:
    """Every place that is open, with the readings that its values fit."""
    match content:
        case {"decide": list() as readings, **others} if not others:
            yield place, readings
        case dict():
            for key, value in content.items():
                yield from _undecided(value, (*place, key))
        case list():
            for index, value in enumerate(content):
                yield from _undecided(value, (*place, index))


def _sentence(path: Path, text: str, place: Place, readings: list[object]) -> str:
    line = line_of(text, place)
    _, _, note = text.splitlines()[line - 1].partition(_NOTE)
    key = ".".join(str(part) for part in place if isinstance(part, str))
    write = f"write {' or '.join(map(as_toml, readings))}" if readings else "write what it is"
    because = f" {note.strip().rstrip('.')}." if note else ""
    return f"{path.name} line {line}: {key} is to be decided: {write}.{because}"


def as_toml(value: object) -> str:
    """A value as TOML writes it in one line.

    >>> as_toml({"decimal": ",", "decide": [1, "%d"]})
    '{ decimal = ",", decide = [1, "%d"] }'
    """
    match value:
        case dict():
            return f"{{ {', '.join(f'{key} = {as_toml(each)}' for key, each in value.items())} }}"
        case list():
            return f"[{', '.join(map(as_toml, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)
