"""Which spelling of a segment's value is shown: the table `shown_value`, and why."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.definitions import Definitions
from data.engine.draft import Draft
from data.schema.contract import UNASSIGNED
from data.sql import Query, Step, literal
from data.standardise.spelling import spelling_key, usual_spellings
from data.standardise.titles import standard_names

_WRITTEN = {
    "channel": (
        "lead.channel", "campaign.channel", "interaction.channel", "path_touch.channel",
        "experiment.channel",
    ),
    "campaign": ("campaign.name", "path_touch.campaign"),
    "content": ("content.title", "path_touch.content"),
    "product": (
        "lead.product", "opportunity.product", "campaign.product", "account_order.product"
    ),
    "tool": ("campaign.tool",),
    "owner": (
        "lead.owner", "opportunity.owner", "account.owner", "campaign.owner", "assignment.owner",
        "action.owner",
    ),
    "region": ("lead.region", "account.region", "person.region", "campaign.region"),
    "country": ("account.country",),
    "city": ("account.city", "person.city"),
    "size_band": ("account.size_band",),
    "seniority": ("person.seniority",),
    "department": ("person.department",),
    "persona": ("person.persona", "content.persona"),
    "tier": ("lead.tier",),
    "tags": ("tag.tag",),
}  # fmt: skip
"""The columns whose texts are values of a segment. Industries have standard words of their own."""


def show_in_one_spelling(draft: Draft, definitions: Definitions) -> None:
    """Rebuild `shown_value`: every text that is shown as another one.

    Each distinct text is looked at once; canonical rows keep what was written. Spellings that
    differ in case, width and blanks only are one value. A recorded channel is looked up in the
    channel rules as a source without a medium, unless it is a channel's name. The definitions' own
    names are shown as they write them, other values in their most frequent spelling.
    """
    found = draft.query(_counted())
    rows = [
        (segment, text, shown, why, counts[text], stands_in[text])
        for segment in _WRITTEN
        for counts, stands_in in [_of_segment(found, segment)]
        for text, shown, why in _shown(segment, counts, definitions)
    ]
    names = ("segment", "written", "shown", "decided_by", "rows", "stands_in")
    types = {name: pl.Int64 if name == "rows" else pl.String for name in names}
    draft.attach("newly_shown", pl.DataFrame(rows, schema=types, orient="row"))
    draft.execute("DELETE FROM shown_value")
    draft.insert("shown_value", Query(Step("shown_values", "SELECT * FROM newly_shown")))
    draft.detach("newly_shown")


def _counted() -> Query:
    counted = " UNION ALL ".join(
        f"SELECT {literal(segment)} AS segment, {literal(each)} AS stands_in,"
        f' {column} AS written, count(*) AS "rows"'
        f" FROM {table} WHERE {column} IS NOT NULL GROUP BY {column}"
        for segment, columns in _WRITTEN.items()
        for each in columns
        for table, column in [each.split(".")]
    )
    return Query(Step("written_values", counted))


def _of_segment(found: pl.DataFrame, segment: str) -> tuple[dict[str, int], dict[str, str]]:
    """How many rows have each text, and in which column most of them are."""
    of_it = found.filter(segment=segment).sort("rows", "stands_in", descending=[True, False])
    texts = of_it.group_by("written").agg(pl.col("rows").sum(), pl.col("stands_in").first())
    return (
        dict(texts.select("written", "rows").iter_rows()),
        dict(texts.select("written", "stands_in").iter_rows()),
    )


def _shown(
    segment: str, counts: dict[str, int], definitions: Definitions
) -> Iterator[tuple[str, str, str]]:
    """Each text that is shown as another one, what it is shown as, and what decided it."""
    named = (*_names(segment, definitions), UNASSIGNED)
    known = {spelling_key(name) for name in named}
    by_rule = _channel_of_source(definitions) if segment == "channel" else {}
    spelt = usual_spellings(counts, named)
    for text in sorted(counts):
        key = spelling_key(text)
        shown, why = spelt[text], "definitions" if key in known else "frequency"
        if key in by_rule and key not in known:
            shown, why = by_rule[key], "channel_rule"
        if shown != text:
            yield text, shown, why


def _channel_of_source(definitions: Definitions) -> dict[str, str]:
    """The channel by each source that a rule gives without asking for a medium; the first wins."""
    found: dict[str, str] = {}
    for rule in definitions.channel:
        if rule.medium is None:
            for source in rule.source or ():
                found.setdefault(spelling_key(source), rule.name)
    return found


def _names(segment: str, definitions: Definitions) -> tuple[str, ...]:
    """The values of a segment that the definitions and the standard words name."""
    match segment:
        case "channel":
            rules = (rule.name for rule in definitions.channel)
            heard_of = definitions.attribution.self_reported.values()
            return (*heard_of, *definitions.touch.sales_channels, *rules)
        case "tier":
            return tuple(word for rule in definitions.effective for word in rule.tier or ())
        case "persona":
            asked = (word for rule in definitions.effective for word in rule.persona or ())
            rules = (rule.name for rule in definitions.persona)
            return (*standard_names(segment), *asked, *rules)
        case "tags":
            return tuple(rule.name for rule in definitions.tag)
        case "seniority" | "department":
            return standard_names(segment)
    return ()
