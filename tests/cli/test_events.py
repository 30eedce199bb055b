"""The commands `events check` and `align`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from command_line import NEWS, left_in

from eventstudy.datasets.bundled import data_path
from eventstudy.events import event_pairs
from eventstudy.events.alignment_table import AT_A_MOMENT, CONTRACT, HOURS
from eventstudy.studyfile.example import write_example


def test_events_without_problems_are_counted(run, news):
    code, out, err = run("events", "check", news)
    assert (code, err) == (0, "")
    assert out == (
        "news.csv: no problems; 4 events, 2025-04-04 to 2025-05-12, "
        "4 with a time, 0 with a date alone\n"
    )
    counts = json.loads(run("events", "check", news, "--json")[1])
    assert counts == {"file": str(news), "events": 4, "timed": 4, "problems": []}
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
    assert "242 events" in out


def test_align_says_which_session_and_why(run, news):
    code, out, err = run("align", news, "--markets", "N225,TAIEX,HSI,CNH", "-o", "-")
    assert (code, err) == (0, "")
    frame = pd.read_csv(io.StringIO(out))
    assert list(frame.columns) == [*CONTRACT, *HOURS, "catch_up", "reason"]
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
    head = "market session opens closes state to close days marks"
    assert lines[0].split() == head.split()
    assert lines[1] == "GENEVA  2025-05-12 07:00 UTC  Both sides cut tariffs, for 90 days"
    assert lines[2].split() == ["N225", "2025-05-13", "05-13", "00:00", "06:30", "pre_open", "1"]
    hong_kong = "HSI 2025-05-12 05-12 01:30 08:00 intraday 60 3 before SPX"
    assert lines[3].split() == hong_kong.split()
    assert "first to close" not in out
    reasons = run("align", news, "--markets", "N225,HSI", "--verbose")[1]
    assert "the session of 2025-05-13 is the" in reasons
    assert max(map(len, reasons.splitlines())) <= 80


def test_align_says_what_has_not_opened_since_the_news(run, news):
    words = ("align", news, "--markets", "N225,HSI,CNH", "--tz", "Asia/Hong_Kong")
    code, out, err = run(*words, "--now", "2025-05-13 06:45")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "At 2025-05-13 06:45 Asia/Hong_Kong:"
    assert lines[1].split() == ["market", "session", "opens", "closes", "status"]
    assert " Asia/Hong_Kong  " in lines[2]
    assert "before SPX: the market reacts before SPX can." in " ".join(lines[-6:])
    assert [" ".join(line.split()) for line in lines[3:6]] == [
        "N225 2025-05-13 05-13 08:00 14:30 to open in 1 h 15 min",
        "HSI 2025-05-12 05-12 09:30 16:00 closed 14 h 45 min ago before SPX",
        "CNH 2025-05-12 05-12 05:00 05:00 closed 1 h 45 min ago",
    ]
    assert max(map(len, lines)) <= 80
    rows = json.loads(run(*words, "--now", "2025-05-12T22:45Z", "--json")[1])
    assert [rows[0][name] for name in AT_A_MOMENT] == [
        "2025-05-13T08:00+08:00",
        "2025-05-13T14:30+08:00",
        "to_open",
    ]
    assert rows[0]["opens_utc"] == "2025-05-13T00:00:00Z"
    early = run(*words, "--now", "2025-05-12 14:00")[1]
    assert early.splitlines()[3].endswith("news is later")
    during = run(*words, "--now", "2025-05-12 15:10")[1]
    assert "trading since 5 h 40 min" in during


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--now", "2025-05-12 06:45"], "say whose clock it is with --tz"),
        (["--now", "soon", "--tz", "Asia/Tokyo"], "--now 'soon' is not an ISO 8601 time"),
        (["--now", "2025-05-12T06:45Z", "--tz", "Asia/Tokio"], "--tz"),
    ],
)
def test_a_moment_that_cannot_be_read_is_named(run, news, words, message):
    code, out, err = run("align", news, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_the_moment_may_be_the_present(run, news):
    code, out, _ = run("align", news, "--markets", "HSI", "--now", "now", "--json")
    assert code == 0
    assert {row["status"] for row in json.loads(out)} == {"closed"}


def test_align_says_how_many_pairs_it_does_not_list(run, tmp_path, monkeypatch):
    monkeypatch.setattr(event_pairs, "MOST_LISTED", 3)
    file = tmp_path / "few.csv"
    file.write_text(
        "event_id,published_at,headline,markets\n"
        "A,2025-05-02T09:00+08:00,One,HSI\nB,2025-05-06T09:00+08:00,Two,\n",
        encoding="utf-8",
    )
    code, out, err = run("align", file, "--markets", "HSI,N225")
    assert code == 0
    assert "few.csv: 1 pair of events with markets they do not name are not listed, as" in err
    assert out.count("N225") == 1


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


def write_example_quickly(folder: Path) -> Path:
    """Write the example with few draws and markets' bundled prices."""
    study, _ = write_example(folder)
    text = study.read_text(encoding="utf-8").replace("draws = 2000", "draws = 40")
    study.write_text(text, encoding="utf-8")
    return study


@pytest.mark.slow
def test_align_is_what_a_study_aligns(run, tmp_path):
    study = write_example_quickly(tmp_path)
    assert run("run", study, "--out", tmp_path / "out", "--quiet") == (0, "", "")
    code, out, _ = run("align", tmp_path / "events.csv", "--date-only", "next", "-o", "-")
    assert code == 0
    assert out == (tmp_path / "out" / "alignment.csv").read_text(encoding="utf-8")


def test_a_build_that_could_read_no_item_is_a_users_mistake(run, tmp_path):
    news = tmp_path / "news.csv"
    news.write_text("date,headline\n01/02/2025,a\n03/04/2025,b\n")
    code, out, err = run("events", "build", str(news), "-o", str(tmp_path / "events.csv"))
    assert code == 2
    assert "     2  such as: published '01/02/2025' does not say which number" in out
    assert "news.csv row 2: published '01/02/2025' does not say which number" in err
    assert "(and 1 more, none of which could be read)" in err
    assert len(err.splitlines()) == 1
    assert (tmp_path / "events.ledger.csv").exists()
