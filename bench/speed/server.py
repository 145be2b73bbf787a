"""A real server of the cockpit for the time of a block."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from urllib.error import URLError
from urllib.request import urlopen

from bench.stores import ROOT


@contextmanager
def serving(script: Path, store: Path, *options: str) -> Iterator[str]:
    """Serve a Streamlit script on a free port; yields its address once it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}", *options]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"BACKCAST_STORE": str(store)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_listening(address)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_listening(address: str) -> None:
    for _ in range(600):
        try:
            with urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (URLError, ConnectionError):
            sleep(0.05)
    raise SystemExit(f"no server at {address}")
