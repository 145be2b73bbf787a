"""Archives that expand without end, hide what they hold, or arrive damaged."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from random import Random

from tests.loaders.reading.hostile.case import GOOD, HEADER, Read, Refused

_NOISE = GOOD + b"".join(
    b"L%d,2026-01-01,%d\n" % (number, Random(number).getrandbits(60)) for number in range(2, 400)
)


def packed(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive that is the same at any time."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files:
            archive.writestr(zipfile.ZipInfo(name), text, method)
    return content.getvalue()


def gzipped(content: bytes) -> bytes:
    """The same bytes at any time."""
    return gzip.compress(content, mtime=0)


def zeros(gibibytes: int) -> bytes:
    """A gzip file of so many GiB of zero bytes, made in a stream."""
    compressor = zlib.compressobj(9, wbits=31)
    mebibyte = bytes(1024**2)
    pieces = [compressor.compress(HEADER)]
    pieces += [compressor.compress(mebibyte) for _ in range(gibibytes * 1024)]
    return b"".join([*pieces, compressor.flush()])


def _encrypted() -> bytes:
    content = bytearray(packed(("leads.csv", GOOD)))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def _damaged(method: int) -> bytes:
    """An archive of which the packed bytes were changed in the middle."""
    content = packed(("leads.csv", _NOISE), method=method)
    middle = len(content) // 2
    return content[:middle] + bytes(20) + content[middle + 20 :]


def _nested(levels: int) -> bytes:
    content = packed(("leads.csv", GOOD))
    for level in range(levels):
        content = packed((f"{level}.zip", content), method=zipfile.ZIP_STORED)
    return content


def _linked() -> bytes:
    """An archive whose one entry is a symbolic link, as `zip -y` writes it."""
    entry = zipfile.ZipInfo("leads.csv")
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return content.getvalue()


def _overlapping() -> bytes:
    """Two entries of one name, of which only one can be meant."""
    content = packed(("leads.csv", GOOD), ("leads.cs2", GOOD + b"L2,2026-01-02,Ads\n"))
    return content.replace(b"leads.cs2", b"leads.csv")


def _long_archive() -> bytes:
    return packed(*((f"{number}.csv", b"") for number in range(20_000)))


def _renamed() -> bytes:
    """An archive whose directory says another name than stands before the content."""
    content = packed(("leads.csv", GOOD))
    return content.replace(b"leads.csv", b"other.csv", 1)


def _no_checksum(path: Path) -> None:
    content = gzipped(GOOD * 3)
    path.write_bytes(content[:-8] + b"\0\0\0\0" + content[-4:])


_HALF = gzipped(_NOISE)


BOMB = HEADER + b"L1,2026-01-01,Email\n" * 400_000


ARCHIVES: list[Refused | Read] = [
    Refused("bomb.csv.gz", gzipped(BOMB), "more than 100 times its size"),
    Refused("zeros.csv.gz", gzipped(bytes(50_000_000)), "more than 100 times its size"),
    Refused("bomb.zip", packed(("leads.csv", BOMB)), "more than 100 times its size"),
    Refused("bomb in bomb.gz", gzipped(gzipped(BOMB)), "holds an archive in an archive"),
    Refused("several.zip", packed(("a.csv", GOOD), ("b.csv", GOOD)), r"holds 2 files"),
    Refused("same name twice.zip", _overlapping(), "holds 2 files"),
    Refused("nothing.zip", packed(), "holds 0 files"),
    Refused("many.zip", _long_archive(), "holds 20,000 files"),
    Refused("nested.zip", _nested(1), "holds an archive in an archive"),
    Refused("nested deeper.zip", _nested(9), "holds an archive in an archive"),
    Refused("encrypted.zip", _encrypted(), "protected by a password"),
    Refused("traversal.zip", packed(("../../leads.csv", GOOD)), "path out of its folder"),
    Refused("absolute.zip", packed(("/etc/leads.csv", GOOD)), "path out of its folder"),
    Refused("windows.zip", packed(("C:\\leads.csv", GOOD)), "path out of its folder"),
    Refused("link inside.zip", _linked(), "holds a link in place of a file"),
    Refused("no end.zip", packed(("leads.csv", GOOD))[:-20], "its end is missing"),
    Refused("checksum.csv.gz", _no_checksum, "is a damaged archive"),
    Refused("deflate.zip", _damaged(zipfile.ZIP_DEFLATED), "is a damaged archive"),
    Refused("bzip2.zip", _damaged(zipfile.ZIP_BZIP2), r"is damaged \(Invalid data stream\)"),
    Refused("lzma.zip", _damaged(zipfile.ZIP_LZMA), "is a damaged archive"),
    Refused("only magic.gz", b"\x1f\x8b", "ends too early|is a damaged archive"),
    Refused("cut in header.gz", _HALF[:9], "ends too early"),
    Refused("cut at start.gz", _HALF[:12], "ends too early"),
    Refused("cut amid.gz", _HALF[: len(_HALF) // 2], "ends too early"),
    Refused("cut before end.gz", _HALF[:-9], "ends too early"),
    Refused("cut in end.gz", _HALF[:-1], "ends too early"),
    Refused("other name.zip", _renamed(), "is a damaged archive"),
    Refused("no name.zip", packed(("", GOOD)), "is a damaged archive"),
    Refused("trailing.gz", gzipped(GOOD) + b"more", "is a damaged archive"),
    Refused("empty inside.gz", gzipped(b""), "holds an empty file"),
    Read("two members.gz", gzipped(GOOD) + gzipped(b"L2,2026-01-02,Ads\n"), kept=2),
    Read("folder inside.zip", packed(("x/", b""), ("x/leads.csv", GOOD)), kept=1),
]
