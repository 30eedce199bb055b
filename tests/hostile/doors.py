"""Every door, and the cases that come in at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hostile import files, rule_files, saved, services, study_files
from hostile.run import Case

DOORS: dict[str, Callable[[], Iterator[Case]]] = {
    "keys of a study file": study_files.cases,
    "study files": files.study_bytes,
    "events": files.events,
    "prices": files.prices,
    "vendors' files": files.imported,
    "workbooks": files.workbooks,
    "parquet": files.parquet,
    "bars of minutes": files.bars,
    "news": files.news,
    "watched news": files.watched,
    "factors": files.factors,
    "securities": files.securities,
    "corrections": files.corrections,
    "replications": files.replicated,
    "own data": files.updated,
    "rule files": rule_files.cases,
    "saved results": saved.cases,
    "words of the command": services.options,
    "a pipe": services.pipes,
    "databases": services.databases,
    "own functions": services.plugins,
    "assistants": services.requests,
}
