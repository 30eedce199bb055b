"""Rule files with one hostile value, in every key and in the names of tables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from eventstudy.exceptions import EventStudyError
from eventstudy.news.classification import load_rules
from eventstudy.news.classification.rule_files import KEYS
from hostile import contents
from hostile.run import Case
from hostile.values import ALL

_GOOD = {
    "category": '[category.own]\ndirection = "escalation"\n',
    "rule": '[[rule]]\nname = "r"\ncategory = "own"\nany = ["tariff ... rise"]\n',
    "modifier": '[[modifier]]\nname = "m"\nany = ["not"]\n',
}
_PATTERNS = {
    "stars": "*" * 5_000, "gaps": "a ... " * 2_000 + "b", "choices": "|".join(["a"] * 20_000),
    "nested choices": "(a|(b|" * 2_000, "a gap of 10**9": "a ...1000000000 b",
    "a gap of 5,000 digits": f"a ...{'9' * 5_000} b", "an unknown concept": "<no such>",
    "a concept of concepts": "<" * 5_000, "a word of 1 MB": "a" * 1_000_000,
    "NUL": "a\\u0000b", "a regular expression": "((a+)+)+$", "bidi": "\\u202Ea", "nothing": "",
}  # fmt: skip
_NAMES = ("", " ", "A" * 5_000, "a.b", "\\u202Ea", "\\u0000", "none", "unsure", "<x>")


def texts() -> Iterator[tuple[str, str]]:
    """Yield a name and the text of every rule file."""
    for kind, keys in KEYS.items():
        for key in keys:
            for name, value in ALL.items():
                yield f"{kind}.{key} = {name}", _with(kind, key, value)
    for name, pattern in _PATTERNS.items():
        for key in ("any", "all", "none"):
            yield f"rule.{key}: {name}", _with("rule", key, f'["{pattern}"]')
    for table in ("category", "actors", "concepts", "hints", "extend"):
        for name in _NAMES:
            value = "{ 1 = ['a'] }" if table in ("category", "hints") else "['a']"
            yield f"{table}.{name[:20]!r}", f'[{table}]\n"{name}" = {value}\n'
    for table in ("settings", "remove", "companies", "actors", "concepts", "hints", "rule", "no"):
        for name, value in ALL.items():
            yield f"{table} = {name}", f"{table} = {value}\n"


def _with(kind: str, key: str, value: str) -> str:
    tables = dict(_GOOD)
    tables.setdefault(kind, f"[{kind}]\n")
    lines = [line for line in tables[kind].splitlines() if not line.startswith(f"{key} =")]
    tables[kind] = "\n".join([*lines, f"{key} = {value}\n"])
    return "".join(tables.values())


def is_read(folder: Path, text: str) -> bool:
    """Whether a rule file is read; what is not must be refused in one sentence."""
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    try:
        load_rules(file)
    except EventStudyError as error:
        sentence = str(error)
        if len(sentence) > 1_500 or not sentence.isprintable():
            raise AssertionError(f"not one short sentence: {sentence[:400]!r}") from error
        return False
    return True


def cases() -> Iterator[Case]:
    """Files of rules that are no TOML, and every seventh of those with a hostile value."""
    for name, content in contents.ANY.items():
        yield Case(name, partial(_build, content=content()))
    for name, text in list(texts())[::7]:
        yield Case(name, partial(_build, content=text.encode()))


def _build(folder: Path, content: bytes) -> list[str]:
    lines = [f"{at},2025-05-02T09:00Z,Tariffs on goods {at} rise" for at in range(20)]
    news = "\n".join(["item_id,published_at,headline", *lines])
    (folder / "news.csv").write_text(news, encoding="utf-8")
    (folder / "rules.toml").write_bytes(content)
    return ["events", "build", "news.csv", "-o", "events.csv", "--rules", "rules.toml"]
