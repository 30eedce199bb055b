from __future__ import annotations

import gzip
import socket

import pytest
from feed_server import feed_server, rss

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.addresses import (
    _is_global,
    _is_local,
    _next,
    _UnreachableError,
    check_address,
    fetch_address,
    is_address,
    shown_address,
)

FEED = rss(("1", "Fri, 02 May 2025 09:00:00 +0800", "Ministry weighs talks"))


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server():
    with feed_server() as running:
        yield running


def refused(address, **options):
    with pytest.raises(SourceError) as error:
        fetch_address(address, **options)
    return str(error.value)


def test_a_feed_is_fetched_and_then_only_if_it_has_changed(server):
    address = server.put("/feed", FEED, etag='"1"', headers={"Last-Modified": "yesterday"})
    first = fetch_address(address)
    assert (first.body, first.etag, first.last_modified) == (FEED.encode(), '"1"', "yesterday")
    again = fetch_address(address, etag=first.etag, last_modified=first.last_modified)
    assert (again.body, again.etag) == (None, '"1"')
    _, headers = server.asked[-1]
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"1"', "yesterday")
    server.put("/feed", "other", etag='"2"')
    assert fetch_address(address, etag='"1"').body == b"other"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "the server answered 404 Not Found"),
        (500, "the server answered 500"),
        (503, "the server answered 503"),
        (403, "it does not let us read it"),
        (304, "304"),
    ],
)
def test_a_status_that_is_no_answer_is_said(server, status, said):
    address = server.put("/feed", FEED, status=status)
    if status == 304:  # it says so although nothing was sent to compare with
        assert fetch_address(address).body is None
    else:
        assert said in refused(address)


def test_redirects_are_followed_a_few_times(server):
    server.put("/feed", FEED)
    for n in range(6):
        target = f"/{n - 1}" if n else "/feed"
        server.put(f"/{n}", status=301, headers={"Location": target})
    found = fetch_address(f"{server.address}/4")
    assert (found.body, found.address) == (FEED.encode(), f"{server.address}/feed")
    assert "redirects more than 5 times" in refused(f"{server.address}/5")
    circle = server.put("/circle", status=302, headers={"Location": "/circle"})
    assert "redirects in a circle" in refused(circle)
    nowhere = server.put("/nowhere", status=302)
    assert "redirects to nowhere" in refused(nowhere)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/feed", "gopher://x/"])
def test_a_redirect_leads_to_no_file(server, target):
    address = server.put("/feed", status=302, headers={"Location": target})
    assert "only http and https are fetched" in refused(address)


def test_a_page_too_large_is_not_read_to_its_end(server):
    address = server.put("/large", b"x" * 300_000)
    assert "more than 100,000 bytes" in refused(address, limit=100_000)
    bomb = gzip.compress(b"\0" * 3_000_000)
    assert len(bomb) < 100_000
    packed = server.put("/bomb", bomb, headers={"Content-Encoding": "gzip"})
    assert "more than 100,000 bytes" in refused(packed, limit=100_000)


def test_a_packed_feed_is_unpacked(server):
    packed = gzip.compress(FEED.encode())
    address = server.put("/packed", packed, headers={"Content-Encoding": "gzip"})
    assert fetch_address(address).body == FEED.encode()
    for name, body, coding, said in (
        ("/torn", packed[:-9], "gzip", "cut short"),
        ("/false", FEED.encode(), "gzip", "cannot be unpacked"),
        ("/odd", FEED.encode(), "br", "packed as br"),
    ):
        wrong = server.put(name, body, headers={"Content-Encoding": coding})
        assert said in refused(wrong)


def test_an_answer_that_ends_early_is_none(server):
    address = server.put("/cut", FEED, cut=50)
    assert "cut short" in refused(address)


@pytest.mark.slow
def test_a_slow_server_is_left(server):
    silent = server.put("/silent", FEED, wait=5)
    assert "no answer within 0.2 s" in refused(silent, timeout=0.2)
    drop_by_drop = server.put("/drops", FEED, wait=0.1, pieces=100)
    assert "in time" in refused(drop_by_drop, timeout=1, deadline=0.5).replace("within", "in time")


def test_nobody_there_is_said():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/feed"
    assert "cannot be reached (Connection refused)" in refused(address, timeout=2)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://example.org/feed", "only http and https"),
        ("http:///feed", "names no host"),
        ("http://name:secret@example.org/feed", "with a name or a password"),
        ("http://[::1/feed", "is no address"),
        ("http://example.org:port/feed", "is no address"),
    ],
)
def test_an_address_that_is_none_is_refused(address, said):
    with pytest.raises(SpecificationError) as error:
        check_address(address)
    assert said in str(error.value)
    assert "secret" not in str(error.value)


def test_an_address_is_made_what_can_be_sent():
    assert check_address(" HTTP://example.org ") == "http://example.org/"
    assert (
        check_address("http://example.org/ä b?q=ö#part") == "http://example.org/%C3%A4%20b?q=%C3%B6"
    )
    assert check_address("http://example.org/a%20b") == "http://example.org/a%20b"
    assert check_address("https://münchen.example/") == "https://xn--mnchen-3ya.example/"


def test_keys_in_an_address_are_not_shown():
    shown = shown_address("https://example.org/feed?key=secret")
    assert shown.startswith("https://example.org/feed?...")
    assert "secret" not in shown
    assert shown != shown_address("https://example.org/feed?key=other")


def test_addresses_and_paths_are_told_apart():
    assert is_address("https://example.org/feed")
    assert not is_address("news/feed.xml")
    assert not is_address("C:\\news")


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.1", True),
        ("2130706433", True),
        ("0x7f.0.0.1", True),
        ("::ffff:10.0.0.1", True),
        ("localhost", True),
        ("10.0.0.1", True),
        ("169.254.169.254", True),
        ("::1", True),
        ("93.184.216.34", False),
    ],
)
def test_this_machine_and_its_network_are_known(host, local):
    assert _is_local(host) is local


def test_a_name_is_judged_by_the_numbers_it_stands_for(monkeypatch):
    def lookup(host, _):
        if host == "unknown.example":
            raise OSError
        return [(2, 1, 6, "", (number, 0)) for number in ("93.184.216.34", "10.0.0.7")]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    assert _is_local("intranet.example")
    assert not _is_local("unknown.example")
    with pytest.raises(_UnreachableError, match="into this machine or its network"):
        _next(["http://127.0.0.1/"], "http://intranet.example/")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://example.org/feed", "from https to http"),
        ("https://192.168.0.1/admin", "into this machine or its network"),
        ("https://localhost/admin", "into this machine or its network"),
    ],
)
def test_a_redirect_leads_neither_down_nor_inside(target, said):
    with pytest.raises(_UnreachableError, match=said):
        _next(["https://example.org/"], target)
    assert _next(["http://127.0.0.1/"], "/other") == "http://127.0.0.1/other"


@pytest.mark.parametrize("target", ["http://[::1", "http://" + "a" * 70 + ".test/", "//[x"])
def test_a_redirect_to_what_is_no_address_is_said(server, target):
    assert refused(server.put("/feed", status=302, headers={"Location": target}))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_stands_for_another_machine_a_moment_later_is_hung_up_on(
    server, monkeypatch, scheme
):
    real = socket.getaddrinfo
    asked = []

    def lookup(host, port, *rest, **named):
        if host != "rebind.example":
            return real(host, port, *rest, **named)
        asked.append(port)
        return real("93.184.216.34" if port is None else "127.0.0.1", port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    port = server.address.rpartition(":")[2]
    server.put("/secret", b"of this machine")
    target = f"{scheme}://rebind.example:{port}/secret"
    address = server.put("/feed", status=302, headers={"Location": target})
    assert "redirects into this machine or its network, rebind.example (127.0.0.1)" in refused(
        address
    )
    assert asked == [None, int(port)]
    assert [path for path, _ in server.asked] == ["/feed"]


def test_a_redirect_into_the_open_network_is_followed(server, monkeypatch):
    monkeypatch.setattr("eventstudy.io.addresses._is_global", bool)
    server.put("/there", FEED)
    port = server.address.rpartition(":")[2]
    target = f"http://localhost.localdomain:{port}/there"
    monkeypatch.setattr(
        socket, "getaddrinfo",
        lambda host, port, *_, **__: [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port or 0))],
    )  # fmt: skip
    address = server.put("/feed", status=302, headers={"Location": target})
    assert fetch_address(address).body == FEED.encode()


@pytest.mark.parametrize(
    ("number", "is_open"),
    [("93.184.216.34", True), ("::ffff:127.0.0.1", False), ("fe80::1%eth0", False),
     ("10.0.0.1", False), ("2606:2800:220:1::1", True), ("169.254.169.254", False)],
)  # fmt: skip
def test_numbers_of_the_open_network(number, is_open):
    assert _is_global(number) is is_open


def test_the_largest_answer_is_a_setting(server, monkeypatch):
    address = server.put("/large", b"x" * 3_000_000)
    monkeypatch.setenv("EVENTSTUDY_DOWNLOAD", "2 MB")
    assert "more than 2,000,000 bytes; EVENTSTUDY_DOWNLOAD sets another limit" in refused(address)
    monkeypatch.setenv("EVENTSTUDY_DOWNLOAD", "4")
    assert len(fetch_address(address, limit=1000).body) == 3_000_000
    for wrong in ("0", "-1", "many", "1 GB", "9" * 5000):
        monkeypatch.setenv("EVENTSTUDY_DOWNLOAD", wrong)
        with pytest.raises(SpecificationError, match="write megabytes such as"):
            fetch_address(address)
