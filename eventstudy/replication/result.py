"""What replications found, as a frame, as lines and as a page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.registry import choose
from eventstudy.replication.comparison import STATUSES, replications
from eventstudy.replication.page import page
from eventstudy.text import counted, records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import Progress

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
    """

    frame: pd.DataFrame

    @property
    def counts(self) -> pd.DataFrame:
        """A row a replication: numbers compared, equal, explained, unexplained."""
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
        """A row a replication and convention that differs: numbers it is needed for."""
        parts = self.frame[self.frame["status"] == "explained"]
        parts = parts.assign(convention=parts["explanation"].str.split("; ")).explode("convention")
        number = parts.groupby(["replication", "convention"], sort=False).size()
        return number.rename("numbers").reset_index()

    @property
    def unexplained(self) -> pd.DataFrame:
        """The rows that neither agree nor are explained."""
        return self.frame[self.frame["status"] == "unexplained"]

    @property
    def is_explained(self) -> bool:
        """Whether every number agrees or is explained."""
        return self.unexplained.empty

    def to_text(self, *, everything: bool = False) -> str:
        """Return a line a replication; with `everything`, each convention and what is unexplained.

        Parameters
        ----------
        everything
            Say which conventions differ, and list the numbers that are not explained.
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
        """Return counts, conventions and every number, for JSON."""
        frame = self.frame.astype(object).where(self.frame.notna(), None)
        return {
            "counts": self.counts.to_dict("records"),
            "conventions": self.conventions.to_dict("records"),
            "numbers": frame.to_dict("records"),
        }

    def to_markdown(self) -> str:
        """Return the page "Numbers against other software"."""
        return page(self.frame, self.counts, self.conventions)


def replicate(
    names: Iterable[str] | str | None = None, *, progress: Progress | None = None
) -> ReplicationResults:
    """Compare published numbers, and those of other software, with ours.

    Parameters
    ----------
    names
        Of `replications`, such as ``"stata_estudy"``; all of them by default.
    progress
        Called with what is done, how much of it, and of how much.

    Returns
    -------
    ReplicationResults

    Raises
    ------
    SpecificationError
        There is no replication of this name.

    Examples
    --------
    >>> replicate("textbook").is_explained
    True
    """
    known = replications.names()
    asked = known if names is None else (names,) if isinstance(names, str) else tuple(names)
    chosen = [choose(name, known, "replication") for name in dict.fromkeys(asked)]
    rows: list[dict[str, object]] = []
    for number, name in enumerate(chosen):
        if progress is not None:
            progress(f"replicating {name}", number, len(chosen))
        rows += [
            {"replication": name, **asdict(one), "difference": one.ours - one.theirs}
            for one in replications[name].value()
        ]
    return ReplicationResults(frame=pd.DataFrame(rows, columns=list(COLUMNS)))
