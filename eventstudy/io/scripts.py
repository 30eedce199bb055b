"""Which of several encodings a text is in: heads of tables it knows, and letters that are common.

Bytes of one East Asian encoding are characters in the others, too, but rare ones and of no word.
"""

from __future__ import annotations

import re
from typing import Final

CANDIDATES: Final = ("cp949", "gb18030", "big5hkscs", "cp932", "euc_jp", "cp1251")
"""Encodings older than UTF-8 whose letters stand together, as those of Western ones do not."""

_KOREAN: Final = (
    "날짜 일자 기준일 시각 시간 종가 시가 고가 저가 거래량 거래대금 종목 종목명 종목코드 코드 이름 "
    "회사 회사명 사건 이벤트 제목 내용 등락률 대비 지수 시장 분류 출처"
)
_SIMPLIFIED: Final = (
    "日期 时间 收盘 收盘价 开盘 开盘价 最高 最高价 最低 最低价 成交量 成交额 代码 证券代码 "
    "股票代码 名称 事件 标题 涨跌幅 指数 市场 来源"
)
_TRADITIONAL: Final = (
    "日期 時間 收盤 收盤價 開盤 開盤價 最高 最高價 最低 最低價 成交量 成交金額 代號 證券代號 "
    "股票代號 名稱 事件 標題 漲跌幅 漲跌點數 收盤指數 開盤指數 指數 市場 來源"
)
_JAPANESE: Final = (
    "日付 年月日 日時 終値 始値 高値 安値 出来高 売買代金 銘柄 銘柄名 銘柄コード コード 名称 "
    "イベント 見出し"
)
_RUSSIAN: Final = (
    "дата время закрытие открытие максимум минимум объем объём тикер событие заголовок название"
)
_HEADS: Final = frozenset(f"{_KOREAN} {_SIMPLIFIED} {_TRADITIONAL} {_JAPANESE} {_RUSSIAN}".split())
_KANA: Final = "".join(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30FD))))
_COMMON: Final = {
    "cp949": frozenset(
        "이다는의에을가를은고하지로한도사기아어자리나서시정인대그수해일라전부주보상제장국만원경공무안관비"
        "오업년미동성구소중요스세여우내조회행물금발증권협표종목코드날짜저거래량등락률건명간합격화완삼선당"
        "위들면과와어게적여진유연산계식투신통개분단방법체학생된했습니까및말외환율매출영차반품양실력"
    ),
    "gb18030": frozenset(
        "的一是了我不人在他有这个上们来到时大地为子中说生国年着就那和要出也得里后自以会家可下而过天去能"
        "对小多于心学之都好看起发当没成只如事把还用第样道想作种开美总从无面最但现前些所同日手又行意动方"
        "期头经长位分因很给名法间知世两次使者被高已其进此与正股市价收盘量额指数证券公司代码称涨跌幅低关"
        "税贸易协议谈判银政策利率济宣布央部资金投元汇件题标类型号源加征暂停谈华府制裁口商务"
    ),
    "big5hkscs": frozenset(
        "的一是了我不人在他有這個上們來到時大地為子中說生國年著就那和要出也得裡後自以會家可下而過天去能"
        "對小多於心學之都好看起發當沒成只如事把還用第樣道想作種開美總從無面最但現前些所同日手又行意動方"
        "期頭經長位分因很給名法間知世兩次使者被高已其進此與正股市價收盤量額指數證券公司代碼稱漲跌幅低關"
        "稅貿易協議談判銀政策利率濟宣布央部資金投元匯件題標類型號源加徵暫停台灣權點華府制裁口商務"
    ),
    "cp932": frozenset(
        _KANA + "日付終値始高安出来銘柄株価市場会社国年月円銀行経済政策関税"
        "貿易発表協議総米中大統領合意"
    ),
}  # fmt: skip
_LETTERS: Final = re.compile(r"[^\W\d_]")
_IN_A_WORD: Final = re.compile(r"(?<=[A-Za-z])[^\W\d_](?=[a-z])")  # P這ck is Płock in Latin-2
_CYRILLIC_WORD: Final = re.compile(r"\b(?:[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+)\b")
_CYRILLIC: Final = 0.9  # share of letters in such words, below which a text is no Russian
_FEW: Final = 3  # letters, which are as likely the two characters or the umlauts of something else
_SIGNS: Final = re.compile(r"[а-яёА-ЯЁ][¤¦§©¬­®°±µ¶·»][а-яёА-ЯЁ]|[¤¦§©¬®°±µ¶·»][а-яё]")
_LEAST, _CLEAR = 0.2, 1.8


def fitting(sample: bytes) -> dict[str, str]:
    """Return the text of some bytes in every candidate they are text in."""
    texts = {}
    for encoding in CANDIDATES:
        try:
            texts[encoding] = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
    return texts


def decided(texts: dict[str, str]) -> str | None:
    """Return the encoding whose text is one; None where several may be, or none is.

    Heads of tables decide, then the share of letters that are common in the language: it must be
    a fifth, and nearly twice that of the next.

    Examples
    --------
    >>> decided(fitting("종목,날짜".encode("cp949")))
    'cp949'
    """
    heads = {encoding: _number_of_heads(text) for encoding, text in texts.items()}
    most = max(heads.values(), default=0)
    known = [encoding for encoding, number in heads.items() if number == most]
    if most and len(known) == 1:
        return known[0]
    shares = sorted(((_share(one, text), one) for one, text in texts.items()), reverse=True)
    if not shares or shares[0][0] < _LEAST:
        return None
    if len(shares) > 1 and shares[0][0] < _CLEAR * shares[1][0]:
        return None
    return shares[0][1]


def _number_of_heads(text: str) -> int:
    cells = {cell.strip().casefold() for cell in re.split(r'[,;\t"\r\n]', text)}
    return len(cells & _HEADS)


def _share(encoding: str, text: str) -> float:
    """Share of the letters beyond ASCII that are common where an encoding is written."""
    letters = [letter for letter in _LETTERS.findall(text) if not letter.isascii()]
    if not letters:
        return 0.0
    if encoding == "cp1251":
        share = sum(map(len, _CYRILLIC_WORD.findall(text))) / len(letters)
        is_russian = share > _CYRILLIC and len(letters) > _FEW and not _SIGNS.search(text)
        return share if is_russian else 0.0
    common = _COMMON["cp932" if encoding == "euc_jp" else encoding]
    glued = [letter for letter in _IN_A_WORD.findall(text) if letter in common]
    return (sum(letter in common for letter in letters) - len(glued)) / len(letters)
