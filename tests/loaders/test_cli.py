"""The command line: what it loads, shows, refuses and undoes, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from data.engine.draft import Draft
from data.engine.warehouse import DuckDBWarehouse
from data.sample_company.manifest import write_manifest
from data.schema.tables import CANONICAL, DERIVED
from data.sql import Query, Step
from data.storage.store import Store
from loaders.__main__ import main
from loaders.history import sample_loads

LEADS = "lead_id,created_at,channel\n"
RATES = "currency,rate_on,rate\nEUR,2026-01-01,1.1\n"
TABLES = (*CANONICAL, *DERIVED, "load", "rejected_row")
DEALS = "opportunity_id,created_at,amount,currency\nO1,2026-01-05,100,EUR\n"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    return Store.from_environment()


def write(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def ask(store: Store, sql: str) -> list[tuple[object, ...]]:
    with DuckDBWarehouse.open(store.current().path) as warehouse:
        return warehouse.query(Query(Step("asked", sql))).rows()


def test_files_are_loaded_shown_listed_and_undone(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    leads = write("leads.csv", LEADS + "L1,2026-01-01,Email\nL2,2026-02-30,=1+1\n")
    assert main(["load", leads, write("rates.csv", RATES), write("deals.csv", DEALS)]) == 0
    shown = capsys.readouterr().out
    assert "leads.csv" in shown
    assert 'leads.csv line 3: created_at "2026-02-30" is not a date' in shown
    assert ask(store, "SELECT amount FROM deal") == [(pytest.approx(110),)]

    assert main(["history"]) == 0
    (load_id,) = ask(store, "SELECT load_id FROM load WHERE file_name = 'leads.csv'")[0]
    assert str(load_id) in capsys.readouterr().out

    assert main(["rejects", str(load_id)]) == 0
    assert 'leads.csv line 3, unreadable: created_at "2026-02-30"' in capsys.readouterr().out
    assert main(["rejects", str(load_id), "--csv", "out.csv"]) == 0
    refused = pl.read_csv("out.csv")
    assert refused.select("line", "kind").rows() == [(3, "unreadable")]
    assert json.loads(refused["row"].item())["channel"] == "=1+1"

    assert main(["undo", str(load_id)[:6]]) == 0
    assert ask(store, "SELECT count(*) AS n FROM lead") == [(0,)]
    assert ask(store, "SELECT count(*) AS n FROM journey") == [(0,)]
    assert ask(store, "SELECT count(*) AS n FROM deal") == [(1,)]


def test_the_order_of_files_in_a_command_does_not_matter(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        write("deals.csv", DEALS),
        write("leads.csv", LEADS + "L1,2026-01-01,Email\n"),
        write("rates.csv", RATES),
    ]
    for file in files:
        os.utime(file, (1_800_000_000, 1_800_000_000))
    seen = []
    for name, order in (("there", files), ("back", files[::-1])):
        monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / name))
        assert main(["load", *order]) == 0
        there = Store(tmp_path / name)
        seen.append(
            [
                ask(there, f"SELECT * FROM {table} ORDER BY 1")
                for table in ("lead", "opportunity", "exchange_rate", "journey", "deal")
            ]
        )
    assert seen[0] == seen[1]


def test_a_file_that_fails_is_left_out_and_the_others_go_in(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = write("good.csv", LEADS + "L1,2026-01-01,Email\n"), write("bad.csv", "a,b\n1,2\n")
    assert main(["load", bad, good, "absent.csv", "."]) == 1
    shown = capsys.readouterr().out
    assert "bad.csv: no mapping fits" in shown
    assert "absent.csv: there is no such file" in shown
    assert ". is a folder. Name its files, for example ./*" in shown
    assert ask(store, "SELECT lead_id FROM lead") == [("L1",)]
    assert ask(store, "SELECT count(*) AS n FROM load") == [(1,)]


def test_nothing_is_published_when_no_file_was_loaded(store: Store) -> None:
    leads = write("leads.csv", LEADS + "L1,2026-01-01,Email\n")
    assert main(["load", leads]) == 0
    before = store.current()
    assert main(["load", leads]) == 0
    assert main(["load", write("bad.csv", LEADS + "L1,soon,\n")]) == 1
    assert store.current() == before


def test_a_dry_run_shows_everything_and_publishes_nothing(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    leads = write("leads.csv", LEADS + "L1,2026-01-01,Email\nL2,soon,\n")
    for generations in (0, 1):
        before = sorted(store.path.iterdir()) if generations else []
        assert main(["load", "--dry-run", leads]) == 0
        shown = capsys.readouterr().out
        assert "nothing was published" in shown
        assert 'created_at "soon"' in shown
        assert len(store.generations()) == generations
        if generations:
            assert sorted(store.path.iterdir()) == before
            assert ask(store, "SELECT lead_id FROM lead") == [("L0",)]
        else:
            assert main(["load", write("first.csv", LEADS + "L0,2026-01-01,Email\n")]) == 0


def test_progress_as_json_is_one_object_per_line(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    leads = write("leads.csv", LEADS + "L1,2026-01-01,Email\n")
    assert main(["load", "--progress", "json", leads, "absent.csv"]) == 1
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "progress"
    assert kinds[-3:] == ["outcome", "outcome", "published"]
    loaded, failed = (event["outcome"] for event in events if event["event"] == "outcome")
    assert (loaded["status"], loaded["rows_kept"]) == ("loaded", 1)
    assert failed["status"] == "failed"
    assert events[-1]["generation"] == store.current().name


def test_the_state_of_a_file_is_as_old_as_the_command_says(store: Store) -> None:
    write("a.csv", LEADS + "L1,2026-01-01,Email\n")
    write("b.csv", LEADS + "L1,2026-01-01,Webinar\n")
    assert main(["load", "a.csv", "--as-of", "2026-03-01"]) == 0
    assert main(["load", "b.csv", "--as-of", "2026-02-01T08:00:00+08:00"]) == 0
    assert ask(store, "SELECT channel FROM lead") == [("Email",)]
    times = ask(store, "SELECT CAST(as_of AS VARCHAR) AS as_of FROM load ORDER BY as_of")
    assert times == [("2026-02-01 00:00:00",), ("2026-03-01 00:00:00",)]


def test_a_proposal_can_be_edited_and_used(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("crm dump.csv", "Lead Nr,Created At,Channell,E-Mail\nL1,31.01.2026,Fair,a@b.de\n")
    Path("own").mkdir()
    write("own/crm_dump.toml", "")  # as a shell does before `recognise FILE > own/crm_dump.toml`
    assert main(["recognise", file, "--mappings", "own"]) == 1
    printed = capsys.readouterr()
    assert "no mapping fits" in printed.err
    write("own/crm_dump.toml", printed.out)
    assert main(["mappings", "--mappings", "own"]) == 0
    assert "crm_dump" in capsys.readouterr().out
    assert main(["recognise", file, "--mappings", "own"]) == 0
    assert "crm_dump" in capsys.readouterr().out
    assert main(["load", file, "--mappings", "own"]) == 0
    assert ask(store, "SELECT lead_id, created_at, channel FROM lead") == [
        ("L1", datetime(2026, 1, 31), "Fair")
    ]


def test_the_sample_is_taken_out_whole_and_own_files_stay(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("sample").mkdir()
    write("sample/leads.csv", LEADS + "L1,2026-01-01,Email\nL2,2026-01-02,Webinar\n")
    write("sample/rates.csv", RATES)
    write_manifest(Path("sample"), ["leads.csv", "rates.csv"])
    own = [write("sample/own.csv", LEADS + "L2,2026-01-02,\nL3,2026-01-03,Email\n")]
    own.append(write("deals.csv", DEALS))
    assert main(["load", *own]) == 0
    alone = {table: ask(store, f"SELECT * FROM {table} ORDER BY 1") for table in TABLES}
    assert sample_loads(store) == []

    assert main(["load", "sample/leads.csv", "sample/rates.csv"]) == 0
    both = store.current()
    assert len(sample_loads(store)) == 2
    assert ask(store, "SELECT count(*) AS n FROM lead") == [(3,)]

    assert main(["undo", "--sample"]) == 0
    assert "The sample (2 loads) was taken out" in capsys.readouterr().out
    assert store.current().number == both.number + 1, "all in one generation"
    assert {table: ask(store, f"SELECT * FROM {table} ORDER BY 1") for table in TABLES} == alone
    assert sample_loads(store) == []
    assert main(["undo", "--sample"]) == 1
    assert "no load came from the made-up company" in capsys.readouterr().err

    store.restore(both)
    assert len(sample_loads(store)) == 2
    assert ask(store, "SELECT count(*) AS n FROM lead") == [(3,)]


def test_progress_of_an_undo_as_json(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["load", write("leads.csv", LEADS + "L1,2026-01-01,Email\n")]) == 0
    capsys.readouterr()
    (load_id,) = ask(store, "SELECT load_id FROM load")[0]
    assert main(["undo", str(load_id), "--progress", "json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    phases = [event.get("phase") for event in events]
    assert phases[0] == "taking out"
    assert "deriving journey" in phases
    assert events[-1] == {"event": "published", "generation": store.current().name}


def test_a_store_from_before_samples_were_told_apart_has_none(store: Store) -> None:
    assert sample_loads(store) == []
    assert main(["load", write("leads.csv", LEADS + "L1,2026-01-01,Email\n")]) == 0
    with store.writing() as part, Draft.open(part) as draft:
        draft.execute("DROP TABLE sample_load")
    assert sample_loads(store) == []
    assert main(["load", write("more.csv", LEADS + "L2,2026-01-01,Email\n")]) == 0
    assert sample_loads(store) == []


def test_a_wrong_command_ends_with_2(store: Store) -> None:
    for wrong in (["load"], ["lod", "a.csv"], ["load", "a.csv", "--as-of", "soon"], ["undo"], []):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 2


def test_an_unknown_load_is_named_with_those_there_are(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["load", write("a.csv", LEADS + "L1,2026-01-01,Email\n")])
    assert main(["undo", "l_nowhere"]) == 1
    assert "l_nowhere: there is no such load. Loads: l_" in capsys.readouterr().err


def test_the_module_runs_as_a_command(store: Store) -> None:
    leads = write("leads.csv", LEADS + "L1,2026-01-01,Email\n")
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "loaders", "load", str(Path(leads).resolve())],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "loaded" in ran.stdout


def test_the_bar_goes_through_every_phase_of_every_file(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    files = [write("rates.csv", RATES), write("deals.csv", DEALS)]
    assert main(["load", *files, "absent.csv"]) == 1
    shown = capsys.readouterr().err
    assert "publishing" in shown
    assert "95%" in shown


def test_names_that_mean_no_campaign_are_listed(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    own = Path("own")
    own.mkdir()
    (own / "spend.toml").write_text(
        'name = "spend"\ntitle = "Spend"\nsource_system = "ads"\n'
        '[recognise]\ncolumns = ["title", "cost"]\n'
        '[columns]\ntitle = "Title"\ncost = { from = "Cost", kind = "money" }\n'
        '[campaign]\nname = "title"\n'
        '[[table]]\ninto = "campaign_spend"\ncampaign_id = "{campaign_id}"\n'
        'spend_on = "2026-01-01"\noriginal_cost_amount = "{cost}"\ncurrency = "USD"\n',
        encoding="utf-8",
    )
    spend = write("spend.csv", "Title,Cost\nSpring,10\nAutumn,5\n")
    campaigns = write("campaigns.csv", "campaign_id,name,channel\nC1,SPRING,Email\n")
    assert main(["load", "--mappings", "own", spend]) == 0
    assert main(["unresolved"]) == 0
    shown = capsys.readouterr().out
    assert "name:spring" in shown
    assert main(["load", campaigns]) == 0
    assert main(["unresolved"]) == 0
    shown = capsys.readouterr().out
    assert "name:spring" not in shown
    assert "name:autumn" in shown
    assert main(["load", write("more.csv", "campaign_id,name,channel\nC2,Autumn,Email\n")]) == 0
    assert main(["unresolved"]) == 0
    assert "Every name matches one campaign or asset." in capsys.readouterr().out


def test_a_mapping_that_fits_is_written_down_to_be_corrected(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    leads = write("leads.csv", "lead_id,created_at,Wert\nL1,2026-01-01,1.50\nL2,2026-01-02,2.50\n")
    assert main(["recognise", leads]) == 0
    assert (
        "Wert (amounts) is not used by the mapping “Backcast template: leads”"
        in capsys.readouterr().out
    )
    assert main(["recognise", "--draft", leads]) == 0
    draft = capsys.readouterr().out
    assert "# not used: Wert" in draft
    own = store.path / "mappings" / "leads.toml"
    own.parent.mkdir(parents=True)
    own.write_text(draft.replace('score = "score"', 'score = "Wert"'), encoding="utf-8")
    assert main(["load", leads]) == 0
    assert ask(store, "SELECT lead_id, score FROM lead ORDER BY lead_id") == [
        ("L1", 1.5),
        ("L2", 2.5),
    ]


def test_the_command_leaves_the_engine_and_the_contracts_to_its_child() -> None:
    """They take as long to import as a small file takes to load."""
    heavy = "{'numpy', 'pandera', 'polars', 'pyarrow'}"
    said = (
        "import sys, loaders.__main__, loaders.load, data.definitions; "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
