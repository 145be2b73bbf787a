"""What a proposal says of the rows: whom they are about, and what they become."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.privacy.contacts import without_contacts
from data.schema.fields import fields
from loaders.language.spellings import currency_among
from loaders.proposing.evidence import Evidence
from loaders.proposing.matching import Fit, Match
from loaders.proposing.roles import BESIDES, HEADER_WORDS, IDS, RECORD, words
from loaders.proposing.toml_columns import (
    Label,
    chosen_head,
    columns_section,
    outcome_words,
    proposed_head,
    quoted,
    read_section,
    values_sections,
)

_ACTIONS = {
    "click": "email_click", "open": "email_open",
    "form": "form_submit", "submission": "form_submit",
    "webinar": "webinar_attended", "attend": "event_attended", "download": "content_download",
    "visit": "page_view", "page": "page_view", "ad": "ad_click",
}  # fmt: skip

_ADDED = ("original_cost_amount", "impressions", "clicks")

_WEIGHTS = ("conversions", "value_amount", "nulls")


def reference_sections(fit: Fit) -> Iterator[str]:
    """The sections that say whom or what a row is about."""
    record = RECORD if fit.table == "person" else "person_record"
    for section, keys in (
        ("person", (("email", "email"), ("phone", "phone"), ("record", record))),
        ("account", (("name", "company"), ("record", _account_record(fit)))),
        ("campaign", (("name", "campaign_name"), ("record", "campaign_record"))),
        ("content", (("name", "content_name"), ("record", "content_record"))),
    ):
        given = [f"{key} = {quoted(name)}" for key, name in keys if fit.match(name)]
        if given:
            yield f"[{section}]"
            yield from given
            yield ""


def _account_record(fit: Fit) -> str:
    return RECORD if fit.table == "account" else "account_record"


def tables(fit: Fit, seen: dict[str, Evidence], path: Path) -> Iterator[str]:
    """The [[table]] that the rows are, and those they also have facts for."""
    yield from _main_table(fit, seen, path)
    if fit.table == "path":
        yield from _touches_of_path(fit)
    elif fit.table == "path_touch":
        yield from _path_of_touches(fit)
        return
    for table in BESIDES.get(fit.table, {}):
        yield from _other_table(fit, table)
    became = [match.role.name for match in fit.matches if match.role.name.startswith("became_")]
    if became:
        entries = ", ".join(f"{name.removeprefix('became_')} = {quoted(name)}" for name in became)
        yield from ("", "[[table]]", 'into = "stage_change"', f"each = {{ {entries} }}")
        yield from ('subject_kind = "lead"', f"subject_id = {_key(fit)}", 'stage = "{each}"')
        yield from ('entered_at = "{each_value}"', 'inferred_from = "date_column"')


def _main_table(fit: Fit, seen: dict[str, Evidence], path: Path) -> Iterator[str]:
    table = fit.table
    yield from ("[[table]]", f"into = {quoted(table)}")
    given: dict[str, str] = {}
    if table in IDS:
        given[IDS[table]] = _key(fit)
    given |= _references(fit)
    for match in fit.matches:
        for into, name in match.role.targets:
            if into == table and name not in given:
                given[name] = f'"{{{match.role.name}}}"'
    given |= _completed(fit, seen, path, given)
    known = fields(table)
    yield from (f"{name} = {given[name]}" for name in known if name in given)
    for field in known.values():
        if not field.nullable and field.name not in (*given, "load_id", "source_system"):
            what = f"one of {', '.join(field.allowed)}" if field.allowed else "a column or a text"
            yield f"# {field.name} is needed: give it {what}"
    weights = [name for name in _WEIGHTS if name in given]
    if table == "path" and weights and not fit.match("path_id"):
        yield f"add = [{', '.join(map(quoted, weights))}]   # several rows of a path"
    if table == "campaign_spend":
        added = [name for name in _ADDED if name in given]
        yield f"add = [{', '.join(map(quoted, added))}]   # several rows of a campaign and day"


def _key(fit: Fit) -> str:
    """The main record's id: the file's own, else what identifies the row."""
    if fit.table == "person":
        return '"{person_id}"'
    if fit.table == "account" and fit.match("company"):
        return '"{account_id}"'
    return f'"{{{RECORD}}}"' if fit.match(RECORD) else '"{row_key}"'


def _references(fit: Fit) -> dict[str, str]:
    """The ids of others that the sections make, as far as the table has them."""
    made = {
        "person_id": ("email", "phone", "person_record"),
        "account_id": ("company", "account_record"),
        "campaign_id": ("campaign_name", "campaign_record"),
        "content_id": ("content_name", "content_record"),
    }
    known = fields(fit.table)
    own = IDS.get(fit.table)
    given = {
        name: f'"{{{name}}}"'
        for name, by in made.items()
        if name in known and name != own and any(fit.match(each) for each in by)
    }
    if fit.table == "opportunity" and fit.match("email"):
        given["primary_lead_id"] = '"{lead_of_person}"'
    if fit.table == "account" and fit.match("company"):
        given |= {"name": '"{account_name}"', "name_key": '"{account_name_key}"'}
    return given


def _completed(
    fit: Fit, seen: dict[str, Evidence], path: Path, given: dict[str, str]
) -> dict[str, str]:
    """Columns that are put together, or guessed where a table needs them."""
    found: dict[str, str] = {}
    for amount in ("original_amount", "original_cost_amount"):
        if match := fit.match(amount):
            found["currency"] = _currency(match, seen[match.header], given)
    if fit.table == "opportunity":
        ends = [name for name in ("is_won", "is_closed") if fit.match(name)]
        if ends:
            found["outcome"] = f'"{{{"|".join(ends)}}}"'
        elif (stage := fit.match("stage")) and not fit.match("outcome"):
            found["outcome"] = '"{outcome}"'
            if fit.match("expected_close_on") and any(outcome_words(seen[stage.header]).values()):
                found["closed_at"] = '"{closed_at}"'
    if fit.table == "interaction":
        if "action" not in given:
            stem = words(path.stem)
            guess = next((name for word, name in _ACTIONS.items() if word in stem), "page_view")
            found["action"] = f"{quoted(guess)}   # a guess: the file does not say what was done"
        if fit.match("address"):
            for name in ("source", "medium", "campaign", "term", "content"):
                if f"utm_{name}" not in given:
                    found[f"utm_{name}"] = f'"{{address_utm_{name}}}"'
    if fit.table == "stage_change":
        subject = fit.match("subject_id")
        named = words(f"{path.stem} {subject.header if subject else ''}")
        deal = any(word in named for word in HEADER_WORDS["about"]["opportunity"])
        found["subject_kind"] = '"opportunity"' if deal else '"lead"'
        found["inferred_from"] = '"history"'
    if fit.table == "path":
        found["path_id"] = _path_id(fit)
    if fit.table == "plan" and "plan_id" not in given:
        found["plan_id"] = quoted(without_contacts(path.stem))
    if fit.table == "plan":
        found |= {name: '"all"' for name in ("dimension", "segment") if name not in given}
    return found


def _path_id(fit: Fit) -> str:
    """The path's id: the file's own, else its touches as one text."""
    return '"{path_id}"' if fit.match("path_id") else '"{touches_text}"'


def _touches_of_path(fit: Fit) -> Iterator[str]:
    """The [[table]] of the touches that a row of paths lists."""
    if fit.match("touches"):
        yield from ("", "[[table]]", 'into = "path_touch"', 'each = "touches"')
        yield from (f"path_id = {_path_id(fit)}", 'position = "{each_place}"')
        yield 'channel = "{each_value}"'


def _path_of_touches(fit: Fit) -> Iterator[str]:
    """The [[table]] of what came of a journey, where rows of its touches say it."""
    if fit.match("conversions"):
        yield from ("", "[[table]]", 'into = "path"')
        yield 'when = { column = "conversions", present = true }'
        yield 'newest = "position"   # the last touch\'s row counts'
        yield 'path_id = "{path_id}"'
        given = BESIDES["path_touch"]["path"]
        yield from (f'{name} = "{{{name}}}"' for name in given if fit.match(name))


def _currency(match: Match, evidence: Evidence, given: dict[str, str]) -> str:
    column = "currency" if "currency" in given else ""
    cell = f"{match.role.name}_currency" if evidence.units else ""
    if names := [name for name in (cell, column) if name]:
        return f'"{{{"|".join(names)}}}"'
    if code := currency_among(match.header):
        return f"{quoted(code)}   # as the header says"
    return '"USD"   # a guess: nothing in the file names the currency'


def _other_table(fit: Fit, table: str) -> Iterator[str]:
    """The [[table]] of a person or company that the row has facts for, where the file names it."""
    by = {"person": ("email", "phone"), "account": ("company", "account_record")}[table]
    facts = {
        name: match.role.name
        for match in fit.matches
        for into, name in match.role.targets
        if into == table
    }
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


def proposal_text(
    fit: Fit, seen: dict[str, Evidence], path: Path, label: Label | None = None
) -> str:
    """The mapping as text. `seen` is what each of the file's columns looks like.

    With a `label` somebody has chosen what each column is; without one it is all proposed.
    """
    head = chosen_head(fit, path, label) if label else proposed_head(fit, path)
    lines = [*head, *read_section(fit, seen), *columns_section(fit, seen), ""]
    lines += [*values_sections(fit, seen), *reference_sections(fit), *tables(fit, seen, path)]
    return "\n".join(lines) + "\n"
