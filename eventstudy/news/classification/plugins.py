"""A classifier of one's own: one function of headline and text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from eventstudy.exceptions import SpecificationError
from eventstudy.plugins import function_named, functions
from eventstudy.registry import unknown

if TYPE_CHECKING:
    from eventstudy.news.classification.labelling import Classifier

GROUP = "eventstudy.classifiers"


def own_classifier(name: str) -> Classifier:
    """Return the function `name` stands for.

    Parameters
    ----------
    name
        ``"module:function"``, whose module is looked for in the current folder and where Python
        looks; or the name of a classifier that an installed distribution brings.

    Raises
    ------
    SpecificationError
        Not of that form, no such module, no such function or plug-in.
    """
    if ":" in name:
        return cast("Classifier", function_named(name, "--classifier", Path.cwd()))
    brought = functions(GROUP)
    if name not in brought:
        otherwise = "write module:function, such as my_rules:label"
        sentence = f"--classifier {name!r}: no classifier of that name is installed"
        raise unknown(sentence, name, brought, otherwise=otherwise)
    if brought[name].fault:
        raise SpecificationError(brought[name].fault)
    return cast("Classifier", brought[name].value)
