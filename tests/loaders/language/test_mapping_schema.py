"""The schema that editors use says the same of a mapping as reading it does."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from loaders.__main__ import main
from loaders.language.model import BUILT_IN
from loaders.language.schema import mapping_schema
from tests.loaders.language.test_mapping import MAPPING

VALIDATOR = Draft202012Validator(mapping_schema())


def complaints(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))]


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*.toml")), ids=lambda path: path.stem)
def test_every_built_in_mapping_is_valid_by_the_schema(path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8")) == []


def test_the_documented_example_is_valid_by_the_schema() -> None:
    guide = (BUILT_IN / "README.md").read_text(encoding="utf-8")
    assert complaints(guide.partition("```toml\n")[2].partition("```")[0]) == []


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('title = "Leads of the CRM"', ""),
        ('name = "crm_leads"', 'name = "CRM"'),
        ("[read]", "[reed]"),
        ('created = "Created"', 'created = { form = "Created" }'),
        ('created = "Created"', "created = []"),
        ('created = "Created"', 'created = { from = "Created", above = "on (.*)" }'),
        ('created = "Created"', "created = 5"),
        ('kind = "email"', 'kind = "mail"'),
        ('kind = "email"', 'kind = "email", split = ""'),
        ('otherwise = "missing"', 'otherwise = "drop"'),
        ('otherwise = "missing"', 'otherwise = { used = "A" }'),
        ('into = "lead"', 'into = "leads"'),
        ('grade = "{grade}"', 'stages = "{grade}"'),
        ('grade = "{grade}"', "grade = []"),
        ('grade = "{grade}"', "each = {}"),
        ('entered_at = "{created}"', ""),
        ("present = true", 'present = "yes"'),
        ("[[table]]", "[[tables]]"),
    ],
)
def test_the_schema_sees_a_mistake(written: str, instead: str) -> None:
    assert written in MAPPING
    assert complaints(MAPPING) == []
    assert complaints(MAPPING.replace(written, instead)) != []


def test_short_forms_are_valid_by_the_schema() -> None:
    text = MAPPING.replace('dates = ["%d.%m.%Y"]', 'dates = "%d.%m.%Y"')
    text = text.replace('otherwise = "missing"', 'otherwise = { use = "C" }')
    text = text.replace('columns = ["lead", "created"]', 'columns = "lead"')
    text += 'each = { mql = "created" }\n[[skip]]\ncolumn = "lead"\nis = "Sum"\n'
    assert complaints(text) == []


def test_the_command_line_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mappings", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == mapping_schema()
