"""The command `expect`: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import io
import json
import sys

import desk_files
import pytest

from eventstudy.reporting import pdf

pytestmark = pytest.mark.fast_tests(2)

HEADLINE = "Chip maker wins a large order"
KIND = ("--category", "order_win", "--direction", "de-escalation")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return desk_files.write_study(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def asked(run, study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def asked_(*more, headline=HEADLINE, at=desk_files.NEWS, now=desk_files.NOW, kind=KIND):
        words = ("--study", study, "--at", at, "--now", now, "--tz", "Asia/Hong_Kong")
        return run("expect", headline, *words, *kind, *more)

    return asked_


def test_the_answer_is_printed(asked, tmp_path):
    code, out, err = asked()
    assert (code, err) == (0, "")
    assert out.startswith(f"{HEADLINE}\nnews Wed 4 Jun 2025 04:00, asked Wed 4 Jun 2025 06:45")
    assert "Still to react    KIOKU and ISHI; next KIOKU in 75 min" in out
    assert max(map(len, out.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_json_is_printed_alone(asked):
    code, out, err = asked("--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["headline"] == HEADLINE
    assert [row["security"] for row in answer["markets"]] == ["KIOKU", "ISHI"]
    assert json.loads(asked("--format", "json")[1]) == answer
    assert json.loads(asked("--json", "-o", "-")[1]) == answer


def test_files_are_written_by_their_endings_and_named(asked, tmp_path):
    code, out, err = asked("-o", "page.html")
    assert (code, err) == (0, "")
    assert out.startswith(HEADLINE)
    assert out.endswith("\nWritten: page.html\n")
    assert (tmp_path / "page.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert asked("-o", "page.html", "-q") == (0, "", "")
    assert asked("-q")[1].startswith(HEADLINE), "what is asked for is no talk"
    code, out, err = asked("-o", "a.json", "--json")
    assert (code, err) == (0, "eventstudy: Written: a.json\n")
    assert json.loads(out) == json.loads((tmp_path / "a.json").read_text("utf-8"))
    code, out, _ = asked("-o", "morning.html", "--format", "html,json,text", "--quiet")
    assert code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "page.html", "a.json", "morning.html", "morning.json", "morning.txt",
    }  # fmt: skip


def test_html_and_pdf_have_names_of_their_own_and_replace_nothing(asked, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "write_pdf", lambda page, path: path.write_text("pdf", "utf-8"))
    code, out, _ = asked("--format", "html,pdf")
    assert code == 0
    assert out.endswith("\nWritten: expect.html\nWritten: expect.pdf\n")
    (tmp_path / "expect.html").write_text("mine", "utf-8")
    code, out, err = asked("--format", "html")
    assert (code, out) == (2, "")
    assert err == (
        "eventstudy: expect.html: is there already; name a file with -o, which is replaced\n"
    )
    assert (tmp_path / "expect.html").read_text("utf-8") == "mine"


def test_a_page_on_stdout_is_nothing_but_the_page(asked):
    code, out, err = asked("--format", "html", "-o", "-")
    assert (code, err) == (0, "")
    assert out.startswith("<!DOCTYPE html>")
    assert out.rstrip().endswith("</html>")


def test_files_of_the_study_are_not_written_over(asked, study):
    before = study.read_bytes()
    code, _, err = asked("-o", study, "--format", "json")
    assert code == 2
    assert err.endswith("study.toml: is a file of the study itself; name another one\n")
    assert study.read_bytes() == before


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--format", "doc"), "unknown format 'doc'; known: html, json, pdf, text"),
        (("-o", "a.docx"), "a.docx: the ending '.docx' stands for no format; end it with"),
        (("-o", "-", "--format", "pdf"), "-o - takes one format, html, json or text"),
        (("--window", "soon"), "--window 'soon': write two sessions such as 0,1"),
        (("--window", "1,0"), "--window: window [1, 0] is reversed; write [0, 1]"),
        (("--category", "order_wins"), "--category: unknown category 'order_wins'; did you mean"),
        (("--tz", "Asia/Hongkong"), "--tz: zone: unknown time zone 'Asia/Hongkong'; did you mean"),
        (("--at", "2025-06-03 20:00", "--tz", "Mars/One"), "unknown time zone 'Mars/One'"),
        (("--at", "noon"), "--at: published_at 'noon' is not an ISO 8601 time; write it like"),
        (("--now", "2025-06-03T19:00Z"), "--now: now 2025-06-03 19:00 UTC lies before the news"),
        (("--study", "none.toml"), "none.toml"),
        (("--rules", "none.toml", "--direction", "escalation"), ""),
    ],
)
def test_a_mistake_is_one_line(asked, tmp_path, more, message):
    code, out, err = asked(*more)
    if not message:  # rules are not looked at where nothing is left to them
        assert code == 0
        return
    assert (code, out) == (2, "")
    assert err.startswith(f"eventstudy: {message}") or message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_the_rules_do_not_tell_is_asked(asked):
    code, out, err = asked(kind=(), headline="Local team wins cup")
    assert (code, out) == (2, "")
    assert err.startswith("eventstudy: it is not sure what the headline is: no word says that any")
    assert err.endswith(
        "; say --category (category=), one of guidance_cut or order_win, and --direction "
        "(direction=), one of escalation or de-escalation\n"
    )


def test_a_headline_comes_from_a_pipe(asked, monkeypatch):
    class Pipe:
        buffer = io.BytesIO("Chip maker\x1b[2J wins\r\n<b>order</b> \xff".encode("latin-1"))

    monkeypatch.setattr(sys, "stdin", Pipe())
    code, out, _ = asked("--json", headline="-")
    assert code == 0
    assert json.loads(out)["headline"] == "Chip maker[2J wins order \ufffd"


def test_hostile_headlines_are_harmless(asked):
    tags = "<script>alert(1)</script><img src=x onerror=y()>"
    code, out, _ = asked(headline=f"{tags}Order \x1b]0;x\x07")
    assert code == 0
    assert "\x1b" not in out
    assert "<" not in out.splitlines()[0]
    code, out, _ = asked("--format", "html", "-o", "-", headline="A < B & order " + "z" * 10_000)
    assert code == 0
    assert "A &lt; B &amp; order" in out
    assert out.count("z" * 501) == 0
    code, _, err = asked(headline="  ")
    assert (code, err) == (2, "eventstudy: the headline is empty; write what broke, in quotes\n")


def test_a_time_without_an_offset_needs_a_zone(run, study):
    code, _, err = run("expect", HEADLINE, "--study", study, "--at", "2025-06-03 20:00")
    assert code == 2
    assert "has no offset from UTC; write it like" in err
    assert "--tz (zone=), such as Asia/Hong_Kong" in err
    code, _, err = run("expect", HEADLINE)
    assert code == 2
    assert "Missing option '--at'. Say --at now, or a time such as 2025-05-02T09:00+08:00" in err
