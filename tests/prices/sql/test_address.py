"""Addresses: no password, and no option that could do more than connect."""

from __future__ import annotations

import traceback

import pytest
from databases import MEMORY, SECRET, everything, refusal
from small_study import STUDY, write_study

from eventstudy.exceptions import SpecificationError
from eventstudy.prices.sql import check_url, read_sql_prices, wrds_url

pytest.importorskip("duckdb_engine")


def test_an_address_of_wrds_has_no_password():
    assert check_url(wrds_url("me")) == (
        "postgresql+psycopg://me@wrds-pgdata.wharton.upenn.edu:9737/wrds?sslmode=require"
    )
    assert "://wrds-pgdata" in wrds_url()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{SECRET}@host/db",
        f"postgresql+psycopg://:{SECRET}@host/db",
        f"postgresql://me@host/db?sslmode=require&password={SECRET}",
        f"postgresql://me@host/db?sslpassword={SECRET}",
        f"me:{SECRET}@host",
        f"oracle://me:{SECRET}@host/db",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url, capsys):
    with pytest.raises(SpecificationError) as caught:
        read_sql_prices(url, table="p")
    message = "".join(traceback.format_exception(caught.value))
    message = message.replace(repr(url), "").replace(url, "")  # pytest's own source lines
    assert SECRET not in str(caught.value)
    assert SECRET not in message


WRITES = "threads TO 1; COPY (SELECT 42) TO 'written.csv'; SET threads"


LOADS = "allow_unsigned_extensions"


@pytest.mark.parametrize(
    "option",
    [f"{WRITES}=1", f"{LOADS}=true", "user=me", "access_mode=read_write", "x", "%74hreads=1",
     "custom_extension_repository=http://127.0.0.1:1", "motherduck_token=s3cret", "uri=true",
     "mode=rwc", "nolock=1", "vfs=unix"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["duckdb:///p.duckdb", MEMORY, "sqlite:///p.db"])
def test_a_database_in_a_file_takes_no_options(folder, monkeypatch, address, option):
    before = everything(folder)
    query = "SELECT DATE '2025-05-01' AS date, 10 AS A"
    message = refusal(f"{address}?{option}", query=query)
    kind = address.partition(":")[0]
    assert message == (
        f"prices.url must end with the file, {kind}:///prices.db, without ? and what follows: "
        "a database in a file takes no options"
    )
    monkeypatch.setenv("ADDRESS", f"{address}?{option.replace('x', 'x=1')}")
    assert message[11:] in refusal(None, url_env="ADDRESS", query=query)
    assert everything(folder) == before


def test_the_command_says_so_in_one_sentence(folder, run):
    address = f'url = "duckdb:///p.duckdb?{WRITES}=1"\ntable = "p"\n'
    study = STUDY.replace('source = "files"\nfile = "prices.csv"\n', f'source = "sql"\n{address}')
    code, out, err = run("run", write_study(folder / "study", study), "--out", folder / "out")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "prices.url must end with the file, duckdb:///prices.db, without ?" in err
    assert not list(folder.rglob("written.csv"))


@pytest.mark.parametrize(
    "option",
    ["sslkeylogfile=keys.txt", "sslkey=./library.so:key", "servicefile=mine.conf", "gsslib=x",
     "hostaddr=10.0.0.1", "conninfo=password%3Ds3cret", "autocommit=1", "replication=true",
     "%73slkeylogfile=keys.txt", "oauth_issuer=http://127.0.0.1:1",
     "options=-csession_preload_libraries%3Dx"],
)  # fmt: skip
def test_an_option_of_postgresql_that_may_do_more_than_connect(monkeypatch, option):
    from urllib.parse import unquote

    name = unquote(option.partition("=")[0])
    for joined in ("?", "?sslmode=require&"):
        url = f"postgresql://me@127.0.0.1:1/db{joined}{option}"
        message = refusal(url, table="p")
        assert message == (
            f"prices.url has an option that is not taken from an address, {name!r}; set it in "
            "your own ~/.pg_service.conf and write service=NAME instead"
        )
        monkeypatch.setenv("ADDRESS", url.replace("me@", "me:s3cret@"))
        message = refusal(None, url_env="ADDRESS", table="p")
        assert "the address in ADDRESS has an option" in message
        assert "s3cret" not in message
    assert check_url(f"{wrds_url('me')}&connect_timeout=5")
    with pytest.raises(SpecificationError, match="holds a password"):
        check_url("postgresql://me@host/db?p%61ssword=s3cret")


@pytest.mark.parametrize(
    "address",
    ["postgresql://127.0.0.1:1/wrds?service=wrds", "postgresql:///wrds?service=wrds&host=h"],
)
def test_a_password_kept_for_a_service_goes_to_no_other_server(address):
    message = refusal(address, table="p")
    assert message.startswith("prices.url names a service and a server")
    assert message.endswith("write postgresql:///?service=NAME")


@pytest.mark.parametrize(
    "address",
    ["postgresql://CORP/jdoe:s3cret@127.0.0.1/wrds", "postgresql:///jdoe:s3cret@127.0.0.1/wrds",
     "postgresql://127.0.0.1:1/wrds;password=s3cret"],
)  # fmt: skip
def test_a_password_at_an_odd_place_of_an_address_is_not_repeated(monkeypatch, address):
    monkeypatch.setenv("ADDRESS", address)
    assert "s3cret" not in refusal(None, url_env="ADDRESS", table="p")
    assert "s3cret" not in refusal(address, table="p")
