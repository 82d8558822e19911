"""Learning to decide: weights of the edit and spin decisions from annotated passages, without looking at the answer.

Passages are split into folds. What is known of a fold's passages never helps to decide on them: row weights, rows
that come from annotated passages only, and reliabilities are taken from the other folds.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from despin.channel.compile import entries, model_sections
from despin.channel.link import Entry
from despin.channel.rows import Row
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.learn.features import EDIT_FEATURES, FIRST_FEATURES, TEXT_FEATURES
from despin.learn.fitted import Fitted
from despin.learn.gold import Passage
from despin.learn.label import judge
from despin.learn.logistic import fit_logistic, predict
from despin.learn.synthetic import SYNTHETIC
from despin.learn.trees import Trees, fit_trees, plain
from despin.learn.weights import fit_weights, pairs_seen, phrase
from despin.model.container import Container, write
from despin.model.words import read_words
from despin.text import protect
from despin.text.render import draft

__all__ = [
    "FROM_PASSAGES",
    "Example",
    "Learner",
    "Text",
    "fit_edit",
    "fit_first",
    "fit_text",
    "reliabilities",
    "summary",
    "with_spin",
]

F64 = NDArray[np.float64]

FROM_PASSAGES = "train"  # the note of a row whose only source is the annotated passages
_FOLDS = 4
_PENALTY = 3.0
_BEGINNING = 200  # characters of a passage that stand for a short text
# Strength of the prior of a reliability, in observations.
_SHRINK = 2.0
_SYNTHETIC_IMPORTANCE = 0.3
_TEXT_LOGIT = "logit of the document's spin probability"
# Share of spun passages that may be passed over before decoding.
_CLOSED_UNREAD = 0.01


@dataclass(frozen=True)
class Example:
    """One proposed edit: its features, whether it is right, what it counts, and where it comes from."""

    features: list[float]
    right: bool
    importance: float
    fold: int
    passage: int
    spun_side: bool
    required: bool
    before: str
    after: str
    evidence: float


@dataclass(frozen=True)
class Text:
    """One side of a passage: ``heavy``, ``light``, ``none`` (a trap) or ``clean``.

    `first` and `features` are what tells of its spin before and after decoding.
    """

    passage: int
    spun_side: bool
    kind: str
    first: list[float]
    features: list[float]


@dataclass
class Learner:
    """Rows, a language model and passages, and the folds of the passages."""

    rows: list[Row]
    language_model: Path
    embedding: Path
    passages: list[Passage]
    lattice: dict[str, float]
    folder: Path
    synthetic: list[Passage] = field(default_factory=list)  # only to learn decisions from

    def __post_init__(self) -> None:
        random.Random(5).shuffle(self.passages)
        self._lm = Container(self.language_model)
        self._embedding = Container(self.embedding)
        self._words = read_words(self._lm)
        self.forms = entries(self.rows, set(self._words))

    def fold(self, number: int) -> list[tuple[int, Passage]]:
        """The passages of a fold, with their numbers."""
        return [(n, p) for n, p in enumerate([*self.passages, *self.synthetic]) if n % _FOLDS == number]

    def decoder(self, number: int, reliability: Mapping[tuple[str, str], float] | None = None) -> Decoder:
        """A decoder that has learned from the other folds, with reliabilities that come from them too."""
        others = [p for n, p in enumerate(self.passages) if n % _FOLDS != number]
        seen = pairs_seen(others)
        alive = {form.row for form in self.forms if (phrase(form.spun), phrase(form.original)) in seen}
        keep = [n for n, row in enumerate(self.rows) if row.note != FROM_PASSAGES or n in alive]
        place = {old: new for new, old in enumerate(keep)}
        rows = [self.rows[n] for n in keep]
        forms = [Entry(f.spun, f.original, place[f.row]) for f in self.forms if f.row in place]
        fitted = fit_weights(rows, forms, others)
        path = self.folder / f"fold{number}"
        decision = {
            "lattice": self.lattice,
            "first": {"weights": [0.0] * len(FIRST_FEATURES), "open_above": 0.0},
            "text": {"weights": [0.0] * len(TEXT_FEATURES)},
        }
        write(
            path,
            {"decision": decision, "lm_unknown": self._lm.metadata["lm_unknown"]},
            model_sections(fitted, Fitted({}, reliability or {}), self._lm, self._embedding, self._words),
        )
        return Decoder(Model(Container(path)), None, decision)

    def examples(self, first: Sequence[Example] = ()) -> tuple[list[Example], list[Text]]:
        """Proposed edits on both sides of every passage, and the evidence in every text.

        `first`: the examples of a first round, from which reliabilities are taken.
        """
        found: list[Example] = []
        texts: list[Text] = []
        for number in range(_FOLDS):
            decoder = self.decoder(number, reliabilities(first, set(range(_FOLDS)) - {number}) if first else None)
            for n, passage in self.fold(number):
                for spun_side, text in ((True, passage.spun), (False, passage.original)):
                    spans = protect.spans(text)
                    kind = passage.meta.get("spin", "heavy") if spun_side else "clean"
                    texts.append(Text(n, spun_side, kind, *decoder.evidence(text, spans)))
                    beginning = text[:_BEGINNING].rsplit(" ", 1)[0]
                    texts.append(Text(-1, spun_side, kind, *decoder.evidence(beginning, protect.spans(beginning))))
                    found += _examples(decoder, passage, text, spans, spun_side, number, n)
        return found, texts


def with_spin(examples: Sequence[Example], texts: Sequence[Text], weights: Sequence[float]) -> list[Example]:
    """The examples with the logit of their text's spin probability filled in."""
    logits = {
        (t.passage, t.spun_side): float(np.clip(np.dot(weights, t.features), -8, 8)) for t in texts if t.passage >= 0
    }
    at = EDIT_FEATURES.index(_TEXT_LOGIT)
    result = []
    for example in examples:
        features = list(example.features)
        features[at] = logits[example.passage, example.spun_side]
        result.append(replace(example, features=features))
    return result


def _examples(
    decoder: Decoder, passage: Passage, text: str, spans: list[tuple[int, int]], spun_side: bool, fold: int, n: int
) -> Iterator[Example]:
    for start, end, _confidence, surface, _row, _own, _others, features in decoder(text, spans, detail=True)[3]:
        if features is None or draft(text, start, end, surface) is None:
            continue
        right, required = judge(passage, start, end, surface) if spun_side else (False, False)
        # an optional repair counts less, and so does an edit of a text that the gate usually closes
        importance = (1.0 if required or not right else 0.4) if spun_side else 0.3
        if passage.meta.get("source") == SYNTHETIC:
            importance *= _SYNTHETIC_IMPORTANCE
        yield Example(
            features,
            right,
            importance,
            fold,
            n,
            spun_side,
            required,
            text[start:end].lower(),
            surface,
            passage.evidence,
        )


def reliabilities(examples: Sequence[Example], folds: Iterable[int] | None = None) -> dict[tuple[str, str], float]:
    """Log odds that a form, or a pair of forms, is right, relative to all of them; from some folds (default: all)."""
    chosen = set(range(_FOLDS)) if folds is None else set(folds)
    counts: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    total = [1.0, 1.0]
    for example in examples:
        if example.spun_side and example.fold in chosen:
            total[example.right] += example.evidence
            counts[example.before, ""][example.right] += example.evidence
            counts[example.before, example.after][example.right] += example.evidence
    share = total[1] / sum(total)
    base = math.log(share / (1 - share))
    return {
        key: math.log((right + _SHRINK * share) / (wrong + _SHRINK * (1 - share))) - base
        for key, (wrong, right) in counts.items()
    }


def fit_edit(examples: Sequence[Example]) -> tuple[Trees, list[float]]:
    """The trees of the edit decision, and out-of-fold probabilities of the examples.

    Log odds are calibrated (Platt 1999) on the out-of-fold ones of texts that are likely to be repaired at all.
    """
    x = np.array([example.features for example in examples])
    y = np.array([float(example.right) for example in examples])
    importance = np.array([example.importance for example in examples])
    group = np.array([example.passage for example in examples]) % 5
    log_odds = np.zeros(len(y))
    for k in range(5):
        rest = group != k
        log_odds[~rest] = fit_trees(x[rest], y[rest], importance[rest]).predict(x[~rest], raw_score=True)
    open_text = x[:, EDIT_FEATURES.index(_TEXT_LOGIT)] > 0
    z = np.stack([np.ones(len(y)), log_odds], axis=1)
    intercept, slope = fit_logistic(z[open_text], y[open_text], np.ones(int(open_text.sum())), 1e-3)
    trees = plain(fit_trees(x, y, importance), float(slope), float(intercept))
    return trees, [float(p) for p in predict(z, np.array([intercept, slope]))]


def fit_first(texts: Sequence[Text]) -> tuple[list[float], float]:
    """Weights of the decision before decoding, and the probability below which hardly a spun text falls."""
    x, y, importance = _text_arrays(texts, [text.first for text in texts])
    weights = fit_logistic(x, y, importance, 1.0)
    spun = np.array([text.kind in ("heavy", "light") and text.passage >= 0 for text in texts])
    return [float(weight) for weight in weights], float(np.quantile(predict(x[spun], weights), _CLOSED_UNREAD))


def fit_text(texts: Sequence[Text]) -> list[float]:
    """Weights of the decision on a decoded text: spun against clean."""
    x, y, importance = _text_arrays(texts, [text.features for text in texts])
    return [float(weight) for weight in fit_logistic(x, y, importance, _PENALTY)]


def _text_arrays(texts: Sequence[Text], features: Sequence[list[float]]) -> tuple[F64, F64, F64]:
    """Features, spun or not, importance.

    Light spinning counts less; traps ("none": sound passages full of spinners' favourite words) count thrice; in all,
    clean texts weigh twice as much as spun ones, because harm is worse than a miss.
    """
    y = np.array([float(text.kind in ("heavy", "light")) for text in texts])
    importance = np.array([{"light": 0.7, "none": 3.0}.get(text.kind, 1.0) for text in texts])
    importance[y == 0] *= 2 * importance[y == 1].sum() / importance[y == 0].sum()
    return np.array(features), y, importance


def summary(examples: Sequence[Example], probability: Sequence[float], required: int) -> list[dict[str, Any]]:
    """Precision, recall and F0.5 out of fold at several thresholds, before any document gate."""
    rows = []
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        made = [e for e, p in zip(examples, probability, strict=True) if p >= threshold and e.evidence]
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
