"""A file that no mapping fits: which come close, and a draft of one that would fit."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path

import polars as pl

from data.tables import CANONICAL
from loaders.checks import Field, fields
from loaders.mapping import PERSONAL_KINDS, Mapping, Template
from loaders.recognise import headers, normalised

_CLOSE = 0.72
_WORD = 5
_ID = r"(number|nr|no|num|编号)$"
_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}")
_NUMBER = re.compile(r"[-+]?[¥￥$€£]? ?\d[\d.,' ]*%?$")
_DATES = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y", "%m/%d/%Y",
    "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y年%m月%d日")  # fmt: skip
_ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M", "%Y/%m/%d")  # fmt: skip
_MAPPINGS_NAMED = 3
_PERSON_COLUMNS = {"email": ("email", "e-mail", "邮箱"), "phone": ("phone", "mobile", "手机")}


@dataclass(frozen=True, slots=True)
class Near:
    """A mapping that almost fits a file, and the columns it misses there, as they may be spelt."""

    mapping: str
    title: str
    found: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """A canonical column and the file's header that is most like the names it usually has."""

    column: str
    header: str
    likeness: float


def nearest(mappings: dict[str, Mapping], columns: tuple[str, ...]) -> list[Near]:
    """The mappings with most columns in the file, those with the smallest gap first."""
    near = []
    for mapping in mappings.values():
        found = headers(mapping, columns)
        missing = [name for name in mapping.recognise.columns if name not in found]
        if found:
            spelt = tuple(" or ".join(mapping.columns[name].source) for name in missing)
            near.append(Near(mapping.name, mapping.title, len(found), spelt))
    near.sort(key=lambda each: (len(each.missing) - each.found, len(each.missing), each.mapping))
    return near[:_MAPPINGS_NAMED]


def hint(mappings: dict[str, Mapping], columns: tuple[str, ...], file_name: str) -> str:
    """Why no mapping fits a file, which are near, and what to do."""
    sentences = [f"{file_name}: no mapping fits. Its columns are {', '.join(columns)}."]
    for each in nearest(mappings, columns):
        lacking = f", but {'; '.join(each.missing)} is missing" if each.missing else ""
        sentences.append(f"{each.mapping} knows {each.found} of them{lacking}.")
    sentences.append(
        f"`python -m loaders recognise {file_name}` writes a draft of a mapping to edit; "
        "--as NAME uses a mapping that exists."
    )
    return " ".join(sentences)


def draft(mappings: dict[str, Mapping], examples: dict[str, list[str]], path: Path) -> str:
    """A mapping as TOML text, with the best guess for each column, ready to edit.

    `examples` are some values of each of the file's columns.
    """
    columns = tuple(examples)
    by_table = {table: _guesses(mappings, table, examples) for table in CANONICAL}
    table = max(by_table, key=lambda table: _fit(table, by_table[table]))
    guesses = by_table[table]
    name = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_") or "export"
    name = name if name[0].isalpha() else f"export_{name}"
    used = {guess.header for guess in guesses}
    lines = [
        f"# A draft for {path.name}. Check every line, then put the file into your folder of",
        "# mappings (--mappings DIR or $BACKCAST_MAPPINGS).",
        f"name = {_quoted(name)}",
        f"title = {_quoted(path.stem)}",
        f"source_system = {_quoted(name)}",
        "",
        "[recognise]",
        f"columns = [{', '.join(_quoted(each.column) for each in _signature(table, guesses))}]",
        "",
        *_reading(table, guesses, examples),
        "[columns]",
    ]
    for guess in guesses:
        sure = "" if guess.likeness == 1 else f"   # a guess, {guess.likeness:.0%} alike"
        kind = f', kind = "{guess.column}"' if guess.column in _PERSON_COLUMNS else ""
        source = f"{{ from = {_quoted(guess.header)}{kind} }}" if kind else _quoted(guess.header)
        lines.append(f"{guess.column} = {source}{sure}")
    lines += [f"# not used: {header}" for header in columns if header not in used]
    told = [guess.column for guess in guesses if guess.column in _PERSON_COLUMNS]
    if told:
        lines += ["", "[person]", *(f"{each} = {_quoted(each)}" for each in told)]
    lines += ["", "[[table]]", f"into = {_quoted(table)}"]
    guessed = {guess.column for guess in guesses}
    for field in fields(table).values():
        if field.name in guessed:
            lines.append(f'{field.name} = "{{{field.name}}}"')
        elif field.name == "person_id" and told:
            lines.append('person_id = "{person_id}"')
        elif not field.nullable and field.name != "load_id":
            lines.append(f"# {field.name} is needed: {_needed(field)}")
    return "\n".join(lines) + "\n"


def _fit(table: str, guesses: list[Guess]) -> float:
    """How well a table takes what a file has: likeness of what was found, less what is missing."""
    found = {guess.column for guess in guesses}
    needed = {
        field.name
        for field in fields(table).values()
        if not field.nullable and field.name != "load_id"
    }
    return sum(guess.likeness for guess in guesses) - len(needed - found)


def _needed(field: Field) -> str:
    return f"one of {', '.join(field.allowed)}" if field.allowed else "give it a column or a text"


def _signature(table: str, guesses: list[Guess]) -> list[Guess]:
    """Columns the table can not do without, else the surest."""
    needed = {field.name for field in fields(table).values() if not field.nullable}
    found = [guess for guess in guesses if guess.column in needed]
    surest = sorted(guesses, key=lambda guess: -guess.likeness)
    return (found + [guess for guess in surest if guess not in found])[: max(3, len(found))]


def _reading(table: str, guesses: list[Guess], examples: dict[str, list[str]]) -> list[str]:
    """The [read] section, when dates are written otherwise than as 2024-01-31."""
    known = fields(table)
    texts = [
        text
        for guess in guesses
        if guess.column in known and isinstance(known[guess.column].dtype, pl.Date | pl.Datetime)
        for text in examples[guess.header]
    ]
    if not texts or all(_is_time(text, _ISO) for text in texts):
        return []
    fitting = [each for each in _DATES if all(_is_time(text, (each,)) for text in texts)]
    return ["[read]", f"dates = [{', '.join(map(_quoted, fitting[:1] or ['%d.%m.%Y']))}]", ""]


def _is_time(text: str, formats: tuple[str, ...]) -> bool:
    for each in formats:
        with suppress(ValueError):
            datetime.strptime(text, each)
            return True
    return False


def _guesses(
    mappings: dict[str, Mapping], table: str, examples: dict[str, list[str]]
) -> list[Guess]:
    """For each canonical column the header that is most like one of its names; each used once."""
    known = fields(table)
    wanted = {name: _spellings(mappings, table, name) for name in fields(table)}
    wanted |= {name: set(words) for name, words in _PERSON_COLUMNS.items()}
    wanted.pop("load_id")
    pairs = [
        Guess(name, header, max(_likeness(header, spelling) for spelling in spellings))
        for name, spellings in wanted.items()
        for header in examples
        if name not in known or _plausible(known[name], examples[header])
    ]
    chosen: dict[str, Guess] = {}
    for guess in sorted(pairs, key=lambda each: -each.likeness):
        taken = {each.header for each in chosen.values()}
        if guess.likeness >= _CLOSE and guess.column not in chosen and guess.header not in taken:
            chosen[guess.column] = guess
    return [chosen[name] for name in wanted if name in chosen]


def _plausible(field: Field, texts: list[str]) -> bool:
    """Whether values look like what the canonical column holds, as far as that can be seen."""
    if isinstance(field.dtype, pl.Date | pl.Datetime):
        return all(_DATE.match(text) for text in texts)
    if isinstance(field.dtype, pl.String | pl.Boolean):
        return True
    return all(_NUMBER.match(text) for text in texts)


def _spellings(mappings: dict[str, Mapping], table: str, name: str) -> set[str]:
    """The canonical name, and every header that a mapping puts into that column."""
    found = {name}
    for mapping in mappings.values():
        for rows in mapping.tables:
            assigned = rows.columns.get(name)
            if rows.into != table or not isinstance(assigned, Template) or not assigned.alone:
                continue
            for each in assigned.alone.names:
                column = mapping.columns.get(_source_of(mapping, each))
                if column is not None and column.kind not in PERSONAL_KINDS:
                    found |= set(column.source)
    return found


def _source_of(mapping: Mapping, name: str) -> str:
    """The column that a name of a template stands for, also where the mapping makes the name."""
    account = mapping.account
    made = {"account_id": account.record, "account_name": account.name} if account else {}
    return made.get(name) or name


def _likeness(header: str, spelling: str) -> float:
    written, known = (re.sub(_ID, "id", normalised(text)) for text in (header, spelling))
    ratio = SequenceMatcher(None, written, known).ratio()
    ends_so = len(known) >= _WORD and written.endswith(known)
    return max(ratio, _CLOSE) if ends_so else ratio


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
