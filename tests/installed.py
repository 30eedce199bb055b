"""Distributions that are there for one test: entry points, and the modules they name."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from eventstudy import plugins
from eventstudy.inference import STATISTICS
from eventstudy.models import MODELS
from eventstudy.studyfile.prices import SOURCES

REGISTRIES = (MODELS, STATISTICS, SOURCES)


def write_distribution(folder, name, module, points, code):
    """Put a distribution into a folder: entry points as group -> name -> function or class."""
    info = folder / f"{name.replace('-', '_')}-0.3.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.3\n")
    lines = []
    for group, parts in points.items():
        lines.append(f"[eventstudy.{group}]")
        lines += [f"{part} = {module}:{target}" for part, target in parts.items()]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (folder / f"{module}.py").write_text(code, encoding="utf-8")


def forget():
    """Forget which plug-ins there are."""
    plugins.declared.cache_clear()
    plugins.functions.cache_clear()
    for registry in REGISTRIES:
        registry._plugins.clear()
        registry._asked.clear()


@contextmanager
def installed(folder):
    """Have what is in a folder be installed; all is as before afterwards."""
    before = [dict(registry._all()) for registry in REGISTRIES]
    modules = set(sys.modules)
    forget()
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - modules:
            if getattr(sys.modules[name], "__file__", None) and str(folder) in str(
                sys.modules[name].__file__
            ):
                del sys.modules[name]
        forget()
        for registry, entries in zip(REGISTRIES, before, strict=True):
            registry._entries.clear()
            registry._entries.update(entries)
