"""A report is sent by mail or webhook, and no message says the secrets of where it was to go."""

from __future__ import annotations

import base64
import email
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from data.errors import ReportError
from metrics.report.send import VARIABLE, Message, check, destinations, masked, named, send

SECRET = "pa55-w0rd"
TOKEN = "t0ken-of-a-hook"


@contextmanager
def hook(status: int = 200) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """A server on this machine that takes JSON, its port, and what it was sent."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            got.append(json.loads(self.rfile.read(length)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_port, got
        server.shutdown()


@contextmanager
def mail_server() -> Iterator[tuple[int, list[bytes]]]:
    """A server on this machine that takes mail, its port, and the mails it was given."""
    got: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    got.append(b"".join(lines))
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 fine\r\n")
                if verb == b"QUIT":
                    return

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1], got
        server.shutdown()


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def message(tmp_path: Path) -> Message:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"%PDF-1.7 report")
    return Message("Marketing report", "Q1 2026: €9.2K won.", file)


def test_a_hook_gets_the_words_and_the_file(message: Message) -> None:
    with hook() as (port, got):
        said = send(message, [f"json://me:{SECRET}@127.0.0.1:{port}/{TOKEN}"])
    assert said == ("Sent to destination 1 (json://127.0.0.1).",)
    (sent,) = got
    assert (sent["title"], sent["message"]) == ("Marketing report", "Q1 2026: €9.2K won.")
    (attached,) = sent["attachments"]
    assert attached["filename"] == "report.pdf"
    assert base64.b64decode(attached["base64"]) == b"%PDF-1.7 report"


def test_a_mail_has_the_words_and_the_file(message: Message) -> None:
    with mail_server() as (port, got):
        send(
            message,
            [
                f"mailto://127.0.0.1:{port}?from=reports@example.com&to=head@example.com&mode=insecure"
            ],
        )
    (raw,) = got
    mail = email.message_from_bytes(raw)
    assert mail["Subject"] == "Marketing report"
    assert "reports@example.com" in mail["From"]
    assert "head@example.com" in mail["To"]
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in mail.walk()}
    assert parts["application/pdf"] == b"%PDF-1.7 report"
    assert parts["text/plain"].decode().strip() == "Q1 2026: €9.2K won."  # type: ignore[union-attr]


def test_one_that_fails_is_named_without_its_secrets_and_the_others_are_sent(
    message: Message,
) -> None:
    gone = f"json://me:{SECRET}@127.0.0.1:{closed_port()}/{TOKEN}"
    with hook() as (port, got), hook(status=500) as (broken, _):
        to = [gone, f"json://127.0.0.1:{port}", f"json://127.0.0.1:{broken}/{TOKEN}"]
        with pytest.raises(ReportError) as refused:
            send(message, to)
    assert len(got) == 1
    first, third, sent = refused.value.problems
    assert first.startswith("The report could not be sent to destination 1 (json://127.0.0.1): ")
    assert "onnection error" in first
    assert "Check that the server can be reached" in first
    assert "destination 3" in third
    assert sent == "Sent to destination 2 (json://127.0.0.1)"
    assert SECRET not in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_a_reason_is_told_without_the_address(message: Message) -> None:
    with pytest.raises(ReportError) as refused:
        send(message, [f"ntfy://127.0.0.1:{closed_port()}/{TOKEN}"])
    said = str(refused.value)
    assert "onnection error" in said
    assert "destination 1 (ntfy://…)" in said
    assert TOKEN not in said


@pytest.mark.parametrize(
    "url",
    [f"foo://me:{SECRET}@host", f"slack://{SECRET}", "mailto://", f"//{SECRET}", "json://[::1"],
)
def test_what_is_no_destination_is_refused_before_anything_is_sent(
    message: Message, url: str
) -> None:
    with hook() as (port, got), pytest.raises(ReportError) as refused:
        send(message, [f"json://127.0.0.1:{port}", url])
    assert got == []
    assert str(refused.value).startswith("destination 2")
    assert "is no destination that anything can be sent to" in str(refused.value)
    assert SECRET not in str(refused.value)
    with pytest.raises(ReportError, match="destination 1"):
        check([url])


def test_the_scheme_is_named_and_the_server_where_it_is_no_secret() -> None:
    assert named(f"mailtos://me:{SECRET}@smtp.example.com/x", 2) == (
        "destination 2 (mailtos://smtp.example.com)"
    )
    assert named(f"slack://{SECRET}/{TOKEN}", 1) == "destination 1 (slack://…)"


def test_every_part_that_may_be_secret_is_masked_however_it_is_written() -> None:
    url = f"ntfy://me%40x:{SECRET}@{TOKEN}.example/a-topic?key=some%2Fkey#anchor"
    said = f"me@x me%40x {SECRET} {TOKEN}.example a-topic SOME/KEY some%2Fkey anchor"
    assert set(masked(said, url).split()) == {"****"}


def test_the_environment_says_where_to_unless_the_command_does() -> None:
    environment = {VARIABLE: "json://a\n json://b json://a"}
    assert destinations([], environment) == ("json://a", "json://b")
    assert destinations(["json://c"], environment) == ("json://c",)
    assert destinations([], {}) == ()
