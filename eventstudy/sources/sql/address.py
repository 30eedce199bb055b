"""Addresses of databases as a study file may hold them: without a password."""

from __future__ import annotations

import re
from urllib.parse import quote

from eventstudy.exceptions import SpecificationError

WRDS_HOST = "wrds-pgdata.wharton.upenn.edu"
WRDS_PORT = 9737
DATABASES = ("postgresql", "duckdb", "sqlite")

_PASSWORD = re.compile(r"//[^/@]*:[^@]*@")
_OWN_FILES = ("passfile",)


def wrds_url(user: str | None = None) -> str:
    """Return the address of WRDS, without a password.

    Parameters
    ----------
    user
        Name at WRDS; without one ``PGUSER`` counts, as for every tool of PostgreSQL.

    Examples
    --------
    >>> wrds_url("jdoe")
    'postgresql+psycopg://jdoe@wrds-pgdata.wharton.upenn.edu:9737/wrds?sslmode=require'
    """
    who = "" if user is None else f"{quote(user, safe='')}@"
    return f"postgresql+psycopg://{who}{WRDS_HOST}:{WRDS_PORT}/wrds?sslmode=require"


def check_url(url: str, where: str = "prices.url") -> str:
    """Return an address that holds no password, or raise without repeating it.

    Raises
    ------
    SpecificationError
        It holds a password, or is no address of a database that is read.
    """
    if _PASSWORD.search(url) or any(map(is_secret, re.findall(r"[?&]([^=&]*)=", url))):
        raise SpecificationError(
            f"{where} holds a password; leave it out and keep it in ~/.pgpass or PGPASSWORD, or "
            "put the whole address into an environment variable and name that, url_env = "
            '"WRDS_URL"'
        )
    kind = url.split(":", 1)[0].split("+", 1)[0].lower()
    if "://" not in url or kind not in (*DATABASES, "postgres"):
        raise SpecificationError(
            f"{where} must be the address of a postgresql, duckdb or sqlite database, such as "
            f"{wrds_url('USER')} or sqlite:///prices.db"
        )
    return url


def is_variable(name: object) -> bool:
    """Whether a text can be the name of an environment variable; an address cannot."""
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z_]\w*", name) is not None


def is_secret(key: str) -> bool:
    """Whether a key of an address, such as ``password``, holds what nobody may see."""
    return "pass" in key.lower() and key.lower() not in _OWN_FILES
