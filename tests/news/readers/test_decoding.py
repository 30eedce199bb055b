from __future__ import annotations

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.news.readers.decoding import Input, digest_of, first_bytes, open_text

LEGACY = {
    "cp932": "中国、米国との通商協議を検討 日経平均、続伸して始まる",
    "gb18030": "商务部：中方正在评估美方谈判请求 人民币中间价上调",
    "big5": "美中貿易談判有望重啟 台股早盤大漲兩百點",
    "cp1252": "Zölle: China prüft Gespräche – l’Élysée réagit à l’annonce",
    "utf-16": "关税 ä",
    "utf-8-sig": "关税 ä",
    "iso2022_jp": "中国、米国との通商協議を検討",
}


@pytest.mark.parametrize(("encoding", "text"), LEGACY.items())
def test_encodings_come_out_right(read, encoding, text):
    news = read(f"date,headline\n2025-05-02,{text}\n2025-05-03,second\n".encode(encoding))
    assert news.frame["headline"].tolist() == [text, "second"]
    is_guess = not encoding.startswith("utf")
    assert bool(news.frame["note"].notna().all()) == is_guess
    if is_guess:
        assert "a guess" in news.frame["note"][0]


def test_a_damaged_byte_is_no_other_encoding(read):
    text = "关税谈判" * 30
    news = read(f"date,headline\n2025-05-02,{text}".encode() + b"\xff\n")
    assert news.frame["headline"].item() == text + "\ufffd"
    assert "1 bytes of the file are not UTF-8" in news.frame["note"].item()


@pytest.fixture
def opened(tmp_path):
    def opened(content):
        path = tmp_path / "a.txt"
        path.write_bytes(content)
        stream, notes = open_text(Input(path, "a.txt"))
        with stream:
            return stream.read(), notes

    return opened


def test_a_mark_then_a_declaration_then_utf8_decides(opened):
    xml = '<?xml version="1.0" encoding="{}"?>'
    assert opened("\ufeffä".encode("utf-16-le")) == ("ä", ())
    text, notes = opened(xml.format("latin-1").encode() + b"\xe4\x80")
    assert (text[-2:], notes) == ("ä€", ())  # as browsers read it
    text, notes = opened(xml.format("utf-16").encode() + "ä".encode())
    assert text.endswith("ä")
    assert notes == ("the file declares the encoding 'utf-16', which it is not in",)
    assert opened("a\r\nä\r".encode()) == ("a\r\nä\r", ())


def test_the_beginning_and_the_digest_of_a_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    assert first_bytes(path, 2) == b"ab"
    assert digest_of(path).startswith("ba7816bf")
    for name in ("none", "a\0\nb"):
        with pytest.raises(SourceError) as caught:
            first_bytes(tmp_path / name)
        assert str(caught.value).isprintable()
