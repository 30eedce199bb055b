"""Addresses of databases as a study file may hold them: without a password."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Iterable

WRDS_HOST = "wrds-pgdata.wharton.upenn.edu"
WRDS_PORT = 9737
DATABASES = ("postgresql", "duckdb", "sqlite")

_PASSWORD = re.compile(r"//[^/@]*:[^@]*@")
_OWN_FILES = ("passfile",)
_OPTIONS = (
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
    "gssencmode", "host", "keepalives", "keepalives_count", "keepalives_idle",
    "keepalives_interval", "krbsrvname", "load_balance_hosts", "passfile", "password",
    "port", "require_auth", "requirepeer", "service", "ssl_max_protocol_version",
    "ssl_min_protocol_version", "sslcert", "sslcertmode", "sslcrl", "sslcrldir", "sslmode",
    "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "target_session_attrs",
    "tcp_user_timeout", "user",
)  # fmt: skip
"""Options an address may give libpq.

Not among them: ``sslkey``, which may name a library (an engine of OpenSSL) to load,
``sslkeylogfile``, which writes a file, ``servicefile``, which may set both, ``options``, by which
the server may be told to load a library, ``hostaddr``, which sends the password kept for one server
to another, and all that is the driver's rather than libpq's.
"""


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
        It holds a password, is no address of a database that is read, or has an option that is
        not given to its database.
    """
    options = [key for key, _ in parse_qsl(url.partition("?")[2], keep_blank_values=True)]
    if _PASSWORD.search(url) or any(map(is_secret, options)):
        raise SpecificationError(
            f"{where} holds a password; leave it out and keep it in ~/.pgpass or PGPASSWORD, or "
            "put the whole address into an environment variable and name that, url_env = "
            '"WRDS_URL"'
        ).at(key=key_of(where))
    kind = url.split(":", 1)[0].split("+", 1)[0].lower()
    if "://" not in url or kind not in (*DATABASES, "postgres"):
        raise SpecificationError(
            f"{where} must be the address of a postgresql, duckdb or sqlite database, such as "
            f"{wrds_url('USER')} or sqlite:///prices.db"
        ).at(key=key_of(where))
    check_options(kind, options, where)
    return url


def foreign_hosts(url: str) -> list[str]:
    """Return the hosts an address sends its user to that are neither this machine nor WRDS.

    A database in a file has none, nor has an address that leaves the host to the user's own
    settings (``PGHOST``, a service file).

    Examples
    --------
    >>> foreign_hosts("postgresql://me@localhost/prices"), foreign_hosts("sqlite:///prices.db")
    ([], [])
    >>> foreign_hosts("postgresql://me@db.example.org/prices?host=other.example.org")
    ['db.example.org', 'other.example.org']
    """
    try:
        import sqlalchemy as sa  # what connects reads the address as this does
    except ImportError:
        return []  # nor is anything connected
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        return []  # refused where it is opened
    given = parsed.query.get("host", ())
    named = [parsed.host or "", *([given] if isinstance(given, str) else given)]
    hosts = [_without_port(host) for each in named for host in each.split(",")]
    return [host for host in hosts if not _is_own(host)]


def _without_port(host: str) -> str:
    name, mark, port = host.strip().rpartition(":")
    return name if mark and port.isdecimal() and ":" not in name else host.strip()


def _is_own(host: str) -> bool:
    if host in ("", "localhost", WRDS_HOST) or host.startswith("/"):  # a folder of sockets
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_options(kind: str, options: Iterable[str], where: str) -> None:
    """Raise if an address has an option (``?key=value``) that its database is not given.

    Raises
    ------
    SpecificationError
        Any option of DuckDB or SQLite, which reach the engine itself; of PostgreSQL one that may
        load a library, write a file or send a password elsewhere.
    """
    for option in options:
        if kind in ("duckdb", "sqlite"):
            raise SpecificationError(
                f"{where} must end with the file, {kind}:///prices.db, without ? and what follows: "
                "a database in a file takes no options"
            ).at(key=key_of(where))
        if option not in _OPTIONS:
            raise SpecificationError(
                f"{where} has an option that is not taken from an address, {option!r}; set it in "
                "your own ~/.pg_service.conf and write service=NAME instead"
            ).at(key=key_of(where))


def key_of(where: str) -> str:
    """Return the key whose address a message calls `where`: itself, or ``"prices.url_env"``."""
    return where if where == "prices.url" else "prices.url_env"


def is_variable(name: object) -> bool:
    """Whether a text can be the name of an environment variable; an address cannot."""
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z_]\w*", name) is not None


def is_secret(key: str) -> bool:
    """Whether a key of an address, such as ``password``, holds a secret."""
    return "pass" in key.lower() and key.lower() not in _OWN_FILES
