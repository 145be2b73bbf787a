"""The parent's side of the server: a child process without the second that a start takes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

_CODE = Path(__file__).parents[2]


class ForkedProcess:
    """A child of the server, with what is written to it and read from it as text.

    Whoever reads `stdout` closes it: it ends when the process does.
    """

    def __init__(self, fate: socket.socket, to_it: IO[str], from_it: IO[str]) -> None:
        self.stdin = to_it
        self.stdout = from_it
        self._fate = fate
        self._status: int | None = None
        self._has_ended = False

    def wait(self) -> int | None:
        """Its exit status, or minus the signal that ended it; None when the server is gone.

        In that case the process is, too.
        """
        if not self._has_ended:
            told = self._fate.recv(_STATUS_BYTES)
            self._status = int(told) if told else None
            self._has_ended = True
            self._fate.close()
        return self._status

    def kill(self) -> None:
        """End it at once, and wait until it has ended."""
        with suppress(OSError):
            self._fate.shutdown(socket.SHUT_WR)
        self.wait()
        with suppress(BrokenPipeError):
            self.stdin.close()


_STATUS_BYTES = 16


class ForkServer:
    """Forks processes from one that has read their code: `loaders.process.server`.

    It is started when first asked, and again when it was ended from outside. It ends with this
    process, and its children with it, whatever they are doing.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def get_ready(self) -> None:
        """Start now, if it has not been started, so that the first child need not wait for it."""
        with self._one_at_a_time:
            if self._line is None:
                self._line = self._start()

    def fork(self, complaints: int, work: int) -> ForkedProcess:
        """A new child that works from the current folder.

        `complaints` is the descriptor of its standard error. It keeps `work` open while it lives.
        """
        to_it, from_it = os.pipe(), os.pipe()
        fate, fate_of_child = socket.socketpair()
        folder = os.open(".", os.O_RDONLY)
        given = [to_it[0], from_it[1], complaints, folder, work, fate_of_child.fileno()]
        try:
            self._send(given)
        finally:
            fate_of_child.close()
            for descriptor in (to_it[0], from_it[1], folder):
                os.close(descriptor)
        return ForkedProcess(
            fate, os.fdopen(to_it[1], "w", encoding="utf-8"),
            os.fdopen(from_it[0], encoding="utf-8"),
        )  # fmt: skip

    def close(self) -> None:
        """End it, and its children with it."""
        with self._one_at_a_time:
            if self._line is not None:
                self._line.close()
                self._line = None
            if self._process is not None:
                self._process.wait()
                self._process = None

    def _send(self, descriptors: list[int]) -> None:
        with self._one_at_a_time:
            if self._line is not None:
                with suppress(OSError):  # it was ended from outside
                    socket.send_fds(self._line, [_FORK], descriptors)
                    return
                self._line.close()
            self._line = self._start()
            socket.send_fds(self._line, [_FORK], descriptors)

    def _start(self) -> socket.socket:
        if self._process is not None:
            self._process.wait()
        line, theirs = socket.socketpair()
        with theirs:
            paths = [str(_CODE), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "loaders.process.server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=_CODE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
                pass_fds=(theirs.fileno(),),
            )
        return line


_FORK = b"f"

SERVER = ForkServer()
"""The server of this process."""
