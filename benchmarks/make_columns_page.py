"""Write docs/columns.md: what every column of every file of results holds.

python benchmarks/make_columns_page.py
"""

from __future__ import annotations

from pathlib import Path

from eventstudy.reporting.columns import columns_page

if __name__ == "__main__":
    page = Path(__file__).parents[1] / "docs" / "columns.md"
    page.write_text(columns_page(), encoding="utf-8")
    print(page)
