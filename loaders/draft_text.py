"""A draft of a mapping as TOML text, with confidence and reason on each line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from loaders.checks import Field, fields
from loaders.draft_head import UNKNOWN, Label, chosen_head, proposed_head, quoted
from loaders.evidence import Evidence, Look
from loaders.likeness import HEADER_WORDS, closest_of, words
from loaders.mapping_column import Kind
from loaders.matching import Fit, Match
from loaders.roles import BESIDES, IDS, RECORD
from loaders.spellings import currency_among

_ALIKE = 0.8
_ACTIONS = {
    "click": "email_click", "open": "email_open",
    "form": "form_submit", "submission": "form_submit",
    "webinar": "webinar_attended", "attend": "event_attended", "download": "content_download",
    "visit": "page_view", "page": "page_view", "ad": "ad_click",
}  # fmt: skip
_ADDED = ("original_cost_amount", "impressions", "clicks")


def draft_text(fit: Fit, seen: dict[str, Evidence], path: Path, label: Label | None = None) -> str:
    """The mapping as text. `seen` is what each of the file's columns looks like.

    With a `label` somebody has chosen what each column is; without one it is all proposed.
    """
    head = chosen_head(fit, path, label) if label else proposed_head(fit, path)
    lines = [*head, *_read(fit, seen), *_columns(fit, seen), ""]
    lines += [*_values(fit, seen), *_sections(fit), *_tables(fit, seen, path)]
    return "\n".join(lines) + "\n"


def column_kind(match: Match, evidence: Evidence) -> Kind | None:
    """The kind that a column is given in a draft, where it does not follow from what it feeds."""
    if match.role.kind is Kind.PERCENT:
        return None if _is_share(evidence) else Kind.PERCENT
    return match.role.kind


def _is_share(evidence: Evidence) -> bool:
    return bool(evidence.distinct) and all(
        re.fullmatch(r"0?[.,]\d+|[01](?:[.,]0*)?", text) for text in evidence.distinct
    )


def _read(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """The [read] section, where numbers show their marks."""
    told = [seen[match.header] for match in fit.matches if seen[match.header].look is Look.AMOUNT]
    thousands = next((each.thousands for each in told if each.thousands), None)
    comma = any(each.decimal == "," for each in told) or thousands in (".", " ")
    if not (comma or thousands):
        return
    yield "[read]"
    if comma:
        yield 'decimal = ","'
    if thousands:
        yield f"thousands = {quoted(thousands)}"
    yield ""


def _columns(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    yield "[columns]"
    if not fit.matches:
        yield f"{UNKNOWN} = {quoted(next(iter(seen), ''))}   # 0%: no header is like one known"
    for match in fit.matches:
        evidence = seen[match.header]
        keys = {"from": quoted(match.header)}
        if kind := column_kind(match, evidence):
            keys["kind"] = quoted(kind.value)
        if evidence.look is Look.DATE and evidence.formats:
            keys["dates"] = quoted(evidence.formats[0])
        if evidence.scaled:
            keys["scaled"] = "true"
        if "micros" in words(match.header).split():
            keys["divide_by"] = "1000000"
        told = ", ".join(f"{key} = {value}" for key, value in keys.items())
        entry = keys["from"] if len(keys) == 1 else f"{{ {told} }}"
        yield f"{match.role.name} = {entry}{_note(match, evidence)}"
        if match.role.name == "stage" and fit.table == "opportunity" and not fit.match("outcome"):
            yield f"outcome = {quoted(match.header)}   # what became of the deal, from its stage"
            yield from _closing(fit, seen)
    used = {match.header for match in fit.matches}
    personal = {words(word) for word in HEADER_WORDS["personal"]["words"]}
    for header in seen:
        if header not in used:
            why = " (personal, not stored)" if words(header) in personal else ""
            yield f"# not used: {header}{why}"


def _note(match: Match, evidence: Evidence) -> str:
    """How sure a proposed line is, and why; nothing on one that somebody chose."""
    if not match.reason:
        return ""
    note = f"   # {match.confidence:.0%}: {match.reason}"
    if len(evidence.formats) > 1 and evidence.look is Look.DATE:
        note += f"; {evidence.formats[1]} fits as well"
    return note


def _closing(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """The day a deal was closed, where one date says when it will be and, later, when it was."""
    expected, stage = fit.match("expected_close_on"), fit.match("stage")
    if expected is None or stage is None or fit.match("closed_at"):
        return
    if ended := [word for told in _outcomes(seen[stage.header]).values() for word in told]:
        formats = seen[expected.header].formats
        dates = f", dates = {quoted(formats[0])}" if formats else ""
        yield (
            f"closed_at = {{ from = {quoted(expected.header)}{dates}, when = "
            f'{{ column = "stage", is = [{", ".join(map(quoted, ended))}] }} }}'
            "   # the same date, once the deal is closed"
        )


def _outcomes(evidence: Evidence) -> dict[str, list[str]]:
    """The words of a stage that mean that a deal was won or lost."""
    return {
        outcome: [word for word in evidence.distinct if closest_of(word, known)[0] >= _ALIKE]
        for outcome, known in HEADER_WORDS["outcomes"].items()
    }


def _values(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """Translations: of words that a column must have, and of a deal's stage into its outcome."""
    for name, true, otherwise in (
        ("is_won", "won", '"missing"'),
        ("is_closed", "lost", '{ use = "open" }'),
    ):
        if fit.match(name):
            yield f"[values.{name}]"
            yield from (f"{quoted(word)} = {quoted(true)}" for word in ("true", "yes", "1"))
            yield f"otherwise = {otherwise}"
            yield ""
    stage = fit.match("stage") if fit.table == "opportunity" else None
    if stage and not fit.match("outcome"):
        yield "[values.outcome]"
        for outcome, told in _outcomes(seen[stage.header]).items():
            yield from (f"{quoted(word)} = {quoted(outcome)}" for word in told)
        yield 'otherwise = { use = "open" }'
        yield ""
    for match in fit.matches:
        into = [fields(table)[column] for table, column in match.role.targets]
        field = next((field for field in into if field.allowed), None)
        if field and not set(seen[match.header].distinct) <= set(field.allowed):
            yield from _allowed_words(match, field, seen[match.header])


def _allowed_words(match: Match, field: Field, evidence: Evidence) -> Iterator[str]:
    yield f"[values.{match.role.name}]   # must become one of {', '.join(field.allowed)}"
    for word in evidence.distinct[:40]:
        like, known = closest_of(word, field.allowed)
        for outcome, spelt in HEADER_WORDS["outcomes"].items():
            if outcome in field.allowed and closest_of(word, spelt)[0] > like:
                like, known = closest_of(word, spelt)[0], outcome
        yield f"{'' if like >= _ALIKE else '# '}{quoted(word)} = {quoted(known)}"
    yield 'otherwise = "missing"'
    yield ""


def _sections(fit: Fit) -> Iterator[str]:
    record = RECORD if fit.table == "person" else "person_record"
    for section, keys in (
        ("person", (("email", "email"), ("phone", "phone"), ("record", record))),
        ("account", (("name", "company"), ("record", _account_record(fit)))),
        ("campaign", (("name", "campaign_name"), ("record", "campaign_record"))),
        ("content", (("name", "content_name"), ("record", "content_record"))),
    ):
        told = [f"{key} = {quoted(name)}" for key, name in keys if fit.match(name)]
        if told:
            yield f"[{section}]"
            yield from told
            yield ""


def _account_record(fit: Fit) -> str:
    return RECORD if fit.table == "account" else "account_record"


def _tables(fit: Fit, seen: dict[str, Evidence], path: Path) -> Iterator[str]:
    yield from _main_table(fit, seen, path)
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
        told = [name for name in ("is_won", "is_closed") if fit.match(name)]
        if told:
            found["outcome"] = f'"{{{"|".join(told)}}}"'
        elif (stage := fit.match("stage")) and not fit.match("outcome"):
            found["outcome"] = '"{outcome}"'
            if fit.match("expected_close_on") and any(_outcomes(seen[stage.header]).values()):
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
    if fit.table == "plan" and "plan_id" not in given:
        found["plan_id"] = f"{quoted(path.stem)}"
    if fit.table == "plan":
        found |= {name: '"all"' for name in ("dimension", "segment") if name not in given}
    return found


def _currency(match: Match, evidence: Evidence, given: dict[str, str]) -> str:
    column = "currency" if "currency" in given else ""
    cell = f"{match.role.name}_currency" if evidence.units else ""
    if names := [name for name in (cell, column) if name]:
        return f'"{{{"|".join(names)}}}"'
    if code := currency_among(match.header):
        return f"{quoted(code)}   # as the header says"
    return '"USD"   # a guess: nothing in the file names the currency'


def _other_table(fit: Fit, table: str) -> Iterator[str]:
    """A table about whom or what the row also tells, where the file names it."""
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
