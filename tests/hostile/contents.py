"""Contents of files that no reader means: damaged, endless, nested, packed, or far too wide."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from itertools import pairwise

_MEGA = 1_000_000
FAR_ROW, FAR_COLUMN = 1_048_576, "XFD"
"""The last row and column a sheet can have."""


def _noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)  # noqa: S311 - to be repeated, not to be secret


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _nested_zip() -> bytes:
    content = b"0" * (20 * _MEGA)
    for _ in range(4):
        content = _zip({f"part{at}.zip": content for at in range(3)})
    return content


def _entities() -> bytes:
    names = "abcdefghij"
    lines = ['<!ENTITY a "lol">']
    lines += [f'<!ENTITY {name} "{("&" + before + ";") * 10}">' for before, name in pairwise(names)]
    body = "<rss><channel><item><title>&j;</title></item></channel></rss>"
    return f"<?xml version='1.0'?><!DOCTYPE rss [{''.join(lines)}]>{body}".encode()


def _feed(title: str, n_items: int = 1) -> bytes:
    item = f"<item><title>{title}</title><pubDate>Fri, 02 May 2025 09:00:00 GMT</pubDate></item>"
    return f"<rss version='2.0'><channel>{item * n_items}</channel></rss>".encode()


def _item(**cells: object) -> dict[str, object]:
    return {"id": "1", "published_at": "2025-05-02T09:00Z", "headline": "Tariffs rise", **cells}


ANY: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a byte-order mark": lambda: b"\xef\xbb\xbf",
    "white space": lambda: b" \t\r\n" * 1_000,
    "NUL bytes": lambda: bytes(_MEGA),
    "noise": lambda: _noise(_MEGA),
    "half of UTF-16": lambda: "event_id,date\nA,2025-05-02\n".encode("utf-16")[:-1],
    "surrogates": lambda: b"\xed\xa0\x80\xed\xb0\x80,a\n" * 100,
    "one line of 30 MB": lambda: b"a" * (30 * _MEGA),
    "one line of 10 MB of commas": lambda: b"," * (10 * _MEGA),
    "1,000,000 empty lines": lambda: b"\n" * _MEGA,
    "an open quotation of 10 MB": lambda: b'a,b\n"' + b"x,\n" * (10 * _MEGA // 3),
    "quotation marks": lambda: b'"' * _MEGA,
    "opening brackets": lambda: b"[" * _MEGA,
    "opening braces": lambda: b'{"a":' * 200_000,
    "opening tags": lambda: b"<a>" * 300_000,
    "carriage returns": lambda: b"a,b\r1,2\r" * 1_000,
    "entities of entities": _entities,
    "a gzip of 100 MB": lambda: gzip.compress(bytes(100 * _MEGA), 6),
    "a zip of 250 MB": lambda: _zip({"a.csv": b"1" * (250 * _MEGA)}),
    "zips in zips": _nested_zip,
    "half a zip": lambda: _zip({"a.csv": b"a,b\n1,2\n" * 100})[:-40],
    "a zip with a path out of it": lambda: _zip({"../../../out.csv": b"a,b\n1,2\n"}),
    "bidi and controls": lambda: "\u202e\u2066a,\x1b[2Jb\n\u200b1,\x00\n".encode() * 100,
}
"""For every reader, whatever it reads."""


def _csv(header: str, row: str) -> dict[str, Callable[[], bytes]]:
    """Return hostile tables that begin as a good one: a header, and a row with {} for a cell."""
    good = f"{header}\n{row.format('1')}\n"
    n_columns = header.count(",") + 1
    cells = {
        "NaN": "nan", "inf": "inf", "1e999": "1e999", "-1e308": "-1e308", "1e-320": "1e-320",
        "5,000 digits": "9" * 5_000, "10**18": "1" + "0" * 18, "year 1": "0001-01-01",
        "year 9999": "9999-12-31T23:59:59-23:59", "no such day": "2025-02-30",
        "24:00": "2025-05-02T24:00:00Z", "NUL": "a\0b", "bidi": "\u202egnp.exe",
        "a formula": "=cmd|' /C calc'!A0", "a script": "<script>alert(1)</script>",
        "escapes": "\x1b[2J\x1b]0;x\x07", "200,000 characters": "x" * 200_000,
        "Arabic digits": "\u0661\u0662", "a superscript": "10²", "a lone surrogate": "\\ud800",
        "a decimal comma": '"1,5"', "minus": "-", "a zone": "Mars/Base", "braces": "{0.__class__}",
    }  # fmt: skip
    found: dict[str, Callable[[], bytes]] = {
        f"a cell: {name}": lambda cell=cell: f"{header}\n{row.format(cell)}\n".encode()
        for name, cell in cells.items()
    }
    return found | {
        "20,000 columns": (
            f"{header},{','.join(f'c{at}' for at in range(20_000))}\n"
            f"{row.format('1')}{',1' * 20_000}\n"
        ).encode,
        "20,000 columns of words": (
            f"{header},{','.join(f'c{at}' for at in range(20_000))}\n"
            f"{row.format('1')}{',x' * 20_000}\n"
        ).encode,
        "columns of one name": lambda: f"{','.join([header] * 500)}\n".encode() + b"1\n",
        "columns without a name": f"{header}{',' * 20_000}\n{row.format(1)}\n".encode,
        "20,000 ragged rows": lambda: good.encode() + b"1\n" * 20_000,
        "rows too long": lambda: good.encode() + b"1," * 20_000 + b"\n",
        "a row 20,000 times": lambda: (
            f"{header}\n".encode() + f"{row.format(1)}\n".encode() * 20_000
        ),
        "a stated delimiter": f"sep=;\n{good}".encode,
        "a header alone": f"{header}\n".encode,
        "no header": lambda: f"{row.format(1)}\n".encode() * 3,
        "another encoding": lambda: good.replace("1", "関税").encode("cp932"),
        "utf-32": lambda: good.encode("utf-32"),
        "empty cells": lambda: f"{header}\n{',' * (n_columns - 1)}\n".encode() * 2,
    }


EVENTS = _csv("event_id,date,headline,category", "E1,{},h,c") | {
    f"time {name}": call
    for name, call in list(_csv("event_id,published_at,timezone", "E1,{},Asia/Tokyo").items())[:16]
}
PRICES = _csv("date,A,B", "2025-05-02,{},2") | {
    f"long {name}": call
    for name, call in list(_csv("date,security,close", "2025-05-02,A,{}").items())[:10]
}
DATED_PRICES = {
    f"date {name}": call for name, call in list(_csv("date,A,B", "{},1,2").items())[:24]
}
BARS = _csv("ts_utc,symbol,close", "2025-05-02T13:30:00Z,A,{}") | {
    f"time {name}": call for name, call in list(_csv("ts_utc,symbol,close", "{},A,1").items())[:24]
}
NEWS = _csv("item_id,published_at,headline,text", "1,2025-05-02T09:00Z,{},t")
SECURITIES = _csv("security,name,benchmark,size", "A,{},M,1")
OVERRIDES = _csv("item_id,field,value", "1,category,{}")
FACTORS: dict[str, Callable[[], bytes]] = {
    f"a cell: {cell[:12]!r}": lambda cell=cell: (
        f"Made\n\n,Mkt-RF,RF\n20250501,{cell},0.01\n20250502,0.1,0.01\n"
    ).encode()
    for cell in ("nan", "inf", "1e999", "-100", "-99.99", "9" * 5_000, "", "x", "1e308", "-1e300")
} | {
    "a line of 30 MB": lambda: b"Made\n\n,Mkt-RF\n20250501," + b"1" * (30 * _MEGA),
    "20,000 factors": (
        "Made\n\n," + ",".join(f"f{at}" for at in range(20_000)) + "\n20250501" + ",1" * 20_000
    ).encode,
    "dates out of order": lambda: b"M\n\n,Mkt-RF\n20250502,1\n20250501,1\n20250502,1\n",
    "year 0": lambda: b"M\n\n,Mkt-RF\n00000101,1\n99991231,1\n",
    "a factor twice": lambda: b"M\n\n,Mkt-RF,Mkt-RF\n20250501,1,2\n",
    "a zip of 250 MB": lambda: _zip(
        {"f.csv": b"M\n\n,Mkt-RF\n20250501," + b"1" * (250 * _MEGA)}
    ),
    "a zip of 1,000 files": lambda: _zip({f"{at}.csv": b"a" for at in range(1_000)}),
}  # fmt: skip
JSON: dict[str, Callable[[], bytes]] = {
    "a string of 30 MB": lambda: json.dumps([_item(headline="a" * (30 * _MEGA))]).encode(),
    "an open string of 30 MB": lambda: b'[{"headline": "' + b"a" * (30 * _MEGA),
    "a number of 100,000 digits": lambda: b'[{"headline": "a", "n": ' + b"9" * 100_000 + b"}]",
    "1e999": lambda: b'[{"published_at": 1e999, "headline": "a"}]',
    "a time of 10**30": lambda: b'[{"published_at": 1' + b"0" * 30 + b', "headline": "a"}]',
    "NaN": lambda: b'[{"published_at": NaN, "headline": Infinity}]',
    "lone surrogates": lambda: b'[{"published_at": "2025-05-02", "headline": "\\ud800"}]',
    "a key twice": lambda: b'[{"headline": "a", "headline": "b", "date": "2025-05-02"}]',
    "lists for cells": lambda: json.dumps([_item(headline=["a"], text={"b": [1]})]).encode(),
    "20,000 keys": lambda: json.dumps([_item(**{f"k{at}": at for at in range(20_000)})]).encode(),
    "nested 100 deep": lambda: json.dumps([_item()]).encode().replace(
        b'"1"', b"[" * 100 + b"]" * 100
    ),
    "nested 100,000 deep": lambda: b'[{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
    "20,000 items of one id": lambda: json.dumps([_item()] * 20_000).encode(),
    "not an object": lambda: b'[1, 2, null, true, "a"]',
    "a number": lambda: b"1",
    "lines that are none": lambda: b'{"a": 1}\n{"b"\n[]\n' * 2_000,
    "half an object": lambda: json.dumps([_item()] * 100).encode()[:-30],
    "minus zero and exponents": lambda: b'[{"published_at": -0.0e-400, "headline": "a"}]',
}  # fmt: skip
FEEDS: dict[str, Callable[[], bytes]] = {
    "entities of entities": _entities,
    "an outside entity": lambda: (
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item>'
        b"<title>&x;</title></item></channel></rss>"
    ),
    "a title of 3 MB": lambda: _feed("a " * 1_500_000),
    "a title of 3 MB without a space": lambda: _feed("a" * 3_000_000),
    "a title of 1 MB of brackets": lambda: _feed("&lt;b&gt;" * 110_000),
    "a title of ampersands": lambda: _feed("&amp;" * 200_000),
    "5,000 items": lambda: _feed("Tariffs rise", 5_000),
    "300,000 open tags": lambda: b"<rss><channel><item>" + b"<b>" * 300_000,
    "an attribute of 10 MB": lambda: b"<rss><channel><item a='" + b"x" * (10 * _MEGA),
    "100,000 attributes": lambda: (
        b"<rss><channel><item "
        + b" ".join(b"a%d='1'" % at for at in range(100_000))
        + b"><title>a</title></item></channel></rss>"
    ),
    "CDATA that never ends": lambda: b"<rss><channel><item><title><![CDATA[" + b"a" * _MEGA,
    "a comment that never ends": lambda: b"<rss><!--" + b"-" * _MEGA,
    "a date of 1 MB": lambda: b"<rss><channel><item><title>a</title><pubDate>" + b"1" * _MEGA
    + b"</pubDate></item></channel></rss>",
    "a script": lambda: _feed("&lt;script&gt;alert(1)&lt;/script&gt;"),
    "half a feed": lambda: _feed("Tariffs rise", 50)[:-100],
    "another encoding": lambda: b"<?xml version='1.0' encoding='no-such'?>" + _feed("a"),
    "an encoding that is not": lambda: b"<?xml version='1.0' encoding='utf-16'?>" + _feed("a"),
}  # fmt: skip
ARTICLES: dict[str, Callable[[], bytes]] = {
    "a sentence of 1 MB": lambda: b"The ministry said on Thursday that " + b"a " * 500_000,
    "1 MB of full stops": lambda: b"Mr. " * 250_000,
    "1 MB of quotations": lambda: "\u201cA, \u201d said B. ".encode() * 60_000,
    "20,000 times": lambda: b"At 10:30 p.m. on 5 April 2025, " * 20_000,
    "far times": lambda: b"In 99999999999 years, on 31 February 0000, at 25:61 p.m., it said.",
    "front matter that never ends": lambda: b"---\n" + b"title: x\n" * 50_000,
    "a front matter of brackets": lambda: b"---\ntitle: " + b"[" * 100_000 + b"\n---\ntext",
    "tables": lambda: b"|a|b|\n|-|-|\n" * 30_000,
    "html of divs": lambda: b"<html><body>" + b"<div>" * 200_000 + b"a",
    "html of one attribute": lambda: b"<html><body><p class='" + b"a" * (5 * _MEGA),
    "a script of 5 MB": lambda: b"<html><script>" + b"a" * (5 * _MEGA),
    "json-ld": lambda: (
        b'<html><script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>a</p></html>"
    ),
    "a mail of 10,000 parts": lambda: (
        b'Subject: a\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n'
        + b"--x\nContent-Type: text/plain\n\na\n" * 10_000
    ),
    "mails in mails": lambda: b"Subject: a\nContent-Type: message/rfc822\n\n" * 2_000,
    "a header of 1 MB": lambda: b"Subject: =?utf-8?q?" + b"=41" * 300_000 + b"?=\n\ntext",
}  # fmt: skip


def workbook(cells: dict[str, str], *, more: dict[str, bytes] | None = None) -> bytes:
    """Return an xlsx file whose sheet has these cells as XML, by reference, in their order."""
    rows: dict[str, list[str]] = {}
    for reference, xml in cells.items():
        row = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        rows.setdefault(row, []).append(f'<c r="{reference}" {xml}</c>')
    lines = "".join(f'<row r="{row}">{"".join(of_row)}</row>' for row, of_row in rows.items())
    return of_sheet(f"<sheetData>{lines}</sheetData>", more=more)


def of_sheet(body: str, *, more: dict[str, bytes] | None = None) -> bytes:
    """Return an xlsx file of one sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    members = {
        "[Content_Types].xml": (
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
            "</Types>"
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
            f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" '
            'r:id="rId1"/></sheets></workbook>'
        ),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{body}</worksheet>',
    }
    return _zip({name: text.encode() for name, text in members.items()} | (more or {}))


def _text(words: str) -> str:
    return f't="inlineStr"><is><t>{words}</t></is>'


def _head(*names: str) -> dict[str, str]:
    return {f"{chr(65 + at)}1": _text(name) for at, name in enumerate(names)}


def _sheet(*names: str, **cells: str) -> Callable[[], bytes]:
    return lambda: workbook(_head(*names) | {at: f"><v>{cell}</v>" for at, cell in cells.items()})


WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "a far row": _sheet("date", "A", **{"A2": "45000", f"B{FAR_ROW}": "1"}),
    "a row of 10**9": _sheet("date", "A", A2="45000", B1000000000="1"),
    "a far column": _sheet("date", "A", **{"A2": "45000", f"{FAR_COLUMN}2": "1"}),
    "a column beyond the last": _sheet("date", "A", A2="45000", ZZZZZ2="1"),
    "20,000 rows with a far column": lambda: of_sheet(
        "<sheetData>"
        + "".join(
            f'<row r="{at}"><c r="A{at}"><v>1</v></c><c r="XFD{at}"><v>1</v></c></row>'
            for at in range(1, 20_001)
        )
        + "</sheetData>"
    ),
    "a row twice": lambda: of_sheet(
        '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>'
        "</sheetData>"
    ),
    "rows out of order": lambda: of_sheet(
        '<sheetData><row r="9"><c r="A9"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>'
        "</sheetData>"
    ),
    "a date of 10**18": _sheet("date", "A", A2="1" + "0" * 18, B2="1"),
    "a number of 5,000 digits": _sheet("date", "A", A2="45000", B2="9" * 5_000),
    "a formula": lambda: workbook(
        _head("date", "A") | {"A2": "><v>45000</v>", "B2": "><f>1+1</f>"}
    ),
    "a shared text that is missing": lambda: workbook(_head("date") | {"A2": 't="s"><v>99</v>'}),
    "a text of 3 MB": lambda: workbook(_head("date") | {"A2": _text("a" * 3_000_000)}),
    "no sheets": lambda: _zip({"a.txt": b"a"}),
    "a sheet of 300 MB of zeros": lambda: of_sheet(
        "", more={"xl/media/image.bin": bytes(300 * _MEGA)}
    ),
    "100,000 members": lambda: of_sheet("", more={f"xl/{at}": b"" for at in range(20_000)}),
    "no cells": lambda: of_sheet("<sheetData/>"),
    "half a sheet": lambda: of_sheet("<sheetData><row><c>"),
}  # fmt: skip
