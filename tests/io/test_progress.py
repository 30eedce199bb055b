"""How far work is: a line in a notebook while it lasts, nothing anywhere else."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from eventstudy.io import progress
from eventstudy.io.progress import NotebookLine, default_progress, no_progress


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
