"""Text that is not what it seems: encodings, line ends, quotes, widths, values."""

from __future__ import annotations

from pathlib import Path

from tests.loaders.reading.hostile.case import GOOD, HEADER, ROW, Read, Refused


def _leads(*channels: str, created: str = "2026-01-01") -> bytes:
    rows = (f"L{number},{created},{channel}\n" for number, channel in enumerate(channels, 1))
    return HEADER + "".join(rows).encode()


def _dates(*dates: str) -> bytes:
    rows = (f"L{number},{date},Email\n" for number, date in enumerate(dates, 1))
    return HEADER + "".join(rows).encode()


def _spend(*amounts: str) -> bytes:
    rows = (f"O{number},2026-01-01,{amount},USD\n" for number, amount in enumerate(amounts, 1))
    return ("opportunity_id,created_at,amount,currency\n" + "".join(rows)).encode()


def hole(gibibytes: int) -> Refused:
    """A line of so many GiB that takes no room on the disk: a hole behind many good lines."""

    def sparse(path: Path) -> None:
        with path.open("wb") as file:
            file.write(HEADER + ROW * 5_000 + b"L2,2026-01-01,")
            file.truncate(gibibytes * 1024**3)

    return Refused("hole.csv", sparse, "line 5002 is longer than 16,777,216 bytes")


_MANY = b"".join(b"L%d,2026-01-01,Email\n" % number for number in range(2, 200))

_WIDE = b",".join(b"column%d" % number for number in range(100_000))

_FOREIGN = GOOD + "L0,2026-01-01,Zoë\n".encode()

_MAC = GOOD.replace(b"\n", b"\r")


LINES: list[Refused | Read] = [
    Refused(
        "same header.csv",
        HEADER.rstrip() + b",channel,Channel\n" + ROW.rstrip() + b",x,y\n",
        "3 columns are called channel",
    ),
    Refused("long line.csv", GOOD + b"L2,2026-01-01," + b"x" * 17_000_000, "line 3 is longer than"),
    Refused(
        "long header.csv", b"lead_id," + b"x" * 1_000_000 + b"\n1,2\n", "line 1 is longer than"
    ),
    Refused("endless header.csv", b"x" * 3_000_000, "line 1 is longer than any header"),
    Refused("wide.csv", _WIDE + b"\n" + _WIDE + b"\n", "line 1 is longer than any header"),
    Refused("blank.csv", b"\n" * 100_000, "only blank ones"),
    Refused("spaces.csv", b" " * 100_000, "only blank ones"),
    Refused("delimiters.csv", b",,,,\n" * 1_000, "only blank ones"),
    Refused("no rows.csv", HEADER, "holds a header and no records"),
    Refused(
        "open quote at once.csv", HEADER + b'"L1,2026-01-01,Email\n', "a quote that is not clo"
    ),
    Refused(
        "open header.csv",
        b'lead_id,created_at,"channel\n' + ROW * 300,
        "line 1: a quote in the header is not closed",
    ),
    Refused("two macs.csv", _MAC + b"L2,2026-01-01,Ads\n", "mixes line ends"),
    Read("open quote.csv", GOOD + b'L2,2026-01-01,"open\n' + _MANY, kept=199, rejected=1),
    Read("mac.csv", _MAC + b'L2,2026-01-01,"a\nb"\r', kept=2),
    Read("mixed ends.csv", HEADER + b"L1,2026-01-01,a\r\nL2,2026-01-01,b\nL3,2026-01-01,c", kept=3),
    Read("stray return.csv", GOOD + b"L2,2026-01\r-01,b\nL3,2026-01-01,c\n", kept=2, rejected=1),
    Read("ragged.csv", GOOD + b"L2,2026-01-01\nL3,2026-01-01,c,d\nL4,2026-01-01,x,\n", 2, 2),
    Read("nul.csv", GOOD + b"L2,2026-01-01,a\0b\n" + _MANY.replace(b"L2,", b"M,"), 199, 1),
    Read("ctrl z.csv", GOOD + b"\x1a", kept=1, rejected=1),
    Read("header twice.csv", GOOD + HEADER + b"L2,2026-01-01,Ads\n", kept=2, rejected=1),
    Read("no last end.csv", GOOD.rstrip(), kept=1),
]


ENCODINGS: list[Refused | Read] = [
    Refused("control.csv", bytes(range(1, 9)) * 500, "is not a text file"),
    Read("utf-16.csv", GOOD.decode().encode("utf-16"), kept=1),
    Read("utf-16 odd.csv", GOOD.decode().encode("utf-16") + b"L", kept=1, rejected=1),
    Read("utf-32.csv", GOOD.decode().encode("utf-32"), kept=1),
    Refused("utf-32 without mark.csv", GOOD.decode().encode("utf-32-le"), "is not a text file"),
    Refused("guess.csv", GOOD + b"L2,2026-01-01,\xff\xfe\n", "encoding that is not certain"),
    Read("utf-7.csv", HEADER + "L1,2026-01-01,Café\n".encode("utf-7"), kept=1),
    Read("mark amid.csv", GOOD + b"\xef\xbb\xbfL2,2026-01-02,Ads\n", kept=2),
    Read("two marks.csv", b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD, kept=1),
    Read("surrogate.csv", _FOREIGN + b"L2,2026-01-01,\xed\xa0\x80\n", kept=2, rejected=1),
    Read("overlong.csv", _FOREIGN + b"L2,2026-01-01,\xc0\xaf\n", kept=2, rejected=1),
    Read("invalid.csv", _FOREIGN + b"L2,2026-01-01,\xff\xfe\n", kept=2, rejected=1),
]


VALUES: list[Refused | Read] = [
    Read("override.csv", _leads("\u202eliamE", "\u200bEmail", "a\u2066b"), kept=3),
    Read("formulas.csv", _leads("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"), kept=5),
    Read(
        "markup.csv", _leads("[red]x[/red]", "<script>alert(1)</script>", "'; DROP TABLE lead"), 3
    ),
    Read("combining.csv", _leads("e" + "\u0301" * 5_000, "\U0010ffff", "\ufffd"), kept=3),
    Read("years.csv", _dates("0000-01-01", "9999-12-31", "+292277-01-01", "2026-01-01"), 1, 3),
    Read("days.csv", _dates("2026-02-30", "2026-13-01", "2026-01-01T25:00:00", "2026-01-01"), 1, 3),
    Read("long number.csv", _dates("1" * 5_000, "2026-01-01"), 1, 1),
    Read("amounts.csv", _spend("1e999999", "NaN", "inf", "-0", "9" * 400, "5"), 3, 3),
    Read("long value.csv", _leads("x" * 10_000_000, "y"), kept=2),
]
