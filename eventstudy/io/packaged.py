"""What comes with the package: its TOML files as tables, its docstrings. Imports nothing heavy."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
import tomllib
from importlib import resources
from typing import Any


def packaged_tables(package: str, name: str) -> dict[str, Any]:
    """Return the tables of file `name` beside the modules of `package`.

    Examples
    --------
    >>> packaged_tables("eventstudy.markets", "markets.toml")["market"]["N225"]["label"]
    'Nikkei 225'
    """
    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def docstring_of(described: object) -> str:
    """Return the docstring of a function or class, also where Python was told to leave them out.

    ``python -OO`` does; what is shown of a docstring is then taken from the source beside it.

    Examples
    --------
    >>> docstring_of(packaged_tables).splitlines()[0]
    'Return the tables of file `name` beside the modules of `package`.'
    """
    return _without_flag(described) if sys.flags.optimize > 1 else described.__doc__ or ""


def _without_flag(described: object) -> str:
    """Return the docstring that stands in the source, failing that the one at hand."""
    try:
        source = textwrap.dedent(inspect.getsource(described))  # type: ignore[arg-type]
        (node,) = ast.parse(source).body
        said = ast.get_docstring(node, clean=False)  # type: ignore[arg-type]
    except (OSError, TypeError, SyntaxError):  # no source, or nothing that has one
        said = None
    return said or described.__doc__ or ""
