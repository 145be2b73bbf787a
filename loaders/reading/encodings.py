"""Detects a text file's encoding, refuses what is uncertain, and converts the text to UTF-8."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from data.errors import SourceError

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
    """The start of a text file, decoded from at most so many bytes, with the lines of `as_utf8`."""
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
    if text[first_return + 1 : first_return + 2] == "\n":  # as in most files, seen at no cost
        return False
    plain = _QUOTED.sub("", text)
    return "\r" in plain and "\n" not in plain


_HEAD_BYTES = 64 * 1024

_SAMPLE_BYTES = 256 * 1024


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b"))

_NOT_WRITTEN = re.compile("[\x00-\x08\x0e-\x1f\ufffe\uffff\ue000-\uf8ff]")

_HANGUL = re.compile("[가-힣]")

_KANA = re.compile("[ぁ-ヿ]")

_ODD_LATIN = re.compile(
    r"[£¥¦¨¯¬¶¸¹¼½¾¤²³ª](?=[^\W\d_])|(?<=[^\W\d_])[£¥¦¨¯¬¶¸¹¼½¾¤¿¡](?=\w)|[À-ÿŒœŠšŽžŸ]{3}|[þÞðÐ]"
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A Python codec, and how many bytes of byte order mark stand before the text."""

    codec: str
    mark_bytes: int = 0


def encoding_of(path: Path, name: str, declared: str | None) -> Encoding:
    """The encoding of the text file at `path`, called `name` in messages.

    A byte order mark decides. A file in which all bytes are valid UTF-8 is UTF-8 even if
    `declared` says otherwise, because such an export was opened and saved again on its way.
    Else the declared encoding holds. Without one, GB18030 and Windows-1252 (Latin-1 is a part
    of it) differ by the characters they would give. A few damaged lines in a file that
    is UTF-8 elsewhere do not change the verdict. Raises SourceError for bytes that are no text
    and for text whose encoding has to be declared.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    asked = None if declared is None else _known_codec(declared, name)
    if b"\0" in head and (wide := _wide_codec(head)):
        return Encoding(wide)
    if asked is not None and asked.startswith(("utf-16", "utf-32")):
        asked = None
    controls = len(head) - len(head.translate(None, delete=_CONTROLS))
    if 100 * controls > len(head):
        raise SourceError(
            f"{name} is not a text file: it holds control bytes. "
            "Export the data again as CSV, XLSX, JSON lines or Parquet."
        )
    foreign = list(_foreign_lines(path))
    if not foreign and (asked is None or not _is_seven_bit(asked)):
        return Encoding("utf-8")
    valid = [line for line in foreign if _text(line, "utf-8") is not None]
    if len(valid) == len(foreign) and (asked is None or _proves_utf8(valid, asked)):
        return Encoding("utf-8")
    if asked is not None:
        return Encoding(asked)
    if 2 * len(valid) >= len(foreign):
        return Encoding("utf-8")
    return Encoding(_legacy_codec(foreign, bool(valid), name))


def _known_codec(declared: str, name: str) -> str:
    try:
        b"a".decode(declared, "replace")
        codec = codecs.lookup(declared).name
    except LookupError:
        raise SourceError(
            f'{name}: the declared encoding "{declared}" is not known. '
            'Write for example "utf-8", "gb18030", "cp1252" or "utf-16".'
        ) from None
    if codec in ("gb2312", "gbk"):
        return "gb18030"
    return "cp1252" if codec == "iso8859-1" else codec


def _wide_codec(head: bytes) -> str | None:
    """UTF-16 without a byte order mark: one of its two bytes is zero in many a character."""
    texts = {codec: _text(head, codec) or "" for codec in ("utf-16-le", "utf-16-be")}
    codec = max(texts, key=lambda codec: sum(map(str.isascii, texts[codec])))
    text = texts[codec]
    ascii_letters = sum(map(str.isascii, text))
    return codec if 20 * ascii_letters > len(text) and not _NOT_WRITTEN.search(text) else None


def _is_seven_bit(codec: str) -> bool:
    """Whether the codec writes foreign letters with ASCII bytes alone, as ISO 2022 does."""
    written = "é東".encode(codec, "ignore")
    return bool(written) and written.isascii()


def _foreign_lines(path: Path) -> Iterator[bytes]:
    """The first lines that hold bytes above 127, wherever in the file they are."""
    found = 0
    carried = b""
    with path.open("rb") as file:
        while (chunk := file.read(_CHUNK_BYTES)) and found < _SAMPLE_BYTES:
            if chunk.isascii() and carried.isascii():
                carried = b""
                continue
            *lines, carried = re.split(rb"[\r\n]+", carried + chunk)
            for line in lines:
                if not line.isascii() and found < _SAMPLE_BYTES:
                    found += len(line)
                    yield line[:_SAMPLE_BYTES]
            carried = carried[-_CHUNK_BYTES:]
    if not carried.isascii() and found < _SAMPLE_BYTES:
        yield carried[:_SAMPLE_BYTES]


def _text(line: bytes, codec: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(codec)("strict").decode(line)
    except UnicodeDecodeError:
        return None


def _proves_utf8(lines: list[bytes], asked: str) -> bool:
    """Whether too many characters are valid UTF-8 for a text in the asked codec."""
    if asked == "utf-8":
        return True
    single_byte = len(bytes(range(128, 256)).decode(asked, "replace")) == 128
    foreign = sum(not letter.isascii() for line in lines for letter in _text(line, "utf-8") or "")
    return foreign >= (1 if single_byte else 4)


def _legacy_codec(lines: list[bytes], mixed: bool, name: str) -> str:
    if _is_chinese(lines):
        return "gb18030"
    if _is_western(lines):
        if mixed:
            raise SourceError(
                f"{name} mixes encodings: some lines are UTF-8, others Windows-1252. "
                'Export it again in one encoding, or declare encoding = "utf-8" to have the '
                "other lines refused one by one."
            )
        return "cp1252"
    likely = from_bytes(b"\n".join(lines)).best()
    hint = likely.encoding if likely else "cp1250"
    raise SourceError(
        f"{name} is in an encoding that is not certain; it may be {hint}. "
        f'Export it as UTF-8, or declare it in the mapping: encoding = "{hint}" under [read].'
    )


def _is_chinese(lines: list[bytes]) -> bool:
    """Whether GB18030 gives mostly the common characters and punctuation of simplified Chinese.

    European text in a single-byte encoding often is valid GB18030 too, but gives rare
    characters, because there a byte above 127 is followed by a plain letter.
    """
    text = "".join(filter(None, (_text(line, "gb18030") for line in lines)))
    foreign = [letter for letter in text if not letter.isascii()]
    common = sum(map(_is_common_chinese, foreign))
    if not foreign or common < 0.6 * len(foreign):
        return False
    korean = "".join(filter(None, (_text(line, "cp949") for line in lines)))
    if len(foreign) >= 8 and len(_HANGUL.findall(korean)) > 0.95 * len(foreign):
        return False
    japanese = "".join(filter(None, (_text(line, "euc_jp") for line in lines)))
    return len(_KANA.findall(japanese)) < 0.02 * len(foreign)


def _is_common_chinese(letter: str) -> bool:
    """In rows 1 to 3 (punctuation, full width) or 16 to 55 (common characters) of GB 2312."""
    try:
        first = letter.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xA1 <= first <= 0xA3 or 0xB0 <= first <= 0xD7


def _is_western(lines: list[bytes]) -> bool:
    """Whether Windows-1252 gives words as Western European languages write them."""
    texts = [text for line in lines if (text := _text(line, "cp1252")) is not None]
    text = "\n".join(texts)
    foreign = sum(not letter.isascii() for letter in text)
    return (
        foreign > 0
        and 10 * len(texts) >= 9 * len(lines)
        and 10 * len(_ODD_LATIN.findall(text)) <= foreign
    )
