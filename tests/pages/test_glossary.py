"""Each term is defined once: what a page says in help of a term is what the glossary says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.terms.glossary import GLOSSARY, is_term, terms_with
from tests.pages.conftest import ROOT, Cockpit

_EXPLAINS = ("help", "meaning")


def _explained() -> Iterator[tuple[str, str, ast.expr]]:
    """Where a label is, the label, and what explains it: of widgets, columns and tiles."""
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            label = node.args[0]
            if not isinstance(label, ast.Constant) or not isinstance(label.value, str):
                continue
            said = [each.value for each in node.keywords if each.arg in _EXPLAINS]
            if isinstance(node.func, ast.Name) and node.func.id == "Tile" and len(node.args) > 2:
                said.append(node.args[2])
            for each in said:
                yield f"{path.name}:{node.lineno}", label.value, each


def test_the_help_of_a_term_is_what_the_glossary_says() -> None:
    own = [
        f"{place} {label}"
        for place, label, said in _explained()
        if is_term(label)
        and not (
            isinstance(said, ast.Call)
            and isinstance(said.func, ast.Name)
            and said.func.id == "defined"
            and is_term(ast.literal_eval(said.args[0]))
        )
    ]
    assert own == [], "take it from the glossary, and add what is true here alone"


def test_help_asks_the_glossary_for_terms_that_it_has() -> None:
    asked = {
        ast.literal_eval(said.args[0])
        for _, _, said in _explained()
        if isinstance(said, ast.Call) and getattr(said.func, "id", "") == "defined"
    }
    assert len(asked) >= 20
    assert asked <= GLOSSARY.keys()


@pytest.mark.parametrize("term", GLOSSARY)
def test_a_term_is_defined_in_sentences(term: str) -> None:
    said = GLOSSARY[term]
    assert said.endswith(".")
    assert "  " not in said
    assert said[0].isupper() or said[0].isdigit()


def test_terms_are_found_by_what_is_said_of_them() -> None:
    assert terms_with("") == list(GLOSSARY)
    assert "MQL" in terms_with("marketing QUALIFIED")
    assert terms_with("qwertz") == []


def test_the_glossary_is_shown_and_searched(cockpit: Cockpit, company: Path) -> None:
    app = cockpit(company, "sources/definitions", terms_part="Glossary")
    assert not app.exception
    app.text_input(key="terms_glossary").set_value("sales has accepted").run()
    said = [each.value for each in app.main.markdown]
    assert any(each.startswith("**SQL**") for each in said)
    assert not any(each.startswith("**Win rate**") for each in said)
    app.text_input(key="terms_glossary").set_value("qwertz").run()
    assert any("No term speaks of qwertz" in each.value for each in app.main.markdown)
