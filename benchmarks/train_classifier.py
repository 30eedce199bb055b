"""Train the linear model of headlines and write it into the package.

    python -m pip install --group train
    python benchmarks/train_classifier.py [--curve] [--dry-run]

It is trained on every row of data/news/headlines.csv but those of `held_out_2` to `held_out_5`.
How much the rules count beside it, and how often which probability is right, is fitted on the rows
of `held_out` and of `tuning_4` to `tuning_6`, which no rule was made on, by models trained without
them. Prints that, the shares right by confidence and by agreement, and how many directions are
given and turned round by how probable the opposite may be; with ``--curve`` how accuracy grows with
the number of headlines.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from eventstudy.news.classification.features import counted_buckets
from eventstudy.news.classification.linear_model import LinearClassifier
from eventstudy.news.classification.loading import load_rules

HEADLINES = Path(__file__).parents[1] / "data/news/headlines.csv"
MODEL = Path(__file__).parents[1] / "eventstudy/news/classification/linear_model.npz"
KEPT_OUT = ("held_out_2", "held_out_3", "held_out_4", "held_out_5")
UNSEEN_BY_RULES = ("held_out", "tuning_4", "tuning_5", "tuning_6")
N_BUCKETS = 2**14
PENALTY = 10.0
STEPS = 127
FOLDS = 5
SMOOTHING = 0.2
"""Headlines that every category is given of every direction, so that none is impossible."""


def main() -> None:
    """Train, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--curve", action="store_true", help="accuracy by number of headlines")
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    options = parser.parse_args()
    items = pd.read_csv(HEADLINES, dtype=str, keep_default_na=False)
    items = items[~items["split"].isin(KEPT_OUT)].reset_index(drop=True)
    rules = load_rules()
    guesses = [rules.guess(headline) for headline in items["headline"]]
    seen = [rules.names_in(headline) for headline in items["headline"]]
    counts = [counted_buckets(tokens, concepts, N_BUCKETS) for tokens, concepts in seen]
    is_unseen = items["split"].isin(UNSEEN_BY_RULES).to_numpy()
    parts: dict[str, np.ndarray] = {"trained_on": np.array(_digest(items))}
    parts["directions"] = _directions_of(items)
    expected = None
    for name in ("category", "direction"):
        truth = items[name].to_numpy()
        if options.curve:
            _show_curve(name, counts, truth)
        said = [getattr(guess, name) for guess in guesses]
        sure = np.array([guess.confidence for guess in guesses])
        left_out = _left_out(counts, truth)
        model, pooled = _pooled(
            _fitted(counts, truth), left_out, said, sure, expected, truth, is_unseen
        )
        if expected is None:
            expected = pooled @ parts["directions"]
        by_model = np.array(model.classes)[left_out.argmax(axis=1)]
        _show(name, model, truth, by_model, np.array(said, dtype=object), pooled, is_unseen)
        parts |= {
            f"{name}_{part}": np.asarray(getattr(model, part))
            for part in ("classes", "intercept", "pooling", "calibration")
        }
        parts[f"{name}_weights"] = model.weights.astype(np.int8)
        parts[f"{name}_scale"] = model.scale
        parts["rarity"] = model.rarity.astype(np.float32)
    if not options.dry_run:
        np.savez_compressed(MODEL, **parts)
        print(f"\n{MODEL.name}: {MODEL.stat().st_size:,} bytes")


def _digest(items: pd.DataFrame) -> str:
    """Return the SHA-256 of what is trained on: headlines and labels, in the order of the file."""
    columns = ["headline", "category", "direction", "split"]
    return hashlib.sha256(items[columns].to_csv(index=False).encode()).hexdigest()


def _rarity(counts: list) -> np.ndarray:
    n_with = np.bincount(np.concatenate([buckets for buckets, _ in counts]), minlength=N_BUCKETS)
    return (np.log((1 + len(counts)) / (1 + n_with)) + 1).astype(np.float32).astype(np.float64)


def _matrix(counts: list, rarity: np.ndarray) -> csr_matrix:
    rows = [values * rarity[buckets] for buckets, values in counts]
    rows = [row / (np.sqrt(row @ row) or 1.0) for row in rows]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate([buckets for buckets, _ in counts])
    return csr_matrix((np.concatenate(rows), columns, ends), shape=(len(rows), N_BUCKETS))


def _fitted(counts: list, truth: np.ndarray) -> LinearClassifier:
    """Return the classifier of some headlines, its weights rounded to steps."""
    rarity = _rarity(counts)
    fit = LogisticRegression(C=PENALTY, max_iter=500).fit(_matrix(counts, rarity), truth)
    scale = np.abs(fit.coef_).max(axis=1) / STEPS
    return LinearClassifier(
        classes=tuple(str(name) for name in fit.classes_),
        rarity=rarity,
        weights=np.rint(fit.coef_.T / scale).astype(np.int8),
        scale=scale,
        intercept=fit.intercept_,
        pooling=np.array([1.0, 0.0, 0.0]),
        calibration=np.array([0.0, 1.0]),
    )


def _probabilities(model: LinearClassifier, counts: list) -> np.ndarray:
    logits = _matrix(counts, model.rarity) @ model.weights * model.scale + model.intercept
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def _left_out(counts: list, truth: np.ndarray) -> np.ndarray:
    """Return the probabilities of every headline by a model that was trained without it."""
    found = np.zeros((len(truth), len(np.unique(truth))))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for learnt, left in folds.split(np.zeros(len(truth)), truth):
        model = _fitted([counts[row] for row in learnt], truth[learnt])
        found[left] = _probabilities(model, [counts[row] for row in left])
    return found


def _directions_of(items: pd.DataFrame) -> np.ndarray:
    """Return how often headlines of each category have each direction, both by name."""
    counts = pd.crosstab(items["category"], items["direction"]).sort_index(axis=1).sort_index()
    smoothed = counts.to_numpy(float) + SMOOTHING
    return smoothed / smoothed.sum(axis=1, keepdims=True)


def _pooled(
    model: LinearClassifier,
    left_out: np.ndarray,
    said: list,
    sure: np.ndarray,
    expected: np.ndarray | None,
    truth: np.ndarray,
    is_unseen: np.ndarray,
) -> tuple[LinearClassifier, np.ndarray]:
    """Return the classifier with pooling and calibration, and what it then says of every headline.

    Both are of the greatest likelihood on the rows no rule was made on.
    """
    place = np.array([model.classes.index(name) for name in truth])

    def of(pooling: np.ndarray, rows: np.ndarray) -> np.ndarray:
        chosen = replace(model, pooling=np.append(pooling, [0.0])[:3])
        return np.array(
            [
                chosen.pooled(
                    left_out[row], said[row], sure[row], None if expected is None else expected[row]
                )
                for row in rows
            ]
        )

    rows = np.flatnonzero(is_unseen)

    def loss(pooling: np.ndarray) -> float:
        return float(-np.log(of(pooling, rows)[np.arange(len(rows)), place[rows]]).mean())

    start = np.ones(2 if expected is None else 3)
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-6}).x
    pooling = np.round(np.append(best, [0.0])[:3], 3)
    model = replace(model, pooling=pooling)
    found = of(pooling, np.arange(len(truth)))
    top = found[rows].max(axis=1)
    odds = np.log(np.clip(top, 1e-3, 1 - 1e-3) / (1 - np.clip(top, 1e-3, 1 - 1e-3)))
    right = found[rows].argmax(axis=1) == place[rows]
    fit = LogisticRegression(C=np.inf).fit(odds[:, None], right)
    calibration = np.round([fit.intercept_[0], fit.coef_[0, 0]], 3)
    return replace(model, calibration=calibration), found


def _show(
    name: str,
    model: LinearClassifier,
    truth: np.ndarray,
    by_model: np.ndarray,
    said: np.ndarray,
    pooled: np.ndarray,
    rows: np.ndarray,
) -> None:
    truth, by_model, said, pooled = truth[rows], by_model[rows], said[rows], pooled[rows]
    best = np.array(model.classes)[pooled.argmax(axis=1)]
    print(f"\n{name.upper()}, {rows.sum()} headlines no rule was chosen on, each left out")
    print(f"pooling {model.pooling.tolist()}, calibration {model.calibration.tolist()}")
    turned = None
    for title, given in (("rules", said), ("model", by_model), ("both", best)):
        f1 = f1_score(truth, given.astype(str), average="macro", labels=model.classes)
        line = f"{title:<8}right {(given == truth).mean():.3f}  macro-F1 {f1:.3f}"
        if name == "direction":
            turned = (given != truth) & (given != "neutral") & (truth != "neutral")
            line += f"  turned {(turned & (given != None)).sum()}"  # noqa: E711 - elementwise
        print(line)
    agree = said == by_model
    print(f"agree   {agree.mean():.2f}: right {(best == truth)[agree].mean():.3f}")
    print(f"do not  {1 - agree.mean():.2f}: right {(best == truth)[~agree].mean():.3f}")
    confidence = np.array([model.share_right(top) for top in pooled.max(axis=1)])
    for low, high in ((0.9, 1.01), (0.8, 0.9), (0.7, 0.8), (0.6, 0.7), (0.5, 0.6), (0.0, 0.5)):
        there = (confidence >= low) & (confidence < high)
        if there.any():
            share = (best == truth)[there].mean()
            print(f"confidence {low:.1f} and more: {there.sum():4d}, right {share:.2f}")
    if turned is None or name != "direction":
        return
    one, other = (model.classes.index(sign) for sign in ("escalation", "de-escalation"))
    opposite = np.where(best == "neutral", 0.0, np.minimum(pooled[:, one], pooled[:, other]))
    for limit in (0.1, 0.2, 0.3, 0.4, 0.5):
        given = opposite <= limit
        print(
            f"opposite at most {limit:.1f}: given {given.mean():.3f}, right "
            f"{((best == truth) & given).mean():.3f}, turned {(turned & given).sum()}"
        )


def _show_curve(name: str, counts: list, truth: np.ndarray) -> None:
    order = np.random.default_rng(0).permutation(len(truth))
    fifth = len(order) // 5
    left, rest = order[:fifth], order[fifth:]
    for number in [*range(200, len(rest), 200), len(rest)]:
        learnt = rest[:number]
        model = _fitted([counts[row] for row in learnt], truth[learnt])
        found = _probabilities(model, [counts[row] for row in left]).argmax(axis=1)
        share = (np.array(model.classes)[found] == truth[left]).mean()
        print(f"{name}: trained on {number}, {share:.3f} of {fifth} others right")


if __name__ == "__main__":
    main()
