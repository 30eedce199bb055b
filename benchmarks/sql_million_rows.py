"""One million rows of prices out of PostgreSQL into a panel: time and memory.

Starts a private server (as the tests do), fills a table of 1,000 securities x 1,000 sessions in an
order that is nobody's, and reads it with bounded memory: as the package does, and for comparison
all rows at once.

    python benchmarks/sql_million_rows.py
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import postgres

SECURITIES = SESSIONS = 1_000
FILL = f"""
INSERT INTO prices
SELECT date '2020-01-01' + day, security, 100 + security + day * 0.01, 1000 + day
FROM generate_series(0, {SESSIONS - 1}) day, generate_series(1, {SECURITIES}) security
ORDER BY md5(day::text || security::text)
"""  # noqa: S608 - two whole numbers
MAPPING = {"date": "day", "security": "id", "close": "px", "volume": "volume"}


def peak() -> float:
    """Largest resident memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read(url: str, how: str) -> None:
    """Read the table in this process and say what it took."""
    from eventstudy.prices.sql import read_sql_prices

    # What imports, a connection and the first rows cost is not what a million rows cost.
    read_sql_prices(url, table="prices", columns=MAPPING, securities=["1"])
    before, start, worked = peak(), time.perf_counter(), time.process_time()
    if how == "streamed":
        panel = read_sql_prices(url, table="prices", columns=MAPPING)
        rows = sum(map(len, panel.dates))
        held = sum(d.nbytes + v.nbytes for d, v in zip(panel.dates, panel.values, strict=True))
        held += sum(int(frame.memory_usage(deep=True).sum()) for frame in panel.fields.values())
    else:
        import sqlalchemy as sa

        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as connection:
            query = sa.text("SELECT day, id, px, volume FROM prices ORDER BY id, day")
            got = connection.execute(query).fetchall()
        rows, held = len(got), 0
    took, cpu = time.perf_counter() - start, time.process_time() - worked
    size = f", of them {held / 2**20:.0f} MB the panel itself" if held else ""
    spent = f"{took:5.1f} s ({cpu:.1f} s of CPU here)"
    print(f"{how:<12} {rows:>9,} rows  {spent}  peak +{peak() - before:.0f} MB{size}")


def main() -> None:
    """Start the server, fill it, and read it in fresh processes, whose peaks are their own."""
    if why := postgres.why_not():
        sys.exit(why)
    with postgres.running() as server:
        start = time.perf_counter()
        server.execute(
            "CREATE TABLE prices (day date, id integer, px double precision, volume bigint)", FILL
        )
        print(f"filled in {time.perf_counter() - start:.1f} s, no index")
        for how in ("streamed", "all at once"):
            subprocess.run(  # noqa: S603 - itself
                [sys.executable, __file__, how], check=True, env={**os.environ, "URL": server.url()}
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read(os.environ["URL"], sys.argv[1])
    else:
        main()
