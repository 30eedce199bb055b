"""`Execution`: how many processes, or which cluster, does the work of a study."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from eventstudy.exceptions import SpecificationError
from eventstudy.execution.workers import SERIAL
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.execution.workers import Workers

JOBS_VARIABLE = "EVENTSTUDY_JOBS"
"""Environment variable with the number of processes, as `read_jobs` reads it."""
AUTO: Literal["auto"] = "auto"
"""Jobs: as many processes as pay, none where one is soon done."""
_SCHEMES = ("inproc", "tcp", "tls", "ucx", "ws", "wss")
_MOST_PER_PROCESSOR = 4
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Where the work of a study is done; no choice changes a digit of its results.

    Parameters
    ----------
    jobs
        Processes of this machine: 1 is the calling one alone, 0 one a processor; four a processor
        at the most. No more are started than there are pieces of work. ``"auto"``: one a
        processor where the work is long enough for that to pay and memory suffices, else the
        calling one alone.
    cluster
        Address of a dask scheduler instead, such as ``tcp://10.0.0.5:8786``; needs the extra
        ``dask``.

    Raises
    ------
    SpecificationError
        A negative number of jobs, an address of another form, or both jobs and a cluster.

    Examples
    --------
    >>> Execution(jobs=2)
    Execution(jobs=2, cluster='')
    """

    jobs: int | Literal["auto"] = 1
    cluster: str = ""

    def __post_init__(self) -> None:
        is_number = isinstance(self.jobs, int) and not isinstance(self.jobs, bool)
        if self.jobs != AUTO and not (is_number and int(self.jobs) >= 0):
            raise SpecificationError(
                f'execution.jobs must be a whole number from 0 or "auto", got {self.jobs!r}',
                key="execution.jobs",
            )
        if self.cluster != "" and not _is_address(self.cluster):
            raise SpecificationError(
                f"execution.cluster {excerpt(self.cluster)!r} is no address of a dask "
                "scheduler, such as tcp://10.0.0.5:8786",
                key="execution.cluster",
            )
        if self.cluster and self.jobs != 1:
            raise SpecificationError(
                "execution.jobs and execution.cluster exclude each other: a cluster has the "
                "workers it has",
                key="execution.jobs",
            )

    @contextmanager
    def workers(self) -> Iterator[Workers]:
        """Give the workers for as long as the work takes.

        Raises
        ------
        SpecificationError
            More processes than four a processor.
        NotApplicableError
            A cluster without the extra ``dask``.
        ExecutionError
            No scheduler answers at the address.

        Examples
        --------
        >>> with Execution(jobs=1).workers() as workers:
        ...     type(workers).__name__
        'InThisProcess'
        """
        if self.cluster:
            from eventstudy.execution.cluster import Cluster

            cluster = Cluster(self.cluster)
            try:
                yield cluster
            finally:
                cluster.close()
            return
        if self.jobs == 1:
            yield SERIAL
            return
        if self.jobs == AUTO:
            from eventstudy.execution.automatic import WhereItPays

            yield WhereItPays(_processors)
            return
        processors = _processors()
        most = _MOST_PER_PROCESSOR * processors
        if self.jobs > most:
            raise SpecificationError(
                f"execution.jobs is above {most}, {_MOST_PER_PROCESSOR} for each processor of this "
                "machine; 0 (all) takes one a processor",
                key="execution.jobs",
            )
        jobs = self.jobs or processors
        if jobs == 1:
            yield SERIAL
            return
        from eventstudy.execution.processes import Processes

        yield Processes(jobs)


def _is_address(text: object) -> bool:
    """Return whether a text has a scheme, a host and a port, or is of this process."""
    if not isinstance(text, str) or any(sign.isspace() for sign in text):
        return False
    try:
        parts = urlsplit(text)
        is_complete = bool(parts.hostname) and (parts.scheme == "inproc" or bool(parts.port))
    except ValueError:  # a port that is no number, a bracket that is not closed
        return False
    return parts.scheme in _SCHEMES and is_complete


def _processors() -> int:
    from joblib import cpu_count

    return int(cpu_count())


def read_jobs(text: str, name: str) -> int | Literal["auto"]:
    """Read a number of processes: a whole number, ``all``, which is 0, one a processor, or auto.

    `SpecificationError` names what `name` is: an option or a variable.

    Examples
    --------
    >>> read_jobs("2", "--jobs"), read_jobs("all", "--jobs"), read_jobs("auto", "--jobs")
    (2, 0, 'auto')
    """
    if text.strip().lower() == "all":
        return 0
    if text.strip().lower() == AUTO:
        return AUTO
    if not text.strip().isdecimal() or len(text.strip()) > _MOST_DIGITS:
        raise SpecificationError(
            f"{name}: a whole number from 0, all or auto, got {excerpt(repr(text))}"
        )
    return int(text)


def chosen_execution(given: Execution | None, otherwise: Execution | None = None) -> Execution:
    """Return what was given, else what `JOBS_VARIABLE` says, else `otherwise`, else serial."""
    if given is not None:
        return given
    if text := os.environ.get(JOBS_VARIABLE, ""):
        return Execution(jobs=read_jobs(text, JOBS_VARIABLE))
    return otherwise or Execution()
