"""Files are read in a process of their own: what goes wrong there stays there."""

from __future__ import annotations

import gzip
import json
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
from loaders.process import forked
from loaders.process.forked import ForkedProcess, ForkServer
from loaders.process.worker import Worker, WorkerLimits
from loaders.protocol import EVENT, DeriveTask, Done, Event, LoadTask, OpenTask, Progress, Task

ROOT = Path(__file__).parents[3]

LEADS = "lead_id,created_at,channel\nL1,2026-01-01,Email\n"


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_text(LEADS, encoding="utf-8")
    return path


@pytest.fixture
def server() -> Iterator[ForkServer]:
    """One that no other test uses, not started yet."""
    server = ForkServer()
    yield server
    server.close()


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


def test_what_a_file_has_given_back_is_not_charged_to_the_next(tmp_path: Path, leads: Path) -> None:
    store = Store(tmp_path / "store")
    limits = WorkerLimits()
    with store.writing() as draft, Worker(limits, store.path) as worker:
        worker.open(draft, store.path)
        worker.ask(
            LoadTask(path=large(tmp_path / "large.csv", 300_000), as_of=datetime(2026, 1, 2)),
            silent,
        )
        assert _written_at_most() == str(limits.process_bytes)
        worker.ask(LoadTask(path=leads, as_of=datetime(2026, 1, 2)), silent)
        assert limits.process_bytes < int(_written_at_most()) < 2 * limits.process_bytes


def _written_at_most() -> str:
    servers = psutil.Process().children()
    (server,) = (each for each in servers if "loaders.process.server" in each.cmdline())
    (child,) = server.children()
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
    tmp_path: Path, leads: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEADLY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(forked, "SERVER", server)
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
    tmp_path: Path, leads: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(TIRED)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(forked, "SERVER", server)
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


@pytest.fixture
def at_work(tmp_path: Path, server: ForkServer) -> Iterator[ForkedProcess]:
    """A process amid a file that takes long."""
    slow = large(tmp_path / "slow.csv", 1_000_000)
    work = tmp_path / "work"
    work.mkdir()
    with (tmp_path / "complaints").open("w") as complaints, (tmp_path / "lock").open("w") as lock:
        child = server.fork(complaints.fileno(), lock.fileno())
        opening = OpenTask(
            draft=tmp_path / "d.duckdb", store=tmp_path, engine_memory="1GB",
            process_bytes=4 * 1024**3, work=work, environment=json.dumps(dict(os.environ)),
        )  # fmt: skip
        child.stdin.write(opening.model_dump_json() + "\n")
        child.stdin.flush()
        assert isinstance(EVENT.validate_json(child.stdout.readline()), Done)
        task = LoadTask(path=slow, as_of=datetime(2026, 1, 1))
        child.stdin.write(task.model_dump_json() + "\n")
        child.stdin.flush()
        assert isinstance(EVENT.validate_json(child.stdout.readline()), Progress)
        with child.stdout:
            yield child


def test_the_process_ends_when_its_input_does(tmp_path: Path, at_work: ForkedProcess) -> None:
    at_work.stdin.close()
    assert at_work.wait() == 3
    assert not (tmp_path / "work").exists()


def test_the_process_is_killed_at_once(at_work: ForkedProcess) -> None:
    at_work.kill()
    assert at_work.wait() == -signal.SIGKILL


def test_the_process_ends_with_its_server(at_work: ForkedProcess, server: ForkServer) -> None:
    server.close()
    assert at_work.wait() is None
    at_work.stdout.read()  # to its end, which comes when the process ends


def test_a_server_that_was_ended_from_outside_is_started_again(
    tmp_path: Path, leads: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked, "SERVER", server)
    others = psutil.Process().children()
    server.get_ready()
    (running,) = (each for each in psutil.Process().children() if each not in others)
    running.kill()
    psutil.wait_procs([running])
    (outcome,) = load(Store(tmp_path / "store"), [leads])
    assert outcome.status is Status.LOADED


def test_a_file_fails_whose_server_is_ended_from_outside_and_the_next_is_loaded(
    tmp_path: Path, leads: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked, "SERVER", server)
    others = psutil.Process().children()
    slow = large(tmp_path / "slow.csv", 1_000_000)

    def end_server(progress: Progress) -> None:
        if (progress.file_name, progress.phase) == ("slow.csv", "opening"):
            (running,) = (each for each in psutil.Process().children() if each not in others)
            running.kill()

    failed, loaded = load(Store(tmp_path / "store"), [slow, leads], on_progress=end_server)
    assert failed.status is Status.FAILED
    assert "slow.csv lost the process that reads it" in failed.message
    assert loaded.status is Status.LOADED


def test_a_process_works_from_the_folder_and_the_variables_of_its_parent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are when it is asked, not as they were when the server started."""
    forked.SERVER.get_ready()
    own = tmp_path / "own"
    own.mkdir()
    (own / "own.toml").write_text(
        'name = "own"\ntitle = "Own"\nsource_system = "own"\n[recognise]\ncolumns = ["key"]\n'
        '[columns]\nkey = "Key"\n[[table]]\ninto = "content"\ncontent_id = "{key}"\n'
        'title = "{key}"\n',
        encoding="utf-8",
    )
    (tmp_path / "keys.csv").write_text("Key\nk1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKCAST_MAPPINGS", "own")
    monkeypatch.setitem(os.environ, "NO_TEXT", os.fsdecode(b"\xff"))
    assert preview(Path("keys.csv")).mapping == "own"


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
        assert child in psutil.Process(parent.pid).children(recursive=True)
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
        preview(leads, mapping="own", mappings=own)
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
        children = psutil.Process(command.pid).children(recursive=True)
        assert len(children) == 2
        command.send_signal(number)
        assert command.wait(timeout=60) in (143, -number)
        assert psutil.wait_procs(children, timeout=60)[1] == []
    assert list(temporary.iterdir()) == []
    assert store.current() == before
    left = [entry.name for entry in store.path.iterdir()]
    swept = [name for name in left if ".part" in name or name == "work"]
    assert swept == [] or number is signal.SIGKILL  # then the next load does it
    (outcome,) = load(store, [leads.rename(tmp_path / "again.csv")])
    assert outcome.status is Status.ALREADY_LOADED
    names = [entry.name for entry in store.path.iterdir()]
    assert [name for name in names if ".part" in name or name == "work"] == []
