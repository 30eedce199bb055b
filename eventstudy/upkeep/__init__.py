"""The bundled data brought to date: a copy of the user's own, longer than the package's."""

from __future__ import annotations

from eventstudy.upkeep.own_copy import DataUpdate, update_data

__all__ = ["DataUpdate", "update_data"]
