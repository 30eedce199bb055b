"""The simulated studies of `size_table`: what is drawn, how it is estimated, what is tested."""

from __future__ import annotations

from dataclasses import dataclass

from eventstudy.inference import STATISTICS

DEFAULTS = ("placebo", "kolari_pynnonen", "portfolio_t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """A simulated study: what is drawn, how it is estimated, what is tested.

    `beside` dates more in every market are drawn for tests that borrow from dates outside a group.
    """

    title: str
    panel: dict[str, object]
    estimation: tuple[int, int] = (-121, -2)
    windows: tuple[tuple[int, int], ...] = ((0, 0), (0, 1))
    market_model: bool = False
    single_pairs: bool = False
    names: tuple[str, ...] = ()
    note: str = ""
    beside: int = 16

    def statistics(self) -> tuple[str, ...]:
        """Names tested; all registered ones unless the design says otherwise."""
        return self.names or STATISTICS.names()


def _own_dates(title: str, *, note: str = "", **panel: object) -> Design:
    settings = {"dates": "dispersed", "correlation": 0.0} | panel
    model = "beta" in panel
    return Design(title=title, panel=settings, note=note, market_model=model)


SHARED = "12 dates x 4 markets that correlate {:g}"
DESIGNS: dict[str, Design] = {
    "independent": _own_dates(
        "Independent: 12 dates of its own in each of 4 markets without correlation"
    ),
    **{
        f"shared_{10 * rho:02.0f}": Design(
            title=f"Shared dates: {SHARED.format(rho)}", panel={"correlation": rho}
        )
        for rho in (0.3, 0.5, 0.7)
    },
    "overlapping": Design(
        title="Partial overlap: as shared at 0.5, each market's date 0 to 3 sessions later",
        panel={"dates": "overlapping"},
    ),
    "variance": _own_dates(
        "Event-induced variance: as independent, variance doubled on event sessions",
        event_variance=2.0,
    ),
    "shared_variance": Design(
        title="Shared dates at 0.5, variance doubled on event sessions",
        panel={"event_variance": 2.0},
    ),
    "tails": _own_dates("Heavy tails: as independent, returns of Student's t(3)", tail_df=3.0),
    "thin": _own_dates(
        "Thin trading: as independent, beta 1, no new price on 30 % of sessions",
        note="Market model; the benchmark is up to date.",
        thin=0.3,
        beta=1.0,
    ),
    "garch": _own_dates(
        "Volatility clustering: as independent, GARCH(1,1) with alpha 0.08 and beta 0.90",
        garch=(0.08, 0.90),
    ),
    "few": Design(title="Few dates: 3 dates x 4 markets that correlate 0.5", panel={"n_events": 3}),
    "single": Design(
        title="A single event: 1 date x 4 markets that correlate 0.5", panel={"n_events": 1}
    ),
    "long": Design(
        title="Long window: 60 estimation sessions, 21 sessions tested, 12 markets with one "
        "date each and no correlation",
        panel={
            "dates": "dispersed", "correlation": 0.0, "n_markets": 12, "n_events": 1,
            "n_sessions": 1000,
        },
        estimation=(-70, -11),
        windows=((-10, 10),),
        single_pairs=True,
        beside=1,
    ),
}  # fmt: skip
POWER: dict[str, Design] = {
    f"power_{dates}_{effect:g}": Design(
        title=f"{dates} date{'s' if dates > 1 else ''}, {effect:g} s.d.",
        panel={"n_events": dates, "effect": 0.01 * effect},
        windows=((0, 0),),
        names=DEFAULTS,
    )
    for dates, effects in {1: (1, 2, 3), 3: (1, 2, 3), 12: (0.5, 1, 2, 3)}.items()
    for effect in effects
}
