"""Files are read in a process of their own: what goes wrong there stays there."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from data.engine.warehouse import open_current
from data.errors import MappingError
from data.sql import Query, Step
from data.storage.store import Store
from loaders.load import LoadOptions, load, silent
from loaders.outcome import Status
from loaders.preview import preview
from loaders.process.worker import Worker, WorkerLimits
from loaders.protocol import EVENT, DeriveTask, Done, Event, LoadTask, OpenTask, Progress, Task

ROOT = Path(__file__).parents[3]

LEADS = "lead_id,created_at,channel\nL1,2026-01-01,Email\n"


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_text(LEADS, encoding="utf-8")
    return path


def large(path: Path, rows: int) -> Path:
    lines = (f"L{number},2026-01-01,Email\n" for number in range(rows))
    path.write_text(LEADS + "".join(lines), encoding="utf-8")
    return path


def test_a_process_that_may_use_too_little_memory_fails_its_file_only(
    tmp_path: Path, leads: Path
) -> None:
    store = Store(tmp_path / "store")
    limits = WorkerLimits(process_bytes=40 * 1024**2)
    (outcome,) = load(store, [leads], LoadOptions(limits=limits))
    assert outcome.status is Status.FAILED
    assert "leads.csv" in outcome.message
    assert "40 MB of memory" in outcome.message
    assert store.generations() == []


def test_deriving_is_bounded_by_the_memory_of_the_engine_alone(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    limits = WorkerLimits()
    with store.writing() as draft, Worker(limits, store.path) as worker:
        worker.open(draft, store.path)
        bounded = _written_at_most()
        worker.ask(DeriveTask(engine_memory=limits.deriving_memory), silent)
        assert bounded == str(limits.process_bytes)
        assert _written_at_most() == "unlimited"


def _written_at_most() -> str:
    children = psutil.Process().children()
    (child,) = (each for each in children if "loaders.process.child" in each.cmdline())
    lines = Path(f"/proc/{child.pid}/limits").read_text().splitlines()
    return next(line.split()[3] for line in lines if line.startswith("Max data size"))


DEADLY = """
import os, sys

def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith("deadly.csv"):
        os._exit(9)

sys.addaudithook(watch)
"""


def test_a_process_that_ends_amid_a_file_fails_that_file_only(
    tmp_path: Path, leads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEADLY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    deadly = large(tmp_path / "deadly.csv", 3)
    after = tmp_path / "after.csv"
    after.write_text(LEADS.replace("L1", "L2"), encoding="utf-8")
    store = Store(tmp_path / "store")
    outcomes = load(store, [leads, deadly, after])
    assert [each.status for each in outcomes] == [Status.LOADED, Status.FAILED, Status.LOADED]
    assert "deadly.csv could not be read" in outcomes[1].message
    assert "process ended with 9" in outcomes[1].message
    with open_current(store) as warehouse:
        found = warehouse.query(Query(Step("asked", "SELECT lead_id FROM lead ORDER BY lead_id")))
    assert found["lead_id"].to_list() == ["L1", "L2"]


TIRED = """
import os, sys

seen = []

def watch(event, arguments):
    if event == "open":
        if seen and str(arguments[0]).endswith("heavy.csv"):
            os._exit(9)
        if str(arguments[0]).endswith("leads.csv"):
            seen.append(arguments[0])

sys.addaudithook(watch)
"""


def test_a_file_is_tried_again_when_the_process_had_read_others_before(
    tmp_path: Path, leads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(TIRED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    heavy = large(tmp_path / "heavy.csv", 3)
    store = Store(tmp_path / "store")
    outcomes = load(store, [leads, heavy])
    assert [each.status for each in outcomes] == [Status.LOADED, Status.LOADED]


@pytest.mark.parametrize("files", [1, 2])
def test_what_several_files_left_in_memory_is_gone_when_all_is_derived(
    files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[type[Task], Worker]] = []

    class Watched(Worker):
        def ask(self, task: Task, on_progress: Callable[[Progress], None]) -> Event:
            asked.append((type(task), self))
            return super().ask(task, on_progress)

    monkeypatch.setattr("loaders.load.Worker", Watched)
    paths = [large(tmp_path / f"leads{number}.csv", number) for number in range(files)]
    outcomes = load(Store(tmp_path / "store"), paths)
    assert {each.status for each in outcomes} == {Status.LOADED}
    readers = {id(worker) for kind, worker in asked if kind is LoadTask}
    (deriver,) = (worker for kind, worker in asked if kind is DeriveTask)
    assert len(readers) == 1
    assert (id(deriver) in readers) == (files == 1)


def test_a_file_that_takes_too_long_is_stopped_and_the_next_one_loaded(
    tmp_path: Path, leads: Path
) -> None:
    store = Store(tmp_path / "store")
    hasty = LoadOptions(limits=WorkerLimits(task_seconds=0.01))
    (outcome,) = load(store, [leads], hasty)
    assert outcome.status is Status.FAILED
    assert "took longer than 0.01 seconds and was stopped" in outcome.message
    (outcome,) = load(store, [leads])
    assert outcome.status is Status.LOADED


def test_the_process_ends_when_its_parent_does(tmp_path: Path) -> None:
    slow = large(tmp_path / "slow.csv", 1_000_000)
    work = tmp_path / "work"
    arguments = [str(4 * 1024**3), str(os.getpid()), str(work)]
    work.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "loaders.process.child", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        opening = OpenTask(draft=tmp_path / "d.duckdb", store=tmp_path, engine_memory="1GB")
        child.stdin.write(opening.model_dump_json() + "\n")
        child.stdin.flush()
        assert isinstance(EVENT.validate_json(child.stdout.readline()), Done)
        task = LoadTask(path=slow, as_of=datetime(2026, 1, 1))
        child.stdin.write(task.model_dump_json() + "\n")
        child.stdin.flush()
        assert isinstance(EVENT.validate_json(child.stdout.readline()), Progress)
        child.stdin.close()
        assert child.wait(timeout=60) == 3
    assert not work.exists()


def test_a_process_whose_parent_is_gone_already_does_nothing(tmp_path: Path) -> None:
    """Its parent may die while it starts."""
    other = str(os.getppid())
    command = [sys.executable, "-m", "loaders.process.child", str(4 * 1024**3), other]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, input=b"", timeout=60, check=False)
    assert done.returncode == 3


BLOCKING = """
import ctypes, os, sys

def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith("endless.csv"):
        started = os.environ["CHILD_STARTED"]
        if not os.path.exists(started):
            with open(started + ".part", "w") as file:
                file.write(str(os.getpid()))
            os.rename(started + ".part", started)
            ctypes.PyDLL(None).sleep(60)  # as a long computation, it lets no other thread run

sys.addaudithook(watch)
"""

SECONDS_TO_START = 60
SECONDS_TO_END = 10


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process]]:
    """A load whose child computes without end, and the child."""
    (tmp_path / "sitecustomize.py").write_text(BLOCKING, encoding="utf-8")
    path = tmp_path / "endless.csv"
    path.write_text(LEADS, encoding="utf-8")
    started = tmp_path / "started"
    environment = os.environ | {
        "BACKCAST_STORE": str(tmp_path / "store"),
        "PYTHONPATH": str(tmp_path),
        "CHILD_STARTED": str(started),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "loaders", "load", str(path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as parent:
        deadline = monotonic() + SECONDS_TO_START
        while not started.exists():
            assert monotonic() < deadline, "no process opens the file"
            sleep(0.01)
        child = psutil.Process(int(started.read_text()))
        assert child.pid != parent.pid
        yield parent, child
        parent.kill()
        with suppress(psutil.Error):
            child.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends after the computation")
def test_a_child_ends_with_its_parent_in_whatever_computation_it_is(
    endless: tuple[subprocess.Popen[bytes], psutil.Process],
) -> None:
    parent, child = endless
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    gone, _ = psutil.wait_procs([child], timeout=SECONDS_TO_END)
    assert gone == [child]


def test_a_preview_shows_what_a_file_would_become_and_no_clear_address(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(
        "lead_id,created_at,channel,email,note\nL1,2026-01-01,Email,ann@acme.com,\nL2,soon,,,\n",
        encoding="utf-8",
    )
    shown = preview(path, rows=1)
    assert (shown.mapping, shown.rows, shown.rows_tried, shown.rows_rejected) == (
        "generic_lead",
        2,
        2,
        1,
    )
    uses = {use.header: use.feeds for use in shown.columns}
    assert "lead.channel" in uses["channel"]
    assert "lead.person_id" in uses["email"]
    assert uses["note"] == ()
    assert [row["lead_id"] for row in shown.source_rows] == ["L1"]
    assert [row["channel"] for row in shown.result_rows["lead"]] == ["Email"]
    assert [reason.value for reason in shown.reasons] == ["soon"]
    assert "ann@" not in shown.model_dump_json()


def test_a_preview_leaves_neither_rows_nor_a_key(
    tmp_path: Path, leads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKCAST_KEY", raising=False)
    monkeypatch.setenv("BACKCAST_STORE", str(tmp_path / "store"))
    leads.write_text("lead_id,created_at,email\nL1,2026-01-01,ann@acme.com\n", encoding="utf-8")
    assert preview(leads).rows_tried == 1
    assert list((tmp_path / "store").iterdir()) == []


def test_each_problem_of_a_mapping_reaches_whoever_asked_for_a_preview(
    tmp_path: Path, leads: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    faults = '[recognise]\ncolumns = ["gone"]\ncolour = 1\n[read]\nspeed = 2\n'
    text = f'title = "Own"\n{faults}[[table]]\ninto = "lead"\n'
    (own / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as raised:
        preview(leads, mappings=own)
    assert len(raised.value.problems) > 1
    assert all("own.toml" in problem for problem in raised.value.problems)


def test_a_preview_of_an_unknown_file_gives_a_proposal(tmp_path: Path) -> None:
    path = tmp_path / "dump.csv"
    path.write_text("Lead Number,Created\nL1,2026-01-01\n", encoding="utf-8")
    shown = preview(path)
    assert shown.mapping is None
    assert "no mapping fits" in shown.message
    assert '"Lead Number"' in shown.proposed_toml
    assert 'into = "lead"' in shown.proposed_toml


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_ended_takes_its_child_along_and_leaves_nothing(
    tmp_path: Path, leads: Path, number: signal.Signals
) -> None:
    store = Store(tmp_path / "store")
    load(store, [leads])
    before = store.current()
    slow = tmp_path / "slow.csv.gz"
    slow.write_bytes(gzip.compress(large(tmp_path / "plain.csv", 2_000_000).read_bytes()))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "loaders", "load", "--progress", "json", str(slow)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"BACKCAST_STORE": str(store.path), "TMPDIR": str(temporary)},
    ) as command:
        assert command.stdout is not None
        assert '"opening"' in command.stdout.readline()
        (child,) = psutil.Process(command.pid).children()
        command.send_signal(number)
        assert command.wait(timeout=60) in (143, -number)
        assert psutil.wait_procs([child], timeout=60)[0] == [child]
    assert list(temporary.iterdir()) == []
    assert store.current() == before
    left = [entry.name for entry in store.path.iterdir()]
    swept = [name for name in left if ".part" in name or name == "work"]
    assert swept == [] or number is signal.SIGKILL  # then the next load does it
    (outcome,) = load(store, [leads.rename(tmp_path / "again.csv")])
    assert outcome.status is Status.ALREADY_LOADED
    names = [entry.name for entry in store.path.iterdir()]
    assert [name for name in names if ".part" in name or name == "work"] == []
