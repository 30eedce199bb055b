"""Factors and benchmarks handed over as frames: French's by their names, others as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.io.any_frame import as_pandas
from eventstudy.prices.files.french import NAMES, declared_factors
from eventstudy.prices.inputs import read_panel
from eventstudy.prices.levels import with_content

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy._typing import Content, ReturnKind
    from eventstudy.prices.inputs import Frame
    from eventstudy.prices.panel import PricePanel

RISK_FREE = "RF"
_PERCENT = 0.1  # a median daily return of the market that is none in decimals
_MARKET = ("MKT", "SMB")


def factor_name(name: str) -> str:
    """Return what a factor is called here: those of French by his names, others as they are.

    Examples
    --------
    >>> factor_name("Mkt-RF"), factor_name("oil")
    ('MKT', 'oil')
    """
    return NAMES.get(name.strip().lower(), name.strip())


def read_factor_frame(
    data: Frame, *, content: Content, kind: ReturnKind, name: str = "factors"
) -> PricePanel:
    """Return a frame of factors as a panel of the content that the prices have.

    Columns named as in French's files are his factors, with the sessions and closes of New York,
    and in percent where their size shows that, as he publishes them.

    Parameters
    ----------
    data
        A frame with a column a factor, or what `read_panel` reads else.
    content, kind
        Of the prices that the factors are to stand beside; returns other than French's are of
        this kind already, as columns of the prices would be.
    name
        What messages call the frame.
    """
    frame = as_pandas(data)
    said: list[str] = []
    is_french = False
    if isinstance(frame, pd.DataFrame) and frame.columns.nlevels == 1:
        renamed = frame.rename(columns=lambda title: factor_name(str(title)))
        is_french = all(one in renamed.columns for one in _MARKET)
        if is_french:
            market = renamed["MKT"].to_numpy(dtype=np.float64, na_value=np.nan)
            if np.nanmedian(np.abs(market)) > _PERCENT:
                columns = [one for one in renamed.columns if one in NAMES.values()]
                renamed = renamed.assign(**{one: renamed[one] / 100.0 for one in columns})
                said.append("French's factors in percent, as he publishes them; divided by 100")
            if kind == "log":
                said.append("French's returns are simple; their logarithms are taken")
            data = renamed
    panel = read_panel(
        data,
        content="returns" if is_french else None,
        kind="simple" if is_french else kind,  # as he publishes them
        name=name,
    )
    return replace(
        with_content(panel, content, kind),
        assumed=(*(f"{name}: {one}" for one in said), *panel.assumed),
        declared=declared_factors(panel.names) if is_french else panel.declared,
    )


def read_benchmark(
    data: Frame,
    *,
    content: Content,
    kind: ReturnKind,
    columns: Mapping[str, str] | None = None,
    name: str = "benchmark",
) -> PricePanel:
    """Return a series, or a frame of one column, as a panel of the content that the prices have.

    Its returns are of the kind of the prices already, as a column of theirs would be.

    Raises
    ------
    SpecificationError
        There are several columns.
    """
    panel = read_panel(data, kind=kind, name=name, security=_unnamed(data), columns=columns)
    if len(panel.names) != 1:
        listed = ", ".join(panel.names[:4])
        raise SpecificationError(
            f"{len(panel.names)} columns ({listed}{', ...' * (len(panel.names) > 4)}); a benchmark "
            "is one, several are factors",
            key="benchmark",
        )
    return with_content(panel, content, kind)


def _unnamed(data: Frame) -> str | None:
    """Return a name for a series without one."""
    frame = as_pandas(data)
    return "benchmark" if isinstance(frame, pd.Series) and frame.name in (None, "") else None
