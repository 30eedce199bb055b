"""News to events: labelled by rules, near-duplicates merged, every raw item accounted for."""

from eventstudy.news.classification.blend import HeadlineClassifier, load_classifier
from eventstudy.news.classification.build import EventBuild, classify
from eventstudy.news.classification.duplicates import find_duplicates
from eventstudy.news.classification.label import Label
from eventstudy.news.classification.loading import load_rules
from eventstudy.news.classification.overrides import Overrides, read_overrides
from eventstudy.news.classification.rules import Rules
from eventstudy.news.classification.saving import build_paths, check_target, save_build

__all__ = [
    "EventBuild",
    "HeadlineClassifier",
    "Label",
    "Overrides",
    "Rules",
    "build_paths",
    "check_target",
    "classify",
    "find_duplicates",
    "load_classifier",
    "load_rules",
    "read_overrides",
    "save_build",
]
