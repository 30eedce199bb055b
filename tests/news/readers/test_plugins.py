"""Formats of news that other distributions bring."""

from __future__ import annotations

import pytest
from installed import installed, write_distribution

import eventstudy as es
from eventstudy.exceptions import EventStudyWarning, SourceError
from eventstudy.news.readers.plugins import format_of

CODE = """
def read(path):
    for line in path.read_text().splitlines():
        if line == "torn":
            raise ValueError("no bars")
        time, _, headline = line.partition(" | ")
        yield {"published_at": time, "headline": headline, "n": 3} if headline else line
"""


@pytest.fixture
def wire(tmp_path):
    write_distribution(tmp_path / "site", "wires", "wires", {"news": {"wire": "read"}}, CODE)
    with installed(tmp_path / "site"):
        yield tmp_path / "desk.wire"


def test_items_come_through_the_door_like_all_others(wire):
    wire.write_text("2025-05-02T09:00Z | Talks\nnothing\n2025-05-02T10:00 | No zone\n")
    news = es.read_news(wire)
    assert list(news.frame["headline"]) == ["Talks"]
    assert list(news.frame["n"]) == ["3"]
    assert list(news.rejected["where"]) == ["desk.wire item 2", "desk.wire item 3"]


def test_a_reader_that_fails_names_its_distribution(wire):
    wire.write_text("2025-05-02T09:00Z | Talks\ntorn\n")
    with pytest.raises(SourceError, match=r"desk.wire: the reader 'wire' of wires 0.3 failed: Va"):
        es.read_news(wire)


def test_a_faulty_one_is_said_where_its_files_are_read_and_nowhere_else(tmp_path):
    write_distribution(tmp_path / "site", "wires", "wires", {"news": {"wire": "read"}}, "1 / 0")
    (tmp_path / "desk.wire").write_text("2025-05-02T09:00Z | Talks\n")
    with installed(tmp_path / "site"):
        with pytest.warns(EventStudyWarning, match="'wire' \\(news\\) of wires 0.3 is left out"):
            assert format_of(".csvx") is None
        with pytest.raises(SourceError, match=r"'wire' \(news\) of wires 0.3 is left out"):
            es.read_news(tmp_path / "desk.wire")
