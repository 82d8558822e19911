"""The decisions: whether a text is worth decoding, whether it is spun, whether an edit is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from despin.learn.features import CLOSED_FEATURES, EDIT_FEATURES, TEXT_FEATURES
from despin.learn.learner import FOLDS, Example, Text
from despin.learn.logistic import fit_logistic, predict
from despin.learn.trees import EDIT, OPINION, TEXT, Forest, Trees, fit_trees, plain

__all__ = ["fit_edit", "fit_first", "fit_opinion", "fit_opinions", "fit_text", "with_spin"]

F64 = NDArray[np.float64]

_TEXT_LOGIT = "logit of the document's spin probability"
# Share of spun passages that may be passed over before decoding.
_CLOSED_UNREAD = 0.01


def with_spin(examples: Sequence[Example], texts: Sequence[Text], log_odds: Sequence[float]) -> list[Example]:
    """The examples with the logit of their text's spin probability in the same round filled in."""
    logits = {
        (t.fold, t.passage, t.spun_side): min(8.0, max(-8.0, z))
        for t, z in zip(texts, log_odds, strict=True)
        if t.passage >= 0
    }
    at = EDIT_FEATURES.index(_TEXT_LOGIT)
    result = []
    for example in examples:
        features = list(example.features)
        features[at] = logits[example.fold, example.passage, example.spun_side]
        result.append(replace(example, features=features))
    return result


def fit_opinions(examples: Sequence[Example]) -> list[Trees]:
    """First opinions on edits that know nothing of their text: for each fold of a round from the others."""
    x, y, importance = _edit_arrays(examples)
    fold = np.array([example.fold for example in examples])
    others = [fold != number for number in np.unique(fold)]
    return [plain(fit_trees(OPINION, x[rest], y[rest], importance[rest])) for rest in others]


def fit_opinion(examples: Sequence[Example], rounds: int) -> Trees:
    """The first opinion learned from all folds of so many rounds."""
    x, y, importance = _edit_arrays(examples)
    return plain(fit_trees(OPINION, x, y, importance, rounds))


def fit_edit(examples: Sequence[Example], rounds: int) -> tuple[Trees, list[float]]:
    """The trees of the edit decision, and out-of-fold probabilities of the examples.

    Log odds are calibrated (Platt 1999) on the out-of-fold ones of texts that are likely to be repaired at all.
    """
    x, y, importance = _edit_arrays(examples)
    hand = np.unique([example.hand for example in examples], return_inverse=True)[1]
    log_odds = _out_of_fold(EDIT, x, y, importance, hand % 5, rounds)
    open_text = x[:, EDIT_FEATURES.index(_TEXT_LOGIT)] > 0
    z = np.stack([np.ones(len(y)), log_odds], axis=1)
    intercept, slope = fit_logistic(z[open_text], y[open_text], np.ones(int(open_text.sum())), 1e-3)
    trees = plain(fit_trees(EDIT, x, y, importance, rounds), float(slope), float(intercept))
    return trees, [float(p) for p in predict(z, np.array([intercept, slope]))]


def _edit_arrays(examples: Sequence[Example]) -> tuple[F64, F64, F64]:
    """Features, right or not, importance."""
    return (
        np.array([example.features for example in examples]),
        np.array([float(example.right) for example in examples]),
        np.array([example.importance for example in examples]),
    )


def _out_of_fold(forest: Forest, x: F64, y: F64, importance: F64, group: NDArray[np.int64], rounds: int = 1) -> F64:
    """Log odds of each example by trees that have not seen its group."""
    log_odds = np.zeros(len(y))
    for k in np.unique(group):
        rest = group != k
        model = fit_trees(forest, x[rest], y[rest], importance[rest], rounds)
        log_odds[~rest] = model.predict(x[~rest], raw_score=True)
    return log_odds


def fit_first(texts: Sequence[Text]) -> dict[str, Any]:
    """The decision before decoding: ``weights``, the probability below which hardly a spun text falls
    (``open_above``), and the weights that tell the probability of a text that is so ``closed``."""
    x, y, importance = _text_arrays(texts, [text.first for text in texts])
    weights = fit_logistic(x, y, importance, 1.0)
    p = predict(x, weights)
    spun = np.array([text.kind in ("heavy", "light") and text.passage >= 0 for text in texts])
    open_above = float(np.quantile(p[spun], _CLOSED_UNREAD))
    at = [TEXT_FEATURES.index(name) for name in CLOSED_FEATURES]
    unread = p < open_above
    seen = np.array([[text.features[k] for k in at] for text in texts])[unread]
    closed = fit_logistic(seen, y[unread], importance[unread], 1.0)
    return {"weights": _rounded(weights), "open_above": round(open_above, 5), "closed": _rounded(closed)}


def _rounded(weights: F64) -> list[float]:
    return [round(float(weight), 5) for weight in weights]


def fit_text(texts: Sequence[Text], rounds: int) -> tuple[Trees, list[float]]:
    """The trees of the decision on a decoded text, spun against clean, and out-of-fold log odds of the texts.

    A text is judged by trees of its own round: in another one its passage is among those that teach.
    """
    x, y, importance = _text_arrays(texts, [text.features for text in texts])
    fold = np.array([text.fold for text in texts])
    log_odds = np.zeros(len(y))
    for number in range(rounds):
        own = fold // FOLDS == number
        log_odds[own] = _out_of_fold(TEXT, x[own], y[own], importance[own], fold[own])
    z = np.stack([np.ones(len(y)), log_odds], axis=1)
    intercept, slope = fit_logistic(z, y, importance, 1e-3)
    trees = plain(fit_trees(TEXT, x, y, importance, rounds), float(slope), float(intercept))
    return trees, [float(value) for value in intercept + slope * log_odds]


def _text_arrays(texts: Sequence[Text], features: Sequence[list[float]]) -> tuple[F64, F64, F64]:
    """Features, spun or not, importance.

    Where it is hard to tell the two apart counts most: light spinning thrice, traps ("none": sound passages full of
    spinners' favourite words) sixteen times; in all, clean texts weigh 2.5 times as much as spun ones, because harm is
    worse than a miss.
    """
    y = np.array([float(text.kind in ("heavy", "light")) for text in texts])
    importance = np.array([{"light": 3.0, "none": 16.0}.get(text.kind, 1.0) for text in texts])
    importance[y == 0] *= 2.5 * importance[y == 1].sum() / importance[y == 0].sum()
    return np.array(features), y, importance
