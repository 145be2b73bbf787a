"""Imports run one way: pages, then metrics and loaders, then data. Engines stay behind data."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LAYERS = {
    "data": set(),
    "metrics": {"data"},
    "loaders": {"data"},
    "pages": {"data", "metrics", "loaders"},
    "app.py": {"data", "metrics", "loaders", "pages"},
    "bench": {"data", "metrics", "loaders", "pages"},
}
"""What each part may import besides itself."""

ENGINES = {"duckdb", "sqlglot", "pyspark"}
SCREEN = {"streamlit", "plotly"}
OUTSIDE = {
    "data": ENGINES,
    "metrics": set(),
    "loaders": set(),
    "pages": SCREEN,
    "app.py": SCREEN,
    "bench": ENGINES | SCREEN,
}
"""Which of the engines' and the screen's libraries each part may import."""


def modules() -> list[Path]:
    return sorted(
        path
        for part in LAYERS
        for path in ([ROOT / part] if part.endswith(".py") else (ROOT / part).rglob("*.py"))
    )


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    part = path.relative_to(ROOT).parts[0]
    names = imported(path)
    inside = (names & LAYERS.keys()) - {part}
    assert inside <= LAYERS[part], f"{part} may not import {inside - LAYERS[part]}"
    outside = names & (ENGINES | SCREEN)
    assert outside <= OUTSIDE[part], f"{part} may not import {outside - OUTSIDE[part]}"
    assert "tests" not in names, "the product does not import its tests"
    if "pyspark" in names:
        assert path == ROOT / "data" / "engine" / "spark.py", "Spark is an extra, behind one module"
