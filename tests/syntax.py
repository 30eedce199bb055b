"""The syntax tree of a module, read once for all that look at it."""

from __future__ import annotations

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of the module at `path`, not to be changed."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    gc.freeze()  # it stays, and no collection need look through it
    return tree
