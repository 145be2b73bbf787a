"""Text in any encoding as UTF-8, in a stream: what the engine and the record scan read."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from loaders.encodings import Encoding

_CHUNK_BYTES = 4 * 1024**2
_QUOTED = re.compile(r'"[^"]*+(?:"|\Z)')

UNDECODABLE = b"\xff"
"""Stands for bytes that are not valid in the file's encoding. It is not valid UTF-8 either, so
the record that holds it is refused with its line instead of read with a replaced character."""


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error("backcast.undecodable", _marked)


def head_of(path: Path, encoding: Encoding, limit_bytes: int) -> str:
    """The first characters of a text file, as many as fit in so many bytes, lines as `as_utf8`."""
    with path.open("rb") as file:
        file.seek(encoding.mark_bytes)
        text = _decoder(encoding).decode(file.read(limit_bytes))
    return text.replace("\r", "\n") if _has_bare_returns(text) else text


def as_utf8(path: Path, encoding: Encoding, target: Path) -> Path:
    """A UTF-8 file with the same lines: `path` itself if it is one, else written to `target`.

    Lines that end in a bare carriage return, as old Macintosh programs write them, end in a
    line feed afterwards, if near the file's start no line feed stands outside quotes.
    """
    with path.open("rb") as file:
        file.seek(encoding.mark_bytes)
        decoder = _decoder(encoding)
        chunk = file.read(_CHUNK_BYTES)
        text = decoder.decode(chunk, final=len(chunk) < _CHUNK_BYTES)
        bare_returns = _has_bare_returns(text)
        if encoding.codec == "utf-8" and not bare_returns:
            return path
        with target.open("wb") as out:
            while text or chunk:
                if bare_returns:
                    text = text.replace("\r", "\n")
                out.write(text.encode("utf-8", "surrogateescape"))
                chunk = file.read(_CHUNK_BYTES)
                text = decoder.decode(chunk, final=not chunk)
    return target


def _decoder(encoding: Encoding) -> codecs.IncrementalDecoder:
    errors = "surrogateescape" if encoding.codec == "utf-8" else "backcast.undecodable"
    return codecs.getincrementaldecoder(encoding.codec)(errors)


def _has_bare_returns(text: str) -> bool:
    if "\r" not in text or "\n" not in text:
        return "\r" in text
    first_return = text.index("\r")
    if text[first_return + 1 : first_return + 2] == "\n":  # as in most files, told at no cost
        return False
    plain = _QUOTED.sub("", text)
    return "\r" in plain and "\n" not in plain
