"""How much memory there is: what the user allows, else what the machine or its container has."""

from __future__ import annotations

import os
import re
from pathlib import Path

from eventstudy.exceptions import SpecificationError

MEMORY = "EVENTSTUDY_MEMORY"
"""Environment variable: the memory a study, or a file that is read, may take, such as ``4 GB``."""
LARGE = 500_000_000
"""Bytes of what is worth a word; what is there is a guess, which refuses nothing smaller."""
_CGROUP = Path("/sys/fs/cgroup")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def memory_limit() -> int | None:
    """Bytes a study may take: ``EVENTSTUDY_MEMORY``, else what is available; None if unknown.

    Raises
    ------
    SpecificationError
        The variable is no amount of memory.
    """
    asked = asked_memory()
    if asked is not None:
        return asked
    amounts = [amount for amount in (_available(), _allotted()) if amount is not None]
    return min(amounts, default=None)


def asked_memory() -> int | None:
    """Bytes that ``EVENTSTUDY_MEMORY`` allows; None where it is not set."""
    asked = os.environ.get(MEMORY, "").strip()
    return read_memory(asked) if asked else None


def shortage(n_bytes: float, limit: int | None = None) -> str:
    """Say how much memory is needed and how much is there; empty where it is enough.

    Parameters
    ----------
    limit
        Bytes; default `memory_limit`.

    Examples
    --------
    >>> shortage(9_700_000_000, limit=4_000_000_000)
    'need about 9.7 GB, and 4.0 GB are there (EVENTSTUDY_MEMORY)'
    """
    if n_bytes <= LARGE:
        return ""
    most = memory_limit() if limit is None else limit
    if most is None or n_bytes <= most:
        return ""
    return f"need about {memory_text(n_bytes)}, and {memory_text(most)} are there ({MEMORY})"


def read_memory(text: str) -> int:
    """Read an amount of memory, such as ``4 GB``, ``800M`` or a number of bytes.

    Examples
    --------
    >>> read_memory("1.5 GB")
    1500000000
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?", text.strip().upper())
    if found is None:
        raise SpecificationError(f'{MEMORY} is {text!r}; write an amount such as "4 GB"')
    return int(float(found[1]) * _UNITS[found[2]])


def memory_text(n_bytes: float) -> str:
    """Write an amount of memory to two digits.

    Examples
    --------
    >>> memory_text(1_360_000_000), memory_text(14_100_000_000), memory_text(85_000_000)
    ('1.4 GB', '14 GB', '85 MB')
    """
    for unit in ("T", "G", "M"):
        amount = n_bytes / _UNITS[unit]
        if amount >= 1.0:
            return f"{amount:.1f} {unit}B" if amount < 9.95 else f"{amount:,.0f} {unit}B"
    return "1 MB"


def _available() -> int | None:
    """Memory that can be had without pushing others out, as Linux says; else all there is."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        found = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
        if found is not None:
            return int(found[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not on Windows
        return None


def _allotted() -> int | None:
    """Memory a container may take; None where nothing says.

    Files it has read lately are counted as used, and given up when memory is asked for.
    """
    try:
        text, used, details = (
            (_CGROUP / f"memory.{name}").read_text(encoding="ascii").strip()
            for name in ("max", "current", "stat")
        )
        cached = re.search(r"^inactive_file (\d+)$", details, re.MULTILINE)
        return int(text) - int(used) + (int(cached[1]) if cached else 0)
    except (OSError, ValueError):  # "max" is no number
        return None
