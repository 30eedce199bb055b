"""A PostgreSQL server of the tests' own: started in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "s3cret-Pass/w:rd"  # noqa: S105 - of a server that lives for seconds; marks need quoting
READER = "reader"


@dataclass(frozen=True)
class Server:
    """Where the server listens; on its socket everybody is let in, on its port with a password."""

    socket: Path
    port: int

    def url(self, user: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.socket}&port={self.port}"

    def tcp(self, user: str = READER, password: str | None = None) -> str:
        from urllib.parse import quote

        said = "" if password is None else f":{quote(password, safe='')}"
        return f"postgresql://{user}{said}@127.0.0.1:{self.port}/postgres"

    def connected(self):
        import psycopg

        where = f"host={self.socket} port={self.port} user=postgres dbname=postgres"
        return psycopg.connect(where, autocommit=True)

    def execute(self, *statements: str) -> None:
        with self.connected() as connection:
            for statement in statements:
                connection.execute(statement)


def binaries() -> Path | None:
    """Folder of initdb and pg_ctl: on PATH, as pg_config says, or where Debian puts them."""
    folders = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    if config := shutil.which("pg_config"):
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(told.stdout.strip()))
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    return None


def why_not() -> str:
    """Why no server can be started; empty where one can."""
    if os.name != "posix":
        return "a private PostgreSQL server is started on POSIX systems only"
    if binaries() is None:
        return "no PostgreSQL server here (initdb, pg_ctl); apt-get install postgresql"
    if os.geteuid() == 0 and _servant() is None:
        return "PostgreSQL refuses to run as root, and there is no user postgres or nobody"
    return ""


def _servant() -> str | None:
    """Who runs the server where we are root, whom PostgreSQL refuses."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, with a role `READER` that may read everything, and stop it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    bin_, data = binaries(), folder / "data"
    assert bin_ is not None
    who = {}
    if os.geteuid() == 0:
        entry = pwd.getpwnam(str(_servant()))
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        who = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def command(*words: object) -> None:
        # Its output goes to a file: the server would hold a pipe open.
        with (folder.parent / f"{folder.name}.out").open("ab") as out:
            done = subprocess.run(
                [str(word) for word in words],
                cwd=folder,
                stdout=out,
                stderr=out,
                check=False,
                **who,
            )
        if done.returncode:
            said = Path(out.name).read_text(errors="replace")
            log = folder / "log"
            said += log.read_text(errors="replace") if log.is_file() else ""
            raise RuntimeError(f"{words[0]}: {said[-2000:]}")

    server = Server(folder, port)
    try:
        command(bin_ / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                "--locale=C", "--no-sync")  # fmt: skip
        (data / "pg_hba.conf").write_text(
            "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        options = f"-k {folder} -p {port} -c listen_addresses=127.0.0.1 -c fsync=off"
        command(bin_ / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            server.execute(
                f"CREATE ROLE {READER} LOGIN PASSWORD '{PASSWORD}'",
                f"GRANT pg_read_all_data TO {READER}",
            )
            yield server
        finally:
            command(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        Path(f"{folder}.out").unlink(missing_ok=True)
