"""What an assistant may ask for: what `--json` prints, of files of one folder, and nothing else."""

from __future__ import annotations

import json

import pytest
from small_study import STUDY, write_study

from eventstudy.cli.tools import Tools
from eventstudy.exceptions import SourceError, SpecificationError


@pytest.fixture
def folder(tmp_path):
    write_study(tmp_path / "inside")
    (tmp_path / "secret.csv").write_text("event_id,date\nE1,2024-01-01\n")
    return tmp_path / "inside"


@pytest.fixture
def tools(folder):
    return Tools(folder=folder)


def test_align_takes_a_time_or_a_file(tools, run, folder):
    given = tools.align("2025-05-02T09:00+08:00", ["N225", "HSI"])
    assert [pair["security"] for pair in given["pairs"]] == ["N225", "HSI"]
    assert given["pairs"][0]["session"] == "2025-05-02"
    (folder / "one.csv").write_text("event_id,published_at\nE1,2025-05-02T09:00+08:00\n")
    from_file = tools.align(file="one.csv", markets=["N225", "HSI"])
    _, out, _ = run("align", folder / "one.csv", "--markets", "N225,HSI", "--json")
    assert from_file["pairs"] == json.loads(out)
    for words in ({}, {"published_at": "2025-05-02T09:00Z", "file": "one.csv"}):
        with pytest.raises(SpecificationError, match="one of them"):
            tools.align(**words)


def test_check_says_what_is_wrong(tools, folder):
    assert tools.check("events.csv")["events"] == 6
    (folder / "bad.csv").write_text("event_id,date\nE1,\n")
    found = tools.check("bad.csv")
    assert found["events"] is None
    assert "bad.csv row 2" in found["problems"][0]


@pytest.mark.slow
def test_a_study_is_run_and_nothing_is_written(tools, folder, run):
    before = sorted(folder.iterdir())
    found = tools.run("study.toml")
    assert (found["n_events"], found["n_pairs"], found["folder"]) == (6, 12, None)
    assert sorted(folder.iterdir()) == before
    with pytest.raises(SpecificationError, match="--write"):
        tools.run("study.toml", out="results")
    saved = Tools(folder=folder, may_write=True).run("study.toml", out="results")
    assert "statistics.csv" in saved["files"]
    assert saved["statistics"] == found["statistics"]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("name", ["../secret.csv", "a/../../secret.csv", "."])
def test_no_file_outside_the_folder_is_read(tools, name):
    with pytest.raises(SourceError, match="is no file of the folder"):
        tools.check(name)


def test_nor_one_a_study_or_a_link_leads_to(tools, folder):
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    with pytest.raises(SourceError, match="is no file of the folder"):
        tools.check("link.csv")
    write_study(folder, STUDY.replace('"events.csv"', '"../secret.csv"'))
    with pytest.raises(SourceError, match="is no file of the folder"):
        tools.run("study.toml")
    with pytest.raises(SourceError, match="is no file of the folder"):
        Tools(folder=folder, may_write=True).run(out="../elsewhere")


def test_code_databases_and_the_network_are_refused(tools, folder):
    data = 'source = "files"\nfile = "prices.csv"\ncontent = "returns"\ncalendar = "data"'
    for source, sentence in [
        ('source = "python"\nfunction = "os:getcwd"', "--allow-code"),
        ('source = "sql"\nurl = "sqlite:///x.db"\ntable = "t"', "--write alone"),
    ]:
        write_study(folder, STUDY.replace(data, source))
        with pytest.raises(SpecificationError, match=sentence):
            tools.run("study.toml")
    write_study(folder, STUDY.replace(data, 'source = "yahoo"\nrefresh = true'))
    prices = tools._study("study.toml").prices
    assert (prices.offline, prices.refresh) == (True, False)
    prices = Tools(folder=folder, may_write=True)._study("study.toml").prices
    assert (prices.offline, prices.refresh) == (False, True)
    mirror = 'source = "frankfurter"\naddress = "http://127.0.0.1:9"'
    server = 'source = "sql"\nurl = "postgresql://me@db.example.org/p"\ntable = "t"'
    for allowed in (tools, Tools(folder=folder, may_write=True)):
        for source in (mirror, server):
            write_study(folder, STUDY.replace(data, source))
            with pytest.raises(SpecificationError, match="give --allow-network"):
                allowed.run("study.toml")
        write_study(folder, STUDY + '\n[execution]\ncluster = "tcp://127.0.0.1:9"\n')
        with pytest.raises(SpecificationError, match="give --allow-cluster"):
            allowed.run("study.toml")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("bmp", "statistic"), ("garch", "model"), ("n225", "market"), ("mde", "column"),
     ("windows.car", "key"), ("yahoo", "source"), ("stata_estudy", "convention")],
)  # fmt: skip
def test_a_name_is_explained(tools, name, kind):
    found = tools.explain(name)
    assert kind in {row["kind"] for row in found["found"]}
    json.dumps(found, allow_nan=False)


def test_an_unknown_name_gets_the_nearest(tools):
    with pytest.raises(SpecificationError, match="did you mean 'placebo'"):
        tools.explain("placeboo")


@pytest.mark.slow
def test_expect_is_what_the_command_says(tools):
    answer = tools.expect(
        "White House says it will exempt semiconductors from new tariffs",
        "2025-04-11T21:30-04:00",
        now="2025-04-14T06:45+08:00",
    )
    json.dumps(answer, allow_nan=False)
    assert answer


def test_without_write_fixings_are_not_asked(folder):
    data = 'source = "files"\nfile = "prices.csv"\ncontent = "returns"\ncalendar = "data"'
    fixings = STUDY.replace(data, 'source = "frankfurter"')
    (folder / "fixings.toml").write_text(fixings)
    study = Tools(folder=folder)._study("fixings.toml")
    assert study.prices.offline
    assert not Tools(folder=folder, may_write=True)._study("fixings.toml").prices.offline


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000 + "/b"])
def test_what_is_no_path_is_refused(tools, name):
    with pytest.raises(SourceError):
        tools.check(name)
