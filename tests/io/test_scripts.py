"""Which of several encodings a text is in: heads decide, then common letters, else nobody."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io.encodings import decode, encoding_of
from eventstudy.io.scripts import CANDIDATES, decided, fitting

TEXTS = {
    "cp949": [
        "종목,날짜\nA005930,2020-03-02\n", "ticker,date\n현대차,2020-03-02\n",
        "ticker,date,headline\nA,2020-03-02,삼성전자 실적 발표\nB,2020-03-03,미국 관세 부과 합의\n",
        "date,삼성전자,현대차\n2020-01-02,1,2\n", "date,name\n2020-01-02,대한항공\n",
    ],
    "gb18030": [
        "日期,收盘价\n2020-01-02,3\n", "firm,date\n工商银行,2020-03-02\n",
        "date,headline\n2020-01-02,美国宣布对华加征关税\n",
    ],
    "big5hkscs": [
        "日期,開盤指數,收盤指數\n114/05/02,台灣加權指數,漲跌點數\n",
        "firm,date\n台積電,2020-03-02\n",
        "date,headline\n2020-01-02,美國宣布對華加徵關稅\n",
    ],
    "cp932": [
        "日付,終値\n2020-01-02,3\n", "firm,date\nトヨタ自動車,2020-03-02\n",
        "date,headline\n2020-01-02,トランプ大統領、関税を発表\n", "date,name\n2020-01-02,日本\n",
    ],
    "euc_jp": ["日付,終値\n2020-01-02,3\n", "date,headline\n2020-01-02,関税を発表\n"],
    "cp1251": ["дата,закрытие\n2020-01-02,3\n", "date,title\n2020-01-02,Сбербанк объявил итоги\n"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "text"), [(code, text) for code, texts in TEXTS.items() for text in texts]
)
def test_short_files_of_every_language_are_read_as_what_they_are(encoding, text):
    assert encoding in CANDIDATES
    content = text.encode(encoding)
    assert encoding_of(content) == encoding
    assert decode("e.csv", content).text == text


@pytest.mark.parametrize(
    ("encoding", "name"), [("gb18030", "贵州茅台"), ("big5hkscs", "鴻海"), ("cp932", "三菱商事")]
)
def test_what_could_be_several_is_an_error_that_names_them_and_no_garbled_text(encoding, name):
    content = f"date,name\n2020-01-02,{name}\n".encode(encoding)
    assert len(set(fitting(content).values())) > 1
    assert decided(fitting(content)) is None
    with pytest.raises(SourceError) as caught:
        decode("e.csv", content)
    said = str(caught.value)
    assert "e.csv line 2: not UTF-8" in said
    assert encoding in said
    assert 'say which, encoding = "' in said
    # and one who says it is heard
    assert name in decode("e.csv", content, encoding).text


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("iso8859-2", "PKN Orlen Płock"), ("cp1252", "ÅÄÖ"), ("cp1252", "CAÑÓN")],
)
def test_few_letters_of_one_encoding_are_not_taken_for_those_of_another(encoding, name):
    content = f"date,name\n2020-01-02,{name}\n".encode(encoding)
    with pytest.raises(SourceError, match="not UTF-8") as caught:
        decode("e.csv", content)
    if encoding != "iso8859-2":
        assert encoding in str(caught.value)


def test_bytes_that_are_text_in_none_fit_none():
    assert fitting(b"\x98") == {}
    assert decided({}) is None
