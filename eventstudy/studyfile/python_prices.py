"""Prices from a function of the user's own: code that a study file names, and does not hold.

A study file names data only. One that names code is refused unless whoever reads it allows that:
``--allow-code`` on the command line, ``read_study(path, allow_code=True)`` in Python.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventstudy._typing import Content  # noqa: TC001 - keys take what they say
from eventstudy.exceptions import EventStudyError, SourceError, SpecificationError
from eventstudy.io.toml_keys import NO_KEY, TABLE_OF_TEXTS, Key, is_text_table, takes
from eventstudy.plugins import function_named
from eventstudy.prices.inputs import read_panel
from eventstudy.studyfile.price_source import SOURCES, PriceRequest, PriceSource, read_fields
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy._typing import Progress
    from eventstudy.prices.panel import PricePanel

_ARGUMENTS = Key('a table such as { vendor = "acme" }', is_text_table, shape=TABLE_OF_TEXTS)


@SOURCES.register(
    "python",
    summary="a function of your own, module:function; a study file needs --allow-code for it",
    source="docs/plugins.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class PythonFunction(PriceSource):
    """A function of the user's own.

    Parameters
    ----------
    function
        ``"module:function"``; the module is looked for in the folder of the study file, then
        where Python looks. It is given a `PriceRequest`, and returns a `PricePanel` or a frame.
    arguments
        Further arguments by name, as pairs.
    content
        What the frame holds.
    folder
        Where the module is looked for first.
    """

    function: str
    arguments: tuple[tuple[str, str], ...] = field(default=(), metadata=takes(_ARGUMENTS))
    content: Content = "prices"
    folder: Path = field(default=Path(), metadata=NO_KEY)

    takes_calendar: ClassVar[bool] = True
    runs_code: ClassVar[bool] = True
    always_written: ClassVar[tuple[str, ...]] = ("function", "content")

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return the function a table names."""
        return cls(folder=folder, **read_fields(cls, table, folder))

    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Call the function and read what it returns."""
        del progress
        function = function_named(self.function, "prices.function", self.folder)
        try:
            answer = function(request, **dict(self.arguments))
        except (EventStudyError, KeyboardInterrupt):
            raise
        except BaseException as error:  # one that calls sys.exit leaves no study behind
            raise self._fault("failed", error) from error
        try:
            panel = read_panel(
                answer,
                content=self.content,
                kind=request.kind,
                name=f"the frame of {self.function}",
            )
        except SpecificationError as error:
            raise error.under("prices.function") from error
        except EventStudyError:
            raise
        except Exception as error:
            raise self._fault("returns what cannot be read", error) from error
        if request.calendar is not None and panel.calendar is None:
            return replace(panel, calendar=request.calendar)
        return panel

    def _fault(self, what: str, error: BaseException) -> SourceError:
        try:
            said = str(error)
        except Exception:  # noqa: BLE001 - its own text may fail, too
            said = ""
        return SourceError(
            f"prices.function {self.function!r} {what}: {type(error).__name__}: "
            f"{excerpt(said, 300)}"
        ).at(key="prices.function")
