"""What the recipes of ARCHITECTURE.md add: a statistic, a model, a source, a check, an option."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.inference.statistic import z_values
from eventstudy.prices.panel import Check
from eventstudy.reporting import drawing, sheets
from eventstudy.study.specification import option


def rising_share(evidence):
    """``(w - N/2) / sqrt(N/4)``, w the rising pairs of N."""
    rising = evidence.gather(np.sign(evidence.window.car))
    count = np.isfinite(rising).sum(axis=1)
    return z_values(evidence, np.nansum(rising, axis=1) / np.sqrt(count), reason="no pair")


@dataclass(frozen=True, slots=True)
class ShrunkBeta(es.NormalReturnModel):
    """Beta half way from that of least squares to a value of its own."""

    benchmark: str = "SPX"
    towards: float = 1.0
    name: ClassVar[str] = "shrunk_beta"

    def estimate(self, y, x):
        slope = (np.cov(y, x[:, 0])[0, 1] / x[:, 0].var(ddof=1) + self.towards) / 2
        return y.mean() - slope * x[:, 0].mean(), [slope]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotesFolder(es.PriceSource):
    """A folder with a file of returns for each security."""

    quotes: Path
    ending: str = "txt"

    def read(self, wanted, progress=None):
        """Read every file of the folder."""
        del progress
        files = sorted(self.quotes.glob(f"*.{self.ending}"))
        frame = pd.DataFrame(
            {
                path.stem: pd.read_csv(path, index_col=0, parse_dates=True).iloc[:, 0]
                for path in files
            }
        )
        return es.PricePanel.from_frame(frame, content="returns", kind=wanted.kind)

    @property
    def held(self):
        """Returns."""
        return "returns"


def read_wire(source, intake):
    """Read a line an item: its time, two bars and its headline."""
    for number, line in enumerate(source.path.read_text("utf-8").splitlines(), start=1):
        where = f"{source.name} line {number}"
        time, bars, headline = line.partition(" || ")
        if bars:
            intake.add({"published_at": time, "headline": headline}, where)
        else:
            intake.reject(where, "no bars between time and headline", headline=line)


def rare_names(column):
    """Find the name of every column rare."""
    return [Check(column.name, np.datetime64("NaT", "D"), "rare_name", "warning", "seldom seen")]


def section_of_loudness(record):
    """Show one table."""
    frame = record.loudness
    rows = tuple((str(event), f"{decibel}") for event, decibel in frame.to_numpy())
    sheet = sheets.Sheet(
        caption="How loud the news was", heads=(("event", False), ("decibels", True)), rows=rows,
        notes=(), folded=False,
    )  # fmt: skip
    return sheets.Section(anchor="loudness", title="Loudness", note="By ear.", sheets=(sheet,))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class WithLoudness(es.EventStudyResults):
    """Results that hold a frame more."""

    loudness: pd.DataFrame = field(default_factory=pd.DataFrame)


def plot_sizes(frame, ax=None):
    """Draw the absolute estimates of a tidy frame."""
    ax = drawing.axes(ax, (4.0, 3.0))
    ax.bar(range(len(frame)), 100 * frame["estimate"].abs())
    ax.set_title("Absolute estimates")
    return ax


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounded(es.EventStudy):
    """A study that can be told a thing more."""

    rounding: Literal["none", "cents"] = field(
        default="none", metadata=option("statistics.rounding")
    )


RULES = """\
[category.harbour_closure]
direction = "escalation"
expected_sign = "-"

[concepts]
harbour = ["harbour", "port", "wharf"]

[[rule]]
name = "harbour closed"
category = "harbour_closure"
any = ["<harbour> ... closed|shut"]
weight = 0.9
"""
HEADLINES = (
    "Northern harbour closed by ice",
    "Sandy wharf shut after a storm",
    "Old port closed, says pilot",
    "Fishing harbour shut for repairs",
    "Coal port closed over dust",
    "Western wharf closed again",
)
TOKYO = dt.timezone(dt.timedelta(hours=9))
LATE = "E2"
"""The event that is published after the close."""
