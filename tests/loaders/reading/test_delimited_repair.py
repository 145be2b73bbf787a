"""Records are found in one pass, where trying each line by itself would find them too."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loaders.reading.delimited_repair import Grammar, Piece
from tests.growth import check_growth

QUOTED = rb' *+"(?:[^"]++|"")*+'
VALUE = rb'(?:%b" *+|(?! *")[^,\r\n]*+)' % QUOTED
BEFORE = rb"(?:%b,)" % VALUE
OPEN = "a quote that is not closed, or text after the closing quote"

TEXTS = st.tuples(
    st.lists(
        st.sampled_from(
            [b'"', b",", b"\n", b"a", b" ", b"\r\n", b"\r", b'""', b'x","y\n', b'"\n"', b"a,b\n"]
        ),
        max_size=40,
    ).map(b"".join),
    st.sampled_from([1, 2, 3]),
)


def each_line_tried(text: bytes, width: int) -> Iterator[tuple[int, bytes, bool]]:
    """Line, text and whether it is a record, of each stretch of a text. May take its square."""
    blank = rb",*+" if width == 1 else rb"(?:,*+|[ \t]++)"
    record = re.compile(
        rb"(?P<blank>%b)\r?\n|(?P<good>%b{%d}%b),*+\r?\n|(?P<other>%b*+%b)\r?\n|(?P<bad>[^\n]*+)\n"
        % (blank, BEFORE, width - 1, VALUE, BEFORE, VALUE)
    )
    line, position = 1, 0
    while position < len(text):
        match = record.match(text, position)
        assert match is not None
        assert match.lastgroup is not None
        raw = match[match.lastgroup]
        between = raw.split(b"\n")[1:-1]
        alone = sum(each.count(b",") == width - 1 for each in between)
        swallows = width > 1 and alone >= 3 and 10 * alone >= 8 * len(between)
        end = match.end()
        if match.lastgroup == "bad" or swallows:
            raw = text[position : text.index(b"\n", position)]
            end = position + len(raw) + 1
            yield line, raw, False
        elif match.lastgroup != "blank":
            yield line, raw, match.lastgroup == "good"
        line += raw.count(b"\n") + 1
        position = end


def pieces(text: bytes, width: int) -> list[Piece]:
    return list(Grammar(",", width).pieces(text, 1, final=True))


@given(TEXTS)
@settings(max_examples=1_000, deadline=None)
@example((b'x","y\n' * 6 + b'"a\n', 2))
@example((b'x","y\n' * 9 + b'a"\n', 2))
@example((b'a,"b\n' + b"a,b\n" * 4 + b'x","y\n' * 3 + b'"\n', 2))
def test_one_pass_finds_what_trying_each_line_finds(asked: tuple[bytes, int]) -> None:
    text, width = asked[0] + b"\n", asked[1]
    found = [(piece.line, piece.raw.replace(b" ", b""), not piece.reason)
             for piece in pieces(text, width)]  # fmt: skip
    tried = [
        (line, raw.replace(b" ", b""), good) for line, raw, good in each_line_tried(text, width)
    ]
    assert found == tried


@pytest.mark.parametrize(
    ("record", "values"),
    [
        (b'x,"a,b"', "2 values"),
        (b'"a,b"', "1 value"),
        (b",,,,a", "5 values"),
        (b'"a"",""b", c', "2 values"),
        (b'5" disk,1', "2 values"),
    ],
)
def test_delimiters_inside_quotes_count_no_values(record: bytes, values: str) -> None:
    (piece,) = pieces(record + b"\n", 3)
    assert piece.reason == f"{values} where the header has 3"


def test_lines_that_an_open_quote_swallowed_are_read() -> None:
    text = b'a,"b\n' + b"1,2\n" * 4 + b'c"\n'
    assert [(piece.line, piece.reason) for piece in pieces(text, 2)] == [
        (1, OPEN),
        *((line, None) for line in range(2, 6)),
        (6, "1 value where the header has 2"),
    ]


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("end", ["\n", '"\n', 'a"\n', '"a\n'])
@pytest.mark.parametrize(
    "unit", ["a", '"', '""a', ",", " ", '",', 'x","y\n', '"\n"', 'a,"b\n', 'a,b\nx","y\n', '"a\n']
)
def test_records_are_found_in_time_proportional_to_their_text(
    unit: str, end: str, width: int
) -> None:
    check_growth(lambda text: pieces(text.encode(), width), unit, end)
