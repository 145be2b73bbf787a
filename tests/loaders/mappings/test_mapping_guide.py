"""The guide of the mapping language names every key, and each of its examples loads."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from loaders.__main__ import main
from loaders.language.model import BUILT_IN
from loaders.language.schema import mapping_schema
from tests.loaders.language.test_mapping_schema import VALIDATOR
from tests.loaders.loading import loading_in

GUIDE = (BUILT_IN / "README.md").read_text(encoding="utf-8")

FENCED = r"(?:(?!```).)*"

EXAMPLE = re.compile(
    rf"^`(?P<name>[^`\n]+)`:\n```(?:csv|json)\n(?P<file>{FENCED})```\n"
    rf"(?:`[^`\n]+`:\n)?```toml\n(?P<mapping>{FENCED})```\n"
    r"(?:becomes(?: in `(?P<table>\w+)`)?:\n\n(?P<rows>(?:\|[^\n]*\n)+))?",
    re.DOTALL | re.MULTILINE,
)

EXAMPLES = list(EXAMPLE.finditer(GUIDE))

FREE = ("budget", "authority", "need", "timeline", "competitor", "self_reported_source")
"""Texts of a lead in which the values of an example without a [[table]] are looked at."""


MADE = {"load_id", "amount", "cost_amount"}
"""Columns that Backcast fills."""


MADE_OF = {
    "campaign_spend": {"source_system"},
    "person": {
        "email_key", "phone_key", "name_key", "email_domain", "email_state", "phone_state",
    },
    "person_alias": {"phone_key", "name_key"},
    "stage_change": {"source_system"},
    "interaction": {"source_system"},
}  # fmt: skip
"""Columns that other parts of a mapping fill."""


def keys_of(schema: Any) -> Iterator[str]:
    """Every key that a schema knows, and every word of a choice that it leaves."""
    if isinstance(schema, list):
        for each in schema:
            yield from keys_of(each)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
        for each in schema.values():
            yield from keys_of(each)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip()[1:-1].split("|")]


def listed_columns() -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, set[str]]]:
    """What the guide says of each table: its key, what it must have besides, what it may have."""
    keys: dict[str, set[str]] = {}
    besides: dict[str, set[str]] = {}
    optional: dict[str, set[str]] = {}
    table = ""
    part = GUIDE.partition("\n### Tables\n")[2].partition("\nBackcast fills these")[0]
    for line in part.splitlines():
        if not line.startswith("| ") or line.startswith(("| `into`", "| table")):
            continue
        first, *rest = (set(re.findall(r"`([^`\[]+)`", cell)) for cell in cells(line))
        table = first.pop() if first else table
        if len(rest) == 1:
            optional.setdefault(table, set()).update(rest[0])
        else:
            keys[table], besides[table] = rest[1:]
    return keys, besides, optional


def whole(text: str, shown: list[str]) -> str:
    """An example as a whole mapping: with a head and a table where it leaves them out."""
    content = tomllib.loads(text)
    head, tail = "", ""
    if "name" not in content:
        head = 'name = "example"\ntitle = "Example"\nsource_system = "example"\n'
    if "recognise" not in content:
        known = next(
            name
            for name, column in content["columns"].items()
            if not isinstance(column, dict) or "from" in column
        )
        head += f'[recognise]\ncolumns = ["{known}"]\n'
    if "table" not in content:
        looked_at = zip(FREE, shown, strict=False)
        values = "".join(f'{column} = "{{{name}}}"\n' for column, name in looked_at)
        tail = f'[[table]]\ninto = "lead"\nlead_id = "{{row_key}}"\n{values}'
    return f"{head}{text}\n{tail}"


def own_mappings(folder: Path, text: str) -> Path:
    own = folder / "mappings"
    own.mkdir()
    (own / "own.toml").write_text(text, encoding="utf-8")
    return own


def test_every_key_of_the_language_is_in_the_guide() -> None:
    keys = {key for key in keys_of(mapping_schema()) if key.strip()}
    assert {"title", "above", "into", "each", "is", "otherwise", "skip", "grade"} <= keys
    named = re.compile(r"`\[{0,2}\"?([^`\[\]\n\" ]+?)(?:\.NAME)?\"?\]{0,2}`")
    assert keys - set(named.findall(GUIDE)) == set()


def test_the_guide_has_each_table_with_its_key_and_its_columns() -> None:
    keys, besides, optional = listed_columns()
    for table, contract in CANONICAL.items():
        known = {name: field for name, field in fields(table).items() if name not in MADE}
        assert keys.pop(table) == set(key(contract)), table
        needed = {name for name, field in known.items() if not field.nullable}
        assert besides.pop(table) == needed - set(key(contract)), table
        possible = {name for name, field in known.items() if field.nullable}
        assert optional.pop(table, set()) == possible - MADE_OF.get(table, set()), table
    assert keys == besides == optional == {}


def test_every_link_in_the_guide_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.*)$", GUIDE, re.MULTILINE)
    places = {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}
    links = re.findall(r"\]\(([^)]+)\)", GUIDE)
    assert links
    for link in links:
        path, _, place = link.partition("#")
        assert (BUILT_IN / path).exists(), link
        assert path or place in places, link


def test_every_mapping_in_the_guide_stands_with_the_file_that_it_reads() -> None:
    assert len(EXAMPLES) == GUIDE.count("```toml\n") > 0


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["name"]))
def test_an_example_loads_and_becomes_what_is_written(
    tmp_path: Path, example: re.Match[str]
) -> None:
    head, _, *lines = example["rows"].splitlines() if example["rows"] else ("", "")
    shown = cells(head) if head else []
    assert example["table"] or len(shown) <= len(FREE)
    mapping = whole(example["mapping"], shown)
    content = tomllib.loads(mapping)
    assert [error.message for error in VALIDATOR.iter_errors(content)] == []
    chosen = None if "recognise" in tomllib.loads(example["mapping"]) else content["name"]
    with loading_in(tmp_path, own_mappings(tmp_path, mapping)) as loading:
        outcome = loading.load(example["name"], example["file"], mapping=chosen)
        assert outcome.mapping == content["name"]
        assert loading.reasons() == []
        assert outcome.rows_kept > 0
        names = shown if example["table"] else FREE[: len(shown)]
        rows = loading.rows(example["table"] or "lead", *names) if shown else []
    found = [["" if value is None else str(value) for value in row] for row in rows]
    assert sorted(found) == sorted(map(cells, lines))


def test_the_first_mapping_can_be_tried_as_the_guide_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = EXAMPLES[0]
    name = tomllib.loads(first["mapping"])["name"]
    assert f"python -m loaders recognise {first['name']}\n" in GUIDE
    assert f"python -m loaders load {first['name']} --as {name} --dry-run\n" in GUIDE
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    file = Path(first["name"])
    file.write_text(first["file"], encoding="utf-8")
    own = ["--mappings", str(own_mappings(tmp_path, first["mapping"]))]
    assert main(["recognise", str(file), *own]) == 0
    assert name in capsys.readouterr().out
    assert main(["load", str(file), "--as", name, "--dry-run", *own]) == 0
    assert "nothing was published" in capsys.readouterr().out
