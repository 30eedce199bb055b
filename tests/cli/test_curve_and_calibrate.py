"""The commands `curve` and `calibrate`: what they print and write, what they refuse."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from small_curve import CURVE
from small_study import STUDY, with_line, write_study

from eventstudy import (
    cli,
)
from eventstudy.calibration.result import (
    COLUMNS,
    ORDINARY,
    ROUGH,
)

pytestmark = pytest.mark.fast_tests(1)

COMMANDS = {
    "run": ["run"],
    "calibrate": ["calibrate", "--statistics", "sign", "--draws", "20"],
    "curve": ["curve", "--draws", "20"],
}
HOLDS = {"run": "the results of a study", "calibrate": "a calibration", "curve": "a curve"}


@pytest.mark.slow
@pytest.mark.parametrize("first", COMMANDS)
def test_every_command_replaces_its_own_kind_only(tmp_path, capsys, first):
    path = write_study(tmp_path, STUDY + CURVE)
    out = tmp_path / "out"

    def run(words):
        code = cli.invoke([*words, str(path), "--out", str(out), "-q"])
        return code, capsys.readouterr().err

    def files():
        return {file.name: file.read_bytes() for file in out.iterdir()}

    assert run(COMMANDS[first]) == (0, "")
    before = files()
    for name, words in COMMANDS.items():
        if name == first:
            continue
        refusal = (
            f"eventstudy: {out}: holds {HOLDS[first]}; name another folder for {HOLDS[name]}\n"
        )
        assert run(words) == (2, refusal)
        assert files() == before
    assert run(COMMANDS[first]) == (0, "")


@pytest.mark.slow
def test_a_refused_benchmark_is_said_by_the_command(tmp_path, capsys):
    table = '[curve]\nbenchmarks = ["MKT", "AAA"]\nmodels = ["market_model"]\ncar = [[0, 0]]\n'
    path = write_study(tmp_path, STUDY + table)
    assert cli.invoke(["curve", str(path), "--out", str(tmp_path / "out"), "--draws", "0"]) == 0
    printed = capsys.readouterr()
    half = "could not be carried out: AAA is both a market of the study and its own benchmark"
    assert half in printed.err
    assert half in " ".join(printed.out.split())
    assert printed.err.startswith("eventstudy: warning: ")
    assert printed.err.count("\n") == 1


@pytest.mark.slow
def test_the_command(tmp_path, capsys):
    path = write_study(tmp_path, STUDY + CURVE)
    out = tmp_path / "out"
    assert cli.invoke(["curve", str(path), "--out", str(out), "--draws", "25"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("Specification curve: up (")
    assert "8 specifications listed, 8 carried out, 0 not; 25 placebo draws" in printed.out
    assert f"Curve: {out / 'curve.html'}" in printed.out
    assert max(map(len, printed.out.splitlines()[:-1])) <= 80
    assert cli.invoke(["curve", str(path), "--out", str(out), "--draws", "25", "-q"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("table", "words", "message"),
    [
        ('[curve]\ngrop = "all"\n', [], "study.toml: unknown key curve.grop; did you mean 'group'"),
        ("[curve]\nmodels = []\n", [], "study.toml: curve.models is empty"),
        (
            "",
            ["--group", "category=upp"],
            "study.toml: unknown group 'category=upp'; did you mean 'category=up'?",
        ),
        ("", ["--draws", "-1"], "curve: Invalid value for '--draws'"),
        ("[curve]\nmax = 2\n", [], "study.toml: curve: the choices make"),
        (
            '[curve]\nbenchmarks = ["MKTT"]\n',
            [],
            "study.toml: curve.benchmarks: unknown market 'MKTT'; did you mean 'MKT'?",
        ),
    ],
)
def test_mistakes_on_the_command_line_are_one_line(tmp_path, capsys, table, words, message):
    path = write_study(tmp_path, STUDY + table)
    out = tmp_path / "out"
    assert cli.invoke(["curve", str(path), "--out", str(out), *words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"eventstudy: {message}")
    assert printed.err.count("\n") == 1
    assert not out.exists()


@pytest.mark.slow
def test_the_command_writes_table_picture_and_manifest(run, tmp_path):
    study = write_study(tmp_path / "in")
    folder = tmp_path / "out"
    code, out, err = run(
        "calibrate", study, "--out", folder, "--statistics", "bmp, sign", "--draws", "30"
    )
    assert (code, err) == (0, "")
    assert max(len(line) for line in out.splitlines() if "Table:" not in line) <= 80
    assert "bmp" in out
    frame = pd.read_csv(folder / "calibration.csv")
    assert set(frame["name"]) == {"bmp", "sign"}
    assert set(frame["group"]) == {"all", "category=up", "category=down"}
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["study"]["statistics"]["draws"] == 30
    assert manifest["study"]["events"]["file"] == "events.csv"
    assert manifest["inputs"]["study"]["name"] == "study.toml"
    # Ours is replaced, others' is not.
    assert (
        run("calibrate", study, "--out", folder, "--statistics", "bmp", "--draws", "20", "-q")[0]
        == 0
    )
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    code, out, err = run("calibrate", study, "--out", other)
    assert (code, out) == (2, "")
    assert "holds files that are not results" in err


def test_json_is_the_frame(run, tmp_path):
    study = write_study(tmp_path / "in")
    code, out, _ = run(
        "calibrate", study, "--out", tmp_path / "out", "--statistics", "sign", "--draws", "30",
        "--json",
    )  # fmt: skip
    assert code == 0
    rows = json.loads(out)
    assert set(rows[0]) == set(COLUMNS)
    assert {row["scenario"] for row in rows} >= {ORDINARY, ROUGH, "effect 2 s.d."}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--statistics", "bmpp"], "--statistics: unknown statistic 'bmpp'; did you mean 'bmp'?"),
        (["--draws", "0"], "--draws"),
        (["--drawz", "10"], "no such option"),
        (["--out"], "--out"),
    ],
)
def test_slips_are_one_line_and_exit_2(run, tmp_path, words, message):
    study = write_study(tmp_path / "in")
    code, out, err = run("calibrate", study, *words)
    assert (code, out) == (2, "")
    assert message.lower() in err.lower()
    assert err.count("\n") == 1


def test_a_study_without_draws_is_refused_by_name(run, tmp_path):
    study = write_study(tmp_path / "in", with_line("draws", "draws = 0", STUDY))
    code, _, err = run("calibrate", study, "--out", tmp_path / "out")
    assert code == 2
    assert "study.toml: calibration needs placebo draws; set statistics.draws" in err
    assert not (tmp_path / "out").exists()
