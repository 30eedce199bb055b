"""What replications found, as a frame, as lines and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose
from eventstudy.replication.comparison import STATUSES, from_data, replications
from eventstudy.replication.page import page
from eventstudy.text import counted, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike

    from eventstudy._typing import Progress
    from eventstudy.replication.comparison import Compared

COLUMNS = (
    "replication", "quantity", "theirs", "ours", "difference", "status", "explanation",
    "by_convention",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplicationResults:
    """Numbers of other software and of books beside ours.

    Attributes
    ----------
    frame : replication, quantity, theirs, ours, difference (ours less theirs), status (``equal``,
        ``explained``, ``unexplained``), explanation, by_convention: theirs as reached by their
        convention

    Examples
    --------
    >>> import eventstudy as es
    >>> found = es.replicate("textbook")
    >>> found.counts.columns.tolist()[:2]
    ['replication', 'compared']
    """

    frame: pd.DataFrame

    @property
    def counts(self) -> pd.DataFrame:
        """A row a replication: numbers compared, equal, explained, unexplained.

        Examples
        --------
        >>> int(found.counts["compared"].iloc[0])  # found: help(es.ReplicationResults)
        9
        """
        rows = self.frame[["replication", "status"]]
        of = [rows["replication"][rows["status"] == name] for name in STATUSES]
        names = rows["replication"].unique()
        columns = {"compared": rows["replication"].value_counts().reindex(names)}
        columns |= {
            name: part.value_counts().reindex(names, fill_value=0)
            for name, part in zip(STATUSES, of, strict=True)
        }
        return pd.DataFrame(columns).reset_index()

    @property
    def conventions(self) -> pd.DataFrame:
        """A row a replication and convention that differs: numbers it is needed for.

        Examples
        --------
        >>> found.conventions.columns.tolist()  # found: help(es.ReplicationResults)
        ['replication', 'convention', 'numbers']
        """
        parts = self.frame[self.frame["status"] == "explained"]
        parts = parts.assign(convention=parts["explanation"].str.split("; ")).explode("convention")
        number = parts.groupby(["replication", "convention"], sort=False).size()
        return number.rename("numbers").reset_index()

    @property
    def unexplained(self) -> pd.DataFrame:
        """The rows that neither agree nor are explained.

        Examples
        --------
        >>> len(found.unexplained)  # found: help(es.ReplicationResults)
        0
        """
        return self.frame[self.frame["status"] == "unexplained"]

    @property
    def is_explained(self) -> bool:
        """Whether every number agrees or is explained.

        Examples
        --------
        >>> found.is_explained  # found: help(es.ReplicationResults)
        True
        """
        return self.unexplained.empty

    def to_text(self, *, everything: bool = False) -> str:
        """Return a line a replication; with `everything`, each convention and what is unexplained.

        Parameters
        ----------
        everything
            Say which conventions differ, and list the numbers that are not explained.

        Examples
        --------
        >>> print(found.to_text().splitlines()[0])  # found: help(es.ReplicationResults)
        textbook  9 numbers: 9 equal, 0 explained, 0 unexplained
        """
        lines = []
        width = max(len(name) for name in self.counts["replication"])
        for row in records(self.counts):
            lines.append(
                f"{row.replication:<{width}}  {counted(int(row.compared), 'number')}: "
                f"{row.equal:,} equal, {row.explained:,} explained, "
                f"{row.unexplained:,} unexplained"
            )
            if everything:
                lines += self._details(str(row.replication))
        return "\n".join(lines)

    def _details(self, name: str) -> list[str]:
        needed = self.conventions
        needed = needed[needed["replication"] == name]
        lines = [f"  {row.numbers:>5,}  {row.convention}" for row in records(needed)]
        rows = self.unexplained
        rows = rows[rows["replication"] == name]
        return lines + [
            f"  unexplained: {row.quantity}: theirs {row.theirs:.12g}, ours {row.ours:.12g}"
            for row in records(rows)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return counts, conventions and every number, for JSON.

        Examples
        --------
        >>> sorted(found.to_dict())  # found: help(es.ReplicationResults)
        ['conventions', 'counts', 'numbers']
        """
        frame = self.frame.astype(object).where(self.frame.notna(), None)
        return {
            "counts": self.counts.to_dict("records"),
            "conventions": self.conventions.to_dict("records"),
            "numbers": frame.to_dict("records"),
        }

    def to_markdown(self) -> str:
        """Return the page "Numbers against other software".

        Examples
        --------
        Of `ReplicationResults`, whose example makes ``found``.

        >>> found.to_markdown().startswith("# ")
        True
        """
        return page(self.frame, self.counts, self.conventions)


def replicate(
    names: Iterable[str] | str | None = None,
    *,
    data: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> ReplicationResults:
    """Compare published numbers, and those of other software, with ours.

    Parameters
    ----------
    names
        Of `replications`, such as ``"stata_estudy"``, all of which are carried out by default; or
        of `from_data`, such as ``"event_study_toolkit"``, which take files of your own.
    data
        Folder with the files that a replication of `from_data` takes.
    progress
        Called with what is done, how much of it, and of how much.

    Returns
    -------
    ReplicationResults

    Raises
    ------
    SpecificationError
        There is no replication of this name; it takes files and no folder was given, or a folder
        was given and it takes none.
    SourceError
        The folder lacks a file.

    Examples
    --------
    >>> replicate("textbook").is_explained
    True
    """
    bundled = replications.names()
    asked = bundled if names is None else (names,) if isinstance(names, str) else tuple(names)
    known = (*bundled, *from_data.names())
    chosen = [choose(name, known, "replication") for name in dict.fromkeys(asked)]
    made = {name: _comparison(name, data) for name in chosen}
    rows: list[dict[str, object]] = []
    for number, (name, compare) in enumerate(made.items()):
        if progress is not None:
            progress(f"replicating {name}", number, len(chosen))
        rows += [
            {"replication": name, **asdict(one), "difference": one.ours - one.theirs}
            for one in compare()
        ]
    return ReplicationResults(frame=pd.DataFrame(rows, columns=list(COLUMNS)))


def _comparison(name: str, data: str | PathLike[str] | None) -> Callable[[], list[Compared]]:
    """Return what makes the comparison, with the folder where it takes one."""
    if name in replications:
        if data is not None:
            raise SpecificationError(
                f"{name} is compared with data that are bundled; data is for "
                f"{', '.join(from_data.names())}",
                key="data",
            )
        return replications[name].value
    compare = from_data[name].value
    if data is None:
        raise SpecificationError(
            f"{name} takes {', '.join(compare.files)} of your own ({compare.rights}); name the "
            "folder that holds them as data",
            key="data",
        )
    folder = Path(data)
    return lambda: compare(folder)
