"""Tables of other libraries as pandas has them: polars, Arrow, DuckDB, whatever narwhals reads.

This is the only door to narwhals. Numbers, dates and texts come through cell by cell as they are,
without pyarrow, so that results do not depend on the library a table is from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import narwhals as nw


def as_pandas(data: object) -> pd.DataFrame | pd.Series | None:
    """Return a table or a column as pandas has it; None of what is neither.

    Parameters
    ----------
    data
        Of pandas, which is returned as it is; of polars, eager or lazy; an Arrow table, batch or
        array; a relation of DuckDB; anything else that narwhals reads or that has the Arrow
        stream interface.

    Examples
    --------
    >>> as_pandas(3) is None
    True
    """
    if isinstance(data, pd.DataFrame | pd.Series):
        return data
    if isinstance(data, str | bytes | dict | list | tuple | set | np.ndarray | pd.Index):
        return None
    import narwhals as nw

    native: Any = data
    if type(data).__name__ == "RecordBatch":  # of pyarrow
        import pyarrow as pa

        native = pa.Table.from_batches([native])
    try:
        found = nw.from_native(native, allow_series=True)
    except TypeError:
        if not hasattr(data, "__arrow_c_stream__"):
            return None
        from pyarrow import table

        found = nw.from_native(table(native))
    if isinstance(found, nw.LazyFrame):
        found = found.collect()
    if isinstance(found, nw.Series):
        return _column(found).rename(found.name or None)
    frame = cast("nw.DataFrame[Any]", found)
    columns = {name: _column(frame[name]) for name in frame.columns}
    return pd.DataFrame(columns, columns=pd.Index(frame.columns, dtype=object))


def _column(series: nw.Series[Any]) -> pd.Series:  # noqa: PLR0911 - one return a kind
    """Return one column: numbers, times and truth values as such, all others as objects."""
    import narwhals as nw

    kind = series.dtype
    if kind == nw.Date:
        return pd.Series(series.cast(nw.Datetime("us")).to_numpy().astype("datetime64[us]"))
    if isinstance(kind, nw.Datetime):
        zone = kind.time_zone
        if zone is None:
            return pd.Series(np.asarray(series.to_numpy(), dtype=f"datetime64[{kind.time_unit}]"))
        in_utc = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy()
        stamps = pd.DatetimeIndex(np.asarray(in_utc, dtype=f"datetime64[{kind.time_unit}]"))
        return pd.Series(stamps.tz_localize("UTC").tz_convert(zone))
    if kind.is_decimal():
        return pd.Series([np.nan if cell is None else float(cell) for cell in series.to_list()])
    if kind.is_numeric():
        return pd.Series(np.array(series.to_numpy()))
    if kind == nw.Boolean and not series.is_null().any():
        return pd.Series(np.array(series.to_numpy(), dtype=bool))
    return pd.Series(series.to_list(), dtype=object)
