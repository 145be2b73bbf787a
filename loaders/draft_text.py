"""A draft of a mapping as TOML text, with confidence and reason on each line."""

from __future__ import annotations

from pathlib import Path

from loaders.draft_columns import columns_section, read_section, values_sections
from loaders.draft_head import Label, chosen_head, proposed_head
from loaders.draft_tables import reference_sections, tables
from loaders.evidence import Evidence
from loaders.matching import Fit


def draft_text(fit: Fit, seen: dict[str, Evidence], path: Path, label: Label | None = None) -> str:
    """The mapping as text. `seen` is what each of the file's columns looks like.

    With a `label` somebody has chosen what each column is; without one it is all proposed.
    """
    head = chosen_head(fit, path, label) if label else proposed_head(fit, path)
    lines = [*head, *read_section(fit, seen), *columns_section(fit, seen), ""]
    lines += [*values_sections(fit, seen), *reference_sections(fit), *tables(fit, seen, path)]
    return "\n".join(lines) + "\n"
