"""Which entries of deals into won and lost hold, in plain Python."""

from __future__ import annotations

from dataclasses import replace

from tests.metrics.facts import Facts, Row


def with_closings_that_hold(facts: Facts) -> Facts:
    """The facts without closings of deals that are open again or ended otherwise."""
    outcomes = {row["opportunity_id"]: row.get("outcome") for row in facts.opportunity}

    def holds(entry: Row) -> bool:
        if entry["subject_kind"] != "opportunity" or entry["stage"] not in ("won", "lost"):
            return True
        if outcomes.get(entry["subject_id"]) not in (None, entry["stage"]):
            return False
        return entry["inferred_from"] == "date_column" or not any(
            each["subject_id"] == entry["subject_id"]
            and each["subject_kind"] == "opportunity"
            and each["stage"] == "opportunity"
            and each["inferred_from"] != "date_column"
            and each["entered_at"] > entry["entered_at"]
            for each in facts.stage_change
        )

    return replace(facts, stage_change=tuple(filter(holds, facts.stage_change)))
