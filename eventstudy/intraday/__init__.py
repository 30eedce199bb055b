"""Event windows inside the trading day: bars, minutes, the same clock time on other days."""

from __future__ import annotations

from eventstudy.intraday.bars import IntradayBars, read_bars
from eventstudy.intraday.result import IntradayResults
from eventstudy.intraday.run import IntradayStudy

__all__ = ["IntradayBars", "IntradayResults", "IntradayStudy", "read_bars"]
