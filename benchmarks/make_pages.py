"""Write the pages of the documentation that the code says itself: columns, keys of study files.

python benchmarks/make_pages.py
"""

from __future__ import annotations

from pathlib import Path

from eventstudy.reporting.columns import columns_page
from eventstudy.studyfile.reference import keys_page

PAGES = {"columns.md": columns_page, "study-file.md": keys_page}

if __name__ == "__main__":
    for name, written in PAGES.items():
        page = Path(__file__).parents[1] / "docs" / name
        page.write_text(written(), encoding="utf-8")
        print(page)
