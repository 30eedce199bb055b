"""``python -m eventstudy``."""

from __future__ import annotations

from eventstudy.cli import main

if __name__ == "__main__":
    main()
