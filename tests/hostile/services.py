"""What is no file: words of a command, a pipe, databases, plug-ins, an assistant's requests."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from hostile.run import Case
from hostile.study_files import BASE, text_of, write_data

_TEXTS = {
    "nothing": "",
    "a blank": " ",
    "5,000 letters": "A" * 5_000,
    "5,000 digits": "9" * 5_000,
    "bidi": "\u202egnp.exe\u202c",
    "escapes": "\x1b[2J\x1b]0;x\x07",
    "a surrogate": "\udcff",
    "10**18": "1" + "0" * 18,
    "minus one": "-1",
    "NaN": "nan",
    "infinite": "inf",
    "windows": "-1000000000,1000000000",
    "year 1": "0001-01-01T00:00Z",
    "year 9999": "9999-12-31T23:59:59-14:00",
    "up": "../../../../etc/passwd",
    "home of nobody": "~nobody_here",
    "pairs": "date=a,date=b,=c,close",
    "a formula": "=1+1",
}
COMMANDS = (
    "align {} --market N225",
    "align 2025-05-02T09:00+08:00 --market {}",
    "align 2025-05-02T09:00+08:00 --market N225 --tz {}",
    "expect Tariffs --at {}",
    "expect {} --at 2025-05-02T09:00+08:00 --window 0,1",
    "expect Tariffs --at 2025-05-02T09:00+08:00 --window {}",
    "expect Tariffs --at 2025-05-02T09:00+08:00 --tz {}",
    "expect Tariffs --at 2025-05-02T09:00+08:00 --category {}",
    "prices check prices.csv --columns {}",
    "prices check prices.csv --date-format {}",
    "prices check prices.csv --tolerance {} --against prices.csv",
    "prices check prices.csv --markets {}",
    "prices check prices.csv --calendar {}",
    "import prices.csv --start {} -o out.csv",
    "import prices.csv --security {} -o out.csv",
    "events check {}",
    "events build events.csv --hours {} -o out.csv",
    "events build events.csv --timezone {} -o out.csv",
    "events build events.csv -o {}",
    "intraday bars.csv --event {} --market SPX",
    "intraday bars.csv --event 2025-05-02T10:00-04:00 --market SPX --window {}",
    "intraday bars.csv --event 2025-05-02T10:00-04:00 --market SPX --car {}",
    "intraday bars.csv --event 2025-05-02T10:00-04:00 --market SPX --days {}",
    "intraday bars.csv --event 2025-05-02T10:00-04:00 --market {}",
    "run study.toml --jobs {}",
    "run study.toml --cluster {}",
    "run study.toml --format {}",
    "curve study.toml --draws {}",
    "curve study.toml --group {}",
    "calibrate study.toml --draws {}",
    "calibrate study.toml --statistics {}",
    "watch events.csv --once --out seen --every {}",
    "watch events.csv --once --out seen --since {}",
    "watch {} --once --out seen",
    "replicate {}",
    "report {}",
    "list {}",
    "score study.toml --window {}",
    "{} study.toml",
)


def _command(folder: Path, words: str, text: str) -> Sequence[str]:
    write_data(folder)
    (folder / "study.toml").write_text(text_of(BASE), encoding="utf-8")
    (folder / "bars.csv").write_text(
        "ts_utc,symbol,close\n2025-05-02T13:30:00Z,A,1\n2025-05-02T13:31:00Z,A,2\n", "utf-8"
    )
    return [text if word == "{}" else word for word in words.split()]


def options() -> Iterator[Case]:
    """Words of the command line that mean nothing, where it takes a word."""
    for at, words in enumerate(COMMANDS):
        for name, text in list(_TEXTS.items())[at % 2 :: 2]:
            yield Case(f"{words}: {name}", partial(_command, words=words, text=text))


def pipes() -> Iterator[Case]:
    """A headline from a pipe."""
    from hostile import contents

    for name, content in (contents.ANY | dict(list(contents.ARTICLES.items())[:5])).items():
        words = ["expect", "-", "--at", "2025-05-02T09:00+08:00", "--now", "2025-05-02T10:00+08:00"]
        yield Case(name, partial(_given, words=words), stdin=content())


def _given(_: Path, words: Sequence[str]) -> Sequence[str]:
    return words


DATABASES: dict[str, tuple[str, str]] = {
    "no table": ("", "table = 'prices'"),
    "text for numbers": (
        "CREATE TABLE p (date, security, close); INSERT INTO p VALUES ('2024-01-02', 'A', 'x')",
        "table = 'p'",
    ),
    "bytes": (
        "CREATE TABLE p (date, security, close); INSERT INTO p VALUES (x'ff', x'ff', x'ff')",
        "table = 'p'",
    ),
    "numbers without an end": (
        "CREATE TABLE p (date, security, close); INSERT INTO p VALUES ('2024-01-02', 'A', 9e999)",
        "table = 'p'",
    ),
    "dates of year 1 and 9999": (
        "CREATE TABLE p (date, security, close); "
        "INSERT INTO p VALUES ('0001-01-01', 'A', 1), ('9999-12-31', 'A', 1)",
        "table = 'p'",
    ),
    "1,900 columns": (
        f"CREATE TABLE p (date, {', '.join(f'c{at}' for at in range(1_900))})", "table = 'p'",
    ),
    "a query that never ends": (
        "",
        "timeout = 1.5\nquery = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS date, i AS security, max(i) AS close FROM n'",
    ),
    "rows that never end": (
        "",
        'timeout = 3\nquery = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) '
        "SELECT 'x' AS date, 'A' AS security, i AS close FROM n\"",
    ),
    "two statements": ("", "query = 'SELECT 1; DROP TABLE p'"),
    "an attachment": ("", "query = \"ATTACH 'x.db' AS x\""),
    "a text of 300 MB": (
        "",
        "query = \"SELECT hex(zeroblob(150000000)) AS date, 'A' AS security, 1 AS close\"",
    ),
    "brackets": ("", f"query = '''SELECT {'(' * 20_000}1{')' * 20_000} AS date'''"),
    "a query of 5 MB": ("", f"query = '''SELECT {'1 + ' * 1_200_000}1 AS date'''"),
    "columns twice": ("", "query = 'SELECT 1 AS date, 2 AS date, 3 AS close'"),
    "no rows": ("CREATE TABLE p (date, security, close)", "table = 'p'"),
    "a name with a quotation": ("", "table = '''p\"; DROP TABLE p; --'''"),
    "no seconds": ("", "timeout = 0\ntable = 'p'"),
    "seconds without an end": ("", "timeout = inf\ntable = 'p'"),
}  # fmt: skip


def databases() -> Iterator[Case]:
    """Databases in a file, and what a study asks of them."""
    for kind in ("sqlite", "duckdb"):
        for name, (made, asked) in DATABASES.items():
            yield Case(f"{kind}: {name}", partial(_database, kind=kind, made=made, asked=asked))


def _database(folder: Path, kind: str, made: str, asked: str) -> Sequence[str]:
    write_data(folder)
    if kind == "sqlite":
        with sqlite3.connect(folder / "p.db") as connection:
            connection.executescript(made)
            connection.execute("VACUUM")
    else:
        typed = made.replace("close)", "close VARCHAR)").replace("(date,", "(date VARCHAR,")
        typed = typed.replace("security,", "security VARCHAR,").replace("x'ff'", "'\\xff'::BLOB")
        if "c1899" in made:
            typed = made.replace(",", " INTEGER,").replace(")", " INTEGER)")
        script = (
            f"import duckdb; c = duckdb.connect({str(folder / 'p.db')!r}); c.execute({typed!r})"
        )
        subprocess.run([sys.executable, "-c", script], check=True)  # no threads before a fork
    tables = {table: dict(keys) for table, keys in BASE.items()}
    tables["prices"] = {"source": '"sql"', "url": f'"{kind}:///p.db"', "calendar": '"data"'}
    text = text_of(tables).replace("[prices]\n", f"[prices]\n{asked}\n")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return ["score", "study.toml"]


_BODIES = {
    "raises": "raise RuntimeError('no')",
    "ends the process": "raise SystemExit(3)",
    "recurses": "f = lambda: f()\nf()",
    "needs a module": "import no_such_module",
    "is no Python": "def (",
    "returns nothing": "load = lambda request: None",
    "returns a text": "load = lambda request: 'prices'",
    "returns no rows": "import pandas as pd\nload = lambda request: pd.DataFrame()",
    "returns no dates": "import pandas as pd\nload = lambda request: pd.DataFrame({'A': [1.0]})",
    "raises when called": "def load(request):\n    raise ValueError('x' * 100_000)",
    "raises without a word": "def load(request):\n    raise KeyError",
    "prints controls": "def load(request):\n    raise ValueError('\\x1b[2J\\u202e')",
    "is a number": "load = 1",
    "takes too much": "def load(request, a, b):\n    return None",
    "asserts": "def load(request):\n    assert False",
    "asks for memory": "def load(request):\n    return bytearray(10**13)",
}


def plugins() -> Iterator[Case]:
    """Functions of prices by the user's own code, which fails."""
    for name, body in _BODIES.items():
        yield Case(name, partial(_plugin, body=body))


def _plugin(folder: Path, body: str) -> Sequence[str]:
    write_data(folder)
    (folder / "own_prices.py").write_text(body, encoding="utf-8")
    tables = {table: dict(keys) for table, keys in BASE.items()}
    tables["prices"] = {"source": '"python"', "function": '"own_prices:load"', "calendar": '"data"'}
    (folder / "study.toml").write_text(text_of(tables), encoding="utf-8")
    return ["score", "study.toml", "--allow-code"]


_HELLO = {
    "jsonrpc": "2.0", "id": 0, "method": "initialize",
    "params": {
        "protocolVersion": "2024-11-05", "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
}  # fmt: skip


def _call(tool: str, **given: object) -> dict[str, object]:
    return {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "arguments": given},
    }  # fmt: skip


REQUESTS: dict[str, object] = {
    "no JSON": "\x00\xff{",
    "brackets": "[" * 50_000,
    "a line of 20 MB": "a" * 20_000_000,
    "no method": {"jsonrpc": "2.0", "id": 1},
    "an unknown method": {"jsonrpc": "2.0", "id": 1, "method": "x/y"},
    "an unknown tool": _call("rm", path="/"),
    "a list of arguments": {
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "run", "arguments": []},
    },
    "a file outside": _call("check", file="../../../etc/passwd"),
    "a device": _call("check", file="/dev/zero"),
    "NUL in a path": _call("check", file="a\0b"),
    "a long path": _call("check", file="a" * 100_000),
    "home of nobody": _call("check", file="~nobody/x.csv"),
    "a study with code": _call("run", study="code.toml"),
    "a number for a text": _call("run", study=10**30),
    "null": _call("run", study=None),
    "unknown arguments": _call("run", study="study.toml", command="rm"),
    "no market": _call("align", published_at="2025-05-02T09:00+08:00", markets=["\u202e"] * 5_000),
    "year 9999": _call("align", published_at="9999-12-31T23:59:59-14:00", markets=["N225"]),
    "no time": _call("align", published_at="", markets=[]),
    "a headline of 3 MB": _call("expect", headline="a " * 1_500_000, at="2025-05-02T09:00+08:00"),
    "an empty headline": _call("expect", headline="", at="2025-05-02T09:00+08:00"),
    "a window of 10**18": _call(
        "expect", headline="Tariffs", at="2025-05-02T09:00+08:00", window=[-(10**18), 10**18]
    ),
    "a name of nothing": _call("explain", name="\x1b[2J" * 1_000),
    "out of the folder": _call("run", study="study.toml", out="../../out"),
}  # fmt: skip


def requests() -> Iterator[Case]:
    """What a program sends over the wire to the server for assistants."""
    for name, request in REQUESTS.items():
        line = request if isinstance(request, str) else json.dumps(request)
        begun = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        lines = [json.dumps(_HELLO), json.dumps(begun), line]
        sent = "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n"
        yield Case(name, partial(_given, words=["mcp"]), stdin=sent)
