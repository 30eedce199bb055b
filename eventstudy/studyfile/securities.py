"""The table ``[securities]`` of a study file: where what is known of securities stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.files import keyed_path
from eventstudy.prices.securities import read_securities
from eventstudy.studyfile.prices import written_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from eventstudy.prices.securities import Securities


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritiesFile:
    """A file of attributes and benchmarks of securities, and which sheet of it."""

    file: Path
    sheet: str | None = None

    def read(self, study: str) -> Securities:
        """Return what the file holds; errors name the study it belongs to."""
        try:
            return read_securities(self.file, sheet=self.sheet)
        except SourceError as error:
            raise error.under("securities.file").under(file=study) from error
        except SpecificationError as error:
            raise error.under(file=study) from error

    def to_dict(self, folder: Path) -> dict[str, Any]:
        """Return the keys of the table, the path as it stands relative to a folder."""
        keys = {"file": written_path(self.file, folder)}
        return keys if self.sheet is None else keys | {"sheet": self.sheet}


def securities_file(table: Mapping[str, Any] | None, folder: Path) -> SecuritiesFile | None:
    """Return the file a table ``[securities]`` names, None without one."""
    if table is None:
        return None
    if "file" not in table:
        raise SpecificationError(
            'securities.file is missing; write file = "securities.csv" below [securities]',
            key="securities.file",
        )
    file = keyed_path("securities.file", folder, table["file"])
    return SecuritiesFile(file=file, sheet=table.get("sheet"))
