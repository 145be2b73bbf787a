"""What a proposal says of the rows: whom they are about, and what they become."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.privacy.contacts import without_contacts
from data.schema.fields import fields
from loaders.language.values import ROW_KEY
from loaders.proposing.answers import (
    CURRENCIES,
    Answers,
    action_of,
    columns_of,
    currency_of,
    decide,
    which,
)
from loaders.proposing.by_values import AMOUNTS, NEEDS, found_instead
from loaders.proposing.evidence import Evidence
from loaders.proposing.matching import Fit
from loaders.proposing.roles import BESIDES, HEADER_WORDS, IDS, RECORD, words
from loaders.proposing.toml_besides import (
    other_table,
    paid_for,
    path_id,
    path_of_touches,
    touches_of_path,
)
from loaders.proposing.toml_columns import (
    closings_open,
    columns_section,
    is_close_date,
    lacks_closing,
    period_of,
    read_section,
    said_column,
    skip_sections,
    undecided_marks,
    values_sections,
)
from loaders.proposing.toml_head import Label, chosen_head, proposed_head, quoted

_ADDED = ("original_cost_amount", "impressions", "clicks")

_WEIGHTS = ("conversions", "value_amount", "nulls")


def tables(fit: Fit, seen: dict[str, Evidence], path: Path, answers: Answers) -> Iterator[str]:
    """The [[table]] that the rows are, and those they also have facts for."""
    yield from _main_table(fit, seen, path, answers)
    if fit.table == "path":
        yield from touches_of_path(fit)
    elif fit.table == "path_touch":
        yield from path_of_touches(fit)
        return
    for table in BESIDES.get(fit.table, {}):
        yield from other_table(fit, seen, table)
    became = [match.role.name for match in fit.matches if match.role.name.startswith("became_")]
    if became:
        entries = ", ".join(f"{name.removeprefix('became_')} = {quoted(name)}" for name in became)
        yield from ("", "[[table]]", 'into = "stage_change"', f"each = {{ {entries} }}")
        yield from ('subject_kind = "lead"', f"subject_id = {_key(fit)}", 'stage = "{each}"')
        yield from ('entered_at = "{each_value}"', 'inferred_from = "date_column"')


def _main_table(fit: Fit, seen: dict[str, Evidence], path: Path, answers: Answers) -> Iterator[str]:
    table = fit.table
    yield from ("[[table]]", f"into = {quoted(table)}")
    given: dict[str, str] = {}
    if table in IDS:
        given[IDS[table]] = _key(fit)
    given |= _references(fit)
    if table == "campaign_spend" and ("campaign_id" in given or fit.match("channel")):
        given["campaign_id"] = paid_for(fit, seen)
    for match in fit.matches:
        for into, name in match.role.targets:
            if into == table and name not in given:
                given[name] = f'"{{{match.role.name}}}"'
    given |= _completed(fit, seen, path, given, answers)
    given |= _undecided(fit, seen, answers)
    known = fields(table)
    yield from (f"{name} = {given[name]}" for name in known if name in given)
    for field in known.values():
        if not field.nullable and field.name not in (*given, "load_id", "source_system"):
            what = f"one of {', '.join(field.allowed)}" if field.allowed else "a column or a text"
            yield f"{field.name} = {decide(())}   # rows of {table} need it: give {what}"
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
    if candidates := fit.candidates(RECORD):
        return f"{decide(map(_value_of, (*candidates, ROW_KEY)))}{which(candidates)}"
    if fit.match(RECORD):
        return f'"{{{RECORD}}}"'
    if (RECORD,) in NEEDS[fit.table]:
        return f"{decide([_value_of(ROW_KEY)])}   # no id: a row that changes is another one"
    return '"{row_key}"'


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
        if name in known and name != own and any(fit.has(each) for each in by)
    }
    if fit.table == "opportunity" and fit.match("lead_record"):
        given["primary_lead_id"] = '"{lead_record}"'
    elif fit.table == "opportunity" and fit.match("email"):
        given["primary_lead_id"] = '"{lead_of_person}"'
    if fit.table == "account" and fit.match("company"):
        given |= {"name": '"{account_name}"', "name_key": '"{account_name_key}"'}
    return given


_FILLS = {"company": "name", "email": "person_id", "campaign_name": "campaign_id"}
"""Columns of the table that a section of the mapping fills, by the role it is filled from."""


def _undecided(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> dict[str, str]:
    """Columns of the table that it needs and for which several columns of the file may be meant.

    What no column may be is left to be decided too: the file is not loaded without it.
    """
    found: dict[str, str] = {}
    known = fields(fit.table)
    for role, _ in fit.unsure:
        candidates = fit.candidates(role.name)
        if role.name in known:
            found[role.name] = f"{decide(map(_value_of, candidates))}{which(candidates)}"
    for group in NEEDS[fit.table]:
        if any(fit.has(each) or found_instead(fit.table, each, _roles_of(fit)) for each in group):
            continue
        if (name := _FILLS.get(group[0], group[0])) in known:
            found[name] = f"{decide(())}   # no column of the file says it"
    if lacks_closing(fit, seen, answers):
        days = closings_open(fit, seen, answers)
        note = which(days) if days else "   # no column says when deals were closed"
        found["closed_at"] = f"{decide(map(_value_of, days))}{note}"
    return found


def _roles_of(fit: Fit) -> set[str]:
    return {match.role.name for match in fit.matches}


def _value_of(name: str) -> str:
    return f"{{{name}}}"


def _completed(
    fit: Fit,
    seen: dict[str, Evidence],
    path: Path,
    given: dict[str, str],
    answers: Answers,
) -> dict[str, str]:
    """Columns that are put together, or left to decide where a table needs them."""
    found: dict[str, str] = {}
    for role, header in columns_of(fit):
        if role.name in AMOUNTS:
            found["currency"] = _currency(fit, seen, role.name, header, answers)
    if name := said_column(fit, seen, answers):
        found[name] = f'"{{{name}}}"'
    if fit.table == "opportunity":
        ends = [name for name in ("is_won", "is_closed") if fit.match(name)]
        if ends:
            found["outcome"] = f'"{{{"|".join(ends)}}}"'
        expected = fit.match("expected_close_on")
        if expected and is_close_date(expected, fit):
            found["closed_at"] = '"{closed_at}"'
    if fit.table == "interaction":
        if "action" not in given:
            found["action"] = action_of(path, seen)
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
    if period_of(fit):
        found["spend_until"] = '"{spend_until}"'
    if fit.table == "path":
        found["path_id"] = path_id(fit)
    if fit.table == "plan" and "plan_id" not in given:
        found["plan_id"] = quoted(without_contacts(path.stem))
    if fit.table == "plan":
        found |= {name: '"all"' for name in ("dimension", "segment") if name not in given}
    return found


def _currency(
    fit: Fit, seen: dict[str, Evidence], amount: str, header: str, answers: Answers
) -> str:
    if answers.currency:
        return quoted(answers.currency)
    name = amount if fit.match(amount) else next(iter(fit.candidates(amount)))
    match currency_of(fit, seen, header):
        case "column":
            cell = f"{name}_currency|" if seen[header].units else ""
            return f'"{{{cell}currency}}"'
        case "cells":
            return f'"{{{name}_currency}}"'
        case None:
            return f"{decide(CURRENCIES)}   # nothing names it: these, or any other"
        case code:
            return f"{quoted(code)}   # as a header says"


def proposal_text(
    fit: Fit,
    seen: dict[str, Evidence],
    path: Path,
    answers: Answers,
    label: Label | None = None,
) -> str:
    """The mapping as text. `seen` is what each of the file's columns looks like.

    With a `label` somebody has chosen what each column is; without one it is all proposed. What
    the values leave open, and the `answers` do not say, is left to be decided.
    """
    marks = tuple(undecided_marks(fit, seen, answers))
    head = chosen_head(fit, path, label, marks) if label else proposed_head(fit, path, marks)
    lines = [*head, *read_section(fit, seen, answers), *columns_section(fit, seen, answers), ""]
    lines += [*values_sections(fit, seen, answers), *skip_sections(fit, seen, answers)]
    lines += [*_reference_sections(fit), *tables(fit, seen, path, answers)]
    return "\n".join(lines) + "\n"


def _reference_sections(fit: Fit) -> Iterator[str]:
    """The sections that say whom or what a row is about."""
    record = RECORD if fit.table == "person" else "person_record"
    for section, keys in (
        ("person", (("email", "email"), ("phone", "phone"), ("record", record))),
        ("account", (("name", "company"), ("record", _account_record(fit)))),
        ("campaign", (("name", "campaign_name"), ("record", "campaign_record"))),
        ("content", (("name", "content_name"), ("record", "content_record"))),
    ):
        given = [f"{key} = {quoted(name)}" for key, name in keys if fit.match(name)]
        given += [
            f"{key} = {decide(candidates)}{which(candidates)}"
            for key, name in keys
            if (candidates := fit.candidates(name))
        ]
        if given:
            yield f"[{section}]"
            yield from given
            yield ""


def _account_record(fit: Fit) -> str:
    return RECORD if fit.table == "account" else "account_record"
