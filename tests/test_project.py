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
MACHINE_FOLDERS = re.compile(r"(?<![\w.~*/{}])/(?:work|tmp|root|home/\w+|Users/\w+)\b")


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
