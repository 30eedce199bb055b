"""The study of the bundled data, which stands where no study file is named."""

from __future__ import annotations

from eventstudy.models import ConstantMean, MarketModel
from eventstudy.study.study import EventStudy
from eventstudy.studyfile.study_file import StudyFile


def bundled_study() -> StudyFile:
    """Return the study of the bundled events on the bundled closes, six markets, all categories.

    The total reaction comes first, and beside it what is beyond that of the S&P 500.

    Examples
    --------
    >>> file = bundled_study()
    >>> file.study.model.name, file.study.beside.benchmark, len(file.study.markets)
    ('constant_mean', 'SPX', 6)
    """
    study = EventStudy(
        title="Trade-policy news and Asian markets, January 2018 to July 2025",
        date_only="next",
        model=ConstantMean(),
        beside=MarketModel("SPX"),
        by=("category", "direction", "security", "category*direction", "period"),
        contrast=(("direction", "de-escalation", "escalation"),),
        contrast_by=("period",),
        contrast_without=(("2025-04-02", "2025-04-14"),),
    )
    return StudyFile(study=study, events=None, name="bundled study")
