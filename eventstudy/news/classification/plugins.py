"""A classifier of one's own: one function of headline and text."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from eventstudy.exceptions import SpecificationError
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from eventstudy.news.classification.build import Classifier


def load_classifier(name: str) -> Classifier:
    """Return the function `name` stands for.

    Parameters
    ----------
    name
        ``"module:function"``; the module is looked for where Python looks, and in the current
        folder.

    Raises
    ------
    SpecificationError
        Not of that form, no such module, no such function.
    """
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise SpecificationError(
            f"--classifier {name!r}: write module:function, such as my_rules:label"
        )
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise SpecificationError(f"--classifier {name!r}: {excerpt(error, 300)}") from error
    finally:
        sys.path.remove(folder)
    function = getattr(module, function_name, None)
    if not callable(function):
        raise SpecificationError(
            f"--classifier {name!r}: {module_name} has no function {function_name!r}"
        )
    return cast("Classifier", function)
