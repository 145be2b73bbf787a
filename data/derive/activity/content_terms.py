"""The definitions' terms of content as tables that the steps of `content` join."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import polars as pl

from data.definitions import Definitions


def terms_of_content(definitions: Definitions) -> dict[str, pl.DataFrame]:
    """The definitions' terms of content as small tables, by the name under which steps join them.

    `content_action` says which actions are reading or downloading. `effective_rule` has a row per
    rule, in order: from which day on it holds, until before which, and what it asks for.
    `effective_value` has the values that each of its lists holds.
    """
    content, rules = definitions.content, definitions.effective
    since = [rule.since for rule in rules]
    until = [after for _, after in pairwise((*since, None))]
    return {
        "content_action": pl.DataFrame(
            [(action, False) for action in content.read]
            + [(action, True) for action in content.downloaded],
            schema={"action": pl.String, "downloads": pl.Boolean},
            orient="row",
        ),
        "effective_rule": pl.DataFrame(
            [
                (
                    number,
                    rule.since or date.min,
                    end or date.max,
                    number == len(rules) - 1,
                    *(getattr(rule, name) is not None for name in _ASKED),
                )
                for number, (rule, end) in enumerate(zip(rules, until, strict=True))
            ],
            schema={
                "rule": pl.Int64,
                "since_on": pl.Date,
                "until_on": pl.Date,
                "is_newest": pl.Boolean,
            }
            | {f"asks_{name}": pl.Boolean for name in _ASKED},
            orient="row",
        ),
        "effective_value": pl.DataFrame(
            [
                (number, name, value)
                for number, rule in enumerate(rules)
                for name in _ASKED
                for value in dict.fromkeys(getattr(rule, name) or ())
            ],
            schema={"rule": pl.Int64, "asked": pl.String, "value": pl.String},
            orient="row",
        ),
    }


_ASKED = ("tier", "grade", "persona")
"""What a rule of who is effective may ask for."""
