"""Feed readers with damaged files until time is up: only errors of the package may come out.

    python benchmarks/fuzz_readers.py --minutes 10 [--seed 1] news_csv news_feed article ...
    python benchmarks/fuzz_readers.py --list

Valid files are changed by flipping, removing, doubling, splicing and inserting pieces (text
formats also by words that mean something to them, packed ones also inside), then read. Warnings
count as errors, and so does a file that takes longer than a minute. Prints executions, how many of
them were read and refused, and writes every input that led to anything else to ``fuzz-findings/``.
A reader is one entry of `TARGETS`: the end of a file's name, valid files, a function of a path.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import signal
import sys
import tempfile
import traceback
import warnings
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pandas as pd
from fuzz_folders import read_results, replicate, replications, saved_results

from eventstudy import (
    read_bars,
    read_events,
    read_factors,
    read_news,
    read_overrides,
    read_prices,
    read_study,
)
from eventstudy.exceptions import EventStudyError, EventStudyWarning
from eventstudy.news.classification import load_rules
from eventstudy.prices.files.dialects.catalogue import dialects

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.prices.files.dialects.catalogue import Dialect

LONGEST = 60
ROWS = [
    ("id1", "2025-05-02T09:00+08:00", "Ministry weighs talks", "It said so on Thursday.", "A"),
    ("id2", "2025-05-03", "Duties \u201cpaused\u201d for 90 days, 商务部", "x;y, z", "B"),
]
HEADER = ("item_id", "published_at", "headline", "text", "source")
RSS = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE rss [<!ENTITY a "b">]>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Feed</title>
<item><title>One &amp; two</title><link>http://a.b/c?d=1&amp;e=2</link><guid>g1</guid>
<pubDate>Fri, 02 May 2025 09:00:00 +0800</pubDate><description><![CDATA[<p>x</p>]]></description>
<content:encoded>&lt;b&gt;bold&lt;/b&gt;</content:encoded><category>c</category></item>
<!-- note --><item><title>Three &nbsp; &#233;</title><dc:date>2025-05-03T01:02:03Z</dc:date></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed</title><entry><title type="html">
&lt;i&gt;One&lt;/i&gt;</title><id>tag:1</id><link rel="alternate" href="http://a.b"/>
<updated>2025-05-02T09:00:00Z</updated><author><name>N</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x<br/>y</p></div></content>
</entry></feed>"""
ARTICLE = """---
title: "Talks again"
date: 2025-05-02T16:30+08:00
timezone: Asia/Shanghai
---
# Talks again

The ministry said on Thursday evening that it was weighing a request. Shares rose 2.1% after the
close, "a good sign", one analyst said. Last week duties were paused for 90 days.

- On 5 April 2025 at 10:30 p.m. the tariffs took effect.
"""
PAGE = """<!doctype html><html><head><title>Talks &amp; duties</title>
<meta property="article:published_time" content="2025-05-02T16:30+08:00">
<meta property="og:site_name" content="Wire"><link rel="canonical" href="http://a.b/c">
<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "headline": "Talks again",
"datePublished": "2025-05-02T08:30:00Z", "publisher": {"name": "Wire"}}]}</script></head>
<body><nav><p>Menu</p></nav><article><h1>Talks again</h1><p>The ministry said on Thursday evening
that it was weighing a request.</p><p>Last week duties were paused.</p></article></body></html>"""
MAIL = """From: Press <p@a.b>
Subject: =?utf-8?q?Talks_=E2=80=9Cagain=E2=80=9D?=
Date: Fri, 2 May 2025 16:30:00 +0800 (CST)
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="x"

--x
Content-Type: text/plain; charset=utf-8

The ministry said on Thursday evening that it was weighing a request.
--x
Content-Type: text/html; charset=gb2312
Content-Transfer-Encoding: base64

PHA+ZHV0aWVzPC9wPg==
--x--
"""
FACTORS = """This file was made by hand
for a test

,Mkt-RF,SMB,HML,RF
20250501,  0.55, -0.10,  0.20, 0.017
20250502, -1.20,  0.30, -99.99, 0.017
20250505,  0.05,  0.00,  0.11, 0.017

Copyright
"""
BARS = """ts_utc,symbol,open,high,low,close,volume
2025-04-09T13:30:00Z,SPY,495.1,496.0,494.8,495.5,1000
2025-04-09T13:35:00Z,SPY,495.5,496.2,495.1,496.0,1200
2025-04-10T13:30:00Z,SPY,520.0,521.0,519.0,520.5,900
"""
OVERRIDES = """item_id,field,value,why
a,category,deal,signed
b,direction,neutral,
c,published_at,2025-05-02T09:00+08:00,
"""
RULES = """remove = []
[extend]
tariff = ["cess"]
[category.shipping]
direction = "escalation"
expected_sign = "-"
[concepts]
strait = ["Hormuz", "Red Sea"]
[[rule]]
name = "strait closed"
category = "shipping"
any = ["<strait> ... closed|shut", "close*|block* ... <strait>"]
weight = 0.9
"""
STUDY = """title = "One"
markets = ["N225", "CNH"]
[events]
bundled = true
date_only = "next"
select = { category = ["deal"] }
[prices]
source = "files"
file = ["prices.csv"]
fx_close = "detect"
[model]
name = "market_model"
benchmark = "SPX"
[windows]
event = [-5, 5]
car = [[0, 1]]
[market.MINE]
calendar = "XTKS"
"""
WORDS = [
    *("", " ", "\0", "\n", "\r", "\r\n", "\t", '"', "'", ",", ";", "<", ">", "&", "&#0;", "]]>"),
    *("<![CDATA[", "<!--", "-->", "<item>", "</item>", "<entry/>", "<script>", "&lt;", "&x;", "{"),
    *(
        "}",
        "[",
        "]",
        "[[[[[[[[",
        '{"a":',
        "null",
        "NaN",
        "1e999",
        "-0",
        "true",
        "\\ud800",
        "\\u0000",
    ),
    *("\ufeff", "\u202e", "\u200b", "\u2028", "=cmd()", "@", "+", "-", "---\n", "date: x\n"),
    *("2025-02-30", "9999-12-31T23:59:59-15:00", "0001-01-01", "1900-01-01T00:00+14:00", "24:00"),
    *("2025-05-02T09:00", "1746147600", "Fri, 02 May 2025 09:00:00 CST", "5月2日", "last week"),
    *("yesterday", "tomorrow at noon", "in 99999999999 years", "\u0660\u0661", "²", "10^400"),
    *("00:00:00", "Fri, 02 May 2025 15:30:00 EST", "20250502T090000Z", "dateModified", "--x"),
    *("Asia/Tokyo", "../../etc/passwd", "A" * 5000, "<b>" * 500, "sep=;", "inf", "1,5", "%"),
]


@dataclass(frozen=True)
class Target:
    """A reader: its file's suffix, valid files, and how it reads one."""

    suffix: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]
    is_packed: bool = False


def _news(path: Path) -> None:
    news = read_news(path, published="2025-05-02T12:00+00:00")
    total = sum(count for _, _, count in news.inputs)
    assert total == len(news.frame) + len(news.rejected), "items were lost"  # noqa: S101
    both = [*news.frame["item_id"], *news.rejected["item_id"]]
    assert len(set(both)) == len(both), "two items have one id"  # noqa: S101
    news.frame.to_csv(io.StringIO())
    news._repr_html_()


def _frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=list(HEADER))


def _workbook(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False, engine="openpyxl")
    return buffer.getvalue()


def _prices() -> pd.DataFrame:
    dates = pd.bdate_range("2025-04-01", periods=12)
    columns = {"date": dates.strftime("%Y-%m-%d"), "A": range(100, 112), "B": 1.5}
    return pd.DataFrame(columns)


def _long() -> pd.DataFrame:
    return _prices().melt(id_vars="date", var_name="symbol", value_name="close")


def _csv(*frames: pd.DataFrame, signs: str = ",;\t") -> list[bytes]:
    return [frame.to_csv(index=False, sep=sign).encode() for frame in frames for sign in signs]


def _parquet() -> list[bytes]:
    return [frame.to_parquet(None, index=False) for frame in (_prices(), _long())]


def _legacy() -> list[bytes]:
    text = _frame().to_csv(index=False)
    return [text.encode(name, "replace") for name in ("gb18030", "cp932", "utf-16", "cp1252")]


def _records() -> list[dict[str, str]]:
    return [dict(zip(HEADER, row, strict=True)) for row in ROWS]


def _json() -> list[bytes]:
    whole = {"status": "ok", "articles": [{"source": {"name": "x"}, **row} for row in _records()]}
    posts = [{"created_at": "2025-05-02T00:00:00Z", "content": "<p>x</p>", "replies_count": 1.5}]
    wrapped = {"data": {"children": [{"kind": "t3", "data": row} for row in _records()]}}
    values = (_records(), whole, _records()[0], posts * 4, wrapped, {"n": float("nan"), **whole})
    return [json.dumps(value).encode() for value in values]


def _vendor_files() -> list[bytes]:
    """One file for each head of each dialect, in the numbers and dates it is known to write."""
    seeds = []
    for dialect in dialects().values():
        for head in [sorted(required) for required in dialect.heads]:
            lines = [";".join(head)]
            for day, close in ((22, 1234.5), (23, 1250.0), (24, 1199.5)):
                lines.append(";".join(_cell(dialect, name, day, close) for name in head))
            seeds.append("\n".join(lines).encode("utf-16" if len(seeds) % 7 == 6 else "utf-8"))
    rows = "2025-05-01,11,12,9,10\n2025-05-02,12,13,11,11\n"
    seeds += [
        b"20250303 093000;1;2;1;2;0\n20250303 093100;2;2;1;1;0\n",
        b"2024.04.22,00:00,1,2,1,2,9\n2024.04.23,00:00,2,2,1,1,9\n",
        f"Price,Close,High,Low,Open\nTicker,A,A,A,A\nDate,,,,\n{rows}".encode(),
        f"Price,Close,Close,Open,Open\nTicker,A,B,A,B\nDate,,,,\n{rows}".encode(),
        f'"",Date,A,B,C,D\n1,{rows.replace("2025-05-02", "2,2025-05-02")}'.encode(),
    ]
    return seeds


def _cell(dialect: Dialect, name: str, day: int, close: float) -> str:
    role = next((role for role, names in dialect.fields.items() if name in names), name)
    dates = {"minguo": f"113/04/{day}", "mdy": f"04/{day}/2024", "dmy": f"{day}.04.2024"}
    if role == "date":
        return dates.get(dialect.dates, f"2024-04-{day}")
    if role in {"time", "security", "period"}:
        return {"time": "00:00", "security": "A", "period": "D"}[role]
    styles = {"1,234.5": f'"{close:,.1f}"', "1.234,5": f"{close:.1f}".replace(".", ",")}
    return styles.get(dialect.numbers, str(close))


def _vendor_sheets() -> list[bytes]:
    """Workbooks of Bloomberg and Datastream."""
    rows: list[list[list[object]]] = [
        [["A Index", None, "B Index", None], ["Date", "PX_LAST", "Date", "PX_LAST"],
         ["2024-04-22", 1.5, "2024-04-23", 2.5], ["2024-04-23", 1.6, None, None]],
        [["Dates", "A Index", "B Index"], [None, "PX_LAST", "PX_LAST"], [45404, 1.5, "#N/A N/A"]],
        [["Name", "ONE", "TWO"], ["Code", "A(PI)", "B(RI)"], ["2024-04-22", 1.5, 2.5]],
    ]  # fmt: skip
    out = []
    for sheet in rows:
        buffer = io.BytesIO()
        pd.DataFrame(sheet).to_excel(buffer, index=False, header=False, engine="openpyxl")
        out.append(buffer.getvalue())
    return out


def _vendor_bars(path: Path) -> object:
    return read_bars(path, timezone="America/New_York")


TARGETS: dict[str, Target] = {
    "news_csv": Target(".csv", lambda: _csv(_frame()) + _legacy(), _news),
    "news_json": Target(".json", _json, _news),
    "news_jsonl": Target(
        ".jsonl", lambda: ["\n".join(map(json.dumps, _records())).encode()], _news
    ),
    "news_feed": Target(".xml", lambda: [RSS.encode(), ATOM.encode(), RSS.encode("utf-16")], _news),
    "news_xlsx": Target(".xlsx", lambda: [_workbook(_frame())], _news, is_packed=True),
    "news_any": Target("", lambda: _csv(_frame()) + _json() + [RSS.encode()], _news),
    "news_page": Target(".html", lambda: [PAGE.encode()], _news),
    "news_mail": Target(".eml", lambda: [MAIL.encode()], _news),
    "article": Target(".md", lambda: [ARTICLE.encode(), ARTICLE[120:].encode()], _news),
    "events": Target(
        ".csv", lambda: _csv(_frame().rename(columns={"item_id": "event_id"})), read_events
    ),
    "prices_csv": Target(".csv", lambda: _csv(_prices(), _long()), read_prices),
    "prices_xlsx": Target(".xlsx", lambda: [_workbook(_prices())], read_prices, is_packed=True),
    "prices_parquet": Target(".parquet", _parquet, read_prices),
    "factors": Target(".csv", lambda: [FACTORS.encode()], read_factors),
    "bars": Target(".csv", lambda: [BARS.encode(), BARS.replace(",", ";").encode()], read_bars),
    "vendor_csv": Target(".csv", _vendor_files, read_prices),
    "vendor_xlsx": Target(".xlsx", _vendor_sheets, read_prices, is_packed=True),
    "vendor_bars": Target(".csv", _vendor_files, _vendor_bars),
    "overrides": Target(".csv", lambda: [OVERRIDES.encode()], read_overrides),
    "rules": Target(".toml", lambda: [RULES.encode()], load_rules),
    "study": Target(".toml", lambda: [STUDY.encode()], read_study),
    "saved_results": Target(".zip", saved_results, read_results, is_packed=True),
    "replications": Target(".zip", replications, replicate, is_packed=True),
}


def mutated(rng: random.Random, seeds: list[bytes], *, is_packed: bool) -> bytes:
    """Return a valid file with one to eight changes."""
    data = rng.choice(seeds)
    if is_packed and rng.random() < 0.8:
        return _repacked(rng, data)
    for _ in range(rng.randint(1, 8)):
        data = _changed(rng, data, rng.choice(seeds))
    return data


def _changed(rng: random.Random, data: bytes, other: bytes) -> bytes:
    start = rng.randint(0, len(data))
    end = min(len(data), start + rng.choice((1, 2, 8, 40, 200)))
    word = rng.choice(WORDS).encode(rng.choice(("utf-8", "utf-8", "utf-16-le", "cp932")), "replace")
    flipped = bytearray(data)
    if data:
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    cells = data.split(b",")
    cells[rng.randrange(len(cells))] = word
    inserted = rng.choice((word, rng.randbytes(rng.choice((1, 4, 30)))))
    return rng.choice(
        (
            bytes(flipped),
            data[:start] + data[end:],
            data[:end] + data[start:end] * rng.choice((1, 2, 50)) + data[end:],
            data[:start] + inserted + data[start:],
            data[:start] + inserted + data[end:],
            data[:start],
            data[:start] + other[rng.randint(0, len(other)) :],
            b",".join(cells),
        )
    )


def _repacked(rng: random.Random, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        names = old.namelist()
        hit = rng.choice(names)
        for name in names:
            member = old.read(name)
            if name == hit:
                if rng.random() < 0.1:
                    continue
                for _ in range(rng.randint(1, 4)):
                    member = _changed(rng, member, old.read(rng.choice(names)))
            new.writestr(name, member)
    return buffer.getvalue()


def fuzz(name: str, minutes: float, seed: int, findings: Path) -> int:
    """Read changed files until time is up; return how many findings were written."""
    target = TARGETS[name]
    rng = random.Random(f"{name}-{seed}")  # noqa: S311 - to be repeated, not to be secret
    seeds = target.seeds()
    n_read = n_refused = 0
    kinds: set[str] = set()
    end = monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"input{target.suffix}"
        while monotonic() < end:
            data = mutated(rng, seeds, is_packed=target.is_packed)
            path.write_bytes(data)
            try:
                with _deadline():
                    target.read(path)
                n_read += 1
            except EventStudyError:
                n_refused += 1
            except Exception as error:  # noqa: BLE001 - finding these is the purpose
                kind = _place(error)
                if kind not in kinds:
                    kinds.add(kind)
                    findings.mkdir(parents=True, exist_ok=True)
                    finding = findings / f"{name}-{len(kinds)}{target.suffix or '.bin'}"
                    finding.write_bytes(data)
                    print(f"  {finding}: {kind}", flush=True)
    total = n_read + n_refused
    print(
        f"{name}: {total:,} executions, {n_read:,} read, {n_refused:,} refused, "
        f"{len(kinds)} findings",
        flush=True,
    )
    return len(kinds)


@cache
def _alarm() -> None:
    def late(*_: object) -> None:
        raise TimeoutError(f"longer than {LONGEST} s")

    signal.signal(signal.SIGALRM, late)


class _deadline:  # noqa: N801 - used as a word
    def __enter__(self) -> None:
        _alarm()
        signal.alarm(LONGEST)

    def __exit__(self, *_: object) -> None:
        signal.alarm(0)


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    package_steps = [
        step for step in traceback.extract_tb(error.__traceback__) if "eventstudy" in step.filename
    ]
    step = package_steps[-1] if package_steps else last
    where = f"{Path(step.filename).name}:{step.lineno}"
    return f"{type(error).__name__} at {where}: {str(error)[:120]!r}"[:220]


def main() -> None:
    """Fuzz the readers named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--list", action="store_true")
    parser.add_argument("readers", nargs="*", choices=[*TARGETS, []])
    chosen = parser.parse_args()
    if chosen.list:
        print("\n".join(TARGETS))
        return
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", EventStudyWarning)  # ours are words to the user
    n_findings = 0
    for name in chosen.readers or TARGETS:
        n_findings += fuzz(name, chosen.minutes, chosen.seed, chosen.out)
    sys.exit(1 if n_findings else 0)


if __name__ == "__main__":
    main()
