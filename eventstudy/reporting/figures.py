"""The figures of a study, each a function of a tidy frame that gives matplotlib Axes.

Every function takes a tidy frame in decimal returns and draws percent. ``ax=None`` makes a figure
with pyplot, so a notebook shows it; an `ax` given is drawn on as it is. Colours are those of
`palette`, one for one thing. ``style="journal"`` draws without colour; `width`, in millimetres,
sets type and layout for a column or a telephone.
"""

from __future__ import annotations

from eventstudy.reporting.figures_caar import (
    largest_groups,
    panels_size,
    plot_caar,
    plot_panels,
    shown_groups,
)
from eventstudy.reporting.figures_contrast import contrast_rows, contrast_size, plot_contrast
from eventstudy.reporting.figures_events import (
    car_by_event_size,
    intervals_apart,
    plot_car_by_event,
)
from eventstudy.reporting.figures_heatmap import (
    MOST_CELLS,
    cell_sizes,
    heatmap_size,
    plot_heatmap,
)
from eventstudy.reporting.figures_timeline import (
    MOST_MARKS,
    plot_timeline,
    shown_prices,
    timeline_size,
)

__all__ = [
    "MOST_CELLS", "MOST_MARKS", "car_by_event_size", "cell_sizes", "contrast_rows", "contrast_size",
    "heatmap_size", "intervals_apart", "largest_groups", "panels_size", "plot_caar",
    "plot_car_by_event", "plot_contrast", "plot_heatmap", "plot_panels", "plot_timeline",
    "shown_groups", "shown_prices", "timeline_size",
]  # fmt: skip
