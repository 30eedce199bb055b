"""A field of a specification that is a key of a study file, as its declaration says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import SpecificationError
from eventstudy.io.toml_keys import Key, field_types, key_of, without_none
from eventstudy.registry import choose
from eventstudy.text import excerpt
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A field of a specification that is a key of a study file, as its declaration says.

    Attributes
    ----------
    name : of the field
    table, key : of the study file; the table is empty at its top
    takes : what the key takes
    is_optional : whether None is a value, that of a key left out
    check : from the key's name in messages and a value to the value kept, or an error
    write : from the value kept to that of the key
    """

    name: str
    table: str
    key: str
    takes: Key
    is_optional: bool
    check: Callable[[str, Any], Any] | None
    write: Callable[[Any], Any]

    @property
    def path(self) -> str:
        """The key as messages name it."""
        return f"{self.table}.{self.key}" if self.table else self.key

    def checked(self, value: object) -> object:
        """Return the value the specification keeps.

        Raises
        ------
        SpecificationError
            It is none of the choices, or out of range.
        """
        if self.check is not None:
            try:
                return self.check(self.path, value)
            except TypeError:
                if isinstance(value, Iterable):
                    raise
                shown = excerpt(repr(value))
                raise SpecificationError(
                    f"{self.path}: expected {self.takes.kind}, got {shown}", key=self.path
                ) from None
        if self.takes.choices and not (value is None and self.is_optional):
            return choose(value, self.takes.choices, self.path, key=self.path)
        return value


def option(
    path: str,
    *,
    takes: Key | None = None,
    check: Callable[[str, Any], Any] | None = None,
    write: Callable[[Any], Any] | None = None,
) -> dict[str, Any]:
    """Return metadata that make a field the key ``"table.key"`` of a study file, or ``"key"``.

    What it takes and the values it is limited to follow from the annotation, unless `takes` says
    so. The rest as `Option` says; by default a value is written as TOML writes its like.
    """
    return {"path": path, "takes": takes, "check": check, "write": write or plain_value}


def plain_value(value: object) -> object:
    """Return a value as TOML has it: windows and tuples are lists, paths texts."""
    if isinstance(value, Window):
        return [value.start, value.end]
    if isinstance(value, Path):
        return value.as_posix()
    return [plain_value(item) for item in value] if isinstance(value, tuple) else value


def options_of(specification: type) -> tuple[Option, ...]:
    """Return the options a specification declares, in the order of its fields."""
    types = field_types(specification)
    declared = []
    for field_ in fields(specification):
        if "path" in field_.metadata:
            metadata = dict(field_.metadata)
            table, _, key = metadata.pop("path").rpartition(".")
            kind = types[field_.name]
            metadata["takes"] = metadata["takes"] or key_of(kind)
            is_optional = without_none(kind) is not kind
            declared.append(
                Option(name=field_.name, table=table, key=key, is_optional=is_optional, **metadata)
            )
    return tuple(declared)
