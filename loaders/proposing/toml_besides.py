"""The tables that a proposal makes of a file's rows besides their own."""

from __future__ import annotations

from collections.abc import Iterator

from loaders.proposing.evidence import Evidence
from loaders.proposing.matching import Fit
from loaders.proposing.roles import BESIDES
from loaders.proposing.toml_head import quoted


def other_table(fit: Fit, seen: dict[str, Evidence], table: str) -> Iterator[str]:
    """The [[table]] of a person, company or campaign that the row has facts for and names."""
    facts = {
        name: match.role.name
        for match in fit.matches
        for into, name in match.role.targets
        if into == table
    }
    if table == "campaign":
        yield from _campaign(fit, seen, facts)
        return
    by = {"person": ("email", "phone"), "account": ("company", "account_record")}[table]
    if not any(fit.match(each) for each in by):
        return
    if table == "account" and not (facts or fit.match("company")):
        return
    yield from ("", "[[table]]", f"into = {quoted(table)}")
    if table == "person":
        if fit.match("company") or fit.match("account_record"):
            yield 'account_id = "{account_id}"'
    else:
        yield 'account_id = "{account_id}"'
        if fit.match("company"):
            yield from ('name = "{account_name}"', 'name_key = "{account_name_key}"')
    yield from (f'{name} = "{{{column}}}"' for name, column in facts.items())


def _campaign(fit: Fit, seen: dict[str, Evidence], facts: dict[str, str]) -> Iterator[str]:
    """The [[table]] of the campaign that was paid for, where the file says more of it."""
    if facts:
        yield from ("", "[[table]]", 'into = "campaign"', f"campaign_id = {paid_for(fit, seen)}")
        if fit.match("campaign_name") or not any(map(fit.has, _CAMPAIGN)):
            named = "campaign_name" if fit.match("campaign_name") else "channel"
            yield f'name = "{{{named}}}"'
        yield from (f'{name} = "{{{column}}}"' for name, column in facts.items())


def paid_for(fit: Fit, seen: dict[str, Evidence]) -> str:
    """The id of the campaign that a row of spend is of; of a file of channels alone, the channel.

    Where one campaign has several channels in the file, each is a campaign of its own under the
    same name, so that the spend is told by channel.
    """
    if not any(map(fit.has, _CAMPAIGN)):
        return '"{channel}"'
    own = [match for name in _CAMPAIGN if (match := fit.match(name))]
    besides = [
        match.role.name
        for match in fit.matches
        if any(into == "campaign" for into, _ in match.role.targets)
        and seen[match.header].filled == 1
        and any(each.header in seen[match.header].several_of for each in own)
    ]
    return f'"{" ".join(f"{{{each}}}" for each in ("campaign_id", *besides))}"'


_CAMPAIGN = ("campaign_name", "campaign_record")


def path_id(fit: Fit) -> str:
    """The path's id: the file's own, else its touches as one text."""
    return '"{path_id}"' if fit.match("path_id") else '"{touches_text}"'


def touches_of_path(fit: Fit) -> Iterator[str]:
    """The [[table]] of the touches that a row of paths lists."""
    if fit.match("touches"):
        yield from ("", "[[table]]", 'into = "path_touch"', 'each = "touches"')
        yield from (f"path_id = {path_id(fit)}", 'position = "{each_place}"')
        yield 'channel = "{each_value}"'


def path_of_touches(fit: Fit) -> Iterator[str]:
    """The [[table]] of what came of a journey, where rows of its touches say it."""
    if fit.match("conversions"):
        yield from ("", "[[table]]", 'into = "path"')
        yield 'when = { column = "conversions", present = true }'
        yield 'newest = "position"   # the last touch\'s row counts'
        yield 'path_id = "{path_id}"'
        given = BESIDES["path_touch"]["path"]
        yield from (f'{name} = "{{{name}}}"' for name in given if fit.match(name))
