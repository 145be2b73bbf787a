"""Words that the loaders know, from `vocabulary.toml`: placeholders, roles, legal forms."""

from __future__ import annotations

import tomllib
from pathlib import Path

_WORDS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)

PLACEHOLDERS = frozenset(_WORDS["placeholders"])
"""Values that mean that nothing is known, in lower case and trimmed."""

NOBODY = frozenset(_WORDS["nobody"])
"""Addresses that mean that there is none."""

ROLES = frozenset(_WORDS["roles"])
"""Names before the @ that belong to a function, not to a person."""

DISPOSABLE = frozenset(_WORDS["disposable"])
"""Domains that give out addresses to be thrown away."""

LEGAL_FORMS = frozenset(_WORDS["legal_forms"])
"""Words that end a company's name and tell its legal form."""

JOINTS = frozenset(_WORDS["joints"])
"""Words between two of them, as in GmbH & Co. KG."""

EASTERN_FORMS = tuple(_WORDS["eastern_forms"])
"""Legal forms at either end of an East Asian name, the longest first."""


def is_placeholder(value: str) -> bool:
    """Whether a value means that nothing is known.

    >>> is_placeholder(" N/A "), is_placeholder("请选择"), is_placeholder("Selectron")
    (True, True, False)
    """
    return value.strip().lower() in PLACEHOLDERS
