"""Examples of docstrings: where they run, and what those of methods go on from.

The example of a method begins where that of its class ends: it may use ``results`` where the class
has made them. A method of a parent goes on from the first public class that inherits it.
"""

from __future__ import annotations

import doctest
import io
import sys
from contextlib import redirect_stdout
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# What carries out a study or reads what is bundled takes its time.
_HEAVY = (
    "event_study(", ".fit(", ".stream(", "calibrate(", "specification_curve(", "simulate_panel(",
    "load_events(", "load_prices(", "load_rules(", "expect(", "classify(", "score(", "replicate(",
    "watch_feeds(", "align(", "Garch(",
)  # fmt: skip
_ELSEWHERE = {"IntradayResults": "IntradayStudy"}


@cache
def _class_before(module: str, name: str) -> type | None:
    """Return the class whose example comes before those of the methods of class `name`."""
    import eventstudy as es

    own = getattr(sys.modules[module], name, None)
    if name in _ELSEWHERE:
        own = getattr(es, _ELSEWHERE[name])
    if not isinstance(own, type):
        return None
    if ">>>" in (own.__doc__ or ""):
        return own
    if issubclass(es.EventStudyResults, own):  # they inherit most
        return es.EventStudyResults
    public = (getattr(es, one) for one in sorted(es.__all__))
    return next((one for one in public if isinstance(one, type) and issubclass(one, own)), None)


@cache
def _names_after(module: str, name: str) -> dict[str, Any]:
    """Return what the example of the class before the methods of class `name` leaves behind."""
    before = _class_before(module, name)
    if before is None or ">>>" not in (before.__doc__ or ""):
        return {}
    names = dict(vars(sys.modules[before.__module__]))
    known = set(names)
    with redirect_stdout(io.StringIO()):
        for example in doctest.DocTestParser().get_examples(before.__doc__ or ""):
            exec(compile(example.source, before.__name__, "single"), names)  # noqa: S102 - ours
    return {key: value for key, value in names.items() if key not in known and key[0] != "_"}


def _class_of(item: pytest.DoctestItem) -> tuple[str, str] | None:
    """Return module and class of the method an example is about; None of anything else."""
    module = item.dtest.globs.get("__name__", "")
    parts = item.dtest.name.removeprefix(f"{module}.").split(".")
    return (module, parts[0]) if len(parts) == 2 or parts[0] in _ELSEWHERE else None


def _takes_time(item: pytest.DoctestItem) -> bool:
    sources = [example.source for example in item.dtest.examples]
    place = _class_of(item)
    if place is not None:
        before = _class_before(*place)
        sources.append("" if before is None else before.__doc__ or "")
    return any(call in source for source in sources for call in _HEAVY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave examples that take their time out of the fast suite."""
    for item in items:
        if isinstance(item, pytest.DoctestItem) and _takes_time(item):
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def _example(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give an example of a docstring a folder of its own, and the names of its class."""
    item = request.node
    if not isinstance(item, pytest.DoctestItem):
        yield
        return
    import matplotlib.pyplot as plt

    request.getfixturevalue("monkeypatch").chdir(request.getfixturevalue("tmp_path"))
    place = _class_of(item)
    if place is not None:
        item.dtest.globs.update(_names_after(*place))
    yield
    plt.close("all")
