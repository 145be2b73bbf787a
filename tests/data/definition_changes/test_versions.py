"""Saving, the history of what was saved, and what the commands say of both."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data.__main__ import main
from data.definition_changes.history import Standing, history, is_derived_under, since_when
from data.definition_changes.saving import Saved, checked, save
from data.definition_files import saved_versions
from data.definitions import BUILT_IN, VARIABLE, Definitions
from data.derive.rebuild import rebuild
from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse
from data.errors import DefinitionConflict, DefinitionError
from data.sql import Query, Step
from data.storage.store import Store

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
TEXT = BUILT_IN.read_text("utf-8")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    monkeypatch.delenv(VARIABLE, raising=False)
    return Store.from_environment()


def window(days: int) -> str:
    return TEXT.replace("mql = 60", f"mql = {days}", 1)


def keep(store: Store, text: str, since: date, based_on: int) -> Saved:
    path = Path("terms.toml")
    return save(store.path, text, path, since=since, saved_at=NOW, based_on=based_on)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (window(0), r"terms.toml line 10: windows.mql is 0: Input should be greater than 0"),
        (f"{TEXT}\n# as agreed with ann@acme.com", r"terms.toml line \d+: holds an e-mail"),
    ],
)
def test_what_is_not_allowed_is_not_saved(store: Store, text: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        checked(text, Path("terms.toml"))
    with pytest.raises(DefinitionError, match=said):
        keep(store, text, MARCH, 0)
    assert saved_versions(store.path) == ()


def test_nothing_is_saved_where_nothing_differs_or_the_file_is_named_elsewhere(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, window(45), MARCH, 0)
    with pytest.raises(DefinitionError, match=r"this is version 1.*nothing differs"):
        keep(store, window(45), MARCH, 1)
    monkeypatch.setenv(VARIABLE, str(BUILT_IN))
    with pytest.raises(DefinitionError, match=f"{VARIABLE} names .*in force whatever is saved"):
        keep(store, window(30), APRIL, 1)
    assert len(saved_versions(store.path)) == 1


def test_a_plan_that_is_replaced_is_told(store: Store) -> None:
    keep(store, window(45), MARCH, 0)
    planned = keep(store, window(40), MAY, 1)
    saved = keep(store, window(30), APRIL, 2)
    assert saved.replaced == (planned.version,)
    standings = [each.standing for each in history(store.path, date(2026, 3, 15))]
    assert standings == [Standing.PAST, Standing.IN_FORCE, Standing.REPLACED, Standing.PLANNED]
    standings = [each.standing for each in history(store.path, MAY)]
    assert standings == [Standing.PAST, Standing.PAST, Standing.REPLACED, Standing.IN_FORCE]
    assert Definitions.load(today=MAY).windows.mql == 30


def test_the_history_says_what_each_version_changed_and_since_when_a_term_holds(
    store: Store,
) -> None:
    keep(store, window(45), MARCH, 0)
    keep(store, window(45).replace("sql = 60", "sql = 50"), APRIL, 1)
    keep(store, window(45).replace("sql = 60", "sql = 20"), APRIL, 2)
    told = history(store.path, MAY)
    assert [[str(change) for change in each.changes] for each in told] == [
        [],
        ["windows.mql: 60 days → 45 days"],
        ["windows.sql: 60 days → 50 days"],
        ["windows.sql: 50 days → 20 days"],
    ]
    assert since_when(told, "windows.mql") == MARCH
    assert since_when(told, "windows.sql") == APRIL
    assert since_when(told, "windows.won") is None
    assert since_when(history(store.path, MARCH), "windows.sql") is None


def test_tables_need_deriving_only_where_they_follow_what_differs(store: Store) -> None:
    keep(store, window(45), MARCH, 0)
    keep(store, window(45).replace(*ONLY_A), APRIL, 1)
    told = history(store.path, APRIL)
    built_in, waiting, now = (each.definitions for each in told)
    assert built_in
    assert waiting
    assert now
    assert is_derived_under(told, None, now)
    assert is_derived_under(told, now.digest, now)
    assert is_derived_under(told, built_in.digest, waiting), "metrics alone read windows"
    assert not is_derived_under(told, waiting.digest, now)
    assert not is_derived_under(told, "0" * 64, now), "of other definitions nothing is known"


def test_a_version_that_cannot_be_read_any_more_is_told(store: Store) -> None:
    first = keep(store, window(45), MARCH, 0).version
    keep(store, window(30), APRIL, 1)
    first.path.write_text("mql = 45")
    _, broken, last = history(store.path, MAY)
    assert (broken.definitions, broken.changes) == (None, ())
    assert "base_currency is missing" in str(broken.problem)
    assert [str(each) for each in last.changes] == ["windows.mql: 60 days → 30 days"]


@pytest.fixture(scope="module")
def two_people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people who took a paper along; the lead of one came in the first hours of February."""
    store = Store(tmp_path_factory.mktemp("two") / "store")
    with store.writing() as path, Draft.open(path) as draft:
        for statement in (
            "INSERT INTO load SELECT 'l', 'leads.csv', '0', 'm', 1, 1, 0, 0,"
            " unnest([TIMESTAMP '2026-05-02']), '2026-05-02', '2026-05-02', NULL, NULL",
            "INSERT INTO person BY NAME SELECT unnest(['p1', 'p2']) AS person_id, 'l' AS load_id",
            "INSERT INTO lead BY NAME SELECT unnest(['L1', 'L2']) AS lead_id, 'l' AS load_id,"
            " unnest(['p1', 'p2']) AS person_id, unnest(['A', 'B']) AS grade, 'Fair' AS channel,"
            " unnest([TIMESTAMP '2026-02-01 01:00', '2026-02-09']) AS created_at",
            "INSERT INTO content BY NAME SELECT 'c' AS content_id, 'Paper' AS title,"
            " 'l' AS load_id",
            "INSERT INTO interaction BY NAME SELECT unnest(['i1', 'i2']) AS interaction_id,"
            " unnest(['p1', 'p2']) AS person_id, 'c' AS content_id, 'l' AS load_id,"
            " TIMESTAMP '2026-01-20 12:00' AS occurred_at, 'file_download' AS action",
        ):
            draft.execute(statement)
        rebuild(draft, Definitions.load(BUILT_IN))
    return store.path


@pytest.fixture
def filled(store: Store, two_people: Path) -> Store:
    shutil.copytree(two_people, store.path)
    return store


def write(store: Store, *replaced: tuple[str, str]) -> str:
    text = TEXT
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    path = store.path.parent / "terms.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def files(store: Store) -> list[tuple[str, bytes]]:
    return [(each.name, each.read_bytes()) for each in sorted(store.path.glob("*.duckdb"))]


LOS_ANGELES = ('time_zone = "UTC"', 'time_zone = "America/Los_Angeles"')
ONLY_A = ('grade = ["A", "B"]', 'grade = ["A"]')


def test_a_preview_shows_old_and_new_and_leaves_the_store_as_it_was(
    filled: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(filled)
    file = write(filled, LOS_ANGELES, ONLY_A)
    capsys.readouterr()
    assert main(["definitions", "preview", file, "--progress", "json"]) == 0
    *events, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert {each["event"] for each in events} == {"progress"}
    shares = [each["share"] for each in events]
    assert shares == sorted(shares)
    found = last["preview"]
    assert (found["rederived"], found["follows"]) == (True, True)
    leads = [each for each in found["numbers"] if each["metric"] == "lead"]
    assert [tuple(each.values()) for each in leads] == [
        ("lead", "2026-01-01", "Fair", 0.0, 1.0),
        ("lead", "2026-02-01", "Fair", 2.0, 1.0),
    ]
    moved = {each.pop("what"): tuple(each.values()) for each in found["moved"]}
    assert moved["Leads"] == (2, 2, 2), "also a lead of noon is one of another day"
    assert moved["Effective people"] == (2, 1, 1)
    assert files(filled) == before
    assert not (filled.path / "work").exists()
    assert main(["definitions", "preview", file, "--from", "2026-02", "--to", "2026-02"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "time_zone: UTC → America/Los_Angeles" in said
    assert "lead 2 → 1 -1" in said
    assert "Effective people: 2 → 1; 1 differ" in said


def test_a_preview_says_who_would_be_called_something_else(
    filled: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = """
[[segment]]
name = "Best"
grade = ["a"]
[[tag]]
name = "Fair"
channel = ["Fair"]
"""
    file = write(filled, ("# [[effective]]\n", rules))
    capsys.readouterr()
    assert main(["definitions", "preview", file, "--progress", "json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["preview"]
    assert [tuple(each.values()) for each in found["renamed"]] == [
        ("own_segment", "Unassigned", "Best", 1, ["L1"]),
        ("tags", "Unassigned", "Fair", 2, ["L1", "L2"]),
    ]
    assert main(["definitions", "preview", file]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 lead by own segment: Unassigned → Best" in said


def test_what_metrics_alone_read_is_previewed_without_deriving(
    filled: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["definitions", "preview", write(filled, ("mql = 60", "mql = 45"))]) == 0
    said = capsys.readouterr().out
    assert "windows.mql: 60 days → 45 days" in said
    assert "Metrics alone read what differs" in said


def test_tables_of_other_definitions_are_told_apart(
    filled: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(filled, TEXT.replace(*ONLY_A), MARCH, 0)
    capsys.readouterr()
    assert main(["definitions", "preview", write(filled, ONLY_A), "--progress", "json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["preview"]
    assert (found["rederived"], found["follows"]) == (True, False)
    assert found["moved"][-1]["moved"] == 1, "one is effective no longer"


def test_tables_are_not_said_to_be_others_where_metrics_alone_read_what_was_saved(
    filled: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(filled, window(45), MARCH, 0)
    file = write(filled, ("mql = 60", "mql = 30"))
    assert main(["definitions", "preview", file, "--progress", "json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])["preview"]
    assert (found["rederived"], found["follows"]) == (False, True)


def test_a_saved_file_is_derived_under_when_its_day_has_come(
    filled: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    generation = filled.current()
    tomorrow = str(date.today() + timedelta(days=2))
    assert main(["definitions", "save", write(filled, ONLY_A), "--since", tomorrow]) == 0
    assert "On its day run `python -m data derive`" in capsys.readouterr().out
    assert filled.current() == generation
    assert main(["definitions", "save", write(filled, LOS_ANGELES), "--since", "2026-01-01"]) == 0
    said = capsys.readouterr().out
    assert "Saved: version 2, in force from 2026-01-01" in said
    assert "It replaces version 1" in said
    with DuckDBWarehouse.open(filled.current().path) as warehouse:
        days = warehouse.query(Query(Step("days", "SELECT min(lead_on) FROM journey"))).item()
    assert days == date(2026, 1, 31)
    assert main(["definitions"]) == 0
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "version 0, built in (was in force)",
        f"{saved_versions(filled.path)[0]} (replaced before its day)",
        "effective from the start: grade A, B → grade A",
        f"{saved_versions(filled.path)[1]} (in force)",
        "time_zone: UTC → America/Los_Angeles",
        "effective from the start: grade A → grade A, B",
    ]


def test_a_file_that_is_based_on_an_older_version_is_refused(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(store, window(45), MARCH, 0)
    with pytest.raises(DefinitionConflict):
        keep(store, window(30), MARCH, 0)
    command = ["definitions", "save", write(store), "--since", "2026-04-01", "--based-on", "0"]
    assert main(command) == 1
    assert "The definitions changed meanwhile: version 1" in capsys.readouterr().err


def test_a_file_is_checked(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["definitions", "check", write(store)]) == 0
    assert "Nothing differs from the definitions in force" in capsys.readouterr().out
    assert main(["definitions", "check", write(store, ("mql = 60", "mql = 45"))]) == 0
    assert "windows.mql: 60 days → 45 days" in capsys.readouterr().out
    assert main(["definitions", "check", write(store, ("mql = 60", "mlq = 45"))]) == 1
    assert "line 10: windows.mlq is not a known key" in capsys.readouterr().err
    assert main(["definitions", "check", str(store.path / "nowhere.toml")]) == 1
    assert "cannot be read" in capsys.readouterr().err
