"""What is said of a streamed study beside its pairs, gathered market by market."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.reporting import wording
from eventstudy.study.alike_values import alike_sentences
from eventstudy.study.by_date import (
    LackingDates,
    lacking_dates,
    lacking_sentences,
    placed_by_date,
)
from eventstudy.study.estimation_sessions import regressors
from eventstudy.study.joining import paired_sentences, say_errors
from eventstudy.study.manifest import study_manifest
from eventstudy.study.study_markets import markets_sentences, unlisted_sentences
from eventstudy.text import counted

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, IntArray
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.specification import Specification
    from eventstudy.study.stream_markets import StreamMarkets


class StreamFacts:
    """What the portions of a study's markets give beside pairs.

    Parameters
    ----------
    markets
        Those of the study, of which `add` sees each once, some at a time.
    """

    def __init__(self, study: Specification, markets: StreamMarkets) -> None:
        self._study, self._markets = study, markets
        self._manifest: dict[str, Any] = {}
        self._said: list[str] = [*markets.events.assumed]
        self._said_of_pairs: list[str] = []
        self._lacking: list[LackingDates] = []
        self._short: dict[tuple[int, int], IntArray] = {}
        self._pairing: list[str] = []
        self._benchmarks: list[str] = []
        self._has_own = False
        self._attributes: list[pd.DataFrame] = []
        self._checks: list[pd.DataFrame] = []
        self._has_pair = np.zeros(len(markets.events), dtype=bool)
        self._n_unlisted = 0
        self.regressors: tuple[str, ...] = ()

    def add(
        self, first: int, data: Prepared, has_pair: BoolArray, n_timed: IntArray, n_unlisted: int
    ) -> None:
        """Take what is to be said of some markets, from that at position `first` on.

        Parameters
        ----------
        has_pair
            ``(E,)`` events that have a pair with one of them.
        n_timed
            ``(N,)`` pairs of each whose event has a time.
        n_unlisted
            Pairs that are not listed.
        """
        study, setting, returns = self._study, data.setting, data.returns
        self.regressors = regressors(study, returns)[1]
        self._has_pair |= has_pair
        self._n_unlisted += n_unlisted
        self._said += [*data.prices.assumed, *setting.assumed]
        self._said_of_pairs += [
            *placed_by_date(study, setting, n_timed),
            *paired_sentences(study, data.prices, setting, returns),
        ]
        self._lacking.append(lacking_dates(study, setting, returns))
        manifest = study_manifest(study, self._markets.events, data.prices, setting, returns)
        self._pairing += [returns.pairing]
        if not self._manifest:
            self._manifest = manifest
        for name in ("markets", "calendars"):
            self._manifest[name] |= manifest[name]  # type: ignore[operator]
        every = np.arange(len(setting.markets), dtype=np.int64)
        usual = "" if setting.only_factor is None else setting.only_factor.name
        self._benchmarks += setting.benchmarks_of(every) or [usual] * len(every)
        self._has_own |= bool(setting.own_benchmarks)
        if setting.attributes is not None:
            self._attributes.append(setting.attributes)
        checks = returns.checks
        if first:  # benchmark and factors are checked with the first markets
            own = {market.name for market in setting.markets}
            checks = checks[checks["security"].isin(own)]
        self._checks.append(checks)

    def count_sessions(self, car: pd.DataFrame) -> None:
        """Count the pairs of a block that a window of CARs holds no session of, or not all."""
        for each in self._study.car_windows:
            window = each.start, each.end
            is_window = (car["window_start"] == each.start) & (car["window_end"] == each.end)
            n = car.loc[is_window, "n_sessions"].to_numpy()
            is_short = (n > 0) & (n < each.length)
            here = np.array([len(n), (n == 0).sum(), is_short.sum()])
            self._short[window] = self._short.get(window, np.zeros(3, np.int64)) + here

    @property
    def checks(self) -> pd.DataFrame:
        """What the data checks found."""
        filled = [checks for checks in self._checks if not checks.empty] or self._checks[:1]
        return pd.concat(filled, ignore_index=True)

    @property
    def attributes(self) -> pd.DataFrame | None:
        """What is known of the markets, ``(N, A)``."""
        return pd.concat(self._attributes, ignore_index=True) if self._attributes else None

    @property
    def assumed(self) -> tuple[str, ...]:
        """What reading events, prices and markets assumed, a sentence each."""
        study, events = self._study, self._markets.events
        unlisted = unlisted_sentences(study, events, self._n_unlisted, self._has_pair)
        named = markets_sentences(study, self._markets.names, events, self._markets.unpriced)
        of_values = alike_sentences(study, events, self.attributes)
        of_pairs = [*self._said_of_pairs, *lacking_sentences(self._lacking)]
        return tuple(dict.fromkeys([*self._said, *named, *unlisted, *of_values, *of_pairs]))

    @property
    def short_windows(self) -> tuple[str, ...]:
        """How many pairs a window of CARs holds no session of, or not all, a sentence each."""
        return tuple(
            f"{absent:,} of {counted(total, 'pair')} have no session of "
            f"{wording.window_label(*window)} and are in no test of it, {partial:,} have fewer "
            "than it has and count with those there are: n_sessions of car.parquet; "
            "sample.complete_windows = true leaves them out"
            for window, (total, absent, partial) in self._short.items()
            if absent or partial
        )

    @property
    def manifest(self) -> dict[str, Any]:
        """As `study_manifest` of all markets."""
        manifest = dict(self._manifest)
        manifest["sync"] = "; ".join(dict.fromkeys(self._pairing))
        inputs = dict(manifest["inputs"])
        inputs["prices"] = inputs["prices"] | {"sha256": self._markets.sha256}
        return manifest | {"inputs": inputs}

    def benchmarks_of(self, security: IntArray) -> list[str]:
        """Return the benchmark of pairs ``(P,)`` by their security; none where all have one."""
        if not self._has_own:
            return []
        return [self._benchmarks[at] for at in security.tolist()]

    def say_errors(self, *, strict: bool) -> None:
        """Say the errors among the checks as `say_errors` does, where they were not said yet."""
        if not self._markets.is_said:
            say_errors(self.checks, strict=strict)
