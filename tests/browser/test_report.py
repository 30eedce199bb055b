"""The report in a real browser: nothing leaves the page, and anyone can use it."""

from __future__ import annotations

import pytest
from accessibility import violations


@pytest.mark.slow
def test_anyone_can_use_the_report(opened, report_page):
    with opened(report_page) as page:
        assert violations(page) == []
