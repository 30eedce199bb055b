"""News to events: labelled by rules, near-duplicates merged, every raw item accounted for."""

from eventstudy.classification.build import EventBuild, classify
from eventstudy.classification.duplicates import find_duplicates
from eventstudy.classification.overrides import Overrides, read_overrides
from eventstudy.classification.rules import Label, Rules, load_rules
from eventstudy.classification.saving import build_paths, check_target, save_build

__all__ = [
    "EventBuild",
    "Label",
    "Overrides",
    "Rules",
    "build_paths",
    "check_target",
    "classify",
    "find_duplicates",
    "load_rules",
    "read_overrides",
    "save_build",
]
