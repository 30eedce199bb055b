"""Parts that other distributions bring, by entry points; a faulty one is named and left out.

A distribution declares what it brings in its ``pyproject.toml``::

    [project.entry-points."eventstudy.models"]
    my_model = "my_package.models:MyModel"

Nothing is imported before somebody asks for parts of that kind.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import EventStudyError, EventStudyWarning, SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.metadata import EntryPoint
    from pathlib import Path

GROUPS = {
    "eventstudy.prices": "a subclass of PriceSource",
    "eventstudy.news": "a function of a path that yields mappings; its name is their ending",
    "eventstudy.models": "a subclass of NormalReturnModel",
    "eventstudy.statistics": "a function of Evidence, decorated with register(...)",
    "eventstudy.classifiers": "a function of headline and text that returns a Label",
}
"""Group of entry points -> what each of them names."""

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One entry point of a distribution.

    Attributes
    ----------
    group : one of `GROUPS`
    name : by which it is chosen
    distribution : name and version of what brings it
    target : ``module:name``
    value : what it names; None where it could not be loaded
    fault : why not, one sentence that names the distribution; empty where it could
    """

    group: str
    name: str
    distribution: str
    target: str
    value: Any = None
    fault: str = ""


@cache
def declared(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group, of every installed distribution, by their names."""
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group=group), key=lambda point: (point.name, point.value)))


def load(point: EntryPoint) -> Plugin:
    """Import what an entry point names; whatever goes wrong there is a `Plugin.fault`."""
    plugin = Plugin(
        group=point.group, name=point.name, distribution=_distribution(point), target=point.value
    )
    try:
        value = point.load()
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a module that calls sys.exit is a fault, too
        return faulty(plugin, f"{type(error).__name__}: {error}")
    return _with(plugin, value=value)


def faulty(plugin: Plugin, reason: str) -> Plugin:
    """Return a plug-in that is left out for this reason, and warn of it."""
    kind = plugin.group.rpartition(".")[2]
    sentence = (
        f"plug-in {plugin.name!r} ({kind}) of {plugin.distribution} is left out: {_brief(reason)}"
    )
    warnings.warn(sentence, EventStudyWarning, stacklevel=2)
    return _with(plugin, value=None, fault=sentence)


def _with(plugin: Plugin, *, value: object, fault: str = "") -> Plugin:
    if not fault:
        from eventstudy.log import LOG

        LOG.info("plug-in %r of %s: %s", plugin.name, plugin.distribution, plugin.target)
    return Plugin(
        group=plugin.group, name=plugin.name, distribution=plugin.distribution,
        target=plugin.target, value=value, fault=fault,
    )  # fmt: skip


@cache
def functions(group: str) -> dict[str, Plugin]:
    """Return the plug-ins of a group whose parts are functions, by name; faulty ones, too."""
    loaded = [load(point) for point in declared(group)]
    checked = [
        plugin if plugin.fault or callable(plugin.value) else faulty(plugin, _no_part(plugin))
        for plugin in loaded
    ]
    return {plugin.name: plugin for plugin in checked}


def _brief(reason: object) -> str:
    from eventstudy.text import excerpt  # and with it numpy, which a command begins without

    return excerpt(reason, _LONGEST_REASON)


def _no_part(plugin: Plugin) -> str:
    return f"{plugin.target} is not {GROUPS[plugin.group]}"


def _distribution(point: EntryPoint) -> str:
    return (
        "an unnamed distribution"
        if point.dist is None
        else str(point.dist.name) + (f" {point.dist.version}")
    )


def owner_of(value: object) -> str | None:
    """Return name and version of the distribution whose plug-in a function or class is.

    None for what is of this package, of a script or of a notebook.
    """
    module = getattr(value, "__module__", None) or type(value).__module__
    top = str(module).partition(".")[0]
    for group in GROUPS:
        for point in declared(group):
            if point.module.partition(".")[0] == top:
                return _distribution(point)
    return None


@contextmanager
def named_faults(
    value: object, what: str, error: type[EventStudyError] = SpecificationError, key: str = ""
) -> Iterator[None]:
    """Have an exception in the code of a plug-in be one sentence that names its distribution.

    Parameters
    ----------
    value
        The function or class whose code runs.
    what
        What it is called, such as ``"model 'my_model'"``.
    error, key
        What is raised in its place. Errors of this package, and those of code that no
        distribution brought, pass as they are.
    """
    try:
        yield
    except EventStudyError:
        raise
    except Exception as fault:
        owner = owner_of(value)
        if owner is None:
            raise
        raise error(f"{what} of {owner} failed: {type(fault).__name__}: {_brief(fault)}").at(
            key=key
        ) from fault


def function_named(name: str, what: str, folder: Path) -> Callable[..., Any]:
    """Return the function ``"module:function"`` stands for.

    Parameters
    ----------
    name
        The module is looked for in `folder` first, then where Python looks.
    what
        Whose value it is, such as ``--classifier``.

    Raises
    ------
    SpecificationError
        Not of that form, no such module, no such function.
    """
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise SpecificationError(
            f"{what} {name!r}: write module:function, such as my_module:my_function"
        )
    place = str(folder)
    sys.path.insert(0, place)
    try:
        module = importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module that calls sys.exit is at fault, too
        raise SpecificationError(
            f"{what} {name!r}: {_kind_unless_import(error)}{_brief(error)}"
        ) from error
    finally:
        sys.path.remove(place)
    own = folder.resolve().joinpath(*module_name.split("."))
    held = os.path.realpath(getattr(module, "__file__", None) or "")
    for file in (own / "__init__.py", own.with_suffix(".py")):
        if file.exists() and os.path.realpath(file) != held:
            raise SpecificationError(
                f"{what} {name!r}: another module {module_name} is loaded already, not "
                f"{file.name} of the folder; give the file another name"
            )
        if file.exists():
            break
    function: Callable[..., Any] | None = getattr(module, function_name, None)
    if not callable(function):
        raise SpecificationError(
            f"{what} {name!r}: {module_name} has no function {function_name!r}"
        )
    return function


def _kind_unless_import(error: BaseException) -> str:
    return "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
