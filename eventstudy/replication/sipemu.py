"""Values that the tests of R's EventStudy (sipemu) hold to, from the numbers in its own files.

The package is under the AGPL, so that the small series its tests are about are read from a copy of
the user's own; the values, which are facts, stand here. Models of one event: market, market
adjusted, mean, three, four and five factors. Tests of three events by day and from day 0 on: t,
Patell, Boehmer, Musumeci and Poulsen, signs. Those of buy-and-hold returns, volume, volatility,
ranks and calendar time are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from eventstudy.conventions import OURS, run_tests
from eventstudy.events.table import Events
from eventstudy.exceptions import SchemaError
from eventstudy.io.encodings import decode
from eventstudy.io.files import read_bytes
from eventstudy.models import ConstantMean, FactorModel, MarketAdjusted, MarketModel
from eventstudy.prices.panel import PricePanel
from eventstudy.replication.comparison import Compared, FromData, from_data, is_same
from eventstudy.study.by_convention import window_returns
from eventstudy.study.study import EventStudy
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from eventstudy._typing import FloatArray
    from eventstudy.models import NormalReturnModel
    from eventstudy.study.fitted import Fitted
    from eventstudy.study.results import EventStudyResults

FILE = "helper-golden-data.R"
VALUES: dict[str, tuple[float, ...]] = {
    "market sigma": (0.00166476081508083,),
    "market ar_t": (7.64588601153099, 1.36441736906108, 6.07551885091351),
    "market car_t": (7.64588601153099, 6.37124662096473, 8.70980352630659),
    "market adjusted sigma": (0.0031885210782848315,),
    "market adjusted ar": (0.018, -0.006, 0.012),
    "mean sigma": (0.0028284271247461901,),
    "mean ar": (0.02, -0.015, 0.008),
    "ff3 sigma": (0.0011487290143446527,),
    "ff3 ar": (0.0052322898643110804, -0.0036006681996175191, 0.005127563518805207),
    "carhart sigma": (0.0013089355539710223,),
    "carhart ar": (0.0055584815456853481, -0.0040944050121481806, 0.0055390294422756683),
    "ff5 sigma": (0.00049531882326697056,),
    "ff5 ar": (0.0077819653514609628, -0.0052661577349010259, 0.0064095759008179626),
    "aar": (0.017858427448395411, -0.003055141803282022, 0.012352491200872388),
    "aar_t": (12.785674729349529, -0.93664440956979689, 5.8589693453114027),
    "caar": (0.017858427448395411, 0.014803285645113389, 0.027155776845985774),
    "caar_t": (12.785674729349529, 3.3332365393903789, 4.1627875088073241),
    "aar_z": (17.404798533168357, -3.239085545200092, 12.231088522816789),
    "caar_z": (17.404798533168361, 10.016671714134711, 15.240200457996872),
    "bmp_t": (9.262881651878164, -0.99419205506945918, 5.6244379647718095),
    "cbmp_t": (9.262881651878164, 3.431336898228547, 4.2274213480688871),
    "sign_z": (1.7320508075688774, -0.57735026918962584, 1.7320508075688774),
    "csign_z": (1.7320508075688774, 1.7320508075688774, 1.7320508075688774),
    "gsign_z": (1.7320508075688774, -0.57735026918962584, 1.7320508075688774),
    "cgsign_z": (1.7320508075688774, 1.7320508075688774, 1.7320508075688774),
}
"""As the tests of version 0.64 have them: one value, or one for each day of the event."""
_THEIRS = replace(OURS, forecast="none")
_DAYS = 3
_CHART = ("me", "smb", "hml", "mom")
_FACTORS = {"ff3": _CHART[:3], "carhart": _CHART, "ff5": (*_CHART[:3], "rmw", "cma")}
_GROUP = {
    "aar": ("ar", "cross_sectional_t", "estimate"),
    "aar_t": ("ar", "cross_sectional_t", "statistic"),
    "caar": ("car", "cross_sectional_t", "estimate"),
    "caar_t": ("car", "cross_sectional_t", "statistic"),
    "aar_z": ("ar", "patell", "statistic"),
    "caar_z": ("car", "patell", "statistic"),
    "bmp_t": ("ar", "bmp", "statistic"),
    "cbmp_t": ("car", "bmp", "statistic"),
    "sign_z": ("ar", "sign", "statistic"),
    "csign_z": ("car", "sign", "statistic"),
    "gsign_z": ("ar", "generalized_sign", "statistic"),
    "cgsign_z": ("car", "generalized_sign", "statistic"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Series:
    """Returns of one event: estimation sessions, then those of the event."""

    firm: FloatArray
    factors: Mapping[str, FloatArray] = field(default_factory=dict)


def compare(
    files: Mapping[str, Path], values: Mapping[str, Sequence[float]] | None = None
) -> list[Compared]:
    """Compare the values of the package's tests, or others by the same names, with ours.

    Parameters
    ----------
    files
        Where ``helper-golden-data.R`` is.
    values
        One a name, or one for each day of the event.
    """
    text = decode(FILE, read_bytes(files[FILE])).text.replace("\r\n", "\n")
    reached = _of_models(text) | _of_events(text)
    phrase = _THEIRS.phrase("forecast")
    found = []
    for name, told in (VALUES if values is None else values).items():
        for day, (theirs, (ours, by_convention)) in enumerate(
            zip(told, reached[name], strict=True)
        ):
            is_equal, is_reached = is_same(ours, theirs), is_same(by_convention, theirs)
            found.append(
                Compared(
                    quantity=name if len(told) == 1 else f"{name} day {day}",
                    theirs=theirs,
                    ours=ours,
                    by_convention=by_convention,
                    status="equal" if is_equal else "explained" if is_reached else "unexplained",
                    explanation=phrase if is_reached and not is_equal else "",
                )
            )
    return found


from_data.register(
    "sipemu",
    summary="values its tests hold to: six models of one event, five tests of three events",
    source="R package EventStudy (sipemu), tests of 2026",
)(
    FromData(
        files=(FILE,),
        rights="AGPL-3; in tests/testthat of the source of the package",
        compare=compare,
    )
)


def _body(text: str, name: str) -> str:
    """Return the lines of a function of the file."""
    _, head, behind = f"\n{text}".partition(f"\n{name} <- function() {{\n")
    body, end, _ = behind.partition("\n}")
    if not head or not end:
        raise SchemaError([f"{FILE} has no function {name}"])
    return f"{body}\n"


def _vectors(body: str) -> dict[str, FloatArray]:
    """Return the series of numbers that are given names."""
    found = re.findall(r"\b(\w++)\s*+(?:<-|=)\s*c\(([-+.\d, e]+)\)", body)
    return _Named({name: _numbers(name, inside.split(",")) for name, inside in found})


class _Named(dict[str, "FloatArray"]):
    """Series by name; one that is not there is said of the file."""

    def __missing__(self, name: str) -> FloatArray:
        raise SchemaError([f"{FILE} gives {name} no numbers"])


def _numbers(name: str, texts: Sequence[str]) -> FloatArray:
    """Return the numbers of a series as they are written."""
    try:
        return np.array([float(text) for text in texts])
    except ValueError:
        raise SchemaError([f"{FILE}: {name} is given what is no number"]) from None


def _weighted(line: str, series: Mapping[str, FloatArray]) -> FloatArray:
    """Return a constant, multiples of series and a last series, as ``0.1 + 2 * x - 3 * y + e``."""
    total = np.zeros(1)
    for sign, factor, name in re.findall(r"([+-]?)\s*(?:([.\d]+)\s*\*\s*)?(\w[\w.]*)", line):
        value = series[name] if name in series else _numbers(name, [name])
        times = _numbers(name, [factor or "1"])
        if len(total) > 1 < len(value) != len(total):
            raise SchemaError([f"{FILE}: {name} is not as long as what it is added to"])
        total = total + (-1.0 if sign == "-" else 1.0) * times * value
    return total


def _of_models(text: str) -> dict[str, list[tuple[float, float]]]:
    """Return what the models of one event give, as ours and by their conventions."""
    market = _vectors(body := _body(text, "golden_market_model_fixture"))
    firm = _weighted(_assigned(body, "est_firm"), market)
    found = {}
    results = _fit(MarketModel("X"), [_single(firm, market)])
    scale = np.ones(_DAYS), np.sqrt(np.arange(1.0, _DAYS + 1.0))
    rows, sigma = results.abnormal_returns, float(results.models["sigma"].iloc[0])
    abnormal = rows["abnormal_return"].to_numpy(dtype=np.float64)
    ours = rows["standardized"], results.car.sort_values("window_end")["t"]
    for name, own, total, root in zip(
        ("market ar_t", "market car_t"), ours, (abnormal, abnormal.cumsum()), scale, strict=True
    ):
        theirs = total / (sigma * root)
        found[name] = list(zip(own.to_numpy(dtype=np.float64), theirs, strict=True))
    found["market sigma"] = [(sigma, sigma)]
    plain = {"market adjusted": MarketAdjusted("X"), "mean": ConstantMean()}
    functions = "golden_market_adjusted_fixture", "golden_comparison_mean_fixture"
    fits = {
        name: _fit(model, [_single(series["est_firm"], series)])
        for (name, model), series in zip(
            plain.items(), (_vectors(_body(text, one)) for one in functions), strict=True
        )
    }
    body = _body(text, "golden_factor_model_fixture")
    series = _vectors(body)
    series["alpha0"] = _numbers("alpha0", [_assigned(body, "alpha0")])
    excess = np.r_[_weighted(_assigned(body, "excess_est"), series), series["excess_evt"]]
    for name, factors in _FACTORS.items():
        values = {one: np.r_[series[one], series[f"{one}_e"]] for one in factors}
        fits[name] = _fit(FactorModel(factors), [_Series(firm=excess, factors=values)])
    for name, fit in fits.items():
        sigma = float(fit.models["sigma"].iloc[0])
        abnormal = fit.abnormal_returns["abnormal_return"].to_numpy(dtype=np.float64)
        found |= {f"{name} sigma": [(sigma, sigma)], f"{name} ar": [(x, x) for x in abnormal]}
    return found


def _of_events(text: str) -> dict[str, list[tuple[float, float]]]:
    """Return what the tests of three events give, as ours and by their conventions."""
    body = _body(text, "golden_multi_event_fixture")
    spec = body.partition("spec <- list(")[2].partition("n_est")[0]
    events = []
    for part in re.split(r"E\d+ = list\(", spec)[1:]:
        series = _vectors(part)
        line = re.findall(r"(?:alpha|beta) = ([.\d]+)", part)
        if len(line) != 2:
            raise SchemaError([f"{FILE}: an event has no alpha and beta"])
        firm = _weighted("{} + {} * est_index + est_resid".format(*line), series)
        events.append(_single(firm, series))
    results = _fit(MarketModel("X"), events)
    rows = results.statistics[results.statistics["group"] == "all"]
    at = list(zip(rows["measure"], rows["name"], rows["window_end"], strict=True))
    answers = {
        column: dict(zip(at, rows[column].to_numpy(dtype=np.float64), strict=True))
        for column in ("estimate", "statistic")
    }
    found = {}
    for quantity, (measure, test, column) in _GROUP.items():
        values = []
        for day in range(_DAYS):
            # A window of one session is its day.
            ours = float(answers[column]["ar" if day == 0 else measure, test, day])
            theirs = ours
            if test == "bmp":
                window = Window(0 if measure == "car" else day, day)
                returns = window_returns(cast("Fitted", results.fitted), "all", window)
                (answer,) = run_tests(returns, replace(_THEIRS, tests=("bmp",)))
                theirs = answer.statistic
            values.append((ours, theirs))
        found[quantity] = values
    return found


def _assigned(body: str, name: str) -> str:
    """Return what a name is given, over as many lines as it stands on."""
    lines = re.search(rf"{name}\s*<- ((?:.*[+\-*]\n)*.*)", body)
    if lines is None:
        raise SchemaError([f"{FILE}: {name} is given no value"])
    return lines.group(1)


def _single(firm: FloatArray, series: Mapping[str, FloatArray]) -> _Series:
    index = np.r_[series["est_index"], series["evt_index"]]
    return _Series(firm=np.r_[firm, series["evt_firm"]], factors={"X": index})


def _fit(model: NormalReturnModel, events: Sequence[_Series]) -> EventStudyResults:
    """Return the study of events that follow each other, each of a firm of its own."""
    length = len(events[0].firm) if events else 0
    before = length - _DAYS
    lengths = {len(one) for event in events for one in (event.firm, *event.factors.values())}
    if before <= _DAYS or lengths != {length}:
        raise SchemaError([f"{FILE}: series of one model are of several lengths, or too short"])
    days = pd.bdate_range("2020-01-01", periods=length * len(events))
    panel = pd.DataFrame(
        {name: np.concatenate([one.factors[name] for one in events]) for name in events[0].factors},
        index=days,
    )
    names = [f"F{at}" for at in range(1, len(events) + 1)]
    for at, (name, one) in enumerate(zip(names, events, strict=True)):
        panel[name] = np.nan
        panel.loc[days[at * length : (at + 1) * length], name] = one.firm
    study = EventStudy(
        markets=tuple(names),
        model=model,
        estimation_window=Window(-before, -1),
        event_window=Window(0, _DAYS - 1),
        car_windows=tuple(Window(0, day) for day in range(_DAYS)),
        min_obs=before,
        date_only="same",
        calendar="data",
        statistics=("cross_sectional_t", "patell", "bmp", "sign", "generalized_sign"),
        draws=0,
    )
    table = pd.DataFrame(
        {"event_id": names, "date": days[before::length][: len(names)], "markets": names}
    )
    prices = PricePanel.from_frame(panel, content="returns")
    return study.fit(Events.from_frame(table), prices)
