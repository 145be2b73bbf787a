"""The README's tables that follow from the code. `make readme` writes them anew."""

from __future__ import annotations

import ast
from pathlib import Path

from metrics.catalogue import catalogue

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
LAYERS = ("data", "loaders", "metrics", "pages")
METRICS = "| metric | the question | options |"
ROOMS = "| room | what is in it |"


def metric_table() -> list[str]:
    """One line per metric: its name, question and options."""
    rows = [
        f"| `{each.name}` | {each.question} | {each.options} |" for each in catalogue().values()
    ]
    return [METRICS, "|---|---|---|", *rows]


def room_table() -> list[str]:
    """One line per room: its folder and the first line of its documentation."""
    rooms = sorted(path.parent for layer in LAYERS for path in (ROOT / layer).rglob("__init__.py"))
    rows = [f"| `{room.relative_to(ROOT).as_posix()}/` | {first_line(room)} |" for room in rooms]
    return [ROOMS, "|---|---|", *rows]


def first_line(room: Path) -> str:
    """The first line of the documentation of a room."""
    documentation = ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8")))
    return (documentation or "").partition("\n")[0]


def table_in(text: str, heading: str) -> list[str]:
    """The lines of the table with this heading."""
    lines = text.splitlines()
    start = lines.index(heading)
    rest = lines[start:]
    return rest[: next((n for n, line in enumerate(rest) if not line.startswith("|")), len(rest))]


def main() -> None:
    """Write the tables into the README."""
    text = README.read_text("utf-8")
    for table in (metric_table(), room_table()):
        text = text.replace("\n".join(table_in(text, table[0])), "\n".join(table))
    README.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
