"""Where the work is done: in this process, in several, or on a dask cluster."""

from eventstudy.execution.execution import Execution

__all__ = ["Execution"]
