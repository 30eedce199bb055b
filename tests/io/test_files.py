from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.io import files
from eventstudy.io.files import _has_bare_cells, keyed_path, read_table, read_toml, sha256_of


@pytest.fixture
def write(tmp_path):
    def write(content, name="prices.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_cells_are_stripped_text_and_rows_those_of_a_spreadsheet(write):
    path = write('date, N225 ,note\n2025-05-02, 1.50,\n\n,,\n2025-05-07,2,"a, b\nc"\n')
    table = read_table(path)
    assert table.frame.to_dict("list") == {
        "date": ["2025-05-02", "2025-05-07"],
        "N225": ["1.50", "2"],
        "note": ["", "a, b\nc"],
    }
    assert table.rows.tolist() == [2, 5]
    assert table.path == path
    assert table.delimiter == ","


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_mark_and_line_ends_are_read(write, delimiter, mark, end):
    lines = [delimiter.join(cells) for cells in (("date", "Ä"), ("2025-05-02", "é"))]
    table = read_table(write(mark + (end.join(lines) + end).encode()))
    assert table.delimiter == delimiter
    assert table.frame.to_dict("list") == {"date": ["2025-05-02"], "Ä": ["é"]}


def test_a_quoted_delimiter_in_the_header_does_not_decide(write):
    table = read_table(write('"a;b;c",d\n1,2\n'))
    assert list(table.frame) == ["a;b;c", "d"]


def test_the_hash_is_that_of_the_bytes(write):
    content = b"\xef\xbb\xbfa,b\r\n1,2\r\n"
    path = write(content)
    assert read_table(path).sha256 == sha256_of(path) == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("", ["prices.csv is empty"]),
        (b"\xef\xbb\xbf", ["prices.csv is empty"]),
        (" \n\n", ["prices.csv is empty"]),
        (",,\n,\n", ["prices.csv holds no header, only empty cells"]),
        ("date,N225\n", ["prices.csv holds a header and no rows"]),
        ("date,N225\n,\n", ["prices.csv holds a header and no rows"]),
        ("date,A,A\n1,2,3\n", ["prices.csv row 1: column 'A' is there 2 times"]),
        ("date,A, A \n1,2,3\n", ["prices.csv row 1: column 'A' is there 2 times"]),
        ("date,,A\n1,2,3\n", ["prices.csv row 1: column 2 has no name"]),
        (
            "a,b\n1,2\n\n1\n1,2,3\n",
            [
                "prices.csv row 4: 1 cells where the header has 2",
                "prices.csv row 5: 3 cells where the header has 2",
            ],
        ),
        ('a,b\n1,2\n"1,2\n', ["prices.csv row 3: unexpected end of data"]),
    ],
)
def test_what_cannot_be_used_is_named_by_row(write, content, problems):
    with pytest.raises(SchemaError) as caught:
        read_table(write(content))
    assert list(caught.value.problems) == problems


def test_another_encoding_is_read_and_said(write):
    table = read_table(write("a,b\nné,2\n".encode("cp1252")))
    assert table.frame["a"].tolist() == ["né"]
    assert table.assumed == ("prices.csv: read as cp1252",)


def test_damaged_utf8_is_refused_by_line(write):
    with pytest.raises(SourceError, match=r"^prices\.csv line 2: not UTF-8 \(byte 0xe9"):
        read_table(write(b"a,b\n" + b"n\xe9,\xc3\xa9\xc3\xa8\n"))


def test_a_folder_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(SourceError, match="is a folder; a file is needed"):
        read_table(tmp_path)
    with pytest.raises(SourceError, match=r"nothing\.csv: no such file"):
        sha256_of(tmp_path / "nothing.csv")
    with pytest.raises(SourceError, match=r"below\.csv: cannot be read \(Not a directory\)"):
        read_table(Path(__file__) / "below.csv")


def test_toml_nested_deeper_than_anybody_writes_is_refused(tmp_path):
    path = tmp_path / "deep.toml"
    path.write_text(f"markets = {'[' * 5000}{']' * 5000}\n", encoding="utf-8")
    with pytest.raises(SpecificationError, match=r"deep.toml: its lists or tables are nested too"):
        read_toml(path)


def test_the_index_of_a_frame_trailing_commas_and_a_stated_delimiter_are_passed_over(write):
    table = read_table(write(",date,A,,\n0,2025-05-02,1,,\n1,2025-05-05,2,,\n,,,,\n"), first="date")
    assert table.frame.to_dict("list") == {"date": ["2025-05-02", "2025-05-05"], "A": ["1", "2"]}
    assert table.assumed == (
        "prices.csv: the first column, without a name, holds a running number and was passed over",
    )
    assert list(read_table(write(",A\n2025-05-02,1\n"), first="date").frame) == ["date", "A"]
    stated = read_table(write("sep=;\r\ndate;A\r\n2025-05-02;1,5\r\n"))
    assert (stated.delimiter, stated.rows.tolist()) == (";", [3])
    assert stated.frame["A"].tolist() == ["1,5"]
    assert list(read_table(write("date,A\n2025-05-02,1,\n")).frame) == ["date", "A"]


def test_rows_that_a_quotation_mark_swallows_are_an_error_of_its_row(write):
    with pytest.raises(SchemaError) as caught:
        read_table(write('date,A\n2025-05-01,"1\n2025-05-02,2"\n2025-05-05,3,4\n'))
    assert list(caught.value.problems) == [
        "prices.csv row 2: a quotation mark that opens here swallows row 3; close or remove it",
        "prices.csv row 4: 3 cells where the header has 2",
    ]
    with pytest.raises(SchemaError, match=r"row 2: a cell holds a NUL byte"):
        read_table(write("date,A\n2025-05-01,1\0\n"))


@pytest.mark.parametrize("space", ["", " ", "\t", "\u00a0", "\x0b", "\x1f", "\u2028"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_cells_are_bare_only_without_white_space_or_quotation(tmp_path, space, end):
    text = end.join(["date,A", f"2025-05-01,{space}1", "2025-05-02,2", ""])
    assert _has_bare_cells(text) == (not space)
    assert not _has_bare_cells(text.replace("2,2", '2,"2"'))
    (tmp_path / "prices.csv").write_text(text, newline="", encoding="utf-8")
    assert read_table(tmp_path / "prices.csv").frame["A"].tolist() == ["1", "2"]


def test_a_path_that_is_none_is_refused_by_its_key(tmp_path):
    assert keyed_path("events.file", tmp_path, "a.csv") == tmp_path / "a.csv"
    for text, said in (("a\0b", "holds a NUL"), ("~nobody-of-this-name/a.csv", "has a home")):
        with pytest.raises(SpecificationError, match=said) as caught:
            keyed_path("events.file", tmp_path, text)
        assert caught.value.key == "events.file"
    with pytest.raises(SourceError, match="holds a NUL"):
        sha256_of("a\0b")
    with pytest.raises(SourceError):
        sha256_of("a" * 5000)


@pytest.mark.skipif(not Path("/dev/zero").is_char_device(), reason="no such device here")
def test_a_device_that_never_ends_is_no_file():
    with pytest.raises(SourceError, match="is a device"):
        sha256_of("/dev/zero")


def test_a_number_of_thousands_of_digits_is_no_toml(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text("draws = " + "9" * 5000)
    with pytest.raises(SpecificationError, match="too many digits"):
        read_toml(file)


def test_more_cells_than_memory_holds_are_refused_before_they_are_made(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_CELL_BYTES", 1e6)
    path = tmp_path / "wide.csv"
    path.write_text("date,a,b\n" + "2025-01-02,1,2\n" * 300)
    monkeypatch.setenv("EVENTSTUDY_MEMORY", "800 MB")
    with pytest.raises(SourceError, match=r"903 cells of text need about 903 MB, and 800 MB"):
        read_table(path)
    monkeypatch.setenv("EVENTSTUDY_MEMORY", "1 GB")
    assert len(read_table(path).frame) == 300
