"""`News`: dated items with their texts, and what could not become one."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.exceptions import SchemaError
from eventstudy.news.columns import COLUMNS, REJECTED, role_of
from eventstudy.news.dating import provider_of
from eventstudy.news.intake import Intake
from eventstudy.registry import meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import BoolArray

__all__ = ["COLUMNS", "REJECTED", "News"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class News:
    """Raw news items, each kept in `frame` or listed in `rejected`, never both.

    Parameters
    ----------
    frame
        One row an item. ``item_id`` (unique str), ``published`` (ISO 8601 text at the item's own
        offset; None for a date alone), ``published_at`` (``datetime64[ns, UTC]``, NaT for a date
        alone), ``date`` (midnight, without zone: the date at the item's own offset),
        ``timezone`` (IANA name or None), ``precision`` (``exact``, ``minute_est``, ``approx``,
        ``session`` or ``day``), ``headline``, ``text``, ``source``, ``url``, ``where`` (place in
        the input), ``note`` (what was treated, None where nothing was), then the input's own
        columns. Text cells are str or None.
    rejected
        ``item_id``, ``where``, ``published`` and ``headline`` (as written, at most 300
        characters) and ``reason``, one sentence.
    name
        Where it came from.
    inputs
        Name, SHA-256 and number of raw items of every input.
    assumed
        What reading their times assumed and which are in doubt, a sentence each, with the number
        of items.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"date": ["2025-05-02", None], "title": ["Ministry weighs talks", "No date"]}
    ... )
    >>> news = News.from_frame(table)
    >>> news
    News(news: 1 item, 2025-05-02 to 2025-05-02, 0 with a time, 1 rejected)
    >>> news.rejected["reason"].item()
    'no date: neither published_at nor date is given'
    """

    frame: pd.DataFrame
    rejected: pd.DataFrame
    name: str
    inputs: tuple[tuple[str, str, int], ...]
    assumed: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"News({self._summary()})"

    def _repr_html_(self) -> str:
        from html import escape

        head = self.frame[["date", "published", "source", "headline"]].head(10)
        parts = [f"<p>{escape(self._summary())}</p>", head.to_html(index=False, escape=True)]
        if len(self.rejected):
            reasons = self.rejected[["where", "headline", "reason"]].head(5)
            parts += ["<p>Rejected:</p>", reasons.to_html(index=False, escape=True)]
        return "".join(parts)

    def _summary(self) -> str:
        rejected = f"{len(self.rejected):,} rejected"
        if not len(self):
            return f"{self.name}: no items, {rejected}"
        dates = self.frame["date"]
        timed = int(self.frame["published_at"].notna().sum())
        count = "1 item" if len(self) == 1 else f"{len(self):,} items"
        span = f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
        return f"{self.name}: {count}, {span}, {timed:,} with a time, {rejected}"

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        name: str = "news",
        timezone: str | None = None,
        now: dt.datetime | None = None,
    ) -> News:
        """Build news from a frame with the columns of a news file.

        The names of columns and the rules are those of `read_news`; times may be text or
        timestamps with a zone, dates text or dates; missing values of any kind are empty cells.

        Raises
        ------
        SchemaError
            The frame has no column of headlines or texts, or none of dates.
        SpecificationError
            An unknown time zone.

        Examples
        --------
        >>> row = {"published_at": "2025-05-02 09:30", "headline": "Ministry weighs talks"}
        >>> table = pd.DataFrame([row])
        >>> News.from_frame(table, timezone="Asia/Shanghai").frame["published"].item()
        '2025-05-02T09:30+08:00'
        """
        columns = [str(column) for column in frame.columns]
        if problem := lacking(columns):
            raise SchemaError([f"{problem}"], file=name)
        places = [f"{name} row {row}" for row in range(2, len(frame) + 2)]
        if set(COLUMNS) <= set(columns):  # the frame of News: its times are in `published`
            places = [str(place) for place in frame["where"]]
            frame = frame.drop(columns=["published_at", "where"])
            columns = [str(column) for column in frame.columns]
        intake = Intake(timezone=timezone, now=now or dt.datetime.now(dt.UTC))
        digest = hashlib.sha256()
        for place, values in zip(places, frame.itertuples(index=False, name=None), strict=True):
            texts = [news_cell(value) for value in values]
            digest.update("\x1f".join((*texts, "\n")).encode("utf-8", "replace"))
            intake.add(dict(zip(columns, texts, strict=True)), place)
        intake.settle(name)
        accepted, rejected = intake.frames()
        inputs = ((name, digest.hexdigest(), intake.n_items),)
        return cls(
            frame=accepted,
            rejected=rejected,
            name=name,
            inputs=inputs,
            assumed=tuple(intake.assumed),
        )

    def take(self, chosen: BoolArray) -> News:
        """Return the items where `chosen`, shape ``(len(self),)``, is true.

        What was rejected and what was read stay as they are.

        Examples
        --------
        >>> import eventstudy as es
        >>> headlines = {"published": ["2025-05-02", "2025-05-06"], "headline": ["One", "Two"]}
        >>> frame = pd.DataFrame(headlines)
        >>> news = es.News.from_frame(frame)
        >>> news.take(news.frame["headline"].to_numpy() == "Two").frame["headline"].tolist()
        ['Two']
        """
        return replace(self, frame=self.frame[chosen].reset_index(drop=True))


def lacking(columns: Iterable[str]) -> str | None:
    """Return what a table of news lacks to be one, or None."""
    names = list(columns)
    roles = {role_of(name) for name in names}
    own_columns = [name for name in names if role_of(name) is None]
    if not roles & {"headline", "text"}:
        return f"no column headline (or title, text, summary){meant('headline', own_columns)}"
    if not roles & {"published", "date"} and provider_of(tuple(names)) is None:
        hint = meant("published_at", own_columns)
        return f"no column published_at or date (or published, pubDate){hint}"
    return None


def news_cell(cell: object) -> str:  # noqa: PLR0911 - one line a kind
    """Return a typed cell as text: a plain date without a clock, a whole number without point."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, list | tuple):
        return "; ".join(news_cell(item) for item in cell)
    if isinstance(cell, dt.datetime):
        is_date = cell.tzinfo is None and cell.time() == dt.time()
        return cell.date().isoformat() if is_date else cell.isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is pd.NA else str(cell)
