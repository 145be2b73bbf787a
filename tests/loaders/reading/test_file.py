"""What a file holds is read completely: each record is given, or refused with its line."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import SourceError
from loaders.reading.file import SourceFile, sha256
from loaders.reading.source import Limits, ReadSettings
from tests.loaders.reading.reading_files import Damaged, Reader, reader_in


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reader_in(tmp_path_factory.mktemp("reading")) as reader:
        yield reader


# Header


def test_columns_have_names_the_engine_can_tell_apart(reader: Reader) -> None:
    read = reader.read_text(' E-mail ,,"Total\nleads",E-MAIL,Line,line\n1,2,3,4,5,6\n')
    assert read.source.columns == (
        "E-mail",
        "column_2",
        "Total leads",
        "E-MAIL_2",
        "Line_2",
        "line_3",
    )
    assert read.rows == [("1", "2", "3", "4", "5", "6")]
    assert read.lines == [3]


def test_a_preamble_is_skipped_to_the_header_that_is_asked_for(reader: Reader) -> None:
    text = 'Campaign report\n"1 January, 2026"\n\nDay,ＣＯＳＴ ,Clicks\n2026-01-01,5,7\n'
    read = reader.read_text(text, ReadSettings(header=("day", "Cost")))
    assert read.source.columns == ("Day", "ＣＯＳＴ", "Clicks")
    assert read.rows == [("2026-01-01", "5", "7")]
    assert read.lines == [5]


def test_a_preamble_is_told_from_the_header_without_names(reader: Reader) -> None:
    preamble = "Campaign report;;\nfrom 1 to 31 January;;\n2026-01-01;3;4\n\n"
    read = reader.read_text(preamble + "Day;Cost;Clicks\n2026-01-01;5,5;7\n2026-01-02;6,5;8\n")
    assert read.source.columns == ("Day", "Cost", "Clicks")
    assert read.lines == [6, 7]


def test_a_header_is_not_looked_for_below_fifty_lines(reader: Reader) -> None:
    text = "about\n" * 49 + "Day,Cost\n1,2\n"
    asked = ReadSettings(header=("Day",))
    assert reader.read_text(text, asked).lines == [51]
    with pytest.raises(SourceError, match=r'export.csv: none of the first 50 lines .* "Day"'):
        reader.read_text("about\n" + text, asked)


def test_the_line_in_which_excel_names_the_delimiter_is_not_data(reader: Reader) -> None:
    read = reader.read_text("sep=|\r\nname|size\r\nAcme, Inc|5\r\n")
    assert read.rows == [("Acme, Inc", "5")]


@pytest.mark.parametrize(
    ("text", "delimiter", "last"),
    [
        ('id,day,note\n1,5 May,"a\tb\tc\td"\n2,6 May,"x\ty\tz\tw"\n', ",", "x\ty\tz\tw"),
        ('id,day,note\n1,5 May,"a\tb\tc\td"\n2,6 May\n3,7 May,"x\ty\tz\tw"\n', ",", "x\ty\tz\tw"),
        ('id;note\n1;"a,b,c"\n2;"d,e,f"\n', ";", "d,e,f"),
        ("id,tags\n1,a;b;c\n2,d;e;f\n", ",", "d;e;f"),
        ("Day;Cost\n2026-01-01;5,5\n2026-01-02;6,5\n", ";", "6,5"),
        ("Report\n\nDay;Cost\n2026-01-01;5,5\n2026-01-02;6,5\n", ";", "6,5"),
        ('id\tsaid\n1\the said "yes", then\n2\t"so ""a"", b"\n', "\t", 'so "a", b'),
    ],
)
def test_another_delimiter_inside_values_is_text(
    reader: Reader, text: str, delimiter: str, last: str
) -> None:
    read = reader.read_text(text)
    assert read.source.delimiter == delimiter
    assert read.rows[-1][-1] == last


def test_one_column_needs_no_delimiter(reader: Reader) -> None:
    read = reader.read_text("company\nAcme\n\n  Globex\n")
    assert read.rows == [("Acme",), ("  Globex",)]
    assert read.lines == [2, 4]
    assert reader.read_text("company\nAcme\n\n\n").rows == [("Acme",)]


# Lines


def test_the_line_is_where_the_record_starts_in_the_file(reader: Reader) -> None:
    text = 'about\n\na,b\n1,"x\ny\r\nz"\n\n,\n2,w\n"3",v\n'
    read = reader.read_text(text, ReadSettings(header=("a", "b")))
    assert read.rows == [("1", "x\ny\r\nz"), ("2", "w"), ("3", "v")]
    assert read.lines == [4, 9, 10]


def test_lines_are_counted_through_values_of_several_lines(reader: Reader) -> None:
    read = reader.read_text('a\n"x\ny"\nz\n')
    assert (read.rows, read.lines) == ([("x\ny",), ("z",)], [2, 4])
    read = reader.read_text('a,b\n1,"x\ny"\n2, "z"\n3\n4,w\n')
    assert (read.lines, [bad.line for bad in read.damaged]) == ([2, 4, 6], [5])


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n",
        '\ufeff"a","b"\r\n"1","x, ""y"""\r\n',
        "about\na,b\n1,2",
        "a,b\r\n1,2\r\n\r\n\r\n",
    ],
)
def test_a_file_of_good_lines_is_read_where_it_is(reader: Reader, text: str) -> None:
    read = reader.read_text(text, ReadSettings(header=("a", "b")))
    assert "export.csv" in read.source.relation
    assert len(read.rows) == 1


def test_lines_may_end_in_a_carriage_return_and_values_hold_line_feeds(reader: Reader) -> None:
    read = reader.read_text('a,b\r1,"x\ny"\r2,"""z"""\r')
    assert read.rows == [("1", "x\ny"), ("2", '"z"')]


def test_mixed_line_ends_around_the_header_are_refused_by_name(reader: Reader) -> None:
    with pytest.raises(
        SourceError, match=r"export\.csv mixes line ends: some lines end in a carri"
    ):
        reader.read_text("a,b\r1,2\r3,4\n5,6\n")


def test_a_header_longer_than_any_is_named(reader: Reader) -> None:
    with pytest.raises(SourceError, match="line 2 is longer than any header"):
        reader.read_text("\na," + "x" * 200_000 + "\n1,2\n")


# Damage


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("1", "1 value where the header has 2"),
        ("1,2,3", "3 values where the header has 2"),
        ('1,"2"x', "a quote that is not closed, or text after the closing quote"),
        ('1,"2', "a quote that is not closed, or text after the closing quote"),
        ("1,2\r3", "a carriage return inside a value that is not quoted"),
        ("1,\0", "a NUL byte"),
        (b"1,\xff", "bytes that are not valid in the file's encoding"),
    ],
)
def test_a_record_that_can_not_be_read_is_given_with_its_line(
    reader: Reader, record: str | bytes, reason: str
) -> None:
    written = record if isinstance(record, bytes) else record.encode()
    read = reader.read_text("a,b\nä,ö\n".encode() + written + b"\n5,6" + b"\n7,8" * 99)
    assert read.rows[:2] == [("ä", "ö"), ("5", "6")]
    assert len(read.rows) == 101
    assert read.lines[:2] == [2, 4]
    assert [(bad.line, bad.reason) for bad in read.damaged] == [(3, reason)]


def test_a_carriage_return_out_of_place_is_damage_although_the_count_is_right(
    reader: Reader,
) -> None:
    read = reader.read_text("a,b\r\n1,\r2\n3,4\r\n")
    assert (read.rows, [bad.line for bad in read.damaged]) == ([("3", "4")], [2])


def test_quotes_inside_a_plain_value_do_not_hide_a_delimiter(reader: Reader) -> None:
    read = reader.read_text('a,b\n1"x,y",2\n3,4\n')
    assert (read.rows, [bad.line for bad in read.damaged]) == ([("3", "4")], [2])


def test_a_line_with_too_many_values_does_not_lend_them_to_the_next(reader: Reader) -> None:
    read = reader.read_text("a,b,c\n1,2,3,4\n5,6\n7,8,9\n")
    assert read.rows == [("7", "8", "9")]
    assert [bad.line for bad in read.damaged] == [2, 3]


def test_an_open_quote_costs_one_line_and_never_the_rest(reader: Reader) -> None:
    rows = [f"{number},text\n" for number in range(2, 40_000)]
    rows[20_000] = '20002,"open\n'
    read = reader.read_text("a,b\n" + "".join(rows))
    assert len(read.rows) == len(rows) - 1
    assert [(bad.line, bad.raw) for bad in read.damaged] == [(20_002, '20002,"open')]


@pytest.mark.parametrize("closing", ['y",3,4', '3,3,y"'])
def test_two_open_quotes_do_not_swallow_the_records_between_them(
    reader: Reader, closing: str
) -> None:
    read = reader.read_text(f'a,b,c\n1,2,"x\n4,5,6\n7,8,9\n1,1,1\n2,2,2\n{closing}\n5,5,5\n')
    assert [row[0] for row in read.rows] == ["4", "7", "1", "2", closing.split(",")[0], "5"]
    assert [bad.line for bad in read.damaged] == [2]


def test_quotes_inside_a_plain_value_and_spaces_around_quotes_are_text(reader: Reader) -> None:
    read = reader.read_text('a,b\n5" disk,6\n "x, y" ,"z"\n')
    assert read.rows == [('5" disk', "6"), ("x, y", "z")]


def test_empty_values_behind_the_last_column_are_dropped(reader: Reader) -> None:
    assert reader.read_text("a,b\n1,2,,\n3,4\n").rows == [("1", "2"), ("3", "4")]


def test_bytes_that_the_declared_encoding_does_not_have_are_damage(reader: Reader) -> None:
    content = "城市,数\n广州,1\n".encode("gb18030") + b"\x80\x80,2\n" + "北京,3\n".encode("gb18030")
    read = reader.read_text(content, ReadSettings(encoding="gbk"))
    assert read.rows == [("广州", "1"), ("北京", "3")]
    assert [bad.line for bad in read.damaged] == [3]


def test_a_file_without_a_record_is_an_error_that_says_why(reader: Reader) -> None:
    for text, said in [
        ("", "is empty"),
        ("a,b\n", "a header and no records"),
        ("a,b", "a header and no records"),
        ("a,b\n\n,\n", "a header and no records"),
        ("\n\n", "only blank ones"),
        ("a,b\n1\n", "none of its 1 records can be read, line 2: 1 value where the header has 2"),
        ('a,b\n"1,2\n', "none of its 1 records can be read, line 2: a quote"),
    ]:
        with pytest.raises(SourceError, match=rf"export\.csv.*{said}"):
            reader.read_text(text, ReadSettings(header=("a", "b")) if "a,b" in text else None)


# Any text

CELL = st.text(alphabet='ab ,;"\n\r\té城', max_size=5)

ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8)

IN_PLACE = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(ROWS, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]))
@IN_PLACE
def test_what_a_csv_writer_wrote_is_read_back(
    reader: Reader, rows: list[list[str]], delimiter: str, line_end: str
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["h1", "h2", "h3"])
    # Python's writer does not quote a carriage return unless it ends its lines.
    all_quoted = any("\r" in cell for row in rows for cell in row)
    csv.writer(
        written,
        delimiter=delimiter,
        lineterminator=line_end,
        quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
    ).writerows(rows)
    writer.writerow(["x", "y", "z"])
    read = reader.read_text(
        written.getvalue(), ReadSettings(header=("h1", "h2", "h3"), encoding="utf-8")
    )
    records = [row for row in rows if all_quoted or any(row)]
    expected = [tuple(cell or None for cell in row) for row in records]
    assert read.rows == [*expected, ("x", "y", "z")]
    assert read.damaged == []


@given(st.binary(max_size=60), st.sampled_from([b",", b";"]))
@IN_PLACE
def test_no_text_makes_the_engine_see_other_records(
    reader: Reader, body: bytes, delimiter: bytes
) -> None:
    pieces = [delimiter, b'"', b"\n", b"\r\n", b" ", b"\r", b"\0", "é".encode(), b"\xff", b"ab"]
    text = b"".join(pieces[letter % len(pieces)] for letter in body)
    header = delimiter.join([b"h1", b"h2"])
    read = reader.read_text(
        header + (b"\n1" + delimiter + b"2") * 200 + b"\n" + text,
        ReadSettings(header=("h1", "h2"), encoding="utf-8"),
    )
    assert read.lines == sorted(read.lines)
    assert not set(read.lines) & {bad.line for bad in read.damaged}


@given(ROWS)
@IN_PLACE
def test_where_a_file_is_cut_into_pieces_does_not_show(
    reader: Reader, rows: list[list[str]]
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["h1", "h2", "h3"], ["x", "y", "z"], *rows, ["1", '2"', "é"]])
    path = reader.work / "pieces.csv"
    path.write_bytes(written.getvalue().encode())
    asked = ReadSettings(header=("h1", "h2", "h3"), encoding="utf-8")
    whole = reader.read(path, asked)
    pieces = reader.read(path, asked, Limits(max_line_bytes=61))
    assert (pieces.rows, pieces.lines, pieces.damaged) == (whole.rows, whole.lines, whole.damaged)


# Encoding


def test_the_first_foreign_character_may_come_late(reader: Reader) -> None:
    ascii_part = "a,b\n" + "plain,text\n" * 500_000
    for city, encoding in [("广州", "gb18030"), ("Zürich", "cp1252"), ("Zürich", "utf-8")]:
        read = reader.read_text(ascii_part.encode() + f"{city},1\n".encode(encoding))
        assert read.source.encoding == encoding
        assert read.rows[-1] == (city, "1")


def test_a_file_that_is_utf_8_is_read_as_such_whatever_was_declared(reader: Reader) -> None:
    text = "城市,n\n广州和深圳,1\n".encode()
    for declared in ("gb18030", "latin-1", "utf-8", "utf-16"):
        assert reader.read_text(text, ReadSettings(encoding=declared)).source.encoding == "utf-8"


def test_a_declared_encoding_that_can_not_be_is_detected_after_all(reader: Reader) -> None:
    text = "城市,n\n广州和深圳,1\n".encode("gb18030")
    read = reader.read_text(text, ReadSettings(encoding="utf-16"))
    assert (read.source.encoding, read.rows) == ("gb18030", [("广州和深圳", "1")])


def test_a_declared_encoding_is_used(reader: Reader) -> None:
    text = "имя,город\nИван,Москва\n"
    read = reader.read_text(text.encode("koi8-r"), ReadSettings(encoding="koi8-r"))
    assert read.rows == [("Иван", "Москва")]


@pytest.mark.parametrize(
    ("text", "encoding", "hint"),
    [
        ("имя,город\nИван,Москва\nАнна,Казань\n", "cp1251", "cp1251"),
        ("이름,도시\n김철수,서울\n박영희,부산\n이민호,대구광역시\n", "cp949", "cp949"),
        ("姓名,公司\n張偉,華為技術有限公司\n李娜,騰訊科技\n", "big5", "big5"),
        ("imię,miasto\nPaweł Wąs,Łódź\nŻaneta,Kraków\n", "cp1250", "cp1250"),
    ],
)
def test_an_encoding_that_has_to_be_declared_is_refused_with_a_guess(
    reader: Reader, text: str, encoding: str, hint: str
) -> None:
    with pytest.raises(SourceError, match=f'declare it in the mapping: encoding = "{hint}"'):
        reader.read_text(text.encode(encoding))


def test_a_declared_encoding_may_need_escapes_or_more_than_a_byte(reader: Reader) -> None:
    for encoding in ("iso2022_jp", "utf-16-be", "shift_jis"):
        read = reader.read_text("名,n\n東京,1\n".encode(encoding), ReadSettings(encoding=encoding))
        assert (read.source.columns, read.rows) == (("名", "n"), [("東京", "1")])


def test_two_encodings_in_one_file_are_refused(reader: Reader) -> None:
    lines = [f"Müller {number},1\n".encode("cp1252") for number in range(9)]
    with pytest.raises(SourceError, match="mixes encodings"):
        reader.read_text(b"a,b\n" + "Zoë,2\n".encode() + b"".join(lines))


def test_an_unknown_encoding_or_delimiter_is_refused(reader: Reader) -> None:
    with pytest.raises(SourceError, match='encoding "utf-9" is not known'):
        reader.read_text("a,b\n1,2\n", ReadSettings(encoding="utf-9"))
    with pytest.raises(SourceError, match='encoding "hex" is not known'):
        reader.read_text("a,b\n1,2\n", ReadSettings(encoding="hex"))
    with pytest.raises(SourceError, match="delimiter '::' cannot be one"):
        reader.read_text("a,b\n1,2\n", ReadSettings(delimiter="::"))


# JSON lines


def read_json(reader: Reader, *lines: str | bytes) -> list[tuple[object, ...]]:
    path = reader.work / "events.jsonl"
    encoded = [line if isinstance(line, bytes) else line.encode() for line in lines]
    path.write_bytes(b"\n".join(encoded) + b"\n")
    return reader.read(path).rows


def test_json_values_are_text_and_nested_ones_json_text(reader: Reader) -> None:
    line = {"s": 'a "b"\n', "n": 1.5, "i": 12345678901234567890, "t": True, "z": None, "e": ""}
    assert read_json(reader, json.dumps(line), '{"o": {"k": [1, "广州"]}, "s": "\\u5e7f"}') == [
        ('a "b"\n', "1.5", "12345678901234567890", "true", None, "", None),
        ("广", None, None, None, None, None, '{"k":[1,"广州"]}'),
    ]


def test_a_key_that_comes_late_is_a_column(reader: Reader) -> None:
    rows = read_json(reader, *['{"a": 1}'] * 50_000, '{"late": 2}')
    assert rows[0] == ("1", None)
    assert rows[-1] == (None, "2")


def test_keys_may_hold_any_character(reader: Reader) -> None:
    keys = ["a/b", "a~b", "x.y", "$.q", "0", "'", '"', "", "Line", "城市"]
    path = reader.work / "keys.jsonl"
    path.write_text(json.dumps({key: position for position, key in enumerate(keys)}))
    read = reader.read(path)
    assert read.rows == [tuple(map(str, range(len(keys))))]
    assert read.source.columns == (*keys[:7], "column_8", "Line_2", "城市")


def test_a_line_that_is_no_object_is_damaged(reader: Reader) -> None:
    path = reader.work / "bad.jsonl"
    path.write_bytes(b'\n{"a":1}\r\n[1]\n{"a":}\n{"a":"\xff"}\n{"a":2} {"a":3}\n  {"a":4}')
    read = reader.read(path)
    assert read.rows == [("1",), ("4",)]
    assert read.lines == [2, 7]
    assert [bad.line for bad in read.damaged] == [3, 4, 5, 6]
    assert read.damaged[0] == Damaged(3, "no JSON object: Expected `object`, got `array`", "[1]")


def test_two_objects_on_a_line_are_not_made_up_for_by_a_blank_one(reader: Reader) -> None:
    path = reader.work / "two.jsonl"
    path.write_text('{"a":1} {"a":2}\n\n{"a":3}\n')
    read = reader.read(path)
    assert (read.rows, read.lines, [bad.line for bad in read.damaged]) == ([("3",)], [3], [1])


def test_json_that_is_not_lines_is_refused(reader: Reader) -> None:
    for text in ('[{"a": 1}]', "[]", ' [\n{"a": 1}\n]'):
        with pytest.raises(SourceError, match="one JSON array"):
            read_json(reader, text)
    with pytest.raises(SourceError, match="no line holds a JSON object"):
        read_json(reader, "{", '"a": 1', "}")


# Workbooks


def book(reader: Reader, *cells: tuple[int, int, object], hidden: bool = False) -> Path:
    path = reader.work / "book.xlsx"
    with xlsxwriter.Workbook(path) as written:
        if hidden:
            written.add_worksheet("Lists").hide()
        sheet = written.add_worksheet("Data")
        sheet.activate()
        styles = {
            datetime: written.add_format({"num_format": "d.m.yy h:mm"}),
            date: written.add_format({"num_format": "d.m.yy"}),
            time: written.add_format({"num_format": "h:mm"}),
        }
        for row, column, value in cells:
            if style := styles.get(type(value)):
                sheet.write_datetime(row, column, value, style)
            elif isinstance(value, str) and value.startswith("=SUM"):
                sheet.write_formula(row, column, value, None, 42)
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                sheet.write(row, column, value)
    return path


def test_cells_of_any_kind_are_text(reader: Reader) -> None:
    values = [
        ("00017", "00017"),
        (13800138000, "13800138000"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (True, "true"),
        (date(2026, 3, 5), "2026-03-05"),
        (datetime(2026, 3, 5, 14, 5, 6), "2026-03-05 14:05:06"),
        (time(12, 30), "12:30:00"),
        ("=SUM(1)", "42"),
        ("=1+1", "=1+1"),
        ("a\nb", "a\nb"),
    ]
    cells = [(row, 1, value) for row, (value, _) in enumerate(values, start=1)]
    names = [(row, 0, "x") for row in range(1, len(values) + 1)]
    read = reader.read(book(reader, (0, 0, "name"), (0, 1, "value"), *names, *cells))
    assert [row[1] for row in read.rows] == [text for _, text in values]


def test_a_sheet_may_start_anywhere_and_have_gaps(reader: Reader) -> None:
    cells = [(2, 1, "Report"), (4, 1, "Day"), (4, 2, "Cost"), (6, 1, "Monday"), (6, 2, 5)]
    read = reader.read(book(reader, *cells, (9, 1, " ")), ReadSettings(header=("cost",)))
    assert read.source.columns[-2:] == ("Day", "Cost")
    assert [row[-2:] for row in read.rows] == [("Monday", "5")]
    assert read.lines == [7]


def test_the_sheet_is_the_named_one_or_the_first_visible(reader: Reader) -> None:
    path = book(reader, (0, 0, "a"), (1, 0, "1"), hidden=True)
    assert reader.read(path).source.sheet == "Data"
    assert reader.read(path, ReadSettings(sheet=" data ")).source.sheet == "Data"
    with pytest.raises(SourceError, match='no sheet "Leads", but "Lists", "Data"'):
        reader.read(path, ReadSettings(sheet="Leads"))
    with pytest.raises(SourceError, match='sheet "Lists" is empty'):
        reader.read(path, ReadSettings(sheet="Lists"))


def test_a_sheet_without_records_is_an_error(reader: Reader) -> None:
    with pytest.raises(SourceError, match="a header and no records"):
        reader.read(book(reader, (0, 0, "a"), (0, 1, "b")))
    with pytest.raises(SourceError, match=r'none of the first 50 rows is a header with "z"'):
        reader.read(book(reader, (0, 0, "a"), (1, 0, "1")), ReadSettings(header=("z",)))


# Parquet


def test_parquet_values_of_any_type_are_text(reader: Reader) -> None:
    at = datetime(2026, 3, 5, 14, 5, 6)
    frame = pl.DataFrame(
        {
            "id": [17.0, None],
            "rate": [0.25, float("nan")],
            "count": [12345678901234567, None],
            "on": [date(2026, 3, 5), None],
            "at": [at, None],
            "flag": [True, None],
            "list": [[1, 2], None],
            "fields": [{"k": "v"}, None],
            "amount": [Decimal("12.50"), None],
            "took": [time(1, 2, 3), None],
            "kind": pl.Series(["a", None], dtype=pl.Categorical),
            "bytes": [b"text", None],
            "nothing": [None, None],
            "ID": ["x", "y"],
        }
    ).with_columns(zoned=pl.col("at").dt.replace_time_zone("Asia/Shanghai"))
    path = reader.work / "typed.parquet"
    frame.write_parquet(path)
    read = reader.read(path)
    assert read.source.columns == (*frame.columns[:-2], "ID_2", "zoned")
    assert read.rows[0] == (
        *("17", "0.25", "12345678901234567", "2026-03-05", "2026-03-05 14:05:06", "true"),
        *("[1,2]", '{"k":"v"}', "12.50", "01:02:03", "a", "text", None, "x"),
        str(at - timedelta(hours=8)) + "+00:00",
    )
    assert read.rows[1] == (*[None] * 13, "y", None)
    assert read.lines == [1, 2]


# The rest


def test_what_is_written_while_reading_stays_in_the_work_folder(reader: Reader) -> None:
    folder = reader.work / "exports"
    folder.mkdir()
    path = folder / "a.csv"
    path.write_bytes("城市;n\n广州;1\n".encode("gb18030"))
    reader.read(path)
    assert list(folder.iterdir()) == [path]


MEASURED = """
import resource, sys, tempfile
from pathlib import Path
from loaders.reading.file import open_source
from loaders.reading.source import ReadSettings
with tempfile.TemporaryDirectory() as work:
    open_source(Path(sys.argv[1]), ReadSettings(), Path(work))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_megabytes(path: Path, first: bytes, line: bytes, megabytes: int) -> int:
    with path.open("wb") as file:
        file.write("城市,n\n广州深圳北京,1\n".encode("gb18030") + first)
        for _ in range(megabytes):
            file.write(line * (1_000_000 // len(line)))
    measured = subprocess.run(
        [sys.executable, "-c", MEASURED, path],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=True,
    )
    return int(measured.stdout) // 1024


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "line"),
    [
        (b"", b"some city,1\n"),
        (b"", b'"a ""city""",1\n'),
        (b"", b'"a\nb",1\n' * 50 + b"x\n1,2,,\n"),
        (b'"open,1\n', b"some city of some country,1\n"),
    ],
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, first: bytes, line: bytes) -> None:
    small = peak_megabytes(tmp_path / "small.csv", first, line, 30)
    large = peak_megabytes(tmp_path / "large.csv", first, line, 70)
    assert large - small < 20


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "about\n\n城市;Cost\n广州;1\n".encode("gb18030")),
        ("b.csv", "城市\tCost\r广州\t1\r".encode("utf-16")),
        ("c.jsonl", '{"城市": "广州"}\nbad\n{"Cost": 1}'.encode()),
    ],
)
def test_the_columns_can_be_seen_before_reading(reader: Reader, name: str, content: bytes) -> None:
    path = reader.work / name
    path.write_bytes(content)
    file = SourceFile(path, reader.work)
    assert file.columns(ReadSettings()) == ("城市", "Cost")
    assert file.read(ReadSettings()).columns == ("城市", "Cost")


def test_the_columns_of_a_workbook_can_be_seen_before_reading(reader: Reader) -> None:
    path = book(reader, (0, 0, "Report"), (2, 0, "Day"), (2, 1, "Cost"), (3, 0, "Monday"))
    columns = SourceFile(path, reader.work).columns(ReadSettings(header=("Day",)))
    assert columns == ("Day", "Cost")


def test_the_digest_is_the_one_of_the_bytes(reader: Reader) -> None:
    path = reader.work / "digest.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert sha256(path) == hashlib.sha256(b"a,b\n1,2\n").hexdigest()


def test_a_line_of_broken_bytes_hides_no_column_of_json_lines(reader: Reader) -> None:
    path = reader.work / "export.jsonl"
    path.write_bytes(b'{"\x80a": 1}\n{"b": 2}\n')
    assert SourceFile(path, reader.work).columns(ReadSettings()) == ("b",)
