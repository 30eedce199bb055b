"""Prices that stay where they are and are read some securities at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import SourceError
from eventstudy.prices.panel import PricePanel
from eventstudy.registry import unknown
from eventstudy.text import some

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import Content, ReturnKind
    from eventstudy.prices.securities import Securities

CELLS = 2_000_000
"""Prices that are held at a time, about; a study takes some 80 bytes for each."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceBlocks:
    """Prices of more securities than memory holds, of which some are read at a time.

    Attributes
    ----------
    head
        A panel of every column without its rows: names, what they hold, and the hash of the
        source; none where that is known only from what was read.
    n_rows
        Rows of the longest column.
    reader
        Reads some columns, in the order in which they are asked for.

    Examples
    --------
    >>> import eventstudy as es
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2025-05-01", "2025-05-02"])
    >>> closes = pd.DataFrame({"AAA": [10.0, 11.0], "BBB": [5.0, 5.1]}, index=days)
    >>> def read(names):  # a file, a database, an archive of one's own
    ...     return es.PricePanel.from_frame(closes[list(names)])
    >>> blocks = es.PriceBlocks.of_names(
    ...     ["AAA", "BBB"], read, n_rows=2, content="prices", kind="simple", name="archive"
    ... )
    >>> blocks.read(["BBB"]).frame()["BBB"].tolist()
    [5.0, 5.1]
    """

    head: PricePanel
    n_rows: int
    reader: Callable[[tuple[str, ...]], PricePanel]

    @classmethod
    def of_names(
        cls,
        names: Sequence[str],
        reader: Callable[[tuple[str, ...]], PricePanel],
        *,
        n_rows: int,
        content: Content,
        kind: ReturnKind,
        name: str,
        sha256: str = "",
        calendar: str | None = None,
    ) -> PriceBlocks:
        """Return columns by their names, with what reads them.

        Examples
        --------
        Of `PriceBlocks`, whose example makes ``blocks``.

        >>> blocks  # nothing has been read yet
        PriceBlocks archive: prices of 2 columns, 1,000,000 at a time
        """
        no_date, no_value = np.empty(0, dtype="M8[D]"), np.empty(0)
        head = PricePanel(
            names=tuple(names),
            dates=(no_date,) * len(names),
            values=(no_value,) * len(names),
            content=content,
            kind=kind,
            name=name,
            sha256=sha256,
            calendar=calendar,
        )
        return cls(head=head, n_rows=n_rows, reader=reader)

    @property
    def names(self) -> tuple[str, ...]:
        """Every column.

        Examples
        --------
        >>> blocks.names  # blocks: help(es.PriceBlocks)
        ('AAA', 'BBB')
        """
        return self.head.names

    @property
    def columns_at_once(self) -> int:
        """How many columns are read at a time.

        Examples
        --------
        >>> blocks.columns_at_once  # blocks: help(es.PriceBlocks)
        1000000
        """
        return max(1, CELLS // max(self.n_rows, 1))

    def read(self, names: Sequence[str]) -> PricePanel:
        """Read some columns, whose prices are then a panel of their own.

        Raises
        ------
        SpecificationError
            A column that is none.
        SourceError, SchemaError
            They cannot be read, or used.

        Examples
        --------
        >>> blocks.read(["AAA"]).names  # blocks: help(es.PriceBlocks)
        ('AAA',)
        """
        for name in names:
            if name not in self.head.positions:
                raise unknown(f"{self.head.name} has no column {name!r}", name, self.names)
        panel = self.reader(tuple(names))
        missing = [name for name in names if name not in panel.positions]
        if missing:
            raise SourceError(
                f"{self.head.name} holds {some(missing)} under a name that is not found again; "
                "read all prices at once, as a panel"
            )
        order = [panel.positions[name] for name in names]
        return replace(
            panel,
            names=tuple(names),
            dates=tuple(panel.dates[at] for at in order),
            values=tuple(panel.values[at] for at in order),
            securities=self.head.securities,
            declared=self.head.declared,
            name=self.head.name,
        )

    def with_securities(self, securities: Securities | None) -> PriceBlocks:
        """Return the same prices with what is known of the securities.

        Examples
        --------
        Of `PriceBlocks`, whose example makes ``blocks``.

        >>> table = pd.DataFrame({"ticker": ["AAA", "BBB"], "industry": ["banks", "steel"]})
        >>> known = blocks.with_securities(es.Securities.from_frame(table))
        >>> known.read(["AAA"]).securities.names
        ('AAA', 'BBB')
        """
        return replace(self, head=replace(self.head, securities=securities))

    def __repr__(self) -> str:
        head = self.head
        content = head.content if head.content == "prices" else f"{head.kind} returns"
        return (
            f"PriceBlocks {head.name}: {content} of {len(self.names):,} columns, "
            f"{self.columns_at_once:,} at a time"
        )
