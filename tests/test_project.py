"""What holds of the project's tree: its requirements, its imports and where its files lie."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
DIRECT = {
    "requirements.txt": PROJECT["project"]["dependencies"],
    "requirements-spark.txt": PROJECT["project"]["dependencies"] + EXTRAS["spark"],
    "requirements-dev.txt": PROJECT["project"]["dependencies"] + EXTRAS["spark"] + EXTRAS["dev"],
}
PRODUCT = ("app.py", "data/", "metrics/", "loaders/", "pages/")
MACHINE_FOLDERS = re.compile(r"(?<![\w.~*/{})])/(?:work|tmp|root|home/\w+|Users/\w+)\b")


@pytest.fixture(scope="module")
def tree() -> list[Path]:
    """The files of the project, relative to its root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def listed(name: str) -> list[Requirement]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("name", DIRECT)
def test_each_direct_dependency_is_pinned_within_its_bounds(name: str) -> None:
    versions: dict[str, list[str]] = {}
    for pin in listed(name):
        (specifier,) = pin.specifier
        assert specifier.operator == "==", f"{pin} is not a pin"
        versions.setdefault(canonicalize_name(pin.name), []).append(specifier.version)
    for text in DIRECT[name]:
        direct = Requirement(text)
        chosen = versions.get(canonicalize_name(direct.name), [])
        assert chosen, f"{direct.name} is not pinned; run `make requirements`"
        assert all(version in direct.specifier for version in chosen), f"{direct} but {chosen}"


@pytest.mark.parametrize("name", DIRECT)
def test_each_direct_dependency_has_a_lower_and_an_upper_bound(name: str) -> None:
    for text in DIRECT[name]:
        operators = {specifier.operator for specifier in Requirement(text).specifier}
        assert operators == {">=", "<"}, text


@pytest.mark.parametrize("name", ["requirements-spark.txt", "requirements-dev.txt"])
def test_the_sets_of_pins_agree(name: str) -> None:
    assert set(map(str, listed("requirements.txt"))) <= set(map(str, listed(name)))


@pytest.mark.parametrize("name", DIRECT)
def test_pins_come_from_wherever_pip_is_told_to_look(name: str) -> None:
    assert all(pin.url is None for pin in listed(name))
    assert "://" not in (ROOT / name).read_text("utf-8")


def test_the_range_of_python_is_the_same_everywhere() -> None:
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.15"
    assert PROJECT["tool"]["ruff"]["target-version"] == "py311"
    assert PROJECT["tool"]["mypy"]["python_version"] == "3.11"
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "(3, 11) <= sys.version_info < (3, 15)" in makefile
    assert "Python 3.11 to 3.14 is needed" in makefile
    assert "--python-version 3.11" in makefile


def test_everything_imported_is_a_declared_dependency(tree: list[Path]) -> None:
    providers = packages_distributions()
    own = {path.parts[0].removesuffix(".py") for path in tree}
    undeclared = []
    for path in tree:
        if path.suffix != ".py":
            continue
        for module in imported(ROOT / path) - own - sys.stdlib_module_names:
            if not declared_for(path) & {
                canonicalize_name(name) for name in providers.get(module, ())
            }:
                undeclared.append(f"{path} imports {module}")
    assert not undeclared


def declared_for(path: Path) -> set[str]:
    """The distributions that a file may import: the product's, and outside it the tools as well."""
    product = path.as_posix().startswith(PRODUCT)
    texts = DIRECT["requirements-spark.txt" if product else "requirements-dev.txt"]
    if path.parts[0] == "bench":
        texts = texts + [str(peer) for peer in listed("bench/requirements.txt")]
    return {canonicalize_name(Requirement(text).name) for text in texts}


def imported(path: Path) -> set[str]:
    """The top-level names of the modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_no_file_names_a_folder_of_one_machine(tree: list[Path]) -> None:
    for path in tree:
        try:
            text = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            assert not MACHINE_FOLDERS.search(line), f"{path} line {number}: {line.strip()}"


def test_each_page_lies_in_the_folder_of_its_section(tree: list[Path]) -> None:
    directly = {path.name for path in tree if path.parent == Path("pages")}
    assert directly == {"__init__.py", "frame.py"}


def test_every_module_and_file_that_is_named_exists(tree: list[Path]) -> None:
    wrong = []
    for path in tree:
        if path.suffix in (".py", ".md", ".toml") or path.name == "Makefile":
            for text in prose_of(path):
                wrong += [f"{path} names {name}" for name in names_in(text) if not is_there(name)]
    assert wrong == []


def test_a_name_that_leads_nowhere_is_found() -> None:
    right = "`data.sql.Query`, data/sql.py, `data.schema`, data/schema, tests/data/, data/store/x."
    wrong = "data/sample_firm loaders/course.py data.company data.sql.Nothing data.x"
    assert [each for each in names_in(f"{right} {wrong}") if not is_there(each)] == wrong.split()


FOLDERS = "data|loaders|metrics|pages|bench|tests|docs"
NAMED_PATH = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[a-z_\d/]+(?:\.[a-z]+)*(?![\w/])")
NAMED_MODULE = re.compile(rf"(?<![\w./-])(?:{FOLDERS})(?:\.[A-Za-z_]\w*)+(?![\w/]|\.\w)")
MADE = ("data/store", "data/sample", "bench/work")
"""Folders that commands make; they lie beside the code and are no part of the project."""

COLUMNS = {"metrics.cost_micros"}
"""Columns of exports that look like modules."""


def prose_of(path: Path) -> list[str]:
    """What a file says to its reader: all of a document; docstrings, comments and names of Python.

    In a mapping only comments are prose: its columns may look like modules.
    """
    text = (ROOT / path).read_text("utf-8")
    if path.suffix == ".toml":
        return re.findall(r"(?m)^#.*", text)
    if path.suffix != ".py":
        for name in re.findall(
            r"(?m)^```python\n# (\S+)\.py$", text
        ):  # an example to write oneself
            text = text.replace(f"{name}.py", "").replace(name.replace("/", "."), "")
        return [text]
    constants = [
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    said = [each for each in constants if "\n" in each or NAMED_MODULE.fullmatch(each)]
    return said + re.findall(r"(?m)^\s*#.*", text)


def names_in(text: str) -> list[str]:
    return NAMED_PATH.findall(text) + NAMED_MODULE.findall(text)


def is_there(name: str) -> bool:
    """Whether there is such a file, package, module, or name in a module."""
    if "/" in name:
        made = re.match(rf"(?:{'|'.join(MADE)})(?:[/.]|$)", name)
        return made is not None or (ROOT / name).exists()
    if name in COLUMNS:
        return True
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:length])
        module = place.with_suffix(".py")
        rest = parts[length:]
        if module.is_file():
            return not rest or re.search(rf"\b{rest[0]}\b", module.read_text("utf-8")) is not None
        if place.is_dir():
            return not rest or rest[0].startswith("__")
    return False
