"""The command line: what it prints where, its exit codes, and what it never does."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import warnings
from pathlib import Path

import pandas as pd
import pytest
from small_study import with_line, write_study

from eventstudy.cli import views as _views
from eventstudy.cli.terminal import Talk, progress
from eventstudy.datasets.bundled import data_path
from eventstudy.events.alignment import CONTRACT
from eventstudy.exceptions import EventStudyWarning
from eventstudy.inference import STATISTICS
from eventstudy.markets.market import load_markets
from eventstudy.models import MODELS
from eventstudy.study import results
from eventstudy.study.results import load_results
from eventstudy.studyfile import study_file as studyfile

COMMAND = [sys.executable, "-m", "eventstudy"]
NEWS = """\
event_id,published_at,date,headline
GENEVA,2025-05-12T15:00+08:00,,"Both sides cut tariffs, for 90 days"
PAUSE,2025-04-09T13:18-04:00,,A pause of 90 days
ANSWER,2025-04-04T18:05+08:00,,34 % on American goods
TALKS,2025-05-02T09:00+08:00,,An offer is weighed
"""


@pytest.fixture
def news(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text(NEWS, encoding="utf-8")
    return path


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- starting ------------------------------------------------------------------------------------


def test_help_imports_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "eventstudy", "--help"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    loaded = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()
    }
    assert {"click", "eventstudy"} <= loaded
    assert (
        loaded & {"exchange_calendars", "jinja2", "matplotlib", "numpy", "pandas", "scipy"} == set()
    )


def test_without_words_the_commands_are_listed(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    listed = re.findall(r"^  (\w+)  ", out.partition("Commands:")[2], re.MULTILINE)
    assert " ".join(listed) == ("align calibrate curve events init intraday list prices report run")
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    "words", [["run"], ["curve"], ["init"], ["events", "check"], ["align"], ["report"], ["list"]]
)
def test_every_command_has_help_and_the_two_switches(run, words):
    code, out, err = run(*words, "--help")
    assert (code, err) == (0, "")
    assert "--quiet" in out
    assert "--verbose" in out
    assert max(map(len, out.splitlines())) <= 80


def test_version(run):
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    code, out, _ = run("--version")
    assert (code, out) == (0, f"eventstudy {project['project']['version']} (market-reaction)\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lst"], "unknown command 'lst'; did you mean 'list'?"),
        (["events"], "events: Missing command."),
        (["events", "chek"], "events: unknown command 'chek'; did you mean 'check'?"),
        (["list"], "list: Missing argument 'markets|models|statistics|sources'."),
        (["list", "market"], "unknown list 'market'; did you mean 'markets'?"),
        (["run", "a.toml", "b.toml"], "run: Got unexpected extra argument (b.toml)"),
        (["run", "--format", "pdf"], "--format pdf is not in this version; there is: html"),
        (["run", "--format", "html,tex"], "--format tex is not in this version; there is: html"),
        (["run", "--format", "htm"], "unknown format 'htm'; did you mean 'html'?"),
        (["report", "here", "--format", "md"], "--format md is not in this version"),
        (["align"], "align: Missing argument 'EVENTS'."),
        (["--quite"], "No such option"),
    ],
)
def test_wrong_words_are_one_line(run, words, message):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"eventstudy: {message}")
    assert err.count("\n") == 1


# -- list ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("markets", list(load_markets())),
        ("models", list(MODELS.names())),
        ("statistics", list(STATISTICS.names())),
        ("sources", ["bundled", "files", "yahoo", "sql"]),
    ],
)
def test_lists_show_what_exists(run, monkeypatch, what, names):
    monkeypatch.delenv("COLUMNS", raising=False)
    code, out, err = run("list", what)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[2:]] == names, "in a pipe one line each"
    told = json.loads(run("list", what, "--json")[1])
    assert [row["name"] for row in told] == names
    if what in ("models", "statistics"):
        assert all(row["source"] and row["summary"] for row in told)
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, run("list", what)[1].splitlines())) <= 80


# -- events check --------------------------------------------------------------------------------


def test_events_without_problems_are_counted(run, news):
    code, out, err = run("events", "check", news)
    assert (code, err) == (0, "")
    assert out == (
        "news.csv: no problems; 4 events, 2025-04-04 to 2025-05-12, "
        "4 with a time, 0 with a date alone\n"
    )
    told = json.loads(run("events", "check", news, "--json")[1])
    assert told == {"file": str(news), "events": 4, "timed": 4, "problems": []}
    assert run("events", "check", news, "--quiet") == (0, "", "")


def test_every_problem_of_an_events_file_is_a_line(run, news):
    news.write_text(NEWS.replace("+08:00", "", 1).replace("TALKS", "PAUSE"), encoding="utf-8")
    code, out, err = run("events", "check", news)
    assert code == 2
    first, second = out.splitlines()
    assert first.startswith("news.csv row 2: published_at '2025-05-12T15:00' has no offset")
    assert second.startswith("news.csv row 5: event_id 'PAUSE' is also that of row 3")
    assert err == f"eventstudy: {first} (and 1 more problem)\n"
    code, out, _ = run("events", "check", news, "--json")
    assert (code, json.loads(out)["problems"]) == (2, [first, second])


def test_the_bundled_events_have_no_problems(run):
    code, out, _ = run("events", "check", data_path("events/events.csv"))
    assert code == 0
    assert "125 events" in out


# -- align ---------------------------------------------------------------------------------------


def test_align_says_which_session_and_why(run, news):
    code, out, err = run("align", news, "--markets", "N225,TAIEX,HSI,CNH", "-o", "-")
    assert (code, err) == (0, "")
    frame = pd.read_csv(io.StringIO(out))
    assert list(frame.columns) == [*CONTRACT, "catch_up", "reason"]
    session = frame.pivot_table(
        index="event_id", columns="security", values="session", aggfunc="first"
    ).loc[:, ["N225", "TWII", "HSI", "CNH"]]
    assert session.loc["GENEVA"].tolist() == [
        "2025-05-13",
        "2025-05-13",
        "2025-05-12",
        "2025-05-12",
    ]
    assert session.loc["PAUSE"].tolist() == ["2025-04-10"] * 3 + ["2025-04-09"]
    assert session.loc["ANSWER", ["TWII", "HSI"]].tolist() == ["2025-04-07"] * 2
    assert session.loc["TALKS"].tolist() == ["2025-05-02"] * 4
    minutes = frame.set_index(["event_id", "security"])["minutes_to_close"]
    assert minutes["GENEVA", "HSI"] == 60
    assert frame["reason"].str.startswith("Published 20").all()


def test_align_reads_well_at_80_columns(run, news):
    code, out, err = run("align", news, "--markets", "N225,HSI")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["market", "session", "state", "to", "close", "days", "marks"]
    assert lines[1] == "GENEVA  2025-05-12 07:00 UTC  Both sides cut tariffs, for 90 days"
    assert lines[2].split() == ["N225", "2025-05-13", "pre_open", "1"]
    assert lines[3].split() == ["HSI", "2025-05-12", "intraday", "60", "3", "before", "SPX"]
    assert "first to close" not in out
    told = run("align", news, "--markets", "N225,HSI", "--verbose")[1]
    assert "the session of 2025-05-13 is the" in told
    assert max(map(len, told.splitlines())) <= 80


def test_align_as_json(run, news):
    rows = json.loads(run("align", news, "--markets", "HSI", "--json")[1])
    assert [row["event_id"] for row in rows] == ["GENEVA", "PAUSE", "ANSWER", "TALKS"]
    assert rows[0]["minutes_to_close"] == 60
    assert rows[0]["benchmark_reacts_later"] is True
    assert rows[1]["minutes_to_close"] is None
    assert rows[3]["span_days"] == 2


def test_align_writes_a_file_whole_or_not_at_all(run, news, tmp_path):
    code, out, _ = run("align", news, "--markets", "HSI", "-o", tmp_path / "a.csv")
    assert (code, out) == (0, f"{tmp_path / 'a.csv'}: 4 pairs\n")
    assert len(pd.read_csv(tmp_path / "a.csv")) == 4
    code, _, err = run("align", news, "-o", news)
    assert code == 2
    assert "is the events file itself" in err
    assert news.read_text(encoding="utf-8") == NEWS
    code, _, err = run("align", news, "-o", tmp_path)
    assert (code, err.count("\n")) == (2, 1)
    code, _, err = run("align", news, "-o", tmp_path / "no" / "a.csv")
    assert (code, err.count("\n")) == (2, 1)
    assert left_in(tmp_path) == {"news.csv", "a.csv"}


def test_align_needs_to_be_told_what_a_date_means(run, news):
    news.write_text(f"{NEWS}DAY,,2025-04-15,Something\n", encoding="utf-8")
    code, out, err = run("align", news)
    assert (code, out) == (2, "")
    assert err == (
        "eventstudy: news.csv row 6: event DAY has a date without a time; "
        "give --date-only same or --date-only next\n"
    )
    same = json.loads(run("align", news, "--markets", "HSI", "--date-only", "same", "--json")[1])
    after = json.loads(run("align", news, "--markets", "HSI", "--date-only", "next", "--json")[1])
    assert (same[-1]["session"], after[-1]["session"]) == ("2025-04-15", "2025-04-16")
    assert "DAY  2025-04-15, no time  Something" in run("align", news, "--date-only", "same")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--markets", "N255"], "--markets: unknown market 'N255'; did you mean 'N225'?"),
        (["--date-only", "sme"], "unknown --date-only 'sme'; did you mean 'same'?"),
    ],
)
def test_align_names_the_option(run, news, words, message):
    assert run("align", news, *words) == (2, "", f"eventstudy: {message}\n")


@pytest.mark.slow
def test_align_is_what_a_study_aligns(run, tmp_path):
    study = write_example_quickly(tmp_path)
    assert run("run", study, "--out", tmp_path / "out", "--quiet") == (0, "", "")
    code, out, _ = run("align", tmp_path / "events.csv", "--date-only", "next", "-o", "-")
    assert code == 0
    assert out == (tmp_path / "out" / "alignment.csv").read_text(encoding="utf-8")


# -- init, run, report ---------------------------------------------------------------------------


def write_example_quickly(folder: Path) -> Path:
    """Write the example with few draws and markets' bundled prices."""
    study, _ = studyfile.write_example(folder)
    text = study.read_text(encoding="utf-8").replace("draws = 2000", "draws = 40")
    study.write_text(text, encoding="utf-8")
    return study


def test_init_then_run_works_at_once(run, tmp_path):
    folder = tmp_path / "mine"
    code, out, err = run("init", folder)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        str(folder / "study.toml"), str(folder / "events.csv"),
        f"Next: eventstudy run {folder / 'study.toml'}",
    ]  # fmt: skip
    assert left_in(folder) == {"study.toml", "events.csv"}
    code, out, err = run("run", folder / "study.toml", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert out.startswith("Trade news and Asian markets, an example\n  14 events in 6 markets")
    assert out.endswith(f"\nReport: {tmp_path / 'out' / 'report.html'}\n")
    assert max(map(len, out.splitlines()[:-1])) <= 80
    assert pd.read_csv(tmp_path / "out" / "dropped.csv").empty
    code, out, err = run("init", folder)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "study.toml: is there already" in err


def test_a_run_writes_the_folder_and_says_where(run, tmp_path):
    study = write_study(tmp_path / "in")
    code, out, err = run("run", study, "--out", tmp_path / "out")
    assert (code, err) == (0, ""), "quiet in a pipe"
    assert "6 events in 2 markets: 12 pairs" in out
    assert out.endswith(f"\nReport: {tmp_path / 'out' / 'report.html'}\n")
    assert left_in(tmp_path) == {"in", "out"}
    assert left_in(tmp_path / "out") >= {
        "alignment.csv", "abnormal_returns.csv", "car.csv", "models.csv", "statistics.csv",
        "dropped.csv", "manifest.json", "report.html",
    }  # fmt: skip
    again = run("run", study, "--out", tmp_path / "out")
    assert again == (code, out, err), "results of ours are replaced"


@pytest.mark.slow
def test_a_report_rendered_again_is_the_same(run, tmp_path):
    out = tmp_path / "out"
    assert run("run", write_study(tmp_path / "in"), "--out", out, "-q") == (0, "", "")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "report.html").unlink()
    assert run("report", out) == (0, f"Report: {out / 'report.html'}\n", "")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_report_needs_results_of_ours(run, tmp_path):
    code, _, err = run("report", tmp_path)
    assert code == 2
    assert "holds no manifest.json of eventstudy" in err
    code, _, err = run("report", tmp_path / "no")
    assert code == 2
    assert "no such folder of results" in err
    assert left_in(tmp_path) == set()


@pytest.mark.slow
def test_many_groups_are_for_the_report(run, tmp_path):
    study = with_line("by", 'by = ["event_id", "category", "security", "event_id*security"]')
    code, out, _ = run("run", write_study(tmp_path / "in", study), "--out", tmp_path / "out")
    assert code == 0
    assert len(out.splitlines()) < 30
    assert "All 23 groups are in the report and in statistics.csv." in out
    assert "- " in out
    assert max(map(len, out.splitlines()[:-1])) <= 80
    read = load_results(tmp_path / "out")
    assert _views.summary_of(read, everything=True) == read.summary()


def test_reasons_for_too_many_losses_go_to_stdout(run, tmp_path):
    study = with_line("min_obs", "min_obs = 90")
    code, out, err = run("run", write_study(tmp_path / "in", study), "--out", tmp_path / "out")
    assert code == 2
    assert out.splitlines()[0].split() == ["stage", "reason", "pairs"]
    assert "min_obs  89 usable estimation sessions, fewer than min_obs = 90" in out
    assert re.fullmatch(r"eventstudy: study\.toml: \d+ of 12 pairs were dropped .*\n", err)
    assert left_in(tmp_path) == {"in"}


@pytest.mark.slow
def test_an_output_folder_through_a_link_stays_one(run, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    study = write_study(tmp_path / "in")
    assert run("run", study, "--out", tmp_path / "link", "-q") == (0, "", "")
    assert (tmp_path / "link").is_symlink()
    assert "report.html" in left_in(tmp_path / "real")


# -- talk ----------------------------------------------------------------------------------------


def test_our_warnings_are_one_line_each_and_others_are_not_shown(run, monkeypatch):
    def listing(what):
        for _ in range(2):
            warnings.warn("odd\nprices", EventStudyWarning, stacklevel=1)
            warnings.warn("a library grumbles", DeprecationWarning, stacklevel=1)
        return [{"name": "x", "summary": "y", "source": "z"}]

    monkeypatch.setattr(_views, "listing", listing)
    code, out, err = run("list", "models")
    assert (code, err) == (0, "eventstudy: warning: odd prices\n")
    assert "x" in out
    assert run("list", "models", "--quiet")[2] == ""
    assert run("--quiet", "list", "models")[2] == ""


def test_a_fault_of_ours_is_one_line_and_exit_code_1(run, monkeypatch):
    def listing(what):
        raise KeyError("wanted")

    monkeypatch.setattr(_views, "listing", listing)
    code, out, err = run("list", "models")
    assert (code, out) == (1, "")
    assert err == (
        "eventstudy: internal error: KeyError: 'wanted'; "
        "please report it with what --verbose shows\n"
    )
    code, _, err = run("list", "models", "--verbose")
    assert code == 1
    assert err.startswith("Traceback")
    assert "internal error" in err.splitlines()[-1]


def test_ctrl_c_is_one_line(run, monkeypatch):
    def listing(what):
        raise KeyboardInterrupt

    monkeypatch.setattr(_views, "listing", listing)
    assert run("list", "models") == (130, "", "eventstudy: interrupted; nothing was written\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_terminals(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress(Talk()) as step:
        step("aligning news and sessions", 0, 1)
        step("testing against placebo dates", 6, 12)
    drawn = screen.getvalue().split("\r")
    assert max(map(len, drawn)) == 79
    assert "testing against placebo dates  [############------------] 6/12" in screen.getvalue()
    assert drawn[-2].strip() == "", "the line is wiped in the end"
    for quiet, stream in ((True, Terminal()), (False, io.StringIO())):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress(Talk(quiet=quiet)) as step:
            step("aligning", 0, 1)
        assert stream.getvalue() == ""


def test_a_reader_that_has_read_enough_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "list", "statistics", "--json"],
        stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60,
    )  # fmt: skip
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_narrow_encoding_does_not_stop_a_command(news, encoding):
    news.write_text(NEWS.replace("An offer", "Ein 協議"), encoding="utf-8")
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    for word in ("--verbose", "--json"):
        done = subprocess.run(
            [*COMMAND, "align", str(news), "--markets", "HSI", word],
            capture_output=True, check=False, timeout=60, env=environment,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"TALKS" in done.stdout


# -- interruption --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError, RuntimeError])
def test_a_run_stopped_while_it_writes_leaves_nothing(run, tmp_path, monkeypatch, kind):
    def report(self, path):
        assert Path(path).parent.name.startswith(".out-")
        raise kind(28, "No space left on device") if kind is OSError else kind

    monkeypatch.setattr(results.EventStudyResults, "report", report)
    code, out, err = run("run", write_study(tmp_path / "in"), "--out", tmp_path / "out")
    assert code == {KeyboardInterrupt: 130, OSError: 2, RuntimeError: 1}[kind]
    assert (out, err.count("\n")) == ("", 1)
    assert left_in(tmp_path) == {"in"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError])
def test_earlier_results_survive_a_run_that_fails(run, tmp_path, monkeypatch, kind):
    study, out = write_study(tmp_path / "in"), tmp_path / "out"
    assert run("run", study, "--out", out, "-q") == (0, "", "")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    rename = Path.rename

    def stopped(self, target):
        if Path(target).name == "out" and not self.name == "was":
            raise kind(5, "Input/output error") if kind is OSError else kind
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stopped)
    code, _, err = run("run", study, "--out", out)
    assert (code, err.count("\n")) == (130 if kind is KeyboardInterrupt else 2, 1)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert left_in(tmp_path) == {"in", "out"}


# The command, but it stays for a minute where it is to be killed, and says when it is there.
STAYING = """
import pathlib, signal, sys, time
from eventstudy import cli, results, study
def stay(*_, **__):
    pathlib.Path({there!r}).touch()
    time.sleep(60)
place = {{"computing": study.EventStudy, "writing": results.EventStudyResults}}["{moment}"]
setattr(place, {{"computing": "fit", "writing": "report"}}["{moment}"], stay)
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
sys.argv[1:] = {words!r}
cli.main()
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["computing", "writing"])
def test_a_killed_run_leaves_no_folder(tmp_path, number, moment):
    words = ["run", str(write_study(tmp_path / "in")), "--out", str(tmp_path / "out")]
    there = tmp_path / "in" / "there"
    code = STAYING.format(moment=moment, words=words, there=str(there))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        stop = time.monotonic() + 60
        while not there.exists() and process.poll() is None and time.monotonic() < stop:
            time.sleep(0.01)
        before = left_in(tmp_path) - {"in"}
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert out == b""
    assert len(before) == (moment == "writing")
    assert all(name.startswith(".out-") for name in before)
    if number == signal.SIGKILL:
        assert process.returncode == -9
        assert left_in(tmp_path) - {"in"} == before
    else:
        assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number]
        assert left_in(tmp_path) == {"in"}
        said = b"eventstudy: interrupted; nothing was written\n"
        assert err == (said if number == signal.SIGINT else b"")
