"""What is wrong with the choices of a person who corrects a mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from data.references import SYSTEM
from loaders.correcting.correction import SEVERAL, Correction, targets
from loaders.correcting.target_names import ROWS
from loaders.proposing.by_values import NEEDS, found_instead
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.roles import RECORD
from loaders.proposing.toml_head import Label

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def problems(correction: Correction, evidence: dict[str, Evidence]) -> list[str]:
    """What is wrong with the choices, in sentences; nothing when a mapping can be made of them."""
    return [*_label_problems(correction.label), *_choice_problems(correction, evidence)]


def _label_problems(label: Label) -> Iterator[str]:
    if not _NAME.fullmatch(label.name):
        yield (
            f'The name "{label.name}" must begin with a small letter and go on with small letters, '
            "digits and _, such as crm_leads."
        )
    if not label.title.strip():
        yield "The title is empty: say what people call this export."
    if not re.fullmatch(SYSTEM, label.source_system):
        yield (
            f'The system "{label.source_system}" must begin with a small letter and go on with '
            "small letters, digits and _, such as salesforce."
        )


def _choice_problems(correction: Correction, evidence: dict[str, Evidence]) -> Iterator[str]:
    known = targets(correction.table)
    chosen: dict[str, list[str]] = {}
    for choice in correction.choices:
        if choice.role and choice.role not in known:
            yield (
                f'Column "{choice.header}": {choice.role} is nothing that '
                f"{ROWS[correction.table]} has. Choose where it goes again."
            )
        elif choice.role:
            chosen.setdefault(choice.role, []).append(choice.header)
    if not chosen:
        yield "No column goes anywhere yet: choose where at least one of them goes."
        return
    for role, headers in chosen.items():
        if len(headers) > 1 and role not in SEVERAL:
            listed = " and ".join(f'"{header}"' for header in headers)
            yield f"{listed} both become {known[role]}: choose one and ignore the other."
    yield from _missing(correction.table, chosen, evidence)


def _missing(
    table: str, chosen: Mapping[str, list[str]], evidence: dict[str, Evidence]
) -> Iterator[str]:
    """What rows of the table need and no column becomes."""
    known = targets(table)
    used = {header for headers in chosen.values() for header in headers}
    free = (header for header, each in evidence.items() if header not in used and _tells(each))
    for group in NEEDS[table]:
        if not any(each in chosen or found_instead(table, each, chosen) for each in group):
            listed = " or ".join(known[role] for role in group)
            hint = next(free, "") if group == (RECORD,) else ""
            instead = f' If the file has no id, "{hint}" will do: no two rows share it.'
            yield (
                f"{ROWS[table].capitalize()} needs {listed}: choose the column that becomes it."
                f"{instead if hint else ''}"
            )


def _tells(evidence: Evidence) -> bool:
    """Whether a column tells all records apart: it has another value in each row."""
    return evidence.filled == 1 and evidence.unique == 1 and evidence.look is not Look.DATE
