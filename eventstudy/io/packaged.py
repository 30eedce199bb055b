"""The TOML files that come with the package, read as tables. Imports nothing heavy."""

from __future__ import annotations

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
