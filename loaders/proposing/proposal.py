"""The data class of a proposal: where each column of an unknown file goes, and the mapping."""

from __future__ import annotations

from dataclasses import dataclass, field

from loaders.proposing.evidence import Evidence


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """What one column of the file seems to be.

    `name` is what the proposal calls it, `feeds` the canonical columns it goes into, as
    `table.column`, and `kind` a kind of the mapping language; all are empty where the header is
    like nothing known. `confidence` is 0 to 1. `examples` are masked where they are personal.
    """

    header: str
    name: str = ""
    feeds: tuple[str, ...] = ()
    kind: str = ""
    confidence: float = 0.0
    reason: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping not kept yet: the table that a row seems to be, the columns, and the text to edit.

    `evidence` is what each column's values look like, without the values that are personal. `sums`
    are the words with which lines of sums begin, by the column that has them.
    """

    table: str
    columns: tuple[ProposedColumn, ...]
    toml: str
    evidence: dict[str, Evidence] = field(default_factory=dict)
    sums: dict[str, tuple[str, ...]] = field(default_factory=dict)
