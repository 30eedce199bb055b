"""What a study file may do is what whoever reads it allows: a test for each refusal."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest
from small_study import STUDY, write_study

import eventstudy as es
from eventstudy.exceptions import SpecificationError
from eventstudy.study.results import load_results

DATA = 'source = "files"\nfile = "prices.csv"\ncontent = "returns"\ncalendar = "data"'
TABLE = 'table = "prices"'
REFUSED = {
    "--allow-code": ('source = "python"\nfunction = "os:getcwd"', ""),
    "--allow-network": ('source = "fred"\naddress = "https://mirror.example.org/"', ""),
    "--allow-network ": (f'source = "sql"\nurl = "postgresql://me@db.example.org/p"\n{TABLE}', ""),
    "--allow-network  ": (
        f'source = "sql"\nurl = "postgresql://localhost/p?host=db.example.org"\n{TABLE}',
        "",
    ),
    "--allow-cluster": (DATA, '\n[execution]\ncluster = "tcp://127.0.0.1:9"\n'),
}
COMMANDS = (
    ["run"], ["run", "--stream"], ["calibrate"], ["curve"], ["score"],
    ["expect", "Tariffs rise", "--at", "2024-05-02T09:00Z", "--study"],
    ["watch", "--once", "news", "--study"],
)  # fmt: skip


def hostile(folder: Path, switch: str) -> Path:
    prices, more = REFUSED[switch]
    return write_study(folder, STUDY.replace(DATA, prices) + more)


@pytest.mark.parametrize("switch", REFUSED)
def test_a_capability_is_refused_by_every_command(run, tmp_path, monkeypatch, switch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news").mkdir()
    file = hostile(tmp_path / "s", switch)
    for command in COMMANDS:
        code, out, err = run(*command, file)
        assert (code, out, err.count("\n")) == (2, "", 1), command
        assert f"give {switch.strip()}" in err
    with pytest.raises(SpecificationError, match=f"give {switch.strip()}"):
        es.read_study(file)
    with pytest.raises(SpecificationError, match=f"give {switch.strip()}"):
        es.expect("Tariffs rise", "2024-05-02T09:00Z", zone="UTC", study=file)
    assert {path.name for path in tmp_path.iterdir()} == {"news", "s"}


@pytest.mark.parametrize("switch", REFUSED)
def test_the_switch_allows_that_and_nothing_else(tmp_path, switch):
    name = switch.strip().removeprefix("--").replace("-", "_")
    file = hostile(tmp_path, switch)
    assert es.read_study(file, **{name: True}).name == "study.toml"
    others = {one.strip().removeprefix("--").replace("-", "_") for one in REFUSED} - {name}
    with pytest.raises(SpecificationError, match=f"give {switch.strip()}"):
        es.read_study(file, **dict.fromkeys(others, True))


@pytest.mark.parametrize("switch", [one for one in REFUSED if "network" in one])
@pytest.mark.parametrize("network", [False, True])
def test_a_confined_study_is_not_told_of_a_switch_that_would_not_help(tmp_path, switch, network):
    with pytest.raises(SpecificationError, match="which --confined does not allow") as caught:
        es.read_study(hostile(tmp_path, switch), confined=True, allow_network=network)
    assert "--allow-network" not in str(caught.value)


def test_a_server_refused_names_the_way_that_needs_no_switch(tmp_path):
    for switch, is_database in zip(REFUSED, (None, False, True, True, None), strict=True):
        if is_database is not None:
            with pytest.raises(SpecificationError, match="--allow-network") as caught:
                es.read_study(hostile(tmp_path, switch))
            assert ("prices.url_env" in str(caught.value)) is is_database


@pytest.mark.parametrize(
    "url",
    ["sqlite:///prices.db", "duckdb:///prices.duckdb", "postgresql:///p", "postgresql://me@localhost/p",
     "postgresql://me@127.0.0.1:5433/p", "postgresql://me@[::1]/p", "postgresql:///p?host=/run/pg",
     "postgresql:///?service=mine",
     "postgresql://jdoe@wrds-pgdata.wharton.upenn.edu:9737/wrds?sslmode=require"],
)  # fmt: skip
def test_files_this_machine_and_wrds_need_no_switch(tmp_path, url):
    prices = f'source = "sql"\nurl = "{url}"\n{TABLE}'
    file = write_study(tmp_path, STUDY.replace(DATA, prices))
    assert es.read_study(file).prices.chosen_server() is None


def test_a_source_known_by_name_needs_no_switch(tmp_path):
    for prices in (
        'source = "yahoo"',
        'source = "fred"',
        'source = "sql"\nurl_env = "A"\n' + TABLE,
    ):
        assert es.read_study(write_study(tmp_path, STUDY.replace(DATA, prices)))


@pytest.mark.slow
def test_the_cluster_of_the_command_line_stands_above_that_of_the_file(run, tmp_path):
    file = hostile(tmp_path / "s", "--allow-cluster")
    code, _, err = run("run", file, "--jobs", "1", "--out", tmp_path / "out")
    assert code == 0, err


def test_a_confined_study_reads_what_lies_beside_it(run, tmp_path):
    file = write_study(tmp_path / "s")
    assert (
        es.read_study(file, confined=True)
        .run()
        .statistics.equals(es.read_study(file).run().statistics)
    )
    shutil.copy(tmp_path / "s" / "prices.csv", tmp_path / "prices.csv")
    (tmp_path / "s" / "linked.csv").symlink_to(tmp_path / "prices.csv")
    for other in ("../prices.csv", str(tmp_path / "prices.csv"), "linked.csv", "~/prices.csv"):
        file = write_study(tmp_path / "s", STUDY.replace('"prices.csv"', f'"{other}"'))
        code, _, err = run("run", file, "--confined", "--out", tmp_path / "out")
        assert code == 2
        assert "lies outside the folder of the study file" in err
    for prices in (
        'source = "yahoo"', 'source = "fred"', f'source = "sql"\nurl = "sqlite:///p.db"\n{TABLE}'
    ):  # fmt: skip
        file = write_study(tmp_path / "s", STUDY.replace(DATA, prices))
        with pytest.raises(SpecificationError, match="reaches beyond the folder"):
            es.read_study(file, confined=True)
    file = write_study(tmp_path / "s", STUDY.replace(DATA, 'source = "yahoo"\noffline = true'))
    assert es.read_study(file, confined=True).prices.offline


@pytest.mark.slow
def test_results_of_a_stranger_are_text_and_nothing_in_them_is_run(run, tmp_path, monkeypatch):
    out = es.read_study(write_study(tmp_path / "s")).run().save(tmp_path / "out")
    marks = tmp_path / "ran"
    (out / "car.pkl").write_bytes(pickle.dumps(_Code(marks)))
    (out / "statistics.csv.pkl").write_bytes(pickle.dumps(_Code(marks)))
    (out / "conftest.py").write_text(f"open({str(marks)!r}, 'w')")

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("nothing is unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refused)
    assert len(load_results(out).statistics)
    code, _, err = run("report", out, "--format", "md")
    assert code == 0, err
    assert not marks.exists()


class _Code:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.path), "w")
