"""Values printed in books and manuals, whose data are short enough to stand here.

The values are given as the abnormal returns of one date. MacKinlay (JEL 1997) is not among them:
his tables rest on returns he did not print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.events.table import Events
from eventstudy.models import ConstantMean
from eventstudy.prices.panel import PricePanel
from eventstudy.replication.comparison import Compared, printed, replications
from eventstudy.study.study import EventStudy
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

# Height of 15 pairs of plants, crossed less self-fertilised, in eighths of an inch.
_DARWIN = (49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48)
# Hours of sleep gained by ten patients with one drug over another, in tenths of an hour.
_SLEEP = (12, 24, 13, 13, 0, 10, 18, 8, 46, 14)
_TENTHS = 100.0  # a return of 0.001 is a tenth of an hour
_QUIET = 20


@replications.register(
    "textbook",
    summary="t and signed-rank tests of two old data sets, as printed",
    source="Darwin (1876) in Fisher (1935) and the manual of SciPy; Student (1908) in Fisher "
    "(1925) and the manual of R",
)
def textbook() -> list[Compared]:
    """Compare the tests of Darwin's and Student's data with what is printed of them."""
    plants, sleep = _tests(_DARWIN), _tests(_SLEEP)
    t_plants, t_sleep = plants["cross_sectional_t"], sleep["cross_sectional_t"]
    return [
        printed("Darwin's plants, t (Fisher 1935)", "2.148", t_plants["statistic"]),
        printed("Darwin's plants, degrees of freedom (Fisher 1935)", "14", t_plants["df"]),
        printed(
            "Darwin's plants, smaller sum of signed ranks (SciPy)",
            "24",
            len(_DARWIN) * (len(_DARWIN) + 1) / 2 - plants["wilcoxon"]["statistic"],
        ),
        printed(
            "Darwin's plants, exact p of the signed ranks (SciPy)",
            "0.041259765625",
            plants["wilcoxon"]["pvalue"],
        ),
        printed("Student's sleep, mean (Student 1908)", "1.58", t_sleep["estimate"] * _TENTHS),
        printed("Student's sleep, t (Fisher 1925)", "4.06", t_sleep["statistic"]),
        printed("Student's sleep, t (manual of R)", "4.0621", t_sleep["statistic"]),
        printed("Student's sleep, degrees of freedom (Fisher 1925)", "9", t_sleep["df"]),
        printed("Student's sleep, p (manual of R)", "0.002833", t_sleep["pvalue"]),
    ]


def _tests(values: Sequence[int]) -> dict[str, pd.Series]:
    """Return the tests of values as the abnormal returns of one date, by name."""
    dates = pd.bdate_range("2020-01-01", periods=_QUIET + 1)
    quiet = 0.01 * (-1.0) ** np.arange(_QUIET)
    columns = {f"P{at:02d}": [*quiet, value / 1000] for at, value in enumerate(values, start=1)}
    study = EventStudy(
        markets=tuple(columns),
        model=ConstantMean(),
        estimation_window=Window(-_QUIET, -1),
        event_window=Window(0, 0),
        car_windows=(Window(0, 0),),
        min_obs=_QUIET,
        date_only="same",
        calendar="data",
        statistics=("cross_sectional_t", "wilcoxon"),
        draws=0,
    )
    events = Events.from_frame(pd.DataFrame({"event_id": ["E1"], "date": [dates[-1]]}))
    prices = PricePanel.from_frame(pd.DataFrame(columns, index=dates), content="returns")
    rows = study.fit(events, prices).statistics
    rows = rows[(rows["measure"] == "car") & (rows["group"] == "all")]
    return {str(row["name"]): row for _, row in rows.iterrows()}
