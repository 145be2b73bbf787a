"""How a proposal begins: where it comes from, what it is called, how its files are recognised."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from data.privacy.contacts import without_contacts
from loaders.proposing.matching import Fit

UNKNOWN = "column"
"""What a proposal calls a column when no header is like one known."""


_SIGNATURE = 4


@dataclass(frozen=True, slots=True)
class Label:
    """What a mapping is called, what people call it, and the system whose export it reads."""

    name: str
    title: str
    source_system: str

    @classmethod
    def of(cls, path: Path) -> Label:
        """The label that a file's own name suggests.

        >>> Label.of(Path("Deals 2026.csv")).name
        'deals_2026'
        """
        title = without_contacts(path.stem)
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "export"
        name = name if name[0].isalpha() else f"export_{name}"
        return cls(name, title, name)

    def unlike(self, taken: Collection[str]) -> Label:
        """The same label under a name that no mapping has yet.

        >>> Label.of(Path("deals.csv")).unlike({"deals", "deals_2"}).name
        'deals_3'
        """
        names = (f"{self.name}_{number}" if number > 1 else self.name for number in count(1))
        return replace(self, name=next(name for name in names if name not in taken))


def proposed_head(fit: Fit, path: Path, marks: Sequence[str]) -> Iterator[str]:
    """What nobody has looked at yet, recognised by the surest columns."""
    name = without_contacts(path.name)
    yield f"# A proposal for {name}. Check every line, then put the file into your folder of"
    yield "# mappings (--mappings DIR or $BACKCAST_MAPPINGS). Percentages say how sure a line is."
    yield f"# Its rows seem to be of the table {fit.table}; {fit.next_best} would come next."
    surest = sorted(fit.matches, key=lambda match: -match.confidence)[:_SIGNATURE]
    named = [match.role.name for match in fit.matches if match in surest]
    unsure = [name for role, _ in fit.unsure for name in fit.candidates(role.name)]
    yield from _label(Label.of(path), (named or unsure)[:_SIGNATURE], marks)


def chosen_head(fit: Fit, path: Path, label: Label, marks: Sequence[str]) -> Iterator[str]:
    """Recognised by all that was chosen: no file with another header is taken for it."""
    yield f"# Made for {without_contacts(path.name)}, whose rows are of the table {fit.table}."
    yield from _label(label, [match.role.name for match in fit.matches], marks)


def _label(label: Label, signature: Sequence[str], marks: Sequence[str]) -> Iterator[str]:
    yield f"name = {quoted(label.name)}"
    yield f"title = {quoted(label.title)}"
    yield f"source_system = {quoted(label.source_system)}"
    yield from marks
    yield ""
    yield "[recognise]"
    yield f"columns = [{', '.join(map(quoted, signature or [UNKNOWN]))}]"
    yield ""


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)
