"""No address and no number that somebody typed into another column is in the store."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from data.privacy.keys import VARIABLE, Keys
from loaders.judging.company import Taken, with_company
from loaders.language.library import read_mappings
from loaders.language.opening import open_recognised
from loaders.outcome import NOTHING_SAID, Counts
from loaders.progress import Phases
from loaders.transform.clearing import id_columns, use_of
from loaders.writing.file import Beside, load_rows
from tests.data.forget.planted import KEY, cells, found
from tests.data.privacy.typed_contacts import LEFT_OVER, planted
from tests.loaders.loading import AMERICAN, loading_in
from tests.loaders.mappings.export_files import EXPORTS

pytestmark = pytest.mark.xdist_group("typed contacts")

REFUSED_TOO = {"salesforce_leads", "generic_interaction", "hubspot_contacts", "telemarketing_list"}
"""Mappings whose files come a second time with contacts in all columns, also in dates."""


@dataclass
class Loaded:
    """A store's file, and what loading reported for each mapping while it was filled."""

    path: Path
    counts: dict[str, Counts] = field(default_factory=dict)
    watched: set[str] = field(default_factory=set)
    """Mappings of whose file some column can hold a contact."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """One export of every kind, with contacts in its ids and texts."""
    folder = tmp_path_factory.mktemp("typed")
    mappings = read_mappings()
    loaded = Loaded(folder / "draft.duckdb")
    with pytest.MonkeyPatch.context() as patch, loading_in(folder) as loading:
        patch.setenv(VARIABLE, KEY)
        for path in sorted(EXPORTS.rglob("*")):
            if not path.is_file() or path.name.endswith(".rows.json"):
                continue
            with tempfile.TemporaryDirectory() as work:
                opened = open_recognised(path, mappings, None, Path(work))
                opened, _ = with_company(opened, AMERICAN)
                mapping = opened.mapping
                if mapping.name in loaded.counts:
                    continue
                ids = id_columns(mapping)
                if any(n in ids or use_of(mapping, n) for n in opened.headers):
                    loaded.watched.add(mapping.name)
                loaded.counts[mapping.name] = load_rows(
                    loading.draft,
                    planted(opened, everywhere=mapping.name in REFUSED_TOO),
                    Beside(Taken(), NOTHING_SAID),
                    mapping.name,
                    Keys.of(folder),
                    Phases(path.name, lambda event: None),
                )
    return loaded


def test_no_row_has_one_whatever_the_export(loaded: Loaded) -> None:
    held = {each for each in cells(loaded.path) if found(each[2].encode(), LEFT_OVER)}
    assert held == set()
    texts = {value for _, _, value in cells(loaded.path)}
    assert any("‹e-mail›" in text for text in texts)
    assert any("‹phone›" in text for text in texts)


def test_no_byte_of_the_file_is_one_also_without_compression(
    loaded: Loaded, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.duckdb"
    with duckdb.connect() as connection:
        connection.execute("SET force_compression = 'uncompressed'")
        connection.execute(f"ATTACH '{loaded.path}' AS old (READ_ONLY)")
        connection.execute(f"ATTACH '{plain}' AS new")
        connection.execute("COPY FROM DATABASE old TO new")
    assert "‹e-mail›".encode() in plain.read_bytes()
    for path in (loaded.path, plain):
        assert found(path.read_bytes(), LEFT_OVER) == []


def test_rows_are_kept_and_it_is_reported_how_many_values_were_changed(loaded: Loaded) -> None:
    assert {name for name, counts in loaded.counts.items() if not counts.rows_kept} == set()
    reported = {name for name, counts in loaded.counts.items() if counts.taken_out}
    assert reported == loaded.watched
    assert {name for name, each in loaded.counts.items() if each.rows_rejected} >= REFUSED_TOO


def test_every_built_in_mapping_was_tried(loaded: Loaded) -> None:
    assert set(loaded.counts) == set(read_mappings())
