"""A process that has imported everything and forks commands, so that each starts at once.

What is forked is the command line as users run it, with its child process, its pipes, its files and
its signals. Left out are starting the interpreter and reading the mappings, which take longer than
the load itself.
Before a command begins a phase, whoever begins it writes its number to the pipe `reached` and
waits for the lock on the file `gate`: so a test can strike in exactly that phase.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import data.engine.warehouse
import loaders.process.forked
from loaders.__main__ import main
from loaders.process.child import prepare
from loaders.process.forked import ForkServer
from loaders.process.server import Server
from loaders.protocol import OpenTask, Progress

STARTING = "starting"
"""The phase before the first that is reported: the draft is copied, and not open yet."""


_OUT, _ERROR, _REACHED = 1, 2, 3

_MESSAGE_BYTES = 65536


@dataclass(frozen=True)
class Command:
    """What to run, and the phase before which to wait; an empty one is never reached."""

    arguments: Sequence[str]
    environment: dict[str, str]
    gate: str
    phase: str = ""


class Nursery:
    """The test's side of the process."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=Path(__file__).parents[4],
            )

    def start(self, command: Command, out: int, error: int, reached: int) -> None:
        """Start a command that writes to these descriptors; `reached` stays open as long as any
        of its processes lives, and gets first which process it is."""
        text = json.dumps(asdict(command)).encode()
        socket.send_fds(self._line, [text], [out, error, reached])

    def status(self) -> int:
        """Wait for the end of the command: its exit status, or minus the signal that ended it."""
        return int(self._line.recv(_MESSAGE_BYTES))

    def close(self) -> None:
        """End the process."""
        self._line.close()
        self._process.kill()
        self._process.wait()


def _serve(line: socket.socket) -> None:
    while True:
        text, descriptors, _, _ = socket.recv_fds(line, _MESSAGE_BYTES, 3)
        if not text:
            return
        if (process := os.fork()) == 0:
            line.close()
            _exit_with(partial(_run, Command(**json.loads(text)), descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        _, status = os.waitpid(process, 0)
        line.send(str(os.waitstatus_to_exitcode(status)).encode())


def _exit_with(work: Callable[[], object]) -> None:
    """End the process when the work is done, as the interpreter does at its end."""
    try:
        status = work()
    except SystemExit as end:
        status = end.code
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    data.engine.warehouse._current.clear()  # with them their folders go, as they do at the end
    os._exit(status if isinstance(status, int) else 0)


def _run(command: Command, descriptors: Sequence[int]) -> int:
    _take(dict(zip((_OUT, _ERROR, _REACHED), descriptors, strict=True)))
    os.environ.update(command.environment)
    _report_number()
    _wait_before(command.phase, Path(command.gate))
    loaders.process.forked.SERVER = _Copy()
    loaders.process.forked.SERVER.get_ready()  # a process with an engine in it cannot be copied
    return main(list(command.arguments))


class _Copy(ForkServer):
    """The loader's server as a copy of this process, without a start."""

    def _start(self) -> socket.socket:
        line, theirs = socket.socketpair()
        if os.fork() == 0:
            line.close()
            # As the interpreter does when it starts.
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            _exit_with(Server(theirs).serve)
        theirs.close()
        return line


def _take(descriptors: dict[int, int]) -> None:
    """Give these descriptors their places, the numbers on the left."""
    # Copied out of the way first: one may be at a place that another is to take.
    aside = {place: fcntl.fcntl(each, fcntl.F_DUPFD, 100) for place, each in descriptors.items()}
    for place, descriptor in aside.items():
        os.dup2(descriptor, place)
    os.closerange(_REACHED + 1, max(aside.values()) + 1)


def _report_number() -> None:
    os.write(_REACHED, b"%d\n" % os.getpid())


def _wait_before(phase: str, gate: Path) -> None:
    """Have this process and its child wait before they report that the phase begins."""
    report, open_draft = Progress.model_dump_json, OpenTask.model_dump_json

    def wait(begun: str) -> None:
        if begun == phase:
            _report_number()
            with gate.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH)

    def reporting(self: Progress) -> str:
        wait(self.phase)
        return report(self)

    def opening(self: OpenTask) -> str:
        wait(STARTING)
        return open_draft(self)

    Progress.model_dump_json = reporting  # type: ignore[method-assign, assignment]
    OpenTask.model_dump_json = opening  # type: ignore[method-assign, assignment]


def _obey_permissions() -> None:
    """Give up root's right to do what the permissions of a file forbid; others never have it."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capget(header, sets) == 0:
        for kind in range(3):  # effective, permitted, inheritable
            sets[kind] &= ~_OVERRIDING
        libc.capset(header, sets)


_CAPABILITY_VERSION = 0x20080522

_OVERRIDING = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH


if __name__ == "__main__":
    _obey_permissions()
    prepare()
    _serve(socket.socket(fileno=int(sys.argv[1])))
