"""The language of mappings as a JSON schema, with which editors complete and check TOML files."""

from __future__ import annotations

from typing import Any, TypeAlias

from data.schema.fields import fields
from data.schema.tables import CANONICAL
from loaders.language.model import Mapping, Otherwise

Schema: TypeAlias = dict[str, Any]


_SHAPED = ("columns", "values", "tables", "file", "fingerprint")
"""What is written differently in the file than in the model."""


_IMPLIED = {
    "person": ("person_id",),
}
"""Columns that a [person] section gives a table by itself."""


def mapping_schema() -> Schema:
    """The JSON schema (2020-12) of a mapping's TOML file.

    It covers what is written, short forms included. What depends on several places, such as a
    column that a template names, is checked only when the mapping is read.
    """
    whole = _plain(Mapping.model_json_schema(by_alias=True))
    definitions = {
        name: schema
        for name, schema in whole["$defs"].items()
        if name not in ("TableRows", "Translation", "Template", "Reference", "Otherwise")
    }
    wheres = [{"required": [key]} for key in ("from", "above", "file_name")]
    definitions["Column"] = definitions["Column"] | {"oneOf": wheres}
    properties = {
        name: schema for name, schema in whole["properties"].items() if name not in _SHAPED
    }
    properties |= {
        "columns": {
            "description": "The mapping's names and the headers that they stand for.",
            "type": "object",
            "additionalProperties": {
                "anyOf": [_text(), _texts(), {"$ref": "#/$defs/Column"}],
            },
        },
        "values": {
            "description": "By column: their words and what they are called here.",
            "type": "object",
            "additionalProperties": _translation(),
        },
        "table": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Table"}},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Backcast mapping",
        "description": "One kind of export, and the rows of the warehouse that it becomes.",
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "title", "source_system", "recognise", "columns", "table"],
        "properties": properties,
        "$defs": definitions | {"Table": _table()},
    }


def _table() -> Schema:
    """A [[table]]: the columns of all tables, and for each table which of them it has and needs."""
    used: dict[str, list[str]] = {}
    for table in CANONICAL:
        for name in fields(table):
            if name != "load_id":
                used.setdefault(name, []).append(table)
    keys = ("into", "when", "add", "newest", "each")
    condition = {"$ref": "#/$defs/Condition"}
    return {
        "description": "Rows of one table of the warehouse that a row of the file becomes.",
        "type": "object",
        "additionalProperties": False,
        "required": ["into"],
        "properties": {
            "into": {"enum": list(CANONICAL)},
            "when": {"anyOf": [condition, {"type": "array", "items": condition}]},
            "add": {"type": "array", "items": _text()},
            "newest": _text(),
            "each": {
                "anyOf": [
                    _text(),
                    {"type": "object", "minProperties": 1, "additionalProperties": _text()},
                ]
            },
        }
        | {
            name: {
                "description": f"A column of {', '.join(tables)}.",
                "type": ["string", "boolean", "number"],
            }
            for name, tables in used.items()
        },
        "allOf": [
            {
                "if": {"properties": {"into": {"const": table}}, "required": ["into"]},
                "then": {
                    "description": str(contract.__doc__).strip(),
                    "propertyNames": {"enum": [*keys, *fields(table)]},
                    "required": [
                        field.name
                        for field in fields(table).values()
                        if not field.nullable
                        and field.name not in ("load_id", "source_system")
                        and field.name not in _IMPLIED.get(table, ())
                    ],
                },
            }
            for table, contract in CANONICAL.items()
        ],
    }


def _translation() -> Schema:
    words = [each.value for each in Otherwise if each is not Otherwise.USE]
    use = {
        "type": "object",
        "properties": {"use": _text()},
        "required": ["use"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"otherwise": {"anyOf": [{"enum": words}, use]}},
        "additionalProperties": _text(),
    }


def _text() -> Schema:
    return {"type": "string"}


def _texts() -> Schema:
    return {"type": "array", "items": _text(), "minItems": 1}


def _plain(schema: Any) -> Any:
    """The schema without null, which TOML lacks, and without titles that repeat the name."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: {key: _plain(each) for key, each in value.items()}
        if name in ("properties", "$defs")
        else _plain(value)
        for name, value in schema.items()
        if name != "title" and not (name == "default" and value is None)
    }
    if "anyOf" in plain:
        rest = [each for each in plain.pop("anyOf") if each != {"type": "null"}]
        plain |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    if plain.get("type") == "array" and "minLength" in plain:
        plain["minItems"] = plain.pop("minLength")
    return plain
