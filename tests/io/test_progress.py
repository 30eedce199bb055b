"""Where nobody asked to hear how far work is, nothing is said."""

from __future__ import annotations

from eventstudy.io.progress import no_progress


def test_nothing_is_said(capsys):
    assert no_progress("estimating", 1, 3) is None
    assert capsys.readouterr() == ("", "")
