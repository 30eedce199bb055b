"""Size and power on the user's own series: equal to loops over the draws, told on 80 columns."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_study import STUDY, with_line, write_study

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    PricePanel,
    SpecificationError,
)
from eventstudy import calibrate as public_calibrate
from eventstudy.calibration import Calibration, calibrate, measurable
from eventstudy.calibration.rejection_rates import Scenario, _mde
from eventstudy.calibration.result import (
    COLUMNS,
    EFFECTS,
    LEVELS,
    ORDINARY,
    ROUGH,
    effect_label,
)
from eventstudy.estimation.abnormal import cumulate
from eventstudy.inference import STATISTICS
from eventstudy.inference.design import GroupCache, gather_evidence
from eventstudy.inference.evaluate import wilson

DATES = pd.bdate_range("2021-01-04", periods=420)
ROWS = [120, 150, 180, 215, 250, 290, 330, 370]
NAMES = ("placebo", "cross_sectional_t", "patell", "bmp", "sign")


def frame_of(seed=1, names=("A", "B")):
    rng = np.random.default_rng(seed)
    shape = (len(DATES), len(names))
    values = rng.normal(0, 0.008, (len(DATES), 1)) + rng.normal(0, 0.01, shape)
    return pd.DataFrame(values, index=DATES, columns=list(names))


def study_on(frame, rows=ROWS, *, signs=None, **settings):
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))], "date": DATES[rows]})
    table["kind"] = ["x", "y"] * (len(rows) // 2) + ["x"] * (len(rows) % 2)
    if signs is not None:
        table["expected_sign"] = signs
    given = {
        "markets": tuple(frame.columns),
        "model": ConstantMean(),
        "estimation_window": (-80, -11),
        "event_window": (-2, 2),
        "car_windows": [(0, 0), (-1, 1)],
        "statistics": NAMES,
        "calendar": "data",
        "date_only": "same",
        "min_obs": 50,
        "draws": 200,
    }
    study = EventStudy(**(given | settings))
    return study, Events.from_frame(table), PricePanel.from_frame(frame, content="returns")


@pytest.fixture(scope="module")
def given():
    return study_on(frame_of(), by=["kind"])


@pytest.fixture(scope="module")
def fitted(given):
    study, events, prices = given
    return study.fit(events, prices)


@pytest.fixture(scope="module")
def found(given):
    return calibrate(*given, statistics=NAMES)


def rate(found, name, scenario, level=0.05, group="all", window=(0, 0)):
    frame = found.frame
    (row,) = frame[
        (frame["group"] == group)
        & (frame["window_start"] == window[0])
        & (frame["window_end"] == window[1])
        & (frame["name"] == name)
        & (frame["scenario"] == scenario)
        & (frame["level"] == level)
    ].itertuples(index=False)
    return row


# ---------------------------------------------------------------- the frame


def test_the_frame_is_long_and_complete(found):
    frame = found.frame
    assert tuple(frame.columns) == COLUMNS
    assert public_calibrate is calibrate
    scenarios = [ORDINARY] * 3 + [ROUGH] * 3 + [effect_label(effect) for effect in EFFECTS]
    for _, part in frame.groupby(["group", "window_start", "window_end", "name"], sort=False):
        assert list(part["scenario"]) == scenarios
        assert list(part["level"]) == [*LEVELS, *LEVELS, 0.05, 0.05, 0.05]
        assert len(set(part["mde"])) == 1
    assert len(frame) == 3 * 2 * len(NAMES) * 9
    assert set(frame["group"]) == {"all", "kind=x", "kind=y"}
    inside = (frame["rate_low"] <= frame["rate"]) & (frame["rate"] <= frame["rate_high"])
    assert inside.all()


def evidence(fitted, window, group="all"):
    """Evidence of the draws of all pairs, as the study itself gathers it."""
    design = fitted.fitted.design
    world = Scenario(design, next(w for w in windows_of(fitted) if (w.start, w.end) == window))
    pairs = np.arange(len(design.event))
    held = pairs[world.session.real.n_sessions > 0]
    return world, gather_evidence(design, held, held[:0], world.session, GroupCache())


def windows_of(fitted):
    return fitted.fitted.data.study.car_windows


@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
def test_rates_equal_loops_over_the_draws(found, fitted, window):
    """Positions are moved by hand, pair by pair, and every draw is tested alone."""
    design = fitted.fitted.design
    world, gathered = evidence(fitted, window)
    drawn = gathered.drawn
    rows = np.empty((drawn.n_draws, drawn.n_pairs), dtype=int)
    for block in drawn.blocks:
        rows[:, block.columns] = block.rows[block.pick]
    table = design.placebo.table
    zero = list(table.taus).index(0)
    first = list(table.taus).index(window[0])
    for scenario, scale, effect in (
        (ORDINARY, 1.0, 0.0),
        (ROUGH, math.sqrt(2), 0.0),
        (effect_label(1.0), 1.0, 1.0),
    ):
        cars = np.empty(rows.shape)
        for b in range(len(rows)):
            for i, row in enumerate(rows[b]):
                ar = table.abnormal[row].copy()
                ar[zero] = scale * ar[zero] + effect * table.volatility[row, first]
                cars[b, i] = sum(
                    ar[list(table.taus).index(t)] for t in range(window[0], window[1] + 1)
                )
        n = cars.shape[1]
        t = math.sqrt(n) * cars.mean(axis=1) / cars.std(axis=1, ddof=1)
        from scipy import stats

        p = 2 * stats.t.sf(np.abs(t), n - 1)
        row = rate(found, "cross_sectional_t", scenario, window=window)
        assert row.n_draws == len(rows)
        assert row.rate == pytest.approx(np.mean(p <= 0.05), abs=1e-12)
        low, high = wilson(int((p <= 0.05).sum()), len(p))
        assert (row.rate_low, row.rate_high) == pytest.approx((low, high))
    assert world.window.length == window[1] - window[0] + 1


def test_the_placebo_test_is_ranked_among_its_own_draws(found, fitted):
    _, gathered = evidence(fitted, (0, 0))
    z = gathered.drawn.unit_means(gathered.drawn.window.z, gathered.drawn.structure.unit)

    def t(values):
        return np.sqrt(values.shape[1]) * values.mean(axis=1) / values.std(axis=1, ddof=1)

    own = np.abs(t(z))
    for effect in EFFECTS:
        p = [(1 + sum(own >= abs(v) * (1 - 1e-9))) / (1 + len(own)) for v in t(z + effect)]
        shown = rate(found, "placebo", effect_label(effect))
        assert shown.rate == pytest.approx(np.mean(np.array(p) <= 0.05))
    # Half of the draws is ranked among the other half.
    assert rate(found, "placebo", ORDINARY).n_draws == 100
    # Three standard errors of a quarter of the draws: both halves are drawn.
    size = rate(found, "placebo", ORDINARY).rate
    assert abs(size - 0.05) <= 3 * math.sqrt(0.05 * 0.95 / 50)
    exact = fitted.test("placebo", (0, 0))["mde"].iloc[0]
    assert rate(found, "placebo", ORDINARY).mde == pytest.approx(exact)


def test_size_is_the_one_the_study_prints(found, fitted):
    for name in NAMES[1:]:
        for window in ((0, 0), (-1, 1)):
            size = fitted.test(name, window)["size"].iloc[0]
            assert rate(found, name, ORDINARY, window=window).rate == size, name


def test_an_effect_of_nothing_changes_nothing(fitted):
    world, gathered = evidence(fitted, (-1, 1))
    for name in NAMES:
        test = STATISTICS[name].value
        plain = test.compute(gathered.drawn).statistic
        moved = test.compute(world.moved(gathered.drawn, 0.0)).statistic
        np.testing.assert_allclose(moved, plain, rtol=1e-12)


def test_power_rises_with_the_effect_and_the_mde_is_where_it_is_80_percent(found, fitted):
    for name in NAMES:
        powers = [rate(found, name, effect_label(effect)).rate for effect in EFFECTS]
        assert powers == sorted(powers)
        assert powers[-1] > 0.9
        mde = rate(found, name, ORDINARY).mde
        assert 0.1 < mde < 2
    world, gathered = evidence(fitted, (0, 0))
    for name in ("cross_sectional_t", "bmp"):
        mde = rate(found, name, ORDINARY).mde
        p = STATISTICS[name].value.compute(world.moved(gathered.drawn, mde)).pvalue
        assert np.mean(p <= 0.05) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(("slope", "expected"), [(1.0, 2.8), (4.0, 0.7), (0.1, math.nan)])
def test_mde_of_a_known_power_curve(slope, expected):
    from scipy.stats import norm

    def power(effect):
        return float(norm.sf(1.96 - slope * effect))

    assert _mde(power, power(0.0), 10_000) == pytest.approx(expected, abs=0.02, nan_ok=True)
    assert _mde(power, 0.9, 10_000) == 0.0


# ---------------------------------------------------------------- signs and sides


def test_effects_go_where_the_events_should_push():
    """Pairs of sign -1 are pushed down, so that signed pooling sees every effect in full."""
    signs = ["+", "-"] * 4
    plain = calibrate(*study_on(frame_of(2)), statistics=NAMES)
    signed = calibrate(*study_on(frame_of(2), signs=signs, sign="expected"), statistics=NAMES)
    for name in NAMES:
        there = rate(signed, name, effect_label(2.0)).rate
        assert there > 0.9, name
        assert there == pytest.approx(rate(plain, name, effect_label(2.0)).rate, abs=0.1)


@pytest.mark.slow
def test_mirrored_positions_equal_moved_pairs():
    given = study_on(frame_of(3), signs=["+", "-"] * 4, sign="expected")
    fitted = given[0].fit(*given[1:])
    world, gathered = evidence(fitted, (-1, 1))
    moved = world.moved(gathered.drawn, 1.5)
    # In the pooled direction, every pair has gained 1.5 of its own h.
    gain = moved.gather(moved.window.car) - gathered.drawn.gather(gathered.drawn.window.car)
    h = gathered.drawn.gather(gathered.drawn.window.volatility, signed=False)
    np.testing.assert_allclose(gain, 1.5 * h, rtol=1e-9)


def test_one_sided_studies_are_moved_to_their_side():
    for side in ("greater", "less"):
        found = calibrate(*study_on(frame_of(4), alternative=side), statistics=("placebo", "bmp"))
        assert rate(found, "bmp", effect_label(2.0)).rate > 0.9
        assert rate(found, "placebo", effect_label(2.0)).rate > 0.9


def test_a_rougher_day_is_rougher_on_that_day_only(fitted):
    world, gathered = evidence(fitted, (-1, 1))
    rough = world.rougher(gathered.drawn)
    before, after = gathered.drawn.table.abnormal, rough.table.abnormal
    zero = list(gathered.drawn.table.taus).index(0)
    np.testing.assert_allclose(after[:, zero], math.sqrt(2) * before[:, zero])
    others = [c for c in range(before.shape[1]) if c != zero]
    np.testing.assert_array_equal(after[:, others], before[:, others])
    again = cumulate(rough.table, world.window)
    np.testing.assert_array_equal(again.car, rough.window.car)


@pytest.mark.slow
def test_a_window_without_day_0_is_moved_on_its_first_session():
    given = study_on(frame_of(5), car_windows=[(1, 2)])
    fitted = given[0].fit(*given[1:])
    world, gathered = evidence(fitted, (1, 2))
    moved = world.moved(gathered.drawn, 1.0)
    gain = moved.window.car - gathered.drawn.window.car
    there = np.isfinite(gain)
    assert there.mean() > 0.9
    np.testing.assert_allclose(gain[there], gathered.drawn.window.volatility[there], rtol=1e-9)


# ---------------------------------------------------------------- what cannot be measured


def test_unknown_and_unmeasurable_statistics_are_refused(given):
    with pytest.raises(SpecificationError, match="did you mean 'placebo'"):
        calibrate(*given, statistics=["placebos"])
    with pytest.raises(SpecificationError, match="statistics is empty"):
        calibrate(*given, statistics=[])
    with pytest.raises(SpecificationError, match="needs placebo draws"):
        calibrate(*given, draws=0)
    names, left_out = measurable(None, "greater")
    assert set(names) | set(left_out) == set(STATISTICS.names())
    for name in left_out:
        test = STATISTICS[name].value
        assert not test.directed or not test.measured
        with pytest.raises(SpecificationError, match="cannot be calibrated"):
            measurable([name], "greater")


def test_no_placements_are_a_row_with_the_reason():
    short = frame_of(6).iloc[:66]
    found = calibrate(*study_on(short, [63]), statistics=("placebo", "sign"))
    assert found.frame["rate"].isna().all()
    assert found.frame["note"].str.startswith("not available: only ").all()
    assert (found.frame["n_draws"] == 0).all()
    assert "no rate" in found.to_text()


def test_a_test_without_a_rate_says_why_below_its_table(given):
    """`sq` tests a single pair; what follows it in the list keeps its own reason."""
    found = calibrate(*given, statistics=("sq", "bmp"), draws=40)
    rows = found.frame[found.frame["name"] == "sq"]
    assert set(rows.loc[rows["group"] == "all", "note"]) == {
        "not available: it tests a single pair, and this group has 16"
    }
    assert (found.frame.loc[found.frame["name"] == "bmp", "note"] == "").all()
    text = found.to_text(["all", "kind=x"], [(0, 0)])
    for table, pairs in zip(text.split("\n\n")[:2], (16, 8), strict=True):
        line = f"No rate: sq (it tests a single pair, and this group has {pairs})."
        assert table.splitlines()[-1] == line
    short = calibrate(*study_on(frame_of(6).iloc[:66], [63]), statistics=("placebo", "sign"))
    assert "No rate: placebo, sign (only " in short.to_text()


def test_groups_of_the_same_pairs_are_measured_once():
    found = calibrate(*study_on(frame_of(7), by=["kind", "kind*expected_sign"],
                                signs=["+", "-"] * 4), statistics=("bmp",))  # fmt: skip
    parts = found.frame.drop(columns="group")
    one = parts[found.frame["group"] == "kind=x"].reset_index(drop=True)
    two = parts[found.frame["group"] == "kind*expected_sign=x*+"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, two)


# ---------------------------------------------------------------- shown and saved


def test_text_fits_eighty_columns_and_marks_what_is_off(found):
    text = found.to_text()
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("All events, [0,0]: 16 pairs, 8 dates")
    rows = found.frame.copy()
    off = (rows["name"] == "bmp") & (rows["scenario"] == ORDINARY)
    rows.loc[off, ["rate", "rate_low", "rate_high"]] = [0.2, 0.15, 0.26]
    line = next(
        line for line in Calibration(frame=rows, manifest=found.manifest).to_text().splitlines()
        if line.startswith("bmp")
    )  # fmt: skip
    assert "20.0*" in line
    assert "15.0-26.0" in line
    both = found.to_text(["kind=x"], [(0, 0), (-1, 1)])
    assert both.count("x, [") == 2
    with pytest.raises(SpecificationError, match="no window"):
        found.table("all", (0, 2))
    with pytest.raises(SpecificationError, match="group"):
        found.table("kind=z")


def test_the_folder_is_whole_and_the_same_every_time(found, given, tmp_path):
    found.save(tmp_path / "one")
    calibrate(*given, statistics=NAMES).save(tmp_path / "two")
    names = {"calibration.csv", "calibration.svg", "manifest.json"}
    assert {path.name for path in (tmp_path / "one").iterdir()} == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    back = pd.read_csv(tmp_path / "one" / "calibration.csv")
    assert list(back.columns) == list(COLUMNS)
    np.testing.assert_allclose(back["rate"], found.frame["rate"], rtol=1e-11)


def test_progress_is_told(given):
    told = []
    calibrate(*given, statistics="sign", draws=20, progress=lambda *step: told.append(step))
    assert told[-1] == ("measuring size and power", 3, 3)


def test_the_picture_has_a_row_a_test(found):
    from matplotlib.figure import Figure

    ax = found.plot("kind=x", (-1, 1), ax=Figure().add_subplot())
    sizes = {name: rate(found, name, ORDINARY, 0.05, "kind=x", (-1, 1)).rate for name in NAMES}
    assert [tick.get_text() for tick in ax.get_yticklabels()] == sorted(NAMES, key=sizes.get)


# ---------------------------------------------------------------- the command


@pytest.mark.slow
def test_the_command_writes_table_picture_and_manifest(run, tmp_path):
    study = write_study(tmp_path / "in")
    out = tmp_path / "out"
    code, said, err = run(
        "calibrate", study, "--out", out, "--statistics", "bmp, sign", "--draws", "30"
    )
    assert (code, err) == (0, "")
    assert max(len(line) for line in said.splitlines() if "Table:" not in line) <= 80
    assert "bmp" in said
    frame = pd.read_csv(out / "calibration.csv")
    assert set(frame["name"]) == {"bmp", "sign"}
    assert set(frame["group"]) == {"all", "category=up", "category=down"}
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["study"]["statistics"]["draws"] == 30
    assert manifest["study"]["events"]["file"] == "events.csv"
    assert manifest["inputs"]["study"]["name"] == "study.toml"
    # Ours is replaced, others' is not.
    assert (
        run("calibrate", study, "--out", out, "--statistics", "bmp", "--draws", "20", "-q")[0] == 0
    )
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    code, said, err = run("calibrate", study, "--out", other)
    assert (code, said) == (2, "")
    assert "holds files that are not results" in err


def test_json_is_the_frame(run, tmp_path):
    study = write_study(tmp_path / "in")
    code, said, _ = run(
        "calibrate", study, "--out", tmp_path / "out", "--statistics", "sign", "--draws", "30",
        "--json",
    )  # fmt: skip
    assert code == 0
    rows = json.loads(said)
    assert set(rows[0]) == set(COLUMNS)
    assert {row["scenario"] for row in rows} >= {ORDINARY, ROUGH, "effect 2 s.d."}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--statistics", "bmpp"], "--statistics: unknown statistic 'bmpp'; did you mean 'bmp'?"),
        (["--draws", "0"], "--draws"),
        (["--drawz", "10"], "no such option"),
        (["--out"], "--out"),
    ],
)
def test_slips_are_one_line_and_exit_2(run, tmp_path, words, message):
    study = write_study(tmp_path / "in")
    code, said, err = run("calibrate", study, *words)
    assert (code, said) == (2, "")
    assert message.lower() in err.lower()
    assert err.count("\n") == 1


def test_a_study_without_draws_is_refused_by_name(run, tmp_path):
    study = write_study(tmp_path / "in", with_line("draws", "draws = 0", STUDY))
    code, _, err = run("calibrate", study, "--out", tmp_path / "out")
    assert code == 2
    assert "study.toml: calibration needs placebo draws; set statistics.draws" in err
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- draws_from


@pytest.mark.slow
def test_matched_dates_are_as_volatile_beforehand():
    """Every cluster of every draw lies within one decile of its real dates, and not all do."""
    frame = frame_of(8)
    frame.iloc[200:260] *= 3.0
    rows = [150, 230, 236, 330]
    study, events, prices = study_on(frame, rows, draws=150)
    gaps = {}
    for source in ("all", "volatility_matched"):
        results = replace(study, draws_from=source).fit(events, prices)
        _, gathered = evidence(results, (-1, 1))
        design = results.fitted.design
        table, h = design.placebo.table, gathered.drawn.window.volatility
        decile = np.empty(len(h))
        for market in (0, 1):
            own = np.flatnonzero(table.security == market)
            for u in own:
                below = sum(h[own] < h[u]) + 0.5 * sum(h[own] == h[u])
                decile[u] = min(9, math.floor(10 * below / len(own)))
        gaps[source] = []
        for block in gathered.drawn.blocks:
            pairs = block.columns
            day0 = design.table.day0[pairs]
            here = design.placebo.index[0, design.table.security[pairs], day0]
            for line in block.pick:
                gap = decile[block.rows[line]].mean() - decile[here].mean()
                gaps[source].append(abs(gap))
    assert max(gaps["volatility_matched"]) <= 1.0 + 1e-9
    assert max(gaps["all"]) > 3


@pytest.mark.slow
def test_matched_draws_are_reproducible_and_differ_from_all():
    given = study_on(frame_of(9), draws=100, draws_from="volatility_matched")
    one, two = (given[0].fit(*given[1:]) for _ in range(2))
    pd.testing.assert_frame_equal(one.statistics, two.statistics)
    pd.testing.assert_frame_equal(one.family, two.family)
    other = replace(given[0], draws_from="all").fit(*given[1:])
    assert not one.statistics["pvalue"].equals(other.statistics["pvalue"])
    assert one.statistics["statistic"].equals(other.statistics["statistic"])
    assert one.spec["statistics"]["draws_from"] == "volatility_matched"


def test_too_few_dates_of_like_volatility_are_said():
    frame = frame_of(10).iloc[:110]
    frame.iloc[100:] *= 20.0
    study, events, prices = study_on(frame, [107], draws_from="volatility_matched", min_obs=50)
    rows = study.fit(events, prices).test("placebo", (0, 0))
    assert math.isnan(rows["pvalue"].iloc[0])
    assert rows["note"].iloc[0].startswith("not available: only ")


def test_draws_from_is_a_key_of_the_study_file(run, tmp_path):
    text = STUDY.replace("draws = 20\n", 'draws = 20\ndraws_from = "matched"\n')
    code, _, err = run("run", write_study(tmp_path / "in", text), "--out", tmp_path / "out")
    assert code == 2
    assert "statistics.draws_from" in err
    with pytest.raises(SpecificationError, match=r"statistics\.draws_from"):
        EventStudy(draws_from="matched")
