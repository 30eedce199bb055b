"""Every number that Stata's estudy 2.1.2 gives for twelve simulated securities.

The files were made by the authors of StatsPAI (data/README.md). Ours are those of a study on the
returns as they are, by the conventions of eventstudy. Theirs are reached by the study option
``conventions = "stata_estudy"`` on the same returns kept in single precision, as Stata keeps what
``generate`` makes. A convention is named where theirs is not reached without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from eventstudy.conventions import CONVENTIONS, OURS, run_tests, session_means
from eventstudy.conventions.window_returns import in_single
from eventstudy.datasets.bundled import data_path
from eventstudy.events.table import Events
from eventstudy.models import ConstantMean, FactorModel, MarketAdjusted, MarketModel
from eventstudy.prices.panel import PricePanel
from eventstudy.replication.comparison import Compared, is_same, replications
from eventstudy.study.by_convention import window_returns
from eventstudy.study.study import EventStudy
from eventstudy.text import records
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.conventions import Answer, Conventions
    from eventstudy.models import NormalReturnModel
    from eventstudy.study.fitted import Fitted
    from eventstudy.study.results import EventStudyResults

_BUNDLE = "stata_estudy"
_FACTORS = ("mkt", "smb", "hml")
MODELS: dict[str, NormalReturnModel] = {
    "SIM": MarketModel("mkt"),
    "MAM": MarketAdjusted("mkt"),
    "HMM": ConstantMean(),
    "MFM": FactorModel(_FACTORS),
}
"""What estudy calls its models, and ours."""
TESTS = {
    "Norm": "j1",
    "Patell": "patell",
    "ADJPatell": "adjusted_patell",
    "BMP": "bmp",
    "KP": "kolari_pynnonen",
    "GRANK": "grank_t",
    "Wilcoxon": "wilcoxon",
    "signrank": "wilcoxon",
}
"""Their tests, and ours; ``signrank`` is Stata's own command on the CARs."""
_TERMS = {"car": "estimate", "sd": "std_error", "stat": "statistic", "pv": "pvalue"}
_WINDOWS = {"m1_p1": Window(-1, 1), "0_0": Window(0, 0), "m5_p5": Window(-5, 5)}
_ESTIMATION, _EVENT = Window(-200, -11), Window(-5, 5)
_MIN_OBS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Files:
    """What the four files hold."""

    returns: pd.DataFrame
    events: pd.DataFrame
    results: pd.DataFrame
    abnormal: pd.DataFrame

    @property
    def securities(self) -> list[str]:
        return list(self.events["id"])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fits:
    """One model, on the returns as they are and on those in single precision."""

    ours: EventStudyResults
    theirs: EventStudyResults


@replications.register(
    "stata_estudy",
    summary="abnormal returns, CARs, standard errors and seven tests of four models",
    source="Stata 18, estudy 2.1.2 (Pacicco, Vena and Venegoni 2018, 2021); files of StatsPAI",
)
def stata_estudy() -> list[Compared]:
    """Compare every number of both files."""
    files = _read()
    compared: list[Compared] = []
    for name, model in MODELS.items():
        fits = _Fits(
            ours=_fit(model, files, files.returns),
            theirs=_fit(model, files, files.returns.astype(np.float32).astype(np.float64)),
        )
        if name == "SIM":
            compared += _abnormal(files, fits)
        compared += _tested(name, files, fits)
    return compared


def _read() -> _Files:
    folder = "replication/stata_estudy/"
    return _Files(
        returns=pd.read_csv(
            data_path(f"{folder}returns.csv"), index_col="date", parse_dates=["date"]
        ),
        events=pd.read_csv(data_path(f"{folder}events.csv"), parse_dates=["event_date"]),
        results=pd.read_csv(data_path(f"{folder}results.csv")),
        abnormal=pd.read_csv(data_path(f"{folder}abnormal_returns.csv"), index_col="tau"),
    )


def _fit(model: NormalReturnModel, files: _Files, returns: pd.DataFrame) -> EventStudyResults:
    study = EventStudy(
        markets=tuple(files.securities),
        model=model,
        estimation_window=_ESTIMATION,
        event_window=_EVENT,
        car_windows=tuple(_WINDOWS.values()),
        min_obs=_MIN_OBS,
        date_only="same",
        calendar="data",
        statistics=("cross_sectional_t",),
        draws=0,
        by=("security",),
        conventions=_BUNDLE,
    )
    events = files.events.rename(columns={"id": "event_id", "event_date": "date"})
    events["markets"] = events["event_id"]
    return study.fit(Events.from_frame(events), PricePanel.from_frame(returns, content="returns"))


# ---- abnormal returns on every day ---------------------------------------------------------------


def _abnormal(files: _Files, fits: _Fits) -> Iterator[Compared]:
    """Compare the abnormal returns of the market model on all days, and their group means."""
    bundle = CONVENTIONS[_BUNDLE].value
    days = files.abnormal.index.to_numpy()
    ours = _all_days(files, fits.ours, files.returns)
    stored = in_single(
        _all_days(files, fits.theirs, files.returns.astype(np.float32).astype(np.float64))
    )
    for column, security in enumerate(files.securities):
        series = files.abnormal[security].to_numpy()
        for at in np.flatnonzero(np.isfinite(series)):
            theirs, by_convention = float(series[at]), float(stored[column, at])
            yield Compared(
                quantity=f"SIM AR {security} day {days[at]:+d}",
                theirs=theirs,
                ours=float(ours[column, at]),
                by_convention=by_convention,
                status="equal" if is_same(by_convention, theirs) else "unexplained",
            )
    means, plain = session_means(stored, bundle), session_means(ours, OURS)
    in_doubles = session_means(stored, replace(bundle, group_mean="arithmetic"))
    for row, value in enumerate(files.abnormal["CAAR"].to_numpy()):
        yield _of_mean(
            f"SIM AAR day {days[row]:+d}",
            float(value),
            float(plain[row]),
            float(means[row]),
            float(in_doubles[row]),
            bundle,
        )


def _of_mean(
    quantity: str,
    theirs: float,
    ours: float,
    by_convention: float,
    arithmetic: float,
    bundle: Conventions,
) -> Compared:
    """Compare a group mean of one day, of which the arithmetic one is known too."""
    is_reached, is_equal = is_same(by_convention, theirs), is_same(arithmetic, theirs)
    return Compared(
        quantity=quantity,
        theirs=theirs,
        ours=ours,
        by_convention=by_convention,
        status="equal" if is_equal else "explained" if is_reached else "unexplained",
        explanation="" if is_equal else bundle.phrase("group_mean"),
    )


def _all_days(
    files: _Files, results: EventStudyResults, returns: pd.DataFrame
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the abnormal returns ``(N, days)`` of the market model on the days of their file."""
    taus = files.abnormal.index.to_numpy()
    models = results.models.set_index("security").loc[files.securities, ["alpha", "beta"]]
    lines = models.to_numpy(dtype=np.float64)
    market = returns["mkt"].to_numpy()
    rows = []
    days = pd.DatetimeIndex(files.events["event_date"])
    for security, day, (alpha, beta) in zip(files.securities, days, lines, strict=True):
        place = int(returns.index.searchsorted(day)) + taus
        inside = (place >= 0) & (place < len(returns))
        at = np.where(inside, place, 0)
        normal = alpha + beta * market[at]
        rows.append(np.where(inside, returns[security].to_numpy()[at] - normal, np.nan))
    return np.array(rows, dtype=np.float64)


# ---- CARs and tests ------------------------------------------------------------------------------


def _tested(model: str, files: _Files, fits: _Fits) -> Iterator[Compared]:
    """Compare the CARs, standard errors, statistics and p-values of a model."""
    rows = files.results[files.results["model"] == model]
    made: dict[tuple[str, str], _Reached] = {}
    for row in records(rows):
        window = _WINDOWS[row.window]
        group = "all" if row.security == "group" else f"security={row.security}"
        at = (row.window, group)
        if at not in made:
            made[at] = _Reached(fits, group, window)
        yield made[at].compared(
            f"{model} {row.test} {window} {row.security} {row.term}",
            row.test,
            _TERMS[row.term],
            row.value,
        )


class _Reached:
    """The numbers of one group and window, by every convention that is asked for."""

    def __init__(self, fits: _Fits, group: str, window: Window) -> None:
        self._ours = _rows_of(fits.ours, group, window, "eventstudy")
        self._theirs = _rows_of(fits.theirs, group, window, _BUNDLE)
        self._bundle = CONVENTIONS[_BUNDLE].value
        self._returns = window_returns(cast("Fitted", fits.theirs.fitted), group, window)
        self._made: dict[Conventions, dict[str, Answer]] = {}

    def compared(self, quantity: str, test: str, term: str, theirs: float) -> Compared:
        """Compare one number."""
        name, bundle = TESTS[test], self._bundle
        if test == "signrank":
            bundle = replace(bundle, wilcoxon="normal")
            reached = self._by(bundle, name, term)
        else:
            reached = self._theirs[name][term]
        status, explanation = "unexplained", ""
        if is_same(reached, theirs):
            stored = replace(OURS, storage=bundle.storage, tests=bundle.tests)
            status = "equal"
            if not is_same(self._by(stored, name, term), theirs):
                status, explanation = "explained", self._needed(bundle, name, term, theirs)
        return Compared(
            quantity=quantity,
            theirs=theirs,
            ours=self._ours[name][term],
            by_convention=reached,
            status=status,  # type: ignore[arg-type]
            explanation=explanation,
        )

    def _needed(self, bundle: Conventions, name: str, term: str, theirs: float) -> str:
        """Return the conventions without any one of which their number is not reached."""
        changed = [choice for choice in bundle.changed() if choice != "storage"]
        needed = [
            choice
            for choice in changed
            if not is_same(
                self._by(replace(bundle, **{choice: getattr(OURS, choice)}), name, term), theirs
            )
        ]
        return "; ".join(bundle.phrase(choice) for choice in needed or changed)

    def _by(self, conventions: Conventions, name: str, term: str) -> float:
        """Return a number by any bundle, on the returns in single precision."""
        asked = replace(conventions, tests=(name,))
        if asked not in self._made:
            self._made[asked] = {one.name: one for one in run_tests(self._returns, asked)}
        return float(getattr(self._made[asked][name], term))


def _rows_of(
    results: EventStudyResults, group: str, window: Window, convention: str
) -> dict[str, dict[str, float]]:
    """Return the numbers of a group and window by one convention, by test and term."""
    frame = results.statistics_conventions
    frame = frame[(frame["group"] == group) & (frame["measure"] == "car")]
    frame = frame[(frame["window_start"] == window.start) & (frame["window_end"] == window.end)]
    frame = frame[frame["convention"] == convention].set_index("name")[[*_TERMS.values()]]
    return {
        str(name): {str(term): float(row[term]) for term in row.index}
        for name, row in frame.iterrows()
    }
