"""What an assistant may ask for over the protocol of `eventstudy mcp`: plain values in and out.

Each tool is a function of texts that returns what ``--json`` prints. Files are those of one folder.
Nothing is written, fetched or run that the one who started the server has not allowed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from eventstudy.cli import json_views
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.registry import unknown
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eventstudy.studyfile.study_file import StudyFile

_LISTS = ("markets", "models", "statistics", "sources", "conventions", "keys")
_MOST_FOUND = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The tools, on the files of one folder.

    Parameters
    ----------
    folder
        Where files may be read, and, with `may_write`, results be written.
    may_write
        Whether a study may be saved, prices be fetched and databases be asked.
    """

    folder: Path
    may_write: bool = False

    def all(self) -> tuple[Callable[..., Any], ...]:
        """Return the tools, in the order they are listed."""
        return (self.align, self.check, self.run, self.expect, self.explain)

    def align(
        self,
        published_at: str = "",
        markets: list[str] | None = None,
        now: str | None = None,
        tz: str | None = None,
        file: str = "",
    ) -> dict[str, Any]:
        """Which session each market could first react in to news, its hours, and why.

        Parameters
        ----------
        published_at
            When the news broke, such as 2025-05-02T09:00+08:00; or leave it out and name a file.
        markets
            Such as ["N225", "HSI"]; default the six bundled ones.
        now, tz
            The moment asked, to learn which markets have opened since; the zone times are shown in.
        file
            An events file (csv, xlsx) of the folder.
        """
        from eventstudy.cli.views import alignment_of, alignment_table, moment_of
        from eventstudy.events.inputs import read_event_table
        from eventstudy.events.reading import read_events

        if bool(published_at) == bool(file):
            raise SpecificationError("give published_at or file, one of them")
        if file:
            events = read_events(self._inside(file))
        else:
            events = read_event_table([published_at], tz=tz)
        aligned = alignment_of(events, markets, now=moment_of(now, tz), zone=tz)
        return {
            "pairs": json_views.rows(alignment_table(aligned.frame)),
            "assumed": list(events.assumed),
            "n_unlisted": aligned.n_unlisted,
        }

    def check(self, file: str) -> dict[str, Any]:
        """What is wrong with an events file of the folder, one sentence a problem.

        Parameters
        ----------
        file
            csv or xlsx.
        """
        from eventstudy.events.reading import read_events

        try:
            events = read_events(self._inside(file))
        except SchemaError as error:
            return {"events": None, "problems": list(error.problems), "assumed": []}
        return {"events": len(events), "problems": [], "assumed": list(events.assumed)}

    def run(self, study: str = "", out: str = "") -> dict[str, Any]:
        """Carry a study out: findings in words, tests, what was assumed and dropped.

        Parameters
        ----------
        study
            A study file of the folder; default the bundled study of trade-policy news.
        out
            A new folder inside the folder for tables and report, where the server may write.
        """
        if out and not self.may_write:
            raise SpecificationError("out: this server only reads; start it with --write to save")
        target = self._inside(out, is_read=False) if out else None
        results = self._study(study).run()
        if target is not None:
            results.save(target)
        return json_views.study(results, target)

    def expect(
        self,
        headline: str,
        published_at: str,
        now: str | None = None,
        tz: str | None = None,
        category: str | None = None,
        direction: str | None = None,
        study: str = "",
    ) -> dict[str, Any]:
        """What markets did after such news before, which still have to react, and how sure.

        Parameters
        ----------
        headline
            In English.
        published_at
            When it broke, such as 2025-04-11T21:30-04:00.
        now, tz
            The moment asked, default the clock's; the zone times are shown in.
        category, direction
            What kind of news it is, where the rules should not decide.
        study
            A study file of the folder, whose events and prices are asked; default the bundled ones.
        """
        from eventstudy.expectation.pipeline import expect

        answer = expect(
            headline, published_at, now=now, zone=tz, category=category, direction=direction,
            study=self._study(study),
        )  # fmt: skip
        return answer.to_dict()

    def explain(self, name: str) -> dict[str, Any]:
        """What a name means: a statistic, model, market, source, key of a study file, or column.

        Parameters
        ----------
        name
            Such as bmp, market_model, N225, windows.car, or mde.
        """
        found = [{"kind": kind, **row} for kind, row in _explained() if _is_named(row, name)]
        if not found:
            names = {str(row["name"]) for _, row in _explained()}
            raise unknown(f"nothing is called {name!r}", name, names, otherwise="")
        return {"found": found[:_MOST_FOUND], "n_found": len(found)}

    def _inside(self, name: str, *, is_read: bool = True) -> Path:
        """Return a path of the folder; one that leads out of it is refused."""
        folder = self.folder.resolve()
        try:
            path = (folder / name).resolve()
        except (OSError, RuntimeError, ValueError):  # too long, a circle of links, a NUL
            raise SourceError(f"{excerpt(name)}: is no path") from None
        if not path.is_relative_to(folder) or (is_read and path == folder):
            raise SourceError(f"{name}: is no file of the folder this server was started for")
        return path

    def _study(self, name: str) -> StudyFile:
        """Return a study that reads nothing but files of the folder, unless more is allowed."""
        from eventstudy.studyfile.bundled_study import bundled_study
        from eventstudy.studyfile.prices import Bundled, Files, Fixings, Yahoo
        from eventstudy.studyfile.study_file import read_study

        if not name:
            return bundled_study()
        study = read_study(self._inside(name))
        for path in study.input_files:
            self._inside(str(path.resolve()))
        if self.may_write:
            return study
        if isinstance(study.prices, Yahoo | Fixings):
            return replace(study, prices=replace(study.prices, offline=True, refresh=False))
        if not isinstance(study.prices, Bundled | Files):
            raise SpecificationError(
                f'prices.source = "{study.prices.source}": databases and sources of other '
                "distributions are asked with --write alone",
                key="prices.source",
            )
        return study


def _explained() -> list[tuple[str, dict[str, Any]]]:
    from eventstudy.cli.listings import listing
    from eventstudy.reporting.columns import all_columns

    rows = [(kind.removesuffix("s"), row) for kind in _LISTS for row in listing(kind)]
    columns = [
        ("column", {"file": file, **asdict(column)}) for file, column in all_columns()
    ]  # fmt: skip
    return [*rows, *columns]


def _is_named(row: dict[str, Any], name: str) -> bool:
    own = [str(row["name"]), str(row.get("key", "")), *map(str, row.get("aliases", ()))]
    return name.lower() in (one.lower() for one in own if one)
