"""Which tables are about people, which columns are free text, how erased records are called."""

from __future__ import annotations

FREE_TEXT = ("budget", "authority", "need", "timeline", "competitor")
"""Columns of a lead in which somebody wrote about the person."""


PEOPLE = frozenset({"person", "person_alias", "interaction"})
"""Canonical tables whose rows are about a person and go with them."""


LEAD = "lead id:"
"""Begins the reference to a lead in `erased_record`; no system is called so."""


VISITOR = "visitor id:"
"""Begins the reference to a visitor in `erased_record`."""
