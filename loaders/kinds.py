"""What people call the kinds of file that were loaded."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from data.terms.titles import name_title
from loaders.language.library import own_folder
from loaders.language.model import BUILT_IN


def kinds_of_file(mappings: Iterable[str]) -> dict[str, str]:
    """The title of the files that are read under each of these mappings, by the mapping's name.

    Own mappings come before built-in ones, as they do where a file is read. A mapping that is no
    longer there, or cannot be read, has its name in words.

    >>> kinds_of_file(["hubspot_deals", "old_crm_leads"])
    {'hubspot_deals': 'HubSpot deals', 'old_crm_leads': 'Old CRM leads'}
    """
    names = list(mappings)
    built_in = dict(_titles(BUILT_IN / f"{name}.toml" for name in names))
    own = dict(_titles(sorted(own_folder().glob("*.toml"))))
    return {name: own.get(name) or built_in.get(name) or name_title(name) for name in names}


def _titles(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Name and title of the mappings in these files; those that say neither are passed over."""
    for path in paths:
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue  # whoever loads with it is told what is wrong with it
        name, title = said.get("name"), said.get("title")
        if isinstance(name, str) and isinstance(title, str):
            yield name, title
