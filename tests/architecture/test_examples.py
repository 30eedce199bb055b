"""Every public class, function and method is shown by an example that runs."""

from __future__ import annotations

import inspect
import re

import pytest

import eventstudy as es

PUBLIC = sorted(name for name in es.__all__ if callable(getattr(es, name)))

WITHOUT = {
    "Comparison.lines": "the head of its text, which the class shows",
    "Regression.lines": "the head of summary, which the class shows",
    "Regression.to_text": "summary under the name it has for results of every kind",
}
"""What has none, and why."""


def example(thing: object) -> str:
    """The lines of code of a docstring."""
    lines = re.findall(r"^\s*(?:>>>|\.\.\.) ?(.*)$", inspect.getdoc(thing) or "", re.MULTILINE)
    return "\n".join(lines)


def members(kind: type) -> dict[str, object]:
    """What a class of this package has, without what it has from Python and other libraries."""
    found = {}
    for name, value in inspect.getmembers(kind):
        bare = value.fget if isinstance(value, property) else getattr(value, "func", value)
        bare = getattr(bare, "__func__", bare)
        if name[0] != "_" and inspect.isfunction(bare) and bare.__module__.startswith("eventstudy"):
            found[name] = bare
    return found


def is_shown(kind: type, name: str) -> bool:
    """Whether an example shows a method: its own, that of its class, or of what it overrides."""
    places = [kind, *kind.__mro__]
    own = (example(place.__dict__.get(name)) for place in places if name in place.__dict__)
    called = re.compile(rf"\.{name}\b")
    return any(own) or any(called.search(example(place)) for place in places)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example(name):
    thing = getattr(es, name)
    assert example(thing), name
    lacking = []
    if isinstance(thing, type):
        lacking = [f"{name}.{one}" for one in members(thing) if not is_shown(thing, one)]
    assert sorted(lacking) == sorted(one for one in WITHOUT if one.startswith(f"{name}."))


def test_every_public_name_that_can_be_called_is_a_class_or_function():
    kinds = [getattr(es, name) for name in PUBLIC]
    assert all(isinstance(one, type) or inspect.isfunction(one) for one in kinds)
    assert len(kinds) > 70
