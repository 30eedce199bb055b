"""PDF: by WeasyPrint or by a browser, with nothing fetched; with neither a plain sentence."""

from __future__ import annotations

import builtins
import http.server
import re
import stat
import sys
import threading
from pathlib import Path

import pytest

from eventstudy.exceptions import NotApplicableError, SourceError, SpecificationError
from eventstudy.reporting import pdf

PAGE = "<!DOCTYPE html><html><head></head><body><p>商务部 &lt;b&gt;</p></body></html>"


def without_weasyprint(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)


def fake_browser(folder, script):
    path = folder / "chromium"
    path.write_text(f"#!{sys.executable}\n{script}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def asked():
    """A server that keeps what it was asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port, paths
    server.shutdown()
    server.server_close()
    thread.join()


def fetching(port):
    address = f"http://127.0.0.1:{port}/"
    return (
        f'<html><head><link rel="stylesheet" href="{address}style.css"></head>'
        f'<body><img src="{address}image.png"><iframe src="{address}frame"></iframe></body></html>'
    )


@pytest.mark.slow
def test_weasyprint_prints_and_fetches_nothing(tmp_path, asked):
    pytest.importorskip("weasyprint")
    port, paths = asked
    target = tmp_path / "page.pdf"
    assert pdf.write_pdf(fetching(port), target) == "weasyprint"
    assert target.read_bytes().startswith(b"%PDF-")
    assert paths == []


@pytest.mark.slow
def test_a_browser_prints_and_fetches_nothing(tmp_path, asked):
    if not pdf.find_browsers():
        pytest.skip("no browser on this machine")
    port, paths = asked
    target = tmp_path / "page.pdf"
    used = pdf.write_pdf(fetching(port), target, engine="browser")
    assert Path(used) in pdf.find_browsers()
    content = target.read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1
    assert paths == []
    assert sorted(tmp_path.iterdir()) == [target]


def test_a_long_page_goes_to_a_browser_first(monkeypatch):
    used = []
    monkeypatch.setattr(pdf, "find_browsers", lambda: [Path("/a/browser")])
    monkeypatch.setattr(pdf, "_by_browser", lambda browser, html: used.append("b") or b"%PDF-b")
    monkeypatch.setattr(pdf, "_by_weasyprint", lambda html: used.append("w") or b"%PDF-w")
    assert pdf.pdf_bytes(PAGE) == (b"%PDF-w", "weasyprint")
    assert pdf.pdf_bytes(PAGE + " " * 400_000)[0] == b"%PDF-b"
    monkeypatch.setattr(pdf, "find_browsers", list)
    assert pdf.pdf_bytes(PAGE + " " * 400_000)[0] == b"%PDF-w"
    assert used == ["w", "b", "w"]


def test_drawings_keep_their_own_styles_and_those_of_classes():
    page = (
        "<style>:root{--ink: #111;} .a{fill:var(--ink)} .b, .d { stroke:var(--none, #222); }"
        "p .a { fill: red } @media print { .e .a { fill: red } .b.d { fill: red } }</style>"
        "<p class='a'>.</p>"
        '<svg class="a"><text class="a b" style="font-size:9px">x</text><g class="c"/></svg>'
    )
    assert pdf.styled(page).partition("</style>")[2] == (
        "<p class='a'>.</p>"
        '<svg class="a"><text class="a b" style="fill:#111;stroke:#222;font-size:9px">x</text>'
        '<g class="c"/></svg>'
    )


def test_without_either_it_says_what_to_install(tmp_path, monkeypatch):
    without_weasyprint(monkeypatch)
    monkeypatch.setattr(pdf, "find_browsers", list)
    with pytest.raises(NotApplicableError, match=r'pip install "market-reaction\[pdf\]"'):
        pdf.write_pdf(PAGE, tmp_path / "page.pdf")
    with pytest.raises(NotApplicableError, match="Pango"):
        pdf.write_pdf(PAGE, tmp_path / "page.pdf", engine="weasyprint")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for the browser")
def test_a_browser_that_fails_is_named_with_its_reason(tmp_path, monkeypatch):
    without_weasyprint(monkeypatch)
    browser = fake_browser(tmp_path, "import sys; sys.stderr.write('no display\\n'); sys.exit(3)")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "_usual_places", lambda: iter(()))
    assert pdf.find_browsers() == [browser]
    target = tmp_path / "page.pdf"
    target.write_bytes(b"earlier")
    with pytest.raises(SourceError, match="exit 3 no display"):
        pdf.write_pdf(PAGE, target)
    assert target.read_bytes() == b"earlier"


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for the browser")
def test_the_next_browser_is_tried_and_each_has_a_profile_of_its_own(tmp_path, monkeypatch):
    without_weasyprint(monkeypatch)
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.mkdir()
    good.mkdir()
    log = tmp_path / "arguments"
    first = fake_browser(bad, "")  # it ends well and writes nothing
    second = fake_browser(
        good,
        "import sys, pathlib\n"
        "out = next(a for a in sys.argv if a.startswith('--print-to-pdf=')).partition('=')[2]\n"
        "pathlib.Path(out).write_bytes(b'%PDF-1.4')\n"
        f"pathlib.Path({str(log)!r}).write_text('\\n'.join(sys.argv))\n",
    )
    monkeypatch.setattr(pdf, "find_browsers", lambda: [first, second])
    assert pdf.write_pdf(PAGE, tmp_path / "page.pdf") == str(second)
    assert (tmp_path / "page.pdf").read_bytes() == b"%PDF-1.4"
    given = log.read_text(encoding="utf-8").split("\n")
    profile = Path(next(a for a in given if a.startswith("--user-data-dir=")).partition("=")[2])
    assert not profile.parent.exists()
    assert given[-1].startswith("file:///")


def test_an_engine_that_is_none_is_refused(tmp_path):
    with pytest.raises(SpecificationError, match="engine"):
        pdf.write_pdf(PAGE, tmp_path / "page.pdf", engine="paper")


@pytest.mark.slow
def test_a_file_that_cannot_be_written_is_an_error_of_ours(tmp_path):
    pytest.importorskip("weasyprint")
    with pytest.raises(SourceError, match="cannot be written"):
        pdf.write_pdf(PAGE, tmp_path / "missing" / "page.pdf")


def test_usual_places_of_other_systems(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert any("Google Chrome.app" in str(place) for place in pdf._usual_places())
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("PROGRAMFILES", "/programs")
    assert any("msedge.exe" in str(place) for place in pdf._usual_places())
