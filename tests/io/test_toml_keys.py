"""What a key of a TOML file takes, by the field it becomes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from eventstudy.io.toml_keys import (
    ANYTHING,
    DAY,
    ESTIMATION,
    FILES,
    FLAG,
    FLAGS,
    NO_KEY,
    NUMBER,
    SECRET,
    TEXT,
    TEXTS,
    WHOLE,
    WINDOW,
    WINDOWS,
    field_types,
    key_of,
    keys_of,
    one_of,
    some_of,
    takes,
    toml_text,
)


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        (TEXT, ["a"], ["", "  ", 1, None]),
        (TEXTS, [[], ["a", "b"]], ["a", [""], [1]]),
        (FLAG, [True, False], [0, "true"]),
        (FLAGS, [[True], []], [True, [1]]),
        (WHOLE, [0, -3], [True, 1.0, "1"]),
        (NUMBER, [0, 1.5], [True, float("nan"), float("inf"), "1"]),
        (
            DAY,
            ["2025-05-02", "20250502", dt.date(2025, 5, 2)],
            ["2025-02-30", dt.datetime(2025, 5, 2, tzinfo=dt.UTC), 20250502],
        ),
        (FILES, ["a.csv", ["a.csv"]], [[], "", 1]),
        (WINDOW, [[0, 1]], [[0], [0, 1.0], [True, 1], "01"]),
        (WINDOWS, [[[0, 1]], [[0, 0], [0, 1]]], [[], [0, 1]]),
        (ESTIMATION, [[-250, -21], [[-250, -21], [21, 250]]], [[], [-250], -250]),
        (ANYTHING, [0, "", []], [None]),
    ],
)
def test_a_key_takes_its_kind_and_nothing_else(key, right, wrong):
    assert all(map(key.is_right, right))
    assert not any(map(key.is_right, wrong))


def test_choices_may_grow():
    names = ["a"]
    assert one_of("a", "b").choices == ("a", "b")
    assert some_of(noun="model").choices == ()
    growing = one_of(noun="model").__class__("text", bool, lambda: tuple(names))
    names.append("b")
    assert growing.choices == ("a", "b")


@dataclass(frozen=True)
class Options:
    name: str
    level: float | None = None
    side: Literal["up", "down"] = "up"
    files: tuple[Path, ...] = ()
    password: str = field(default="", metadata=takes(SECRET))
    cache: dict[str, int] = field(default_factory=dict, metadata=NO_KEY)


def test_the_keys_of_a_dataclass_are_its_fields():
    keys = keys_of(Options)
    assert list(keys) == ["name", "level", "side", "files", "password"]
    assert keys["name"] is TEXT
    assert keys["level"] is NUMBER
    assert keys["side"].choices == ("up", "down")
    assert keys["files"] is FILES
    assert keys["password"].is_quiet
    assert "cache" not in field_types(Options)
    assert key_of(complex) is ANYTHING


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ('a "b"\nc\\', '"a \\"b\\" c\\\\"'),
        ([1, "a"], '[1, "a"]'),
        ({"a": 1}, "a table"),
        (dt.date(2025, 5, 2), "2025-05-02"),
    ],
)
def test_a_value_is_shown_as_the_file_would_write_it(value, text):
    assert toml_text(value) == text
