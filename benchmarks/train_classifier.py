"""Train the linear model of headlines and write it into the package.

    python -m pip install --group train
    python benchmarks/train_classifier.py [--curve] [--dry-run]

It is trained on every row of data/news/headlines.csv but those of `held_out_2` to `held_out_4`.
How much the rules count beside it, and how often which score is right, is chosen on the rows of
`held_out`, `tuning_4` and `tuning_5`, which no rule was made on, by models trained without them.
Prints that choice, the shares right by confidence and by agreement, and with ``--curve`` how
accuracy grows with the number of headlines.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from eventstudy.news.classification.features import counted_buckets
from eventstudy.news.classification.linear_model import LinearClassifier
from eventstudy.news.classification.loading import load_rules

HEADLINES = Path(__file__).parents[1] / "data/news/headlines.csv"
MODEL = Path(__file__).parents[1] / "eventstudy/news/classification/linear_model.npz"
KEPT_OUT = ("held_out_2", "held_out_3", "held_out_4")
UNSEEN_BY_RULES = ("held_out", "tuning_4", "tuning_5")
N_BUCKETS = 2**14
PENALTY = 10.0
STEPS = 127
FOLDS = 5
RULE_WEIGHTS = np.arange(0.0, 1.55, 0.05)


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
    for name in ("category", "direction"):
        truth = items[name].to_numpy()
        if options.curve:
            _show_curve(name, counts, truth)
        said = [getattr(guess, name) for guess in guesses]
        sure = np.array([guess.confidence for guess in guesses])
        left_out = _left_out(counts, truth)
        plain = _fitted(counts, truth)
        weight = _best_weight(plain, left_out, said, sure, truth, is_unseen)
        model = replace(plain, rule_weight=weight)
        best, leads = _blended(model, left_out, said, sure)
        model = _calibrated(model, leads[is_unseen], (best == truth)[is_unseen])
        by_model = np.array(model.classes)[left_out.argmax(axis=1)]
        _show(name, model, truth, by_model, np.array(said, dtype=object), best, leads, is_unseen)
        parts |= {
            f"{name}_{part}": np.asarray(getattr(model, part))
            for part in ("classes", "intercept", "rule_weight", "leads", "shares")
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
        rule_weight=0.0,
        leads=np.array([0.0, 1.0]),
        shares=np.array([0.0, 1.0]),
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


def _blended(
    model: LinearClassifier, probabilities: np.ndarray, said: list, sure: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    answers = [
        replace(model, leads=np.array([0.0, 9.0]), shares=np.array([0.0, 9.0])).blended(*row)
        for row in zip(probabilities, said, sure, strict=True)
    ]
    return np.array([name for name, _ in answers]), np.array([lead for _, lead in answers])


def _calibrated(
    model: LinearClassifier, leads: np.ndarray, is_right: np.ndarray
) -> LinearClassifier:
    """Return the classifier with the share of right answers by lead, isotonic.

    Of n answers with k right the share is (k + 1) / (n + 2), so that none is certain.
    """
    level = IsotonicRegression().fit(leads, is_right).predict(leads)
    blocks = [np.flatnonzero(level == share) for share in np.unique(level)]
    shares = [(is_right[rows].sum() + 1) / (len(rows) + 2) for rows in blocks]
    ends = [end for rows in blocks for end in (leads[rows].min(), leads[rows].max())]
    return replace(model, leads=np.array(ends), shares=np.maximum.accumulate(np.repeat(shares, 2)))


def _best_weight(
    model: LinearClassifier,
    probabilities: np.ndarray,
    said: list,
    sure: np.ndarray,
    truth: np.ndarray,
    is_unseen: np.ndarray,
) -> float:
    """Return how much the rules count: the middle of the weights that are right most often."""
    rows = np.flatnonzero(is_unseen)
    n_right = []
    for weight in RULE_WEIGHTS:
        chosen = replace(model, rule_weight=float(weight))
        best, _ = _blended(chosen, probabilities[rows], [said[row] for row in rows], sure[rows])
        n_right.append(int((best == truth[rows]).sum()))
    most = max(n_right)
    # Weights within one headline in a hundred of the best are as good as it.
    good = RULE_WEIGHTS[np.array(n_right) >= most - len(rows) // 100]
    return round(float(np.median(good)), 2)


def _show(
    name: str,
    model: LinearClassifier,
    truth: np.ndarray,
    by_model: np.ndarray,
    said: np.ndarray,
    best: np.ndarray,
    leads: np.ndarray,
    rows: np.ndarray,
) -> None:
    truth, by_model, said, best = truth[rows], by_model[rows], said[rows], best[rows]
    print(f"\n{name.upper()}, {rows.sum()} headlines no rule was chosen on, each left out")
    print(f"weight of the rules {model.rule_weight:.2f}")
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
    confidence = np.interp(leads[rows], model.leads, model.shares)
    for low, high in ((0.9, 1.01), (0.8, 0.9), (0.7, 0.8), (0.5, 0.7), (0.0, 0.5)):
        there = (confidence >= low) & (confidence < high)
        if there.any():
            share = (best == truth)[there].mean()
            print(f"confidence {low:.1f} and more: {there.sum():4d}, right {share:.2f}")


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
