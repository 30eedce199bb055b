"""The model and the regression that tables of a study file name."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, cast

from eventstudy.analyses.requests import Activity, CrossSection
from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.models import MODELS, NormalReturnModel, model_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def model_of(table: Mapping[str, Any], called: str = "model") -> NormalReturnModel:
    """Return the model of a table ``[model]`` or ``[model.beside]``."""
    name = table.get("name", "market_model")
    model = cast("Any", MODELS[name].value)
    takes = {field.name: field for field in fields(model)} if is_dataclass(model) else {}
    if "factors" in takes and "factors" not in table:
        raise SpecificationError(
            f'{called}.factors is missing; model {name!r} needs it, e.g. ["MKT", "SMB", "HML"]',
            key=f"{called}.factors",
        )
    if "donors" in takes and "donors" not in table:
        raise SpecificationError(
            f"{called}.donors is missing; model {name!r} needs it, securities the news did not "
            'touch, e.g. ["AAA", "BBB"]',
            key=f"{called}.donors",
        )
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key in takes:
            given[key] = tuple(value) if isinstance(value, list) else value
        elif key in ("name", "sync") or value is False:
            pass  # no model contradicts these
        elif key not in ("benchmark", "factors"):
            others = [entry.name for entry in MODELS if key in model_keys(entry.value)]
            raise SpecificationError(
                f"{called}.{key} is not a key of model {name!r}; it belongs to {', '.join(others)}",
                key=f"{called}.{key}",
            )
        else:
            other = " and ".join(key for key in ("benchmark", "factors") if key in takes)
            instead = f"it takes {other}" if other else "it takes neither benchmark nor factors"
            # The template of a study file names a benchmark whatever the model: only a warning.
            warnings.warn(
                f"{called}.{key} is not used by model {name!r}; {instead}",
                EventStudyWarning,
                stacklevel=2,
            )
    return cast("NormalReturnModel", model(**given))


@contextmanager
def naming_table(table: str) -> Iterator[None]:
    """Raise an error about an argument as one about the key of that name in a table of the file."""
    try:
        yield
    except SpecificationError as error:
        key = f"{table}.{error.key}"
        message = re.sub(rf"\b{re.escape(error.key)}\b", key, str(error), count=1)
        raise error.reworded(message, key=key) from None


def activity_of(table: Mapping[str, Any] | None) -> Activity | None:
    """Return what a table ``[activity]`` asks to be measured, None without one."""
    if table is None:
        return None
    with naming_table("activity"):
        return Activity(**table)


def cross_section_of(table: Mapping[str, Any] | None) -> CrossSection | None:
    """Return the regression of a table ``[cross_section]``, None without one."""
    if table is None:
        return None
    if "columns" not in table:
        raise SpecificationError(
            'cross_section.columns is missing; write columns = ["category"] below [cross_section]',
            key="cross_section.columns",
        )
    with naming_table("cross_section"):
        return CrossSection(**table)
