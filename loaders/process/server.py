"""The process that children are forked from: it has read the loader's code, so each starts at once.

`python -m loaders.process.server N` listens on the socket with the descriptor N. Each byte that
arrives there comes with the descriptors of `CHILD_GETS` and asks for a child; at the end of the
line the server kills the children that are left, and ends. It keeps no engine open, whose threads
would be missing in a copy.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from loaders.process.child import prepare, work_on

CHILD_GETS = ("input", "output", "complaints", "folder", "work", "fate")
"""The descriptors of a child: its standard streams, the folder to work from, what holds its work
folder, and a socket. The other end of that is told how the child ended; closing it kills."""


@dataclass(frozen=True, slots=True)
class _Child:
    """A child at work. `alive` can be read when it has ended, `fate` when it is to end."""

    process: int
    alive: int
    fate: socket.socket


class Server:
    """Forks children that end with it."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._selector = selectors.DefaultSelector()
        self._children: list[_Child] = []

    def serve(self) -> None:
        """Work until the line ends."""
        # A terminal or a service manager signals the whole group. When to end is the parent's say.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # Python counts threads of allocators, which a copy can do without.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        prepare()
        gc.freeze()  # what is never looked at stays shared with the children
        self._selector.register(self._line, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._line:
                    self._look_after(key.data, has_ended=key.fileobj == key.data.alive)
                elif not self._fork():
                    for child in self._children:
                        _kill(child)
                    return

    def _fork(self) -> bool:
        """Fork one child; False when the line has ended."""
        _, descriptors, _, _ = socket.recv_fds(self._line, 1, len(CHILD_GETS))
        if not descriptors:
            return False
        alive, held_by_child = os.pipe()
        server = os.getpid()
        if (process := os.fork()) == 0:
            self._let_go()
            os.close(alive)
            _exit_with(lambda: _become_child(descriptors, server))
        os.close(held_by_child)
        *others, fate = descriptors
        for descriptor in others:
            os.close(descriptor)
        child = _Child(process, alive, socket.socket(fileno=fate))
        self._children.append(child)
        self._selector.register(child.alive, selectors.EVENT_READ, child)
        self._selector.register(child.fate, selectors.EVENT_READ, child)
        return True

    def _look_after(self, child: _Child, *, has_ended: bool) -> None:
        if child not in self._children:
            return  # both could be read at once
        if not has_ended:
            self._selector.unregister(child.fate)
            _kill(child)
            return
        _, status = os.waitpid(child.process, 0)
        with suppress(OSError):  # nobody wants to know any more
            child.fate.send(str(os.waitstatus_to_exitcode(status)).encode())
        self._selector.unregister(child.alive)
        with suppress(KeyError):
            self._selector.unregister(child.fate)
        os.close(child.alive)
        child.fate.close()
        self._children.remove(child)

    def _let_go(self) -> None:
        """In a child: keep nothing of the server's."""
        self._selector.close()
        self._line.close()
        for other in self._children:
            os.close(other.alive)
            other.fate.close()


def _kill(child: _Child) -> None:
    """The server has not waited for it yet, so the number is still that child's."""
    os.kill(child.process, signal.SIGKILL)


def _become_child(descriptors: Sequence[int], server: int) -> None:
    given = dict(zip(CHILD_GETS, descriptors, strict=True))
    for stream, name in enumerate(("input", "output", "complaints")):
        os.dup2(given[name], stream)
        os.close(given[name])
    os.fchdir(given["folder"])
    os.close(given["folder"])
    os.close(given["fate"])
    work_on(server)


def _exit_with(work: Callable[[], object]) -> None:
    """End the process when the work is done, as the interpreter would, but leave the server's."""
    status = 1
    try:
        work()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing of the server may run on in its copy
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    server = Server(socket.socket(fileno=int(sys.argv[1])))
    _exit_with(server.serve)
