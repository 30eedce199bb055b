"""How far work is: a line in a notebook or on a terminal while it lasts, nothing in a log."""

from __future__ import annotations

import io
import sys
from types import ModuleType

import pytest

import eventstudy as es
from eventstudy.datasets.simulation import simulate_panel
from eventstudy.io import progress
from eventstudy.io.progress import (
    NotebookLine,
    TerminalLine,
    default_progress,
    held_reading,
    no_progress,
    shown_reading,
    shows_progress,
    watched,
    while_read,
)


class Display:
    """What IPython's display was given, newest last."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, data, *, raw, display_id):
        assert (raw, display_id) == (True, True)
        self.shown.append(data["text/plain"])
        return self

    def update(self, data, *, raw):
        assert raw
        self.shown.append(data["text/plain"])


class ZMQInteractiveShell:
    """A notebook's shell, as far as it is needed: who waits for the end of a cell."""

    def __init__(self) -> None:
        self.events = self
        self.waiting: list = []

    def register(self, event, callback):
        assert event == "post_run_cell"
        self.waiting.append(callback)

    def unregister(self, event, callback):
        self.waiting.remove(callback)

    def end_cell(self):
        for callback in list(self.waiting):
            callback("result")


@pytest.fixture
def notebook(monkeypatch):
    shell, shown = ZMQInteractiveShell(), Display()
    package, displays = ModuleType("IPython"), ModuleType("IPython.display")
    package.get_ipython = lambda: shell
    displays.display = shown.display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", displays)
    return shell, shown


@pytest.fixture
def seconds(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    return clock


def test_nothing_is_said(capsys):
    assert no_progress("estimating", 1, 3) is None
    assert capsys.readouterr() == ("", "")


def test_outside_a_notebook_nothing_is_chosen(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert default_progress() is no_progress


def test_a_terminal_of_ipython_is_no_notebook(notebook, monkeypatch):
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", object)
    assert default_progress() is no_progress


def test_a_notebook_shows_one_line_and_takes_it_away(notebook, seconds):
    shell, display = notebook
    step = default_progress()
    assert isinstance(step, NotebookLine)
    step("placing events", 0, 4)
    assert display.shown == [], "short work shows nothing"
    for passed, done in ((1.5, 1), (0.1, 2), (0.3, 3)):
        seconds[0] += passed
        step("placing events", done, 4)
    assert display.shown == ["placing events: 1 of 4", "placing events: 3 of 4"]
    seconds[0] += 1
    step("drawing", 0, 1)
    assert display.shown[-1] == "drawing ..."
    shell.end_cell()
    assert (display.shown[-1], shell.waiting) == ("", [])


def test_a_line_serves_a_second_cell(notebook, seconds):
    shell, display = notebook
    step = default_progress()
    for _ in range(2):
        seconds[0] += 5
        step("fitting", 1, 2)
        shell.end_cell()
    assert display.shown == ["fitting: 1 of 2", ""] * 2


class Terminal(io.StringIO):
    """A standard error that somebody looks at."""

    def isatty(self):
        return True

    @property
    def shown(self):
        return [line.rstrip() for line in self.getvalue().split("\r") if line]


def on_terminal(monkeypatch):
    """Make standard error a terminal from here on; pytest puts its own there before a test."""
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


@shows_progress
def work(seconds, *, progress=None):
    for passed, what, done in ((0.5, "reading", 0), (1, "testing", 1), (0.1, "testing", 2)):
        seconds[0] += passed
        progress(what, done, 3)
    progress("ending", 0, 1)
    if seconds[0] > 1000:
        raise ValueError("as asked")
    return done


def test_a_terminal_shows_a_bar_and_takes_it_away(monkeypatch, seconds):
    terminal = on_terminal(monkeypatch)
    assert isinstance(default_progress(), TerminalLine)
    assert work(seconds) == 2
    assert terminal.shown == [
        "testing                        [########----------------] 1/3",
        # at once, as it is other work
        "ending                         [------------------------] 0/1",
        "",
    ]


def test_a_terminal_is_left_empty_after_an_error_too(monkeypatch, seconds):
    terminal = on_terminal(monkeypatch)
    seconds[0] = 2000.0
    with pytest.raises(ValueError, match="as asked"):
        work(seconds)
    assert terminal.shown[-1] == ""


def test_who_gives_a_progress_hears_it_and_nobody_else_does(monkeypatch, seconds):
    terminal = on_terminal(monkeypatch)
    heard = []
    assert work(seconds, progress=lambda *step: heard.append(step)) == 2
    assert heard[0] == ("reading", 0, 3)
    assert terminal.getvalue() == ""


def test_a_script_whose_errors_go_to_a_file_shows_nothing(monkeypatch, seconds):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    assert work(seconds) == 2
    assert stream.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", None)  # a program without any
    assert default_progress() is no_progress


@pytest.mark.parametrize("call", ["event_study", "fit"])
def test_a_study_in_one_call_shows_how_far_it_is(call, monkeypatch):
    terminal = on_terminal(monkeypatch)
    monkeypatch.setattr(progress, "_PAUSE", 0.0)
    monkeypatch.setattr(TerminalLine.__init__, "__kwdefaults__", {"patience": 0.0})
    made, panel = simulate_panel(n_markets=2, n_events=3, dates="dispersed", beta=1.0)
    if call == "event_study":
        table = made.frame[["date"]].assign(firm=made.frame["markets"].str[0])
        es.event_study(table, panel.frame(), id="firm", benchmark="BMK", statistics=["bmp"])
        assert terminal.shown[0].startswith("reading prices and events")
    else:
        es.EventStudy(
            markets="events", model=es.MarketModel("BMK"), statistics=["bmp"], date_only="same"
        ).fit(made, panel)
    assert any(line.startswith("testing against placebo dates") for line in terminal.shown)
    assert terminal.shown[-1] == ""


LINES = ["x" * 999_999 + "\n"] * 8


def read_by_lines(_, seconds):
    for line in while_read(LINES, "prices.csv", sum(map(len, LINES))):
        assert line == LINES[0]
        seconds[0] += 1


def read_as_file(tmp_path, seconds):
    path = tmp_path / "prices.csv"
    path.write_text("".join(LINES))
    file = watched(path.open("rb"), "prices.csv")
    with io.TextIOWrapper(file, encoding="ascii", newline="") as stream:
        for line in stream:
            assert line == LINES[0]
            seconds[0] += 1


WAYS = (read_by_lines, read_as_file)


@pytest.mark.parametrize("read", WAYS)
def test_a_large_file_says_how_much_of_it_is_read_after_two_seconds(read, tmp_path, seconds):
    stream = Terminal()
    with shown_reading(lambda: stream):
        read(tmp_path, seconds)
    shown = stream.shown
    assert shown[0].startswith("reading prices.csv, MB")
    assert shown[0].endswith(("3/8", "2/8"))
    assert [line.split()[-1] for line in shown[:-1]] == sorted(
        {line.split()[-1] for line in shown[:-1]}
    )
    assert stream.getvalue().endswith(f"\r{'':<79}\r"), "and nothing when it is read"


@pytest.mark.parametrize("read", WAYS)
def test_where_nobody_looks_a_file_is_read_as_it_is(read, tmp_path, seconds):
    assert while_read(LINES, "prices.csv", 10**9) is LINES
    with shown_reading(lambda: None):
        assert while_read(LINES, "prices.csv", 10**9) is LINES
        read(tmp_path, seconds)


@pytest.mark.parametrize("read", WAYS)
def test_a_small_file_or_a_quick_one_shows_nothing(read, tmp_path, seconds, monkeypatch):
    stream = Terminal()
    with shown_reading(lambda: stream):
        assert while_read(LINES, "prices.csv", 1_000) is LINES
        monkeypatch.setattr(progress, "_LONG", 9.0)
        read(tmp_path, seconds)
    assert not stream.getvalue()


@pytest.mark.parametrize("read", WAYS)
def test_what_was_shown_is_gone_where_reading_is_given_up(read, tmp_path, seconds, monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(
        progress.Reading, "say", interrupted_after(4, progress.Reading.say, seconds)
    )
    with pytest.raises(KeyboardInterrupt), shown_reading(lambda: stream):
        read(tmp_path, seconds)
    assert stream.shown[0].startswith("reading prices.csv")
    assert stream.getvalue().endswith(f"\r{'':<79}\r")


def test_what_is_shown_stays_until_what_follows_the_reading_is_done(tmp_path, seconds):
    stream = Terminal()
    with shown_reading(lambda: stream):
        with held_reading():
            with held_reading():
                read_by_lines(tmp_path, seconds)
            assert stream.shown[-1].endswith("8/8")
        assert stream.getvalue().endswith(f"\r{'':<79}\r")


def interrupted_after(number, say, seconds):
    calls = []

    def counted(reading, done):
        calls.append(done)
        seconds[0] += 1
        say(reading, done)
        if len(calls) > number:
            raise KeyboardInterrupt

    return counted
