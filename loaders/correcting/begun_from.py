"""A mapping that fits a file, as far as it can be shown column by column: what each column is."""

from __future__ import annotations

from collections.abc import Iterator

from loaders.language.model import Mapping
from loaders.language.opening import Opened
from loaders.language.template import Template
from loaders.proposing.roles import IDS, NOT_PROPOSED, RECORD, roles

_BESIDE = ("person", "account", "campaign", "stage_change", "record_end", "person_alias")
"""Tables whose rows follow from what the columns are."""


def roles_in(opened: Opened, mappings: dict[str, Mapping]) -> dict[str, str]:
    """Which role each of the file's headers has by its mapping; those with none are left out.

    Of several headers for one column, and of several columns of one header, the first counts. Empty
    where rows are of a table that no proposal is made for.
    """
    mapping = opened.mapping
    table = mapping.main.into
    if table in NOT_PROPOSED:
        return {}
    of_sections = dict(_of_sections(mapping))
    known = {role.name: role.targets for role in roles(mappings, table)}
    found: dict[str, str] = {}
    for name, written in opened.headers.items():
        feeds = set(_fed(mapping, name))
        if (table, IDS.get(table)) in feeds:
            role: str | None = RECORD
        else:
            role = of_sections.get(name) or next(
                (each for each, targets in known.items() if feeds.intersection(targets)), None
            )
        if role in known and role not in found.values() and written[0] not in found:
            found[written[0]] = role
    return found


def begun_anew(opened: Opened) -> tuple[str, ...]:
    """What the mapping says besides, which its columns alone cannot: it is begun anew by them."""
    return tuple(_besides(opened.mapping))


def _besides(mapping: Mapping) -> Iterator[str]:
    if mapping.values:
        yield f"what the words of {', '.join(mapping.values)} mean"
    if mapping.skip:
        yield "which rows are left out"
    if mapping.ended:
        yield "which records are gone"
    if mapping.previous:
        yield "what is compared with the row before"
    others = dict.fromkeys(rows.into for rows in mapping.tables[1:])
    if further := [each for each in others if each not in _BESIDE]:
        yield f"the rows of {', '.join(further)}"
    if mapping.main.when:
        yield "the conditions of its rows"
    if any(column.is_list or column.when for column in mapping.columns.values()):
        yield "columns with several values or a condition"


def _of_sections(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """Columns that a section of the mapping reads, each with the role of a proposal."""
    if mapping.person:
        for role, name in (
            ("email", mapping.person.email),
            ("phone", mapping.person.phone),
            ("person_record", mapping.person.record),
        ):
            if name:
                yield name, role
    for section, role in (
        (mapping.account, "company"),
        (mapping.campaign, "campaign_name"),
        (mapping.content, "content_name"),
    ):
        if section and section.name:
            yield section.name, role
        if section and section.record:
            yield section.record, f"{role.partition('_')[0].replace('company', 'account')}_record"


def _fed(mapping: Mapping, name: str) -> Iterator[tuple[str, str]]:
    """The canonical columns that a column alone becomes."""
    for rows in mapping.tables:
        for column, assigned in rows.columns.items():
            if isinstance(assigned, Template) and any(
                reference.names[0] == name for reference in assigned.references
            ):
                yield rows.into, column
