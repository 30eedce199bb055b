"""The study file: a TOML page that says which study to do on which data.

`read_study` reads one, `bundled_study` is the one that comes with the package, `StudyFile.run`
carries it out. Every mistake is one line that names the file, the key and what would be right.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from eventstudy.curve.choices import choices_of
from eventstudy.exceptions import CoverageError, EventStudyWarning, SourceError, SpecificationError
from eventstudy.execution.execution import Execution, chosen_execution
from eventstudy.io.files import keyed_path, read_toml
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.io.toml_keys import check_numbers
from eventstudy.prices.blocks import PriceBlocks
from eventstudy.study.call_wording import in_words_of_the_file
from eventstudy.study.setting import resolve_markets
from eventstudy.studyfile.allowances import Allowances
from eventstudy.studyfile.events import EVENT_COLUMNS, study_events
from eventstudy.studyfile.keys import (
    CURVE_TABLE,
    EXECUTION_TABLE,
    SECURITIES_TABLE,
    check_keys,
    events_file,
    unused_markets,
)
from eventstudy.studyfile.prices import (
    OWN_CALENDARS,
    Bundled,
    PriceRequest,
    PriceSource,
    price_source,
    written_path,
)
from eventstudy.studyfile.securities import SecuritiesFile, securities_file
from eventstudy.studyfile.settings import described_study
from eventstudy.studyfile.wanted_prices import named_markets, wanted_prices
from eventstudy.text import one_line

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from eventstudy._typing import BoolArray, Progress
    from eventstudy.calibration import Calibration
    from eventstudy.curve import SpecificationCurve
    from eventstudy.events.table import Events
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.securities import Securities
    from eventstudy.study.first_screen import StudyAnswers
    from eventstudy.study.results import EventStudyResults
    from eventstudy.study.stream import StreamedStudy
    from eventstudy.study.study import EventStudy


P = TypeVar("P", bound="PricePanel | PriceBlocks")


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
    events_sheet, events_encoding
        Sheet of an xlsx file of events, its first one where None; encoding of a csv file.
    events_columns
        What of `read_events` the study file says: id, time, tz, date_format.
    execution
        Where the work is done, unless something else is said when it is begun; None where the file
        does not say. No part of what the study is, as it changes nothing that is found.
    rules
        File of rules that label headlines as the events do, on top of the built-in ones.
    securities
        File of what is known of securities: attributes, and benchmarks of their own.

    Examples
    --------
    >>> import eventstudy as es
    >>> study = es.EventStudy(markets=["CNH"], date_only="next", statistics=["bmp"], draws=0)
    >>> file = replace(es.bundled_study(), study=study, curve={"models": ["market_model"]})
    >>> events, prices = file.load()
    >>> events, file.input_files, file.to_dict()["markets"]
    (Events(events.csv: 242 events, 2018-01-22 to 2025-07-14, 231 with a time), (), ['CNH'])
    >>> results, streamed = file.run(), file.stream("streamed")
    >>> len(results.tidy()) == len(streamed.statistics)
    True
    >>> rates = file.calibrate(statistics="bmp", draws=50)
    >>> file.specification_curve(draws=50).n_listed
    12
    """

    study: EventStudy
    events: Path | None
    prices: PriceSource = field(default_factory=Bundled)
    name: str = "study"
    folder: Path = Path()
    sha256: str = ""
    curve: Mapping[str, Any] = field(default_factory=dict, hash=False)
    events_sheet: str | None = None
    events_encoding: str | None = None
    events_columns: Mapping[str, str] = field(default_factory=dict, hash=False)
    rules: Path | None = None
    execution: Execution | None = field(default=None, compare=False)
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

        def read(request: PriceRequest, known: Securities | None) -> PricePanel:
            return replace(self.prices.load(request, progress=progress), securities=known)

        return self._loaded(read, benchmarks, until)

    def _loaded(
        self,
        read: Callable[[PriceRequest, Securities | None], P],
        benchmarks: Iterable[str] = (),
        until: dt.date | None = None,
    ) -> tuple[Events, P]:
        """Read the events, and by `read` the prices that the study needs, and check its names."""
        events = study_events(
            self.events, self.name, sheet=self.events_sheet, encoding=self.events_encoding,
            columns=self.events_columns,
        )  # fmt: skip
        known = None if self.securities is None else self.securities.read(self.name)
        selected = events.take(self._selected(events))
        request = wanted_prices(self.study, selected, events, benchmarks, until, known)
        try:
            prices = read(request, known)
        except (SourceError, SpecificationError) as error:
            # `from None`, as the message of a driver may hold a password.
            raise error.under(file=self.name) from None
        self._check(events, prices.head if isinstance(prices, PriceBlocks) else prices)
        cells = (name for cell in events.frame["markets"] for name in cell)
        named = (name for _, names in named_markets(self.study) for name in names)
        used = {*named, *benchmarks, *cells}
        for sentence in unused_markets(self.study.declared, used):
            warnings.warn(f"{self.name}: {sentence}", EventStudyWarning, stacklevel=2)
        return events, prices

    @shows_progress
    def run(
        self,
        *,
        progress: Progress | None = None,
        strict: bool = False,
        execution: Execution | None = None,
        answered: Callable[[StudyAnswers], object] | None = None,
    ) -> EventStudyResults:
        """Load the data, carry the study out and record where everything came from.

        Parameters
        ----------
        progress, strict, answered
            As for `EventStudy.fit`.
        execution
            As for `EventStudy.fit`; default, where the environment says nothing, that of the file.
        """
        events, prices = self.load(progress=progress)

        def describe(study: StudyAnswers) -> None:
            if answered is not None:
                answered(replace(study, manifest=self._manifest(study.manifest)))

        with self._named(), in_words_of_the_file():
            results = self.study.fit(
                events, prices, progress=progress, strict=strict,
                execution=self._chosen(execution),
                answered=None if answered is None else describe,
            )  # fmt: skip
        return replace(results, manifest=self._manifest(results.manifest))

    @shows_progress
    def stream(
        self,
        out: str | os.PathLike[str],
        *,
        progress: Progress | None = None,
        strict: bool = False,
    ) -> StreamedStudy:
        """Carry the study out in blocks of pairs, prices read by blocks where the source can.

        Parameters
        ----------
        out, progress, strict
            As for `EventStudy.stream`.
        """
        from eventstudy.study.stream import stream_study

        events, prices = self._loaded(
            lambda request, known: self.prices.load_blocks(request, known, progress=progress)
        )
        with self._named():
            return stream_study(
                self.study, events, prices, Path(out), progress or no_progress,
                strict=strict, described=self._manifest,
            )  # fmt: skip

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
                self.study, events, prices, choices=table,
                group=named if group is None else group, draws=DRAWS if draws is None else draws,
                progress=progress, execution=self._chosen(execution),
            )  # fmt: skip
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
            further = {"sheet": self.events_sheet, "encoding": self.events_encoding}
            tables["events"] |= {key: said for key, said in further.items() if said is not None}
            tables["events"] |= self.events_columns
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
        for key, names in named_markets(self.study):
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


def read_study(
    path: str | os.PathLike[str],
    *,
    allow_code: bool = False,
    allow_network: bool = False,
    allow_cluster: bool = False,
    confined: bool = False,
) -> StudyFile:
    """Read a study file.

    Parameters
    ----------
    path
        TOML in UTF-8; paths in it start at its folder.
    allow_code
        Whether it may name code that is run, as ``source = "python"`` does; else it is data only.
    allow_network, allow_cluster
        Whether it may name a server, with ``prices.address`` or ``prices.url``, or workers that
        are sent the study, with ``execution.cluster``.
    confined
        Whether nothing is fetched, and no file outside the study's folder read.

    Raises
    ------
    SourceError
        The file is missing, a folder, unreadable or not UTF-8, or its name is not.
    SpecificationError
        Not TOML, an unknown key, a wrong type, a contradiction; one line.

    Examples
    --------
    >>> from pathlib import Path
    >>> _ = Path("study.toml").write_text("events = { bundled = true }", encoding="utf-8")
    >>> read_study("study.toml").study.title
    'Event study'
    """
    file = Path(path)
    try:
        file.name.encode()
    except UnicodeEncodeError:
        raise SourceError(
            "its name is not UTF-8, and results could not name it; rename it",
            file=one_line(str(file)),
        ) from None
    tables, digest = read_toml(file, "a study file is TOML; eventstudy init writes one")
    if not tables:
        raise SpecificationError(
            f'{file.name} is empty; it needs at least events.file = "events.csv"'
        ).at(key="events.file")
    return replace(
        parse_study(
            tables, file.name, file.parent, allow_code=allow_code, allow_network=allow_network,
            allow_cluster=allow_cluster, confined=confined,
        ),
        sha256=digest,
    )  # fmt: skip


def parse_study(
    tables: Mapping[str, Any], name: str = "study", folder: str | os.PathLike[str] = ".",
    *, allow_code: bool = False, allow_network: bool = False, allow_cluster: bool = False,
    confined: bool = False,
) -> StudyFile:  # fmt: skip
    """Return the study that the tables of a study file describe.

    Parameters
    ----------
    tables
        As TOML gives them.
    name
        What errors call the study.
    folder
        Where relative paths start.
    allow_code, allow_network, allow_cluster, confined
        As for `read_study`.

    Raises
    ------
    SpecificationError
        Unknown key, wrong type or contradiction; one line.

    Examples
    --------
    >>> parse_study({"events": {"bundled": True}}).study.markets[:2]
    ('N225', 'TWII')
    """
    allowed = Allowances(
        code=allow_code, network=allow_network, cluster=allow_cluster, is_confined=confined
    )
    try:
        study = _parse(tables, name, Path(folder), allowed)
        allowed.check_execution(study.execution)
        allowed.check_files(study.input_files, study.folder)
    except SpecificationError as error:
        raise error.under(file=name) from error
    return study


def _parse(tables: Mapping[str, Any], name: str, folder: Path, allowed: Allowances) -> StudyFile:
    check_numbers(tables)
    check_keys(tables)
    events, prices = tables.get("events", {}), tables.get("prices", {})
    file, rules = events_file(events), events.get("rules")
    source, calendar = price_source(prices, name, folder, allowed)
    study = described_study(tables, source, calendar)
    curve = tables.get(CURVE_TABLE, {})
    choices_of(study, {key: value for key, value in curve.items() if key != "group"})
    return StudyFile(
        study=study,
        events=None if file is None else keyed_path("events.file", folder, file),
        events_sheet=events.get("sheet"),
        events_encoding=events.get("encoding"),
        events_columns={key: events[key] for key in EVENT_COLUMNS if key in events},
        rules=None if rules is None else keyed_path("events.rules", folder, rules),
        securities=securities_file(tables.get(SECURITIES_TABLE), folder),
        prices=source,
        name=name,
        folder=folder,
        curve=curve,
        execution=Execution(**tables[EXECUTION_TABLE]) if EXECUTION_TABLE in tables else None,
    )
