"""Numbers printed in the tutorial of event-study-toolkit, from the data that come with it.

The package (Python, MIT licence) holds 100 made-up securities with one event on one date. Its
tutorial prints coefficients, CARs and tests of them, which are facts and stand here; the data are
read from a copy of the user's own. A daily return of those securities is 13 % in size, which no
study takes for decimals; here they are a hundredth of it, which no test notices.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from eventstudy.conventions import OURS, run_tests
from eventstudy.events.table import Events
from eventstudy.exceptions import SchemaError
from eventstudy.models import FactorModel, MarketModel
from eventstudy.prices.panel import PricePanel
from eventstudy.replication.comparison import Compared, FromData, from_data, printed
from eventstudy.replication.own_files import read_columns
from eventstudy.study.by_convention import window_returns
from eventstudy.study.study import EventStudy
from eventstudy.text import some
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from eventstudy._typing import FloatArray
    from eventstudy.conventions import Conventions, WindowReturns
    from eventstudy.models import NormalReturnModel
    from eventstudy.replication.own_files import Kind
    from eventstudy.study.fitted import Fitted
    from eventstudy.study.results import EventStudyResults

FILES = ("data_panel.csv", "event_panel.csv")
_FACTORS = ("mktrf_h15", "smb", "hml")
_ESTIMATION, _EVENT = Window(-60, -11), Window(0, 1)
_UNIT = 100.0
_THEIRS = replace(
    OURS,
    forecast="none",
    patell_window="car",
    patell_variance="one",
    tests=("cross_sectional_t", "patell", "bmp", "sign"),
)
_LENGTH = "rescaled SCAR among the ranks: not over sqrt L, not over its standard error"
_SPREAD = "spread of SCARs among the ranks: of all securities, not of the group's own"

MARKET = """
1 0.011805 -1.359385
2 0.018776 1.299649
3 -0.018096 -0.103516
4 -0.003383 -0.303065
5 0.024031 0.390330
96 -0.009343 -0.037927
97 0.000677 -1.265437
98 0.017040 -0.661351
99 -0.007912 -2.161107
100 0.009483 -1.230678
"""
FACTORS = """
1 -0.005155 -1.175941 0.876735 -6.389658
2 0.009918 0.454578 -4.868768 -1.437573
3 -0.024893 -0.188527 -0.545852 -2.243191
4 0.024133 0.696674 5.925341 7.740708
5 0.013840 -0.144490 -3.126578 -2.532931
96 0.008119 0.072459 0.793576 5.991444
97 -0.017925 -1.260756 -0.156182 -6.606041
98 0.011972 -2.567394 -10.830690 2.145032
99 0.009875 -3.336006 -6.476190 8.808058
100 -0.000144 -1.735987 -2.946962 -2.359483
"""
CARS = """
1 -0.309801 0.144647 0.58 -1.514460 -1.933802 0
2 0.257522 0.156013 0.52 1.167187 1.490371 1
3 0.344046 0.158591 0.50 1.533990 1.958739 1
4 0.100239 0.152537 0.48 0.464671 0.593335 1
5 0.129011 0.158064 0.50 0.577135 0.736939 1
96 0.289981 0.145576 0.48 1.408520 1.798527 1
97 -0.064699 0.145094 0.52 -0.315309 -0.402615 0
98 0.348616 0.142624 0.48 1.728380 2.206955 1
99 -0.112244 0.149323 0.48 -0.531523 -0.678697 0
100 -0.404282 0.149457 0.54 -1.912728 -2.442347 0
"""
TESTS = """
all -0.006023 -0.034965 0.46 46 100 0.502 -0.268602 -0.315697 -0.8 -0.349648 -0.840007
CCAR=0 -0.008287 -0.045521 0.465116 40 86 0.500698 -0.335093 -0.371581 -0.646997 -0.422144 -0.659937
CCAR=1 0.007883 0.029880 0.428571 6 14 0.510000 0.149770 0.118032 -0.534522 0.111801 -0.609478
"""
OTHERS = """
CCAR=0 -0.033321 -0.167109 -0.578738
CCAR=1 -0.042280 -0.208601 0.072627
"""
_COLUMNS = {
    MARKET: ("market Intercept", "market vwretd"),
    FACTORS: tuple(f"three factors {name}" for name in ("Intercept", *_FACTORS)),
    CARS: ("car", "sigma", "e_est_pos", "scar", "scar_bmp", "poscar"),
    TESTS: (
        "car_mean", "scar_mean", "poscar_mean", "poscar_cnt", "evt_count", "e_est_pos", "car_t",
        "scar_t", "tsign", "tpatell", "gen_z",
    ),
    OTHERS: ("car_median", "scar_median", "GRANK_Z"),
}  # fmt: skip


def told() -> dict[str, str]:
    """Return what the tutorial prints, by quantity: its name and the security or group."""
    found: dict[str, str] = {}
    for block, columns in _COLUMNS.items():
        for line in block.split("\n")[1:-1]:
            of, *values = line.split(" ")
            found |= {f"{name} {of}": value for name, value in zip(columns, values, strict=True)}
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """A number as ours, as theirs, and as theirs with one of its conventions undone."""

    ours: float
    theirs: float
    undone: Mapping[str, float] = field(default_factory=dict)


def compare(files: Mapping[str, Path], numbers: Mapping[str, str] | None = None) -> list[Compared]:
    """Compare what the tutorial prints, or numbers given by the same names, with ours.

    Parameters
    ----------
    files
        Where ``data_panel.csv`` and ``event_panel.csv`` are.
    numbers
        As printed, by quantity.
    """
    reached = _all_numbers(files)
    wanted = told() if numbers is None else numbers
    if missing := [name for name in wanted if name not in reached]:
        raise SchemaError(
            [f"no securities that give {some(missing)}, as those of the tutorial do"],
            file=FILES[1],
        )
    return [_compared(name, text, reached[name]) for name, text in wanted.items()]


from_data.register(
    "event_study_toolkit",
    summary="coefficients, CARs and six tests of 100 securities, as its tutorial prints them",
    source="Moossavi, Python package event-study-toolkit 1.0.0 (2023), tutorial",
)(
    FromData(
        files=FILES,
        rights="MIT; in the folder event_study_toolkit of the installed package",
        compare=compare,
    )
)


def _compared(quantity: str, text: str, reached: _Reached) -> Compared:
    plain = printed(quantity, text, reached.ours)
    if plain.status == "equal":
        return plain
    by_convention = printed(quantity, text, reached.theirs)
    if by_convention.status != "equal" or not reached.undone:
        return replace(plain, by_convention=reached.theirs)
    needed = [
        phrase
        for phrase, value in reached.undone.items()
        if printed(quantity, text, value).status != "equal"
    ]
    return replace(
        plain,
        by_convention=reached.theirs,
        status="explained",
        explanation="; ".join(needed or reached.undone),
    )


def _all_numbers(files: Mapping[str, Path]) -> dict[str, _Reached]:
    kinds: dict[str, Kind] = {"date": "date", "subject_id": "text"}
    kinds |= dict.fromkeys(("ret_dlst_adj", "vwretd", *_FACTORS), "number")
    data = read_columns(files[FILES[0]], kinds)
    events = read_columns(
        files[FILES[1]], {"subject_id": "text", "EVT_DATE": "date", "CCAR": "number"}
    )
    for name in ("vwretd", *_FACTORS):
        if name in set(data["subject_id"]):
            raise SchemaError([f"column subject_id: {name} is a column itself"], file=FILES[0])
    returns = data.pivot_table(index="date", columns="subject_id", values="ret_dlst_adj")
    factors = data.drop_duplicates("date").set_index("date")[["vwretd", *_FACTORS]]
    panel = (returns / _UNIT).join(factors)
    of = {
        "all": events,
        "CCAR=0": events[events["CCAR"] == 0],
        "CCAR=1": events[events["CCAR"] == 1],
    }
    of = {label: rows for label, rows in of.items() if len(rows)}
    found = _coefficients(_fit(FactorModel(_FACTORS), panel, events), "three factors", _FACTORS)
    fits = {label: _fit(MarketModel("vwretd"), panel, rows) for label, rows in of.items()}
    found |= _coefficients(fits["all"], "market", ("vwretd",))
    everyone = _Window(fits["all"])
    found |= _of_securities(everyone)
    for label, fit in fits.items():
        found |= _of_group(label, _Window(fit), fit, everyone)
    return found


def _fit(model: NormalReturnModel, panel: pd.DataFrame, rows: pd.DataFrame) -> EventStudyResults:
    ids = rows["subject_id"].astype(str)
    study = EventStudy(
        markets=tuple(ids),
        model=model,
        estimation_window=_ESTIMATION,
        event_window=_EVENT,
        car_windows=(_EVENT,),
        min_obs=_ESTIMATION.length,
        date_only="same",
        calendar="data",
        statistics=("cross_sectional_t", "patell", "bmp", "sign", "generalized_sign", "grank_z"),
        draws=0,
    )
    events = pd.DataFrame({"event_id": "E" + ids, "date": rows["EVT_DATE"], "markets": ids})
    return study.fit(Events.from_frame(events), PricePanel.from_frame(panel, content="returns"))


def _coefficients(
    results: EventStudyResults, model: str, factors: Sequence[str]
) -> dict[str, _Reached]:
    rows = results.models.set_index("security")
    columns = {"Intercept": "alpha"} | {
        name: "beta" if len(factors) == 1 else f"beta_{name}" for name in factors
    }
    return {
        f"{model} {name} {security}": _same(float(value) * _UNIT)
        for name, column in columns.items()
        for security, value in rows[column].items()
    }


class _Window:
    """CARs of a fit, their standard errors, and the residuals they were estimated from."""

    def __init__(self, results: EventStudyResults) -> None:
        self.securities = tuple(results.models["security"])
        self.returns: WindowReturns = window_returns(cast("Fitted", results.fitted), "all", _EVENT)

    @property
    def car(self) -> FloatArray:
        return self.returns.car

    @property
    def positive(self) -> FloatArray:
        """Share of positive residuals of each security."""
        return np.asarray((self.returns.residuals > 0).sum(axis=1) / self.returns.n_obs)

    def scar(self, forecast: str) -> FloatArray:
        """Return the CARs over their standard errors, with or without the forecast's."""
        variance = self.returns.forecast if forecast == "exact" else self.returns.n_sessions
        return self.car / (self.returns.sigma * np.sqrt(variance))

    def rank(self, rescaled: FloatArray) -> float:
        """Return the z of the ranks of values among the standardised residuals of each."""
        own = self.returns.residuals / self.returns.sigma[:, None]
        n = self.returns.n_obs.astype(np.float64)
        below = (own < rescaled[:, None]).sum(axis=1) + 0.5 * (own == rescaled[:, None]).sum(axis=1)
        share = (below + 1.0) / (n + 2.0) - 0.5
        return float(share.sum() / np.sqrt((n / (n + 2.0) / 12.0).sum()))


def _of_securities(everyone: _Window) -> dict[str, _Reached]:
    forecast = _THEIRS.phrase("forecast")
    exact, plain = everyone.scar("exact"), everyone.scar("none")
    root = np.sqrt(_EVENT.length)
    spread, exact_spread = plain.std(ddof=1), exact.std(ddof=1)
    found: dict[str, _Reached] = {}
    for at, security in enumerate(everyone.securities):
        found |= {
            f"car {security}": _same(everyone.car[at] * _UNIT),
            f"sigma {security}": _same(everyone.returns.sigma[at] * _UNIT),
            f"e_est_pos {security}": _same(everyone.positive[at]),
            f"poscar {security}": _same(float(everyone.car[at] > 0)),
            f"scar {security}": _Reached(
                ours=exact[at], theirs=plain[at], undone={forecast: exact[at]}
            ),
            f"scar_bmp {security}": _Reached(
                ours=exact[at] / exact_spread,
                theirs=plain[at] * root / spread,
                undone={
                    forecast: exact[at] * root / exact_spread,
                    _LENGTH: plain[at] / spread,
                },
            ),
        }
    return found


def _of_group(
    label: str, window: _Window, results: EventStudyResults, everyone: _Window
) -> dict[str, _Reached]:
    rows = results.statistics
    rows = rows[(rows["measure"] == "car") & (rows["group"] == "all")].set_index("name")
    ours = {str(name): float(value) for name, value in rows["statistic"].items()}
    forecast = _THEIRS.phrase("forecast")
    exact, plain = window.scar("exact"), window.scar("none")
    n = len(window.securities)
    return {
        f"car_mean {label}": _same(float(rows["estimate"].iloc[0]) * _UNIT),
        f"car_median {label}": _same(float(np.median(window.car)) * _UNIT),
        f"scar_mean {label}": _Reached(
            ours=exact.mean(), theirs=plain.mean(), undone={forecast: exact.mean()}
        ),
        f"scar_median {label}": _Reached(
            ours=float(np.median(exact)),
            theirs=float(np.median(plain)),
            undone={forecast: float(np.median(exact))},
        ),
        f"poscar_mean {label}": _same(float((window.car > 0).mean())),
        f"poscar_cnt {label}": _same(float((window.car > 0).sum())),
        f"evt_count {label}": _same(float(n)),
        f"e_est_pos {label}": _same(float(window.positive.mean())),
        f"car_t {label}": _same(ours["cross_sectional_t"]),
        f"scar_t {label}": _tested("bmp", window, ours),
        f"tsign {label}": _same(ours["sign"]),
        f"tpatell {label}": _tested("patell", window, ours),
        f"gen_z {label}": _same(ours["generalized_sign"]),
        f"GRANK_Z {label}": _ranked(window, everyone, ours["grank_z"]),
    }


def _tested(name: str, window: _Window, ours: Mapping[str, float]) -> _Reached:
    """Return a test by their conventions, and with each of those that differ undone."""

    def by(conventions: Conventions) -> float:
        (answer,) = run_tests(window.returns, replace(conventions, tests=(name,)))
        return answer.statistic

    return _Reached(
        ours=ours[name],
        theirs=by(_THEIRS),
        undone={
            _THEIRS.phrase(choice): by(replace(_THEIRS, **{choice: getattr(OURS, choice)}))
            for choice in _THEIRS.changed()
            if _THEIRS.phrase(choice) in _THEIRS.differences(name)
        },
    )


def _ranked(window: _Window, everyone: _Window, ours: float) -> _Reached:
    """Return the z of the ranks: CARs over sigma alone, rescaled by the spread of everyone."""
    root = np.sqrt(_EVENT.length)

    def by(forecast: str, root: float, of: _Window) -> float:
        return window.rank(window.scar(forecast) * root / of.scar(forecast).std(ddof=1))

    return _Reached(
        ours=ours,
        theirs=by("none", root, everyone),
        undone={
            _THEIRS.phrase("forecast"): by("exact", root, everyone),
            _LENGTH: by("none", 1.0, everyone),
            _SPREAD: by("none", root, window),
        },
    )


def _same(value: float) -> _Reached:
    return _Reached(ours=float(value), theirs=float(value))
