from __future__ import annotations

import json

import pytest

from eventstudy import read_news
from eventstudy.exceptions import SchemaError

BREAKS = "\x1b\x1c\x1e\x85\u2028\u202e\n"


@pytest.mark.parametrize(
    "value",
    [
        {"title": [], "\x1e": []},
        {f"a{BREAKS}b": [{"x": 1}], "b": [{"x": 1}]},
        {"x" * 5000: [{"x": 1}], "y" * 5000: [{"x": 1}]},
        {f"{number}{BREAKS}": [] for number in range(900)},
    ],
)
def test_keys_of_the_file_are_quoted_on_one_short_line(tmp_path, value):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(SchemaError) as caught:
        read_news(path)
    message = str(caught.value)
    assert "several arrays (" in message
    assert message.isprintable()
    assert len(message) < 400


def test_what_the_parser_quotes_is_on_one_line(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(f'[{{"title": "a", "date": "2025-05-02"}}, tru{BREAKS}]', encoding="utf-8")
    (reason,) = read_news(path).rejected["reason"]
    assert "no JSON from here on" in reason
    assert reason.isprintable()
