"""The study file: a TOML page that says which study to do on which data.

`read_study` reads one, `bundled_study` is the one that comes with the package, `StudyFile.run`
carries it out. Every mistake is one line that names the file, the key and what would be right.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.analyses.requests import Activity
from eventstudy.curve.choices import choices_of
from eventstudy.events.identity import names_given
from eventstudy.exceptions import CoverageError, EventStudyWarning, SourceError, SpecificationError
from eventstudy.execution.execution import Execution, chosen_execution
from eventstudy.io.files import read_toml
from eventstudy.io.progress import default_progress
from eventstudy.models import (
    ConstantMean,
    MarketModel,
)
from eventstudy.study.setting import resolve_markets
from eventstudy.study.specification import OPTIONS
from eventstudy.study.study import EventStudy
from eventstudy.study.study_markets import EVENTS
from eventstudy.studyfile.declared_markets import declared_markets
from eventstudy.studyfile.keys import (
    BESIDE_TABLE,
    CURVE_TABLE,
    EXECUTION_TABLE,
    SECURITIES_TABLE,
    check_keys,
    events_file,
    unused_markets,
)
from eventstudy.studyfile.models import cross_section_of, model_of
from eventstudy.studyfile.prices import (
    OWN_CALENDARS,
    Bundled,
    PriceRequest,
    PriceSource,
    price_source,
    written_path,
)
from eventstudy.studyfile.securities import SecuritiesFile, securities_file

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Iterable, Iterator, Mapping

    from eventstudy._typing import BoolArray, Progress
    from eventstudy.calibration import Calibration
    from eventstudy.curve import SpecificationCurve
    from eventstudy.events.table import Events
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.securities import Securities
    from eventstudy.study.results import EventStudyResults
    from eventstudy.study.stream import StreamedStudy


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFile:
    """A study and the data it is to be done on.

    Parameters
    ----------
    study
        The specification.
    events
        The events file; None for the bundled events.
    prices
        Where prices come from.
    name
        What errors call the study: the name of its file.
    folder
        Where relative paths start.
    sha256
        Hash of the study file; empty for a study that came from no file.
    curve
        The table ``[curve]``: the choices of a specification curve, and its group.
    events_sheet
        Sheet of an xlsx file of events; its first one where None.
    execution
        Where the work is done, unless something else is said when it is begun. No part of what
        the study is, as it changes nothing that is found.
    rules
        File of rules that label headlines as the events do, on top of the built-in ones.
    securities
        File of what is known of securities: attributes, and benchmarks of their own.
    """

    study: EventStudy
    events: Path | None
    prices: PriceSource = field(default_factory=Bundled)
    name: str = "study"
    folder: Path = Path()
    sha256: str = ""
    curve: Mapping[str, Any] = field(default_factory=dict, hash=False)
    events_sheet: str | None = None
    rules: Path | None = None
    execution: Execution = field(default_factory=Execution, compare=False)
    securities: SecuritiesFile | None = None

    @property
    def input_files(self) -> tuple[Path, ...]:
        """The files that are read: the study file, events, rules, securities, prices, factors."""
        study_file = (self.folder / self.name,) if self.sha256 else ()
        events = tuple(file for file in (self.events, self.rules) if file is not None)
        securities = () if self.securities is None else (self.securities.file,)
        return (*study_file, *events, *securities, *self.prices.input_files)

    def load(
        self,
        *,
        benchmarks: Iterable[str] = (),
        until: dt.date | None = None,
        progress: Progress | None = None,
    ) -> tuple[Events, PricePanel]:
        """Read events and prices, and see that the study's names are in them.

        Parameters
        ----------
        benchmarks
            Further ones whose prices are needed, as a curve compares them.
        until
            Date to which prices are wanted where they are fetched, if after the last event's.
        progress
            As for `EventStudy.fit`; of what is fetched or read from a database.

        Raises
        ------
        SourceError, SchemaError
            A file or source that cannot be read or used.
        SpecificationError
            A market, factor or column the data lack.
        """
        from eventstudy.datasets.bundled import load_events
        from eventstudy.events.table import read_events

        try:
            events = (
                load_events()
                if self.events is None
                else read_events(self.events, sheet=self.events_sheet)
            )
        except SourceError as error:
            raise error.under("events.file").under(file=self.name) from error
        except SpecificationError as error:
            raise error.under(file=self.name) from error
        known = None if self.securities is None else self.securities.read(self.name)
        request = self._request(events, benchmarks, until, known)
        try:
            prices = replace(self.prices.load(request, progress=progress), securities=known)
        except (SourceError, SpecificationError) as error:
            # `from None`, as the message of a driver may hold a password.
            raise error.under(file=self.name) from None
        self._check(events, prices)
        cells = (name for cell in events.frame["markets"] for name in cell)
        named = (name for _, names in self._named_markets() for name in names)
        used = {*named, *benchmarks, *cells}
        for sentence in unused_markets(self.study.declared, used):
            warnings.warn(f"{self.name}: {sentence}", EventStudyWarning, stacklevel=2)
        return events, prices

    def _request(
        self,
        events: Events,
        benchmarks: Iterable[str],
        until: dt.date | None = None,
        known: Securities | None = None,
    ) -> PriceRequest:
        """Return what the study needs of its prices."""
        study = self.study
        names = [(key, name) for key, group in self._named_markets() for name in group]
        markets = study.markets
        if markets == EVENTS:
            markets = names_given(events.take(self._selected(events)))
            names += [("events", name) for name in markets]
        names += [("curve.benchmarks", name) for name in benchmarks]
        if known is not None:
            names += [("securities.benchmark", name) for name in known.benchmarks_of(markets)]
        dates = events.frame["date"].to_numpy().astype("datetime64[D]")
        dates = dates[~np.isnat(dates)]
        first, last = (dates.min().item(), dates.max().item()) if len(dates) else (None, None)
        return PriceRequest(
            names=tuple(names),
            declared=study.declared,
            kind=study.kind,
            calendar=study.calendar,
            first=first,
            last=last,
            until=until,
            sessions=max(0, -min(study.estimation_window.start, study.event_window.start)),
        )

    def _named_markets(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the keys that name markets or columns, each with its names."""
        named = [("markets", () if self.study.markets == EVENTS else self.study.markets)]
        for table, model in (("model", self.study.model), (BESIDE_TABLE, self.study.beside)):
            if model is not None:
                named.append((f"{table}.{model.factors_key}", model.factors))
        return tuple(named)

    def run(
        self,
        *,
        progress: Progress | None = None,
        strict: bool = False,
        execution: Execution | None = None,
    ) -> EventStudyResults:
        """Load the data, carry the study out and record where everything came from.

        Parameters
        ----------
        progress, strict
            As for `EventStudy.fit`.
        execution
            As for `EventStudy.fit`; default, where the environment says nothing, that of the file.
        """
        events, prices = self.load(progress=progress)
        with self._named():
            results = self.study.fit(
                events, prices, progress=progress, strict=strict, execution=self._chosen(execution)
            )
        return replace(results, manifest=self._manifest(results.manifest))

    def stream(
        self,
        out: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        strict: bool = False,
    ) -> StreamedStudy:
        """Load the data and carry the study out in blocks of pairs.

        Parameters
        ----------
        out, progress, strict
            As for `EventStudy.stream`.
        """
        from eventstudy.study.stream import stream_study

        events, prices = self.load(progress=progress)
        with self._named():
            return stream_study(
                self.study,
                events,
                prices,
                Path(out),
                progress or default_progress(),
                strict=strict,
                described=self._manifest,
            )

    def calibrate(
        self,
        *,
        statistics: Iterable[str] | str | None = None,
        draws: int | None = None,
        progress: Progress | None = None,
        execution: Execution | None = None,
    ) -> Calibration:
        """Load the data and measure size and power of tests on the study's placebo dates.

        Parameters
        ----------
        statistics, draws, progress
            As for `eventstudy.calibrate`.
        execution
            As for `run`.
        """
        from eventstudy.calibration import calibrate

        events, prices = self.load(progress=progress)
        with self._named():
            calibration = calibrate(
                self.study, events, prices, statistics=statistics, draws=draws, progress=progress,
                execution=self._chosen(execution),
            )  # fmt: skip
        manifest = self._manifest(calibration.manifest)
        manifest["study"]["statistics"] = calibration.manifest["study"]["statistics"]
        return replace(calibration, manifest=manifest)

    def _chosen(self, execution: Execution | None) -> Execution:
        return chosen_execution(execution, self.execution)

    def _manifest(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Return a manifest that names the study file and the files it names."""
        inputs = dict(manifest["inputs"])
        if self.sha256:
            inputs["study"] = {"name": self.name, "sha256": self.sha256}
        return {**manifest, "study": self.to_dict(), "inputs": inputs}

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Have errors name the study, except those that name the file of an event."""
        try:
            yield
        except (SpecificationError, CoverageError) as error:
            if error.file:
                raise
            raise error.under(file=self.name) from error

    def specification_curve(
        self,
        *,
        group: str | None = None,
        draws: int | None = None,
        progress: Progress | None = None,
        execution: Execution | None = None,
    ) -> SpecificationCurve:
        """Load the data and draw the specification curve of the table ``[curve]``.

        Parameters
        ----------
        group
            Instead of the one the table names; all pairs where neither does.
        draws, progress
            As for `eventstudy.specification_curve`.
        execution
            As for `run`.
        """
        from eventstudy.curve import DRAWS, specification_curve

        table = dict(self.curve)
        events, prices = self.load(benchmarks=table.get("benchmarks", ()), progress=progress)
        named = table.pop("group", "all")
        with self._named():
            curve = specification_curve(
                self.study,
                events,
                prices,
                choices=table,
                group=named if group is None else group,
                draws=DRAWS if draws is None else draws,
                progress=progress,
                execution=self._chosen(execution),
            )
        return replace(curve, manifest=self._manifest(curve.manifest))

    def to_dict(self) -> dict[str, Any]:
        """Return the tables of the study file that says the same."""
        tables = self.study.to_dict()
        if self.curve:
            tables[CURVE_TABLE] = dict(self.curve)
        if self.events is None:
            tables["events"]["bundled"] = True
        else:
            tables["events"]["file"] = written_path(self.events, self.folder)
            if self.events_sheet is not None:
                tables["events"]["sheet"] = self.events_sheet
        if self.rules is not None:
            tables["events"]["rules"] = written_path(self.rules, self.folder)
        if self.securities is not None:
            tables[SECURITIES_TABLE] = self.securities.to_dict(self.folder)
        tables["prices"] |= self.prices.to_dict(self.folder)
        if self.prices.takes_calendar:
            tables["prices"]["calendar"] = self.study.calendar or OWN_CALENDARS
        return tables

    def _check(self, events: Events, prices: PricePanel) -> None:
        """Raise `SpecificationError` at a market, factor or event column the data lack."""
        study = self.study
        for key, names in self._named_markets():
            try:
                resolve_markets(names, study.declared, prices, study.calendar)
            except SpecificationError as error:
                raise error.under(key).under(file=self.name) from error
        self._selected(events)

    def _selected(self, events: Events) -> BoolArray:
        """Return the events the study asks for."""
        try:
            return events.select(dict(self.study.select))
        except SpecificationError as error:
            raise error.under("events.select").under(file=self.name) from error


def bundled_study() -> StudyFile:
    """Return the study of the bundled events on the bundled closes, six markets, all categories.

    The total reaction comes first, and beside it what is beyond that of the S&P 500.
    """
    study = EventStudy(
        title="Trade-policy news and Asian markets, January 2018 to July 2025",
        date_only="next",
        model=ConstantMean(),
        beside=MarketModel("SPX"),
        by=("category", "direction", "security", "category*direction", "period"),
        contrast=(("direction", "de-escalation", "escalation"),),
        contrast_by=("period",),
        contrast_without=(("2025-04-02", "2025-04-14"),),
    )
    return StudyFile(study=study, events=None, name="bundled study")


def read_study(path: str | os.PathLike[str]) -> StudyFile:
    """Read a study file.

    Parameters
    ----------
    path
        TOML in UTF-8; paths in it start at its folder.

    Raises
    ------
    SourceError
        The file is missing, a folder, unreadable or not UTF-8.
    SpecificationError
        Not TOML, an unknown key, a wrong type, a contradiction; one line.
    """
    file = Path(path)
    tables, digest = read_toml(file)
    if not tables:
        raise SpecificationError(
            f'{file.name} is empty; it needs at least events.file = "events.csv"'
        ).at(key="events.file")
    return replace(parse_study(tables, file.name, file.parent), sha256=digest)


def parse_study(
    tables: Mapping[str, Any], name: str = "study", folder: str | os.PathLike[str] = "."
) -> StudyFile:
    """Return the study that the tables of a study file describe.

    Parameters
    ----------
    tables
        As TOML gives them.
    name
        What errors call the study.
    folder
        Where relative paths start.

    Raises
    ------
    SpecificationError
        Unknown key, wrong type or contradiction; one line.

    Examples
    --------
    >>> parse_study({"events": {"bundled": True}}).study.markets[:2]
    ('N225', 'TWII')
    """
    try:
        return _parse(tables, name, Path(folder))
    except SpecificationError as error:
        raise error.under(file=name) from error


def _parse(tables: Mapping[str, Any], name: str, folder: Path) -> StudyFile:
    check_keys(tables)
    events, prices = tables.get("events", {}), tables.get("prices", {})
    file, rules = events_file(events), events.get("rules")
    source, calendar = price_source(prices, name, folder)
    settings = {
        option.name: table[option.key]
        for option in OPTIONS
        if option.key in (table := tables.get(option.table, {}) if option.table else tables)
    }
    models = dict(tables.get("model", {}))
    beside = models.pop("beside", None)
    settings |= {
        "model": model_of(models),
        "beside": None if beside is None else model_of(beside, BESIDE_TABLE),
        "calendar": calendar,
        "declared": declared_markets(tables, calendar, source),
        "cross_section": cross_section_of(tables.get("cross_section")),
        "activity": None if "activity" not in tables else Activity(**tables["activity"]),
    }
    study = EventStudy(**settings)
    curve = tables.get(CURVE_TABLE, {})
    choices_of(study, {key: value for key, value in curve.items() if key != "group"})
    return StudyFile(
        study=study,
        events=None if file is None else folder / Path(file).expanduser(),
        events_sheet=events.get("sheet"),
        rules=None if rules is None else folder / Path(rules).expanduser(),
        securities=securities_file(tables.get(SECURITIES_TABLE), folder),
        prices=source,
        name=name,
        folder=folder,
        curve=curve,
        execution=Execution(**tables.get(EXECUTION_TABLE, {})),
    )
