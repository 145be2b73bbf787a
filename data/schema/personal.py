"""Which tables are about people, and which columns are free text."""

from __future__ import annotations

FREE_TEXT = ("budget", "authority", "need", "timeline", "competitor", "self_reported_source")
"""Columns of a lead in which somebody wrote about the person."""


PEOPLE = frozenset(
    {"person", "person_alias", "interaction", "experiment_arm", "consent_event", "tag"}
)
"""Canonical tables whose rows are about a person and go with them; of tags those that are."""
