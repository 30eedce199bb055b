"""What a bundle of conventions is: one value a choice, each with the sentence that says it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from eventstudy.registry import Registry, choose

TESTS = (
    "cross_sectional_t",
    "j1",
    "patell",
    "adjusted_patell",
    "bmp",
    "kolari_pynnonen",
    "grank_t",
    "sign",
    "wilcoxon",
)
"""The tests that can be computed by a bundle, as they are called in statistics.csv."""

CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "residual_variance": ("residual variance", {"M-k": "RSS/(M-k)", "M-1": "RSS/(M-1)"}),
    "forecast": (
        "variance of a CAR over the residual variance",
        {
            "exact": "the exact one of the forecast",
            "single_index": "L + L^2/M + (sum of x - L mean x)^2/(n var x) with one regressor and "
            "L with several",
            "none": "L",
        },
    ),
    "window_length": (
        "L",
        {"present": "the sessions with a return", "window": "all sessions of the window"},
    ),
    "degrees": (
        "degrees of freedom",
        {"M-k": "M-k", "M-K-1": "M-K-1 with K = 1 for a model without regressors"},
    ),
    "group_mean": (
        "group mean",
        {"arithmetic": "the mean of the CARs", "log_of_mean": "the sum of log(mean of exp(AR))"},
    ),
    "patell_window": (
        "Patell's test",
        {"sessions": "of standardised sessions over sqrt L", "car": "of standardised CARs"},
    ),
    "patell_variance": ("variance of a standardised CAR", {"d/(d-2)": "d/(d-2)", "one": "1"}),
    "bmp_distribution": (
        "p-value of the standardised cross-section",
        {"t": "from t(N-1)", "normal": "from N(0,1)"},
    ),
    "correlation": (
        "residuals correlated",
        {
            "calendar": "by calendar day where windows meet",
            "event": "by event time for all pairs",
        },
    ),
    "grank": (
        "ranks",
        {"T": "with the window among the observations", "T-1": "with the window left out of T"},
    ),
    "wilcoxon": (
        "signed ranks",
        {
            "exact": "of CARs across pairs, W+ with its exact p-value",
            "normal": "of CARs across pairs, z with its normal p-value",
            "own_series": "of each CAR among the pair's own residuals",
        },
    ),
    "storage": ("series", {"double": "in double precision", "single": "in single precision"}),
}
"""Field -> what is chosen, and value -> how it is chosen."""

_SCALE = ("residual_variance", "forecast", "window_length")
_USES: dict[str, tuple[str, ...]] = {
    "cross_sectional_t": (),
    "j1": (*_SCALE, "degrees"),
    "patell": (*_SCALE, "degrees", "patell_window", "patell_variance"),
    "adjusted_patell": (*_SCALE, "degrees", "patell_window", "patell_variance", "correlation"),
    "bmp": (*_SCALE, "bmp_distribution"),
    "kolari_pynnonen": (*_SCALE, "bmp_distribution", "correlation"),
    "grank_t": (*_SCALE, "grank"),
    "sign": (),
    "wilcoxon": ("wilcoxon",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """How the choices are made that definitions of the tests leave open.

    The defaults are eventstudy's own. A bundle of your own, registered by
    ``CONVENTIONS.register(name, summary=..., source=...)(bundle)``, is a choice of study files
    and of ``eventstudy list conventions`` too.

    Parameters
    ----------
    residual_variance
        Divisor of the residual sum of squares: ``"M-k"`` or ``"M-1"``.
    forecast
        Variance of a CAR's forecast error: ``"exact"``, ``"single_index"`` or ``"none"``.
    window_length
        Which sessions L counts without a forecast term: ``"present"`` or ``"window"``.
    degrees
        Degrees of freedom of the residual variance, as Patell's test and `j1` take them:
        ``"M-k"`` or ``"M-K-1"``.
    group_mean
        ``"arithmetic"`` or ``"log_of_mean"``.
    patell_window, patell_variance
        ``"sessions"`` or ``"car"``; ``"d/(d-2)"`` or ``"one"``.
    bmp_distribution
        ``"t"`` or ``"normal"``, of the test of Kolari and Pynnonen too.
    correlation
        Mean correlation of residuals: ``"calendar"`` or ``"event"``.
    grank
        Observations of the generalised rank test: ``"T"`` or ``"T-1"``.
    wilcoxon
        ``"exact"``, ``"normal"`` or ``"own_series"``.
    storage
        Precision in which series are kept: ``"double"`` or ``"single"``.
    tests
        Those the software offers; the others are not computed.
    single_sessions
        Whether it tests single sessions only.
    remark
        What is not known of the software, or differs besides.

    Raises
    ------
        A value is none of the choices.

    Examples
    --------
    >>> Conventions(residual_variance="M-1").differences("bmp")
    ('residual variance: RSS/(M-1), not RSS/(M-k)',)
    """

    residual_variance: Literal["M-k", "M-1"] = "M-k"
    forecast: Literal["exact", "single_index", "none"] = "exact"
    window_length: Literal["present", "window"] = "present"
    degrees: Literal["M-k", "M-K-1"] = "M-k"
    group_mean: Literal["arithmetic", "log_of_mean"] = "arithmetic"
    patell_window: Literal["sessions", "car"] = "sessions"
    patell_variance: Literal["d/(d-2)", "one"] = "d/(d-2)"
    bmp_distribution: Literal["t", "normal"] = "t"
    correlation: Literal["calendar", "event"] = "calendar"
    grank: Literal["T", "T-1"] = "T"
    wilcoxon: Literal["exact", "normal", "own_series"] = "exact"
    storage: Literal["double", "single"] = "double"
    tests: tuple[str, ...] = TESTS
    single_sessions: bool = False
    remark: str = ""

    def __post_init__(self) -> None:
        for name, (_, values) in CHOICES.items():
            choose(getattr(self, name), values, f"conventions.{name}")
        object.__setattr__(self, "tests", tuple(self.tests))
        for test in self.tests:
            choose(test, TESTS, "test of a convention")

    def differences(self, test: str) -> tuple[str, ...]:
        """Return what differs from eventstudy's own in the numbers of a test, a phrase each.

        The estimate beside them, which is the same for all tests, and the precision in which
        series are kept are not among them.

        Examples
        --------
        >>> import eventstudy as es
        >>> es.CONVENTIONS["stata_estudy"].value.differences("bmp")[0]
        'residual variance: RSS/(M-1), not RSS/(M-k)'
        """
        return tuple(self.phrase(name) for name in _USES[test] if name in self.changed())

    def changed(self) -> tuple[str, ...]:
        """Return the choices that are not made as eventstudy makes them.

        Examples
        --------
        >>> Conventions(residual_variance="M-1").changed()
        ('residual_variance',)
        """
        return tuple(name for name in CHOICES if getattr(self, name) != _DEFAULTS[name])

    def phrase(self, choice: str) -> str:
        """Return how a choice is made, and how eventstudy makes it where that differs.

        Examples
        --------
        >>> Conventions(residual_variance="M-1").phrase("residual_variance")
        'residual variance: RSS/(M-1), not RSS/(M-k)'
        """
        subject, values = CHOICES[choice]
        value, default = getattr(self, choice), _DEFAULTS[choice]
        said = f"{subject}: {values[value]}"
        return said if value == default else f"{said}, not {values[default]}"


_DEFAULTS = {
    field.name: str(field.default) for field in fields(Conventions) if field.name in CHOICES
}

CONVENTIONS: Registry[Conventions] = Registry("convention")
"""Bundles by name, those of the user's own as well."""
