"""Contacts as people type them where none belongs, planted into exports of every kind."""

from __future__ import annotations

from dataclasses import replace

from data.sql import identifier, literal
from loaders.language.opening import Opened
from loaders.transform.clearing import Use, id_columns, use_of

TYPED = (
    "Anna.Planted@Acme.com",
    "anna.planted+fair@acme.com",
    "anna.planted%40acme.com",
    "anna.planted＠acme.com",
    "+86 138-1234-5678",
    "138 1234 5678",
    "030 90182000",
    "(415) 555-2671",
    "tel 13812345678",
    "１３８１２３４５６７８",
)

LEFT_OVER = (
    "planted@", "planted+", "planted%40", "planted＠", "@acme.com",
    "12345678", "1234-5678", "1234 5678", "90182000", "555-2671", "１２３４５６７８",
)  # fmt: skip
"""What would be found of them if one was not hidden."""


def planted(opened: Opened, *, everywhere: bool) -> Opened:
    """The file with contacts in its ids and texts, and once more with some in every column."""
    mapping, source, found = opened.mapping, opened.source, opened.headers
    written = {header: name for name, each in found.items() for header in each}
    texts = {name for name in found if use_of(mapping, name) not in (None, Use.REFERENCE)}
    ids = set(id_columns(mapping))
    first, second = [], []
    for place, header in enumerate(source.columns):
        cell, name = identifier(header), written.get(header, "")
        typed = (
            f"(list_value({', '.join(map(literal, TYPED))}))[1 + (line + {place}) % {len(TYPED)}]"
        )
        beside = f"{cell} || ' ask ' || {typed} || ' soon'"
        id_ = f"'anna.planted+' || line || '.' || {place} || '@acme.com'"
        first.append(f"{id_ if name in ids else beside if name in texts else cell} AS {cell}")
        second.append(f"{beside} AS {cell}")
    relation = f"SELECT line, {', '.join(first)} FROM ({source.relation}) AS file"
    if not everywhere:
        return replace(opened, source=replace(source, relation=relation))
    again = f"SELECT line + 1000000, {', '.join(second)} FROM ({source.relation}) AS file"
    both = f"{relation} UNION ALL {again}"
    return replace(opened, source=replace(source, relation=both, rows=2 * source.rows))
