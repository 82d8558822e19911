"""What out-of-fold decisions come to: kept beside the model as the honest estimate of its quality."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from despin.learn.gold import LISTED, SYNTHETIC

if TYPE_CHECKING:
    from despin.learn.learner import Example, Text

__all__ = ["area_under_curve", "detection", "summary"]


def summary(examples: Sequence[Example], probability: Sequence[float], required: int) -> list[dict[str, Any]]:
    """Precision, recall and F0.5 out of fold at several thresholds, before any document gate.

    On passages composed without a list of swaps, once for each round of learning; `required`: their required slots, as
    often counted.
    """
    rows = []
    kept = [(e, p) for e, p in zip(examples, probability, strict=True) if e.source not in (LISTED, SYNTHETIC)]
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        made = [e for e, p in kept if p >= threshold]
        right = sum(e.right and e.required and e.spun_side for e in made)
        wrong = sum(not e.right and e.spun_side for e in made)
        precision, recall = right / max(1, right + wrong), right / max(1, required)
        f = 1.25 * precision * recall / max(1e-9, 0.25 * precision + recall)
        clean = sum(not e.spun_side for e in made)
        rows.append(
            {
                "threshold": threshold,
                "precision": round(precision, 4),
                "recall": round(recall, 4),
                "f05": round(f, 4),
                "clean_changes": clean,
            }
        )
    return rows


def area_under_curve(positive: Iterable[float], negative: Iterable[float]) -> float | None:
    """Probability that one of the positive scores is above one of the negative, ties counting half; None for no pair.

    >>> area_under_curve([0.9, 0.4], [0.1, 0.4])
    0.875
    """
    below = sorted(negative)
    wins = [(bisect_left(below, score) + bisect_right(below, score)) / 2 for score in positive]
    return round(sum(wins) / (len(wins) * len(below)), 4) if wins and below else None


def detection(texts: Sequence[Text], log_odds: Sequence[float]) -> dict[str, float | None]:
    """How well whole passages are told from sound ones (area under the ROC curve), out of fold."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for text, value in zip(texts, log_odds, strict=True):
        if text.passage >= 0:
            by_kind[text.kind].append(value)
    pairs = [(kind, other) for kind in ("heavy", "light") for other in ("none", "clean")]
    return {f"{a} against {b}": area_under_curve(by_kind[a], by_kind[b]) for a, b in pairs}
