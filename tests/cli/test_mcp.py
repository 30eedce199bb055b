"""The server for assistants, asked by the protocol's own client."""

from __future__ import annotations

import asyncio
import builtins
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from small_study import write_study

from eventstudy.cli.mcp import server
from eventstudy.cli.tools import Tools
from eventstudy.exceptions import NotApplicableError

TOOLS = ["align", "check", "run", "expect", "explain"]


def asked(folder, calls, *switches):
    """What a client of the protocol gets: the tools, and an answer a call."""
    mcp = pytest.importorskip("mcp")
    stdio = pytest.importorskip("mcp.client.stdio")
    command = ["-m", "eventstudy", "mcp", "--folder", str(folder), *switches]

    async def ask():
        parameters = mcp.StdioServerParameters(command=sys.executable, args=command)
        async with (
            stdio.stdio_client(parameters) as (read, write),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            listed = await session.list_tools()
            answers = [await session.call_tool(name, given) for name, given in calls]
            return listed.tools, answers

    # In a thread of its own: tests of pages leave a running loop in that of the tests.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(ask(), 120)).result()


@pytest.mark.slow
def test_a_client_finds_the_tools_and_gets_what_json_prints(tmp_path):
    write_study(tmp_path)
    tools, answers = asked(
        tmp_path,
        [
            ("align", {"published_at": "2025-05-02T09:00+08:00", "markets": ["N225"]}),
            ("check", {"file": "events.csv"}),
            ("run", {"study": "study.toml"}),
            ("explain", {"name": "bmp"}),
            ("check", {"file": "../events.csv"}),
            ("run", {"study": "study.toml", "out": "results"}),
        ],
    )
    assert [tool.name for tool in tools] == TOOLS
    assert all(tool.description for tool in tools)
    assert all(tool.annotations.read_only_hint for tool in tools)
    *good, outside, saved = answers
    assert [answer.is_error for answer in answers] == [False] * 4 + [True] * 2
    aligned, checked, study, explained = (json.loads(answer.content[0].text) for answer in good)
    assert aligned["pairs"][0]["security"] == "N225"
    assert checked["events"] == 6
    assert study["n_pairs"] == 12
    assert explained["found"][0]["name"] == "bmp"
    assert "is no file of the folder" in outside.content[0].text
    assert "--write" in saved.content[0].text


@pytest.mark.slow
def test_with_write_a_study_is_saved(tmp_path):
    write_study(tmp_path)
    tools, (saved,) = asked(
        tmp_path, [("run", {"study": "study.toml", "out": "results"})], "--write"
    )
    assert [tool.name for tool in tools if not tool.annotations.read_only_hint] == ["run"]
    assert not saved.is_error
    assert (tmp_path / "results" / "report.html").is_file()


def test_without_the_extra_the_error_names_it(monkeypatch, tmp_path):
    real = builtins.__import__

    def refuse(name, *rest):
        if name.startswith("mcp"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(NotApplicableError, match=r'pip install "market-reaction\[mcp\]"'):
        server(Tools(folder=tmp_path))


def test_a_folder_that_is_none_is_refused(run, tmp_path):
    code, _, err = run("mcp", "--folder", tmp_path / "nowhere")
    assert (code, err.count("\n")) == (2, 1)
    assert "is no folder" in err
