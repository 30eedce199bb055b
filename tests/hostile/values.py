"""Values that no key means: of every type, of every size, and texts that hurt where they go."""

from __future__ import annotations

LONG = "A" * 5_000
BIDI = "\\u202Egnp.exe\\u202C\\u200B"

NUMBERS = {
    "zero": "0",
    "minus one": "-1",
    "a million": "1_000_000",
    "a billion": "1_000_000_000",
    "2**31": "2147483648",
    "10**18": "1_000_000_000_000_000_000",
    "2**63": "9223372036854775808",
    "minus 2**63": "-9223372036854775809",
    "10**30": "1" + "0" * 30,
    "4,000 digits": "9" * 4_000,
    "5,000 digits": "9" * 5_000,
    "NaN": "nan",
    "inf": "inf",
    "-inf": "-inf",
    "1e308": "1e308",
    "1e-320": "1e-320",
    "a half": "0.5",
}
"""As a TOML file writes them."""
TEXTS = {
    "empty": '""',
    "blank": '"  "',
    "NUL": '"a\\u0000b"',
    "long": f'"{LONG}"',
    "home of nobody": '"~nobody_here/x.csv"',
    "bidi": f'"{BIDI}"',
    "line ends": '"a\\nb\\r\\u2028c"',
    "escapes": '"\\u001b[2J\\u001b]0;x\\u0007"',
    "a folder": '"."',
    "up": '"../../../../etc/passwd"',
    "a device": '"/dev/zero"',
    "formula": "'=cmd|\" /C calc\"!A0'",
    "braces": '"{0.__class__} %s %n ${x} {{7*7}}"',
    "surrogate by percent": '"%ED%A0%80"',
    "a pattern": '"((a+)+)+$"',
    "emoji": '"\U0001f600\U0001f1ef\U0001f1f5"',
}
DATES = {
    "year 1": "0001-01-01",
    "year 9999": "9999-12-31",
    "text of year 1": '"0001-01-01"',
    "text of year 9999": '"9999-12-31"',
    "with a time": "2025-05-02T09:00:00+08:00",
    "a time": "23:59:59",
}
OTHERS = {
    "true": "true",
    "no item": "[]",
    "no key": "{}",
    "a table": '{ a = "b" }',
    "nested": "[" * 60 + "]" * 60,
    "mixed": '[1, "a", true, [2], { b = 1 }]',
    "a text twice": '["A", "A"]',
    "a list of texts": '["A", "no such"]',
    "a list of empty": '[""]',
    "1,000 texts": "[" + ", ".join(f'"t{at}"' for at in range(1_000)) + "]",
    "huge window": "[-1_000_000_000, 1_000_000_000]",
    "window of 10**18": "[-1_000_000_000_000_000_000, 1_000_000_000_000_000_000]",
    "window of 10**30": "[-" + "1" + "0" * 30 + ", 1" + "0" * 30 + "]",
    "huge windows": "[[-1_000_000_000, 1_000_000_000], [0, 1]]",
    "long event window": "[-5, 1_000_000_000]",
    "event window of 90,000": "[-5, 90_000]",
    "long estimation": "[-1_000_000_000, -11]",
    "estimation of 90,000": "[-90_000, -11]",
    "long CAR windows": "[[-5, 1_000_000_000], [-5, 1_000_000_001]]",
    "far window": "[1_000_000_000, 1_000_000_001]",
    "reversed": "[5, -5]",
    "10,000 windows": "[" + ", ".join(["[0, 1]"] * 10_000) + "]",
    "windows all different": "[" + ", ".join(f"[{-at}, {at}]" for at in range(1_000)) + "]",
    "flags": "[true, false, true]",
    "deep table": "{ a = { b = { c = { d = 1 } } } }",
    "pairs": '[["category", "x", "y"]]',
    "spans": '[["0001-01-01", "9999-12-31"]]',
    "spans of no date": '[["2025-02-30", "later"]]',
}
ALL = {**NUMBERS, **TEXTS, **DATES, **OTHERS}
