"""The bundles: what is known of each software, from its program or its documents."""

from __future__ import annotations

from eventstudy.conventions.bundle import CONVENTIONS, Conventions

OURS = Conventions()
"""What eventstudy does: docs/methods.md, sections 4 and 5."""

CONVENTIONS.register(
    "stata_estudy",
    summary="estudy 2.1.2 of Stata: RSS/(M-1), event-time correlation, normal BMP, log group mean",
    source="Pacicco, Vena and Venegoni (Stata Journal 2018, 2021); estudy.ado 2.1.2 (2021-09-16)",
)(
    Conventions(
        residual_variance="M-1",
        forecast="single_index",
        degrees="M-K-1",
        group_mean="log_of_mean",
        patell_window="car",
        bmp_distribution="normal",
        correlation="event",
        grank="T-1",
        wilcoxon="own_series",
        storage="single",
        tests=(
            "j1", "patell", "adjusted_patell", "bmp", "kolari_pynnonen", "grank_t", "wilcoxon",
        ),
        remark="j1 is what it calls Norm. A market-model CAR has the moments of the index over all "
        "estimation sessions, those on which the security has no return among them. What its "
        "Wilcoxon option computes is no signed-rank test.",
    )
)  # fmt: skip

CONVENTIONS.register(
    "wrds",
    summary="WRDS macro EVENT_STUDY: no forecast error, Patell with variance 1",
    source="WRDS research macro EVENT_STUDY (Glushkov 2009, version of 30 May 2012)",
)(
    Conventions(
        forecast="none",
        window_length="window",
        patell_window="car",
        patell_variance="one",
        tests=("cross_sectional_t", "patell", "bmp", "sign"),
        remark="The macro prints no p-values; those here are of t(N-1) and N(0,1). What the web "
        "service of WRDS computes may differ and is not documented as far as is known.",
    )
)

CONVENTIONS.register(
    "estudy2",
    summary="estudy2 of R: residual standard deviation with M-1, single sessions only",
    source="Rudnytskyi, R package estudy2 0.10.0 (2021)",
)(
    Conventions(
        residual_variance="M-1",
        tests=("cross_sectional_t", "patell", "bmp"),
        single_sessions=True,
        remark="It has Patell's and the standardised cross-sectional test for the market model "
        "only, where the degrees of freedom are M-2, and tests no CAR by them.",
    )
)

CONVENTIONS.register(
    "eventus",
    summary="Eventus: BMP by default, Patell and Kolari-Pynnonen by option; details as ours",
    source="Cowan, Goodbye to the Patell Test in Eventus (2020)",
)(
    Conventions(
        tests=("patell", "bmp", "kolari_pynnonen"),
        remark="That it has these tests is documented; no constant of their formulas could be "
        "checked, so that each is as eventstudy has it.",
    )
)
