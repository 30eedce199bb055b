"""What tests share: the same random examples on every run, the command in this process.

``-m "not slow"`` is the fast suite; ``--hypothesis-profile all`` tries more random examples.
"""

import gc
import itertools
import os
import tempfile

import pytest
from hypothesis import settings

from eventstudy import cli

# No deadline: how long an example takes says how busy the machine is.
settings.register_profile("new", deadline=None)  # other examples on every run
settings.register_profile("all", derandomize=True, deadline=None)
settings.register_profile("fast", derandomize=True, deadline=None, max_examples=20)
settings.load_profile("fast")


def pytest_configure(config):
    """Keep tests from what the user has chosen, and their tables of calendars from the user's."""
    folder = tempfile.TemporaryDirectory()
    names = ("EVENTSTUDY_CACHE", "EVENTSTUDY_JOBS", "EVENTSTUDY_MEMORY", "EVENTSTUDY_PAUSE")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["EVENTSTUDY_CACHE"] = folder.name
    # How long work takes says how busy the machine is: signs of life stand in tests of their own.
    os.environ["EVENTSTUDY_PAUSE"] = "none"

    def restore():
        folder.cleanup()
        del os.environ["EVENTSTUDY_CACHE"], os.environ["EVENTSTUDY_PAUSE"]
        os.environ.update(before)

    config.add_cleanup(restore)


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what -m does not ask for
def pytest_collection_modifyitems(items):
    """Make all but some tests of a file or cases of a test slow, by their marks, spread evenly.

    `fast_cases` says how many cases of one test stay fast, `fast_tests` how many of a whole file.
    """
    for name, end in (("fast_cases", "["), ("fast_tests", "::")):
        for _, group in itertools.groupby(items, key=lambda item: item.nodeid.partition(end)[0]):
            members = list(group)
            mark = members[0].get_closest_marker(name)
            if mark is None:
                continue
            if name == "fast_tests":
                members = [each for each in members if each.get_closest_marker("slow") is None]
            (number,) = mark.args
            for at, each in enumerate(members):
                if at and at * number // len(members) == (at - 1) * number // len(members):
                    each.add_marker("slow")


def pytest_collection_finish():
    """Keep collected tests out of garbage collections; statsmodels asks for many."""
    gc.freeze()


@pytest.fixture
def run(capsys):
    """Run a command in this process: exit code, stdout, stderr."""

    def run_(*words: object) -> tuple[int, str, str]:
        code = cli.invoke([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_
