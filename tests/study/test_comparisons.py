"""What results are asked about two kinds of events, from a fit and from a folder."""

import pandas as pd
import pytest
from contrast_studies import ASKED, fitted
from matplotlib import pyplot as plt

from eventstudy import load_results
from eventstudy.exceptions import NotApplicableError, SpecificationError
from eventstudy.reporting import tables


@pytest.fixture(scope="module")
def results():
    return fitted(era=["old"] * 5 + ["new"] * 5, spec={"contrast_by": ["era"]})


def test_without_arguments_it_is_the_frame_of_the_study_and_a_copy(results):
    frame = results.contrast()
    pd.testing.assert_frame_equal(frame, results.contrasts)
    frame["estimate"] = 0.0
    assert (results.contrasts["estimate"] != 0).all()


@pytest.mark.slow
def test_windows_groupings_and_months_are_computed_when_asked(results):
    frame = results.contrast(windows=[(-2, -1)])
    assert set(zip(frame["window_start"], frame["window_end"], strict=True)) == {(-2, -1)}
    assert frame["contrast"].nunique() == 3
    alone = results.contrast(*ASKED, windows=[(0, 0)], by=())
    assert set(alone["contrast"]) == {"kind: deal - threat"}
    assert set(results.contrast(within="month")["within"]) == {"month"}
    turned = results.contrast("kind", "threat", "deal", windows=[(0, 0)], by=())
    own = results.contrast("kind", "deal", "threat", windows=[(0, 0)], by=())
    assert turned["estimate"].to_numpy() == pytest.approx(-own["estimate"].to_numpy())
    assert turned["pvalue"].to_numpy() == pytest.approx(own["pvalue"].to_numpy())


def test_what_cannot_be_asked_is_refused(results):
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        results.contrast(windows=[(0, 9)])
    with pytest.raises(SpecificationError, match="unknown within 'moth'; did you mean 'month'"):
        results.contrast(within="moth")
    with pytest.raises(SpecificationError, match="compares 'deal' of 'kind' with itself"):
        results.contrast("kind", "deal", "deal")
    bare = fitted(spec={"contrast": ()})
    with pytest.raises(SpecificationError, match="names no contrast; name one"):
        bare.contrast()
    for verb in (bare.contrast_table, bare.plot_contrast):
        with pytest.raises(NotApplicableError, match="give it contrast=") as caught:
            verb()
        assert caught.value.key == "contrast"
    assert len(bare.contrast(*ASKED)) == 12  # two windows, and the sessions before the news


def test_a_folder_holds_the_contrasts(results, tmp_path):
    results.save(tmp_path / "out", report=False)
    back = load_results(tmp_path / "out")
    pd.testing.assert_frame_equal(
        back.contrast(), results.contrasts, check_exact=False, rtol=1e-10, check_dtype=False
    )
    # Named as the study names it, it is the frame that was saved.
    named = back.contrast(*ASKED)
    assert len(named) == len(results.contrasts)
    assert named[["column", "value_a", "value_b"]].drop_duplicates().to_numpy().tolist() == [
        list(ASKED)
    ]
    assert set(named["part"]) == {"", "era=old", "era=new"}
    for asked in ({"windows": [(0, 0)]}, {"by": ()}):
        with pytest.raises(NotApplicableError, match="read from a folder"):
            back.contrast(*ASKED, **asked)
    with pytest.raises(NotApplicableError, match="read from a folder"):
        back.contrast("kind", "threat", "deal")
    assert back.contrast_table().equals(results.contrast_table())
    plain = fitted(spec={"contrast": ()})
    plain.save(tmp_path / "plain", report=False)
    assert not (tmp_path / "plain" / "contrasts.csv").exists()
    assert load_results(tmp_path / "plain").contrasts.empty


def test_terminal_notebook_and_figure_show_it(results):
    said = "deal less threat, [0,0], all markets together: "
    assert said in " ".join(results.summary().split())
    assert said in " ".join(results._repr_html_().split()).replace("<br> ", " ").replace(
        "<br>", " "
    )
    assert "all markets together" in tables.to_markdown(results.contrast_table()).lower()
    ax = results.plot_contrast(window=(0, 0))
    assert "[0,0]" in ax.get_xlabel()
    plt.close("all")
