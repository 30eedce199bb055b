"""Bytes as text: what spreadsheets of several countries save, and what nobody can tell."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io.encodings import decode, encoding_of

WESTERN = "event_id,date,headline\nE1,2025-05-02,Zölle für Stahl – “höher”\n"
TAIWANESE = "日期,開盤指數,收盤指數\n114/05/02,台灣加權指數,漲跌點數\n" * 3


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (WESTERN.encode(), "utf-8"),
        (WESTERN.encode("utf-8-sig"), "utf-8-sig"),
        (WESTERN.encode("cp1252"), "cp1252"),
        (WESTERN.encode("utf-16"), "utf-16"),
        (WESTERN.encode("utf-16-le"), "utf-16-le"),
        (WESTERN.encode("utf-16-be"), "utf-16-be"),
        (TAIWANESE.encode("big5"), "big5hkscs"),
        (b"", "utf-8"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(content, encoding):
    assert encoding_of(content) == encoding


def test_what_is_not_plain_utf8_is_said():
    assert decode("e.csv", WESTERN.encode()) == (WESTERN, "")
    assert decode("e.csv", WESTERN.encode("utf-8-sig")) == (WESTERN, "")
    assert decode("e.csv", WESTERN.encode("cp1252")) == (WESTERN, "e.csv: read as cp1252")
    assert decode("e.csv", WESTERN.encode("utf-16")) == (WESTERN, "e.csv: read as UTF-16")
    assert decode("e.csv", TAIWANESE.encode("big5"), "big5").text == TAIWANESE


def test_a_damaged_file_names_the_line():
    damaged = "äöü\nx".encode() + b"\xe9\n"
    with pytest.raises(SourceError, match=r"e\.csv line 2: not UTF-8 \(byte 0xe9\)"):
        decode("e.csv", damaged)
    with pytest.raises(SourceError, match=r"e\.csv: is not in the encoding ascii"):
        decode("e.csv", damaged, "ascii")


@pytest.mark.parametrize("name", ["rot13", "a\0b", "x" * 5000, "idna", "hex", "undefined"])
def test_an_encoding_that_is_none_of_text_is_refused(name):
    with pytest.raises(SourceError, match="is not in the encoding") as caught:
        decode("a.csv", b"caf\xe9", name)
    assert len(str(caught.value)) < 300
    if name == "idna":
        with pytest.raises(SourceError, match="is not in the encoding"):
            decode("a.csv", b"plain", name)
