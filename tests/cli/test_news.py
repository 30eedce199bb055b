from __future__ import annotations

import json

import pytest
from feed_forms import PAGE, posts
from feed_server import feed_server

from eventstudy.cli import invoke


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with feed_server() as feeds:
        yield feeds


def fetch(tmp_path, *words):
    return invoke(
        ["news", "fetch", *words, "--out", str(tmp_path / "news"), "--since", "2025-04-01"]
    )


def test_a_look_says_what_came(server, tmp_path, capsys):
    feed = f"truth-social={server.put('/archive.json', posts())}"
    assert fetch(tmp_path, feed) == 0
    out = capsys.readouterr().out
    assert "truth-social    1      0" in out
    assert "items.csv" in out
    assert fetch(tmp_path, feed, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["feeds"][0]["known"] == 1


def test_a_feed_that_fails_is_exit_code_2_and_one_sentence(server, tmp_path, capsys):
    feed = f"truth-social={server.put('/archive.json', PAGE)}"
    assert fetch(tmp_path, feed) == 2
    assert "1 of 1 feeds failed: truth-social: it is a web page" in capsys.readouterr().err


def test_a_wrong_option_is_named(tmp_path, capsys):
    assert invoke(["news", "fetch", "gdelt", "--since", "soon", "--out", str(tmp_path / "n")]) == 2
    assert "--since" in capsys.readouterr().err
    assert fetch(tmp_path, "reuters") == 2
    assert "known: federal-register" in capsys.readouterr().err
