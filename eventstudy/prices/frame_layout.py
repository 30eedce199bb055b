"""What the columns of a frame are: a security each, or the bars of one or several securities."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
import pandas as pd

from eventstudy import _typing
from eventstudy.exceptions import SchemaError
from eventstudy.registry import choose

if TYPE_CHECKING:
    from eventstudy._typing import CloseField, Content, FloatArray

BARS = ("open", "high", "low", "volume")
_ADJUSTED = ("adj close", "adj. close", "adjclose", "adj_close", "adjusted close")
_BESIDE = ("dividends", "stock splits", "capital gains", "repaired?")
_FIELDS = frozenset((*BARS, "close", *_ADJUSTED, *_BESIDE))
_WORDS = "|".join(sorted(map(re.escape, _FIELDS), key=len, reverse=True))
_FLATTENED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (rf"({_WORDS})[_ .|](.+)", rf"(.+)[_ .|]({_WORDS})")
)
_NAMES = ("security", "ticker", "symbol", "permno", "isin", "name")
_DATES = ("date", "datetime", "timestamp")


class FrameLayout(NamedTuple):
    """The parts of a frame.

    Attributes
    ----------
    closes : a column per security, the rows as they were
    bars : open, high, low, volume by security, where there are such
    adjusted : the adjusted close that is not used, by security
    assumed : what reading it so took for granted, a sentence each
    """

    closes: pd.DataFrame
    bars: dict[str, pd.DataFrame]
    adjusted: dict[str, pd.Series]
    assumed: tuple[str, ...] = ()


def layout_of(
    data: pd.DataFrame | pd.Series,
    name: str,
    content: Content,
    security: str | None,
    field: CloseField = "close",
) -> FrameLayout:
    """Return the closes, bars and adjusted closes of a frame, whatever its columns look like.

    Parameters
    ----------
    data
        A column per security; the bars of one security; or columns of two levels, such as
        ``yfinance.download`` returns, or their flattened names (``Close_AAPL``). A series is one
        security.
    security
        Name of the security of a series without one, or of the bars of one.
    field
        ``"adj_close"`` takes the adjusted closes of bars in place of the closes, and of the other
        fields the volume alone, as they are not adjusted.

    Raises
    ------
    SchemaError
        Bars without a name; two levels of rows; a long table.
    """
    choose(field, get_args(_typing.CloseField), "field", key="field")
    frame = data.to_frame() if isinstance(data, pd.Series) else data
    if isinstance(data, pd.Series) and data.name is None:
        if security is None:
            raise _refusal(name, "a series without a name; name it after its security: "
                           'security="AAPL"')  # fmt: skip
        frame = data.to_frame(security)
    if frame.index.nlevels > 1:
        raise _refusal(name, f"rows of {frame.index.nlevels} levels; bring the securities into "
                       "columns: frame['close'].unstack()")  # fmt: skip
    if frame.columns.nlevels > 1:
        frame = _two_levels(frame, name)
    else:
        frame = _with_date_index(frame)
        frame = _unflattened(frame)
    if frame.columns.nlevels > 1:
        return _bars_of_many(frame, name, content, security, field)
    heads = [str(column).strip().casefold() for column in frame.columns]
    is_long = any(head in _NAMES for head in heads) and ("close" in heads or "return" in heads)
    if is_long:
        key = frame.columns[next(at for at, head in enumerate(heads) if head in _NAMES)]
        value = frame.columns[heads.index("close" if "close" in heads else "return")]
        raise _refusal(name, f"a long table, one row a date and {key}; make one column a security: "
                       f'frame.pivot(index="date", columns="{key}", values="{value}")')  # fmt: skip
    if len(heads) > 1 and set(heads) <= _FIELDS and ("close" in heads or len(set(heads)) > 2):
        if security is None:
            listed = ", ".join(str(column) for column in frame.columns[:4])
            raise _refusal(name, f"these are the bars of one security ({listed}), and nothing says "
                           'which; name it: security="AAPL"')  # fmt: skip
        frame.columns = pd.MultiIndex.from_arrays([heads, [security] * len(heads)])
        return _bars_of_many(frame, name, content, None, field)
    if field == "adj_close":
        raise _refusal(name, 'one column a security; field = "adj_close" is for bars that have '
                       "both closes").at(key="field")  # fmt: skip
    if security is not None:
        if len(heads) != 1:
            raise _refusal(name, f"security={security!r} names one security, and the frame has "
                           f"{len(heads)} columns")  # fmt: skip
        frame = frame.set_axis([security], axis="columns")
    return FrameLayout(frame, {}, {})


def plain_numbers(cells: pd.DataFrame) -> FloatArray | None:
    """Return columns that are all numbers as ``(N, T)``, NaN where empty; None of any others."""
    kinds = {dtype.kind if isinstance(dtype, np.dtype) else "O" for dtype in set(cells.dtypes)}
    if not kinds <= set("fiu"):
        return None
    return np.ascontiguousarray(cells.to_numpy(dtype=np.float64).T)


def _refusal(name: str, reason: str) -> SchemaError:
    return SchemaError([f"{name}: {reason}"], file=name)


def _with_date_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose dates, where they are a column, are the index."""
    if "date" in frame.columns:
        return frame.set_index("date")
    if isinstance(frame.index, pd.RangeIndex):
        for column in frame.columns:
            if str(column).strip().casefold() in _DATES:
                return frame.set_index(column)
    return frame.copy(deep=False)


def _two_levels(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a frame whose columns are (field, security), in lower case the field."""
    frame = frame.copy(deep=False)
    if isinstance(frame.index, pd.RangeIndex):  # reset_index of a download
        for column in frame.columns:
            if str(column[0]).strip().casefold() in _DATES and not str(column[1]).strip():
                frame = frame.set_index(column)
                break
    if frame.columns.nlevels == 2:
        for level in (0, 1):
            fields = [
                str(value).strip().casefold() for value in frame.columns.get_level_values(level)
            ]
            if set(fields) <= _FIELDS:
                securities = frame.columns.get_level_values(1 - level)
                frame.columns = pd.MultiIndex.from_arrays([fields, [str(s) for s in securities]])
                return frame
    raise _refusal(
        name, "columns of several levels, none of which is Open, High, Low, Close, Volume; give "
        "one column a security",
    )  # fmt: skip


def _unflattened(frame: pd.DataFrame) -> pd.DataFrame:
    """Return columns of two levels from names that hold both, such as ``Close_AAPL``."""
    parts = [_split_name(column) for column in frame.columns]
    pairs = [part for part in parts if part is not None]
    fields_of: dict[str, set[str]] = {}
    for field, one in pairs:
        fields_of.setdefault(one, set()).add(field)
    are_bars = all("close" in fields and len(fields) > 1 for fields in fields_of.values())
    if len(pairs) != len(parts) or not pairs or not are_bars:
        return frame
    return frame.set_axis(pd.MultiIndex.from_tuples(pairs), axis="columns")


def _split_name(column: object) -> tuple[str, str] | None:
    """Return (field, security) of a flattened name; None of any other."""
    if isinstance(column, tuple):
        parts: list[str] = [str(part) for part in column]
    else:
        text = str(column).strip()
        parts = []
        if text.startswith("("):
            try:
                parts = [str(part) for part in ast.literal_eval(text)]
            except (ValueError, SyntaxError, TypeError):
                return None
        else:
            for pattern in _FLATTENED:
                if match := pattern.fullmatch(text):
                    parts = list(match.groups())
                    break
    if len(parts) != 2:
        return None
    for field, security in (parts, parts[::-1]):
        if field.strip().casefold() in _FIELDS and security.strip():
            return field.strip().casefold(), security.strip()
    return None


def _bars_of_many(
    frame: pd.DataFrame, name: str, content: Content, security: str | None, field: CloseField
) -> FrameLayout:
    """Return the parts of columns (field, security)."""
    fields, of = (frame.columns.get_level_values(level).astype("str") for level in (0, 1))
    pairs = list(zip(fields, of, strict=True))
    securities = list(dict.fromkeys(one for _, one in pairs))
    if content == "returns":
        raise _refusal(name, 'these are bars, so prices; set content = "prices"')
    if security is not None and securities != [security]:
        raise _refusal(name, f"security={security!r} is for bars that name none; these are of "
                       f"{', '.join(securities[:4])}")  # fmt: skip
    if frame.columns.has_duplicates:
        repeated = pairs[int(np.argmax(frame.columns.duplicated()))]
        raise _refusal(name, f"column {repeated[0]} of {repeated[1]} appears twice")
    without = [s for s in securities if ("close", s) not in frame.columns]
    if without and field == "close":
        raise _refusal(name, f"bars of {without[0]} without a column Close")
    closes, bars, adjusted = {}, {}, {}
    is_adjusted = field == "adj_close"
    for one in securities:
        own = {column: frame[column, one] for column, s in pairs if s == one}
        other = next((own[column] for column in _ADJUSTED if column in own), None)
        if is_adjusted and other is None:
            raise _refusal(name, f"bars of {one} without a column Adj Close").at(key="field")
        closes[one] = own["close"] if other is None or field == "close" else other
        present = {
            column: own[column]
            for column in BARS
            if column in own and (column == "volume" or not is_adjusted)
        }
        if present:
            bars[one] = pd.DataFrame(present)
        if other is not None and not is_adjusted:
            adjusted[one] = other
    listed = ", ".join(securities[:4]) + (
        f" and {len(securities) - 4} more" if securities[4:] else ""
    )
    said = (f"{name}: bars of {listed}; prices are the {'adjusted ' * is_adjusted}closes",)
    return FrameLayout(pd.DataFrame(closes, index=frame.index), bars, adjusted, said)
