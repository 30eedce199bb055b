"""Markets joined with the factors of a model, and what is said of that."""

from __future__ import annotations

import pandas as pd
import pytest
from fitted_study import STUDY, closes, events_table

from eventstudy import DataError, Dimson, Events, EventStudyWarning, PricePanel
from eventstudy.study.joining import joined_returns, paired_sentences, say_errors, say_leads
from eventstudy.study.preparation import prepare

ERROR = pd.DataFrame(
    {
        "security": ["M"], "date": pd.to_datetime(["2021-10-11"]), "check": ["jump_reversal"],
        "severity": ["error"], "detail": ["a misprint?"],
    }
)  # fmt: skip


def test_the_factors_are_those_of_the_setting():
    frame = closes()
    frame.iloc[100, 0] *= 10.0  # a misprint
    prices = PricePanel.from_frame(frame)
    with pytest.warns(EventStudyWarning):
        data = prepare(STUDY, Events.from_frame(events_table()), prices)
    returns = joined_returns(STUDY, prices, data.setting, None)
    assert returns.factor_names == ("M",)
    assert returns.sync == "same_date"
    assert not returns.checks.empty
    assert paired_sentences(STUDY, prices, data.setting, returns) == []
    unchecked = joined_returns(STUDY, prices, data.setting, None, is_checked=False)
    assert unchecked.checks.empty
    assert list(unchecked.checks.columns) == list(returns.checks.columns)


def test_errors_are_said_or_stop_the_study():
    say_errors(ERROR.iloc[:0], strict=True)
    with pytest.warns(EventStudyWarning, match="M 2021-10-11: a misprint"):
        say_errors(ERROR, strict=False)
    with pytest.raises(DataError, match="M 2021-10-11"):
        say_errors(ERROR, strict=True)


def test_leads_are_said():
    with pytest.warns(EventStudyWarning, match="1 session later, which were not known"):
        say_leads(Dimson("M", leads=1))
