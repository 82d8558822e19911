"""Learning the first look: when the words alone tell that a text cannot be spun, so that it need not be read.

Run ``python -m despin.learn.gate --clean CORPUS...`` in a checkout, after ``python -m despin.learn`` (which learns the
words' weights, from the same clean texts) and a new build of the model file; it writes ``models/gate.json``. The model
that is built says which texts must not be passed over: those that a profile edits.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from despin.channel.compile import entries
from despin.channel.rows import read_folder
from despin.config import Config
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.decode._scan import Scan
from despin.errors import DespinError
from despin.learn.fitted import read_fitted
from despin.learn.gold import Passage, read_passages
from despin.learn.sound import GATE_EACH
from despin.learn.words import CLEAN_EACH, WordLearner, WordWeights, clean_texts, encode, joined
from despin.model.container import Container
from despin.model.words import read_words
from despin.text import protect

__all__ = ["learn", "main"]

F64 = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[3]
_FOLDS = 4
_PASSED_OVER = 0.01  # share of the texts that would be edited and may be passed over, of long ones too
_LONG = 250  # tokens: so long a text shows plainly what it is, and its score is held to more
_SLANTS = tuple(step / 20 for step in range(21))  # what a text may lose in score when it is e times as long
_PROFILES = {name: Config.of(name) for name in ("balanced", "eager")}


@dataclass(frozen=True)
class _Text:
    """A text, its words and tokens, its passage (-1: none), the profiles that edit it."""

    text: str
    ids: NDArray[np.int32]
    tokens: int
    passage: int
    edited: dict[str, bool]


def _texts(passages: Sequence[Passage], reader: Decoder, model: Model) -> Iterator[_Text]:
    """Both sides of the passages, alone and many together."""
    groups = [[number] for number in range(len(passages))]
    for fold in range(_FOLDS):
        groups += joined(range(fold, len(passages), _FOLDS), passages)
    for group in groups:
        yield _text("\n\n".join(passages[n].spun for n in group), group[0], reader, model)
        yield _text("\n\n".join(passages[n].original for n in group), group[0], reader, model)


def _text(text: str, passage: int, reader: Decoder, model: Model) -> _Text:
    spin, _rate, _families, found = reader(text, protect.spans(text))
    sure = max((edit[2] for edit in found), default=0.0)
    edited = {name: spin >= c.min_spin and sure >= c.min_confidence for name, c in _PROFILES.items()}
    return _Text(text, encode(model, text), len(Scan(text)), passage, edited)


def learn(gold: list[Path], clean: list[Path], dictionaries: Path, models: Path) -> None:
    """Fit the decision, judge it on texts that taught the words nothing, and write it."""
    container = Container(ROOT / "src/despin/data/en.despin")
    model = Model(container)
    reader = Decoder(model, None, container.metadata["decision"])
    passages = [passage for path in gold for passage in read_passages(path)]
    rows = read_folder(dictionaries)
    lm, fitted = Container(models / "en.lm"), read_fitted(models)
    forms, rows = entries(rows, set(read_words(lm))), fitted.rows(rows)
    learner, clean_learned = WordLearner(lm), list(clean_texts(clean, False, CLEAN_EACH))

    def fit(known: Sequence[Passage]) -> WordWeights:
        return learner.fit(model, rows, forms, known, clean_learned)

    texts = list(_texts(passages, reader, model))
    texts += [_text(text, -1, reader, model) for text in clean_texts(clean, True, GATE_EACH)]
    fold = np.array([(text.passage if text.passage >= 0 else at) % _FOLDS for at, text in enumerate(texts)])
    score = np.zeros(len(texts))
    for k in range(_FOLDS):
        words = fit([passage for number, passage in enumerate(passages) if number % _FOLDS != k])
        for at in np.flatnonzero(fold == k):
            score[at] = float(np.dot(words.decision, words.features(texts[at].ids, texts[at].tokens)))
    slant = max(_SLANTS, key=lambda slant: _settled(texts, _slanted(texts, score, slant)))
    thresholds, measured = _thresholds(texts, _slanted(texts, score, slant))
    print(json.dumps({"slant": slant, **measured}))
    decision = fit(passages).decision - [0, slant, 0]
    gate = {"weights": decision.tolist(), "closed_below": thresholds, "out_of_fold": measured}
    (models / "gate.json").write_text(json.dumps(gate, indent=1) + "\n", "utf-8")


def _slanted(texts: Sequence[_Text], score: F64, slant: float) -> F64:
    """Scores with another weight of the length."""
    size = np.array([WordWeights.size(text.tokens) for text in texts])
    return np.asarray(score - slant * size)


def _settled(texts: Sequence[_Text], score: F64) -> float:
    """Characters of clean documents that are passed over unread when hardly an edited text is, whatever its length."""
    clean = np.array([text.passage < 0 for text in texts])
    long = np.array([text.tokens >= _LONG for text in texts])
    edited = np.array([text.edited["balanced"] for text in texts])
    below = min(float(np.quantile(score[group], _PASSED_OVER)) for group in (edited, edited & long) if group.any())
    return float(np.array([len(text.text) for text in texts])[clean & (score < below)].sum())


def _thresholds(texts: Sequence[_Text], score: F64) -> tuple[list[list[float]], dict[str, Any]]:
    """For each profile its least spin probability and the score below which a text is passed over; what that does."""
    thresholds, measured = [], {}
    clean = np.array([text.passage < 0 for text in texts])
    length = np.array([len(text.text) for text in texts])
    for name, config in _PROFILES.items():
        edited = np.array([text.edited[name] for text in texts])
        below = math.floor(1e4 * float(np.quantile(score[edited], _PASSED_OVER))) / 1e4
        closed = score < below
        thresholds.append([config.min_spin, below])
        measured[name] = {
            "edited texts": int(edited.sum()),
            "of these passed over": int((closed & edited).sum()),
            "clean documents": int(clean.sum()),
            "of these passed over unread": int((closed & clean).sum()),
            "share of their characters": round(float(length[closed & clean].sum() / max(1, length[clean].sum())), 4),
        }
    return thresholds, measured


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m despin.learn.gate", description=__doc__)
    gold = [*sorted((ROOT / "benchmarks/gold/train").glob("*.txt")), ROOT / "seeds/xi-visits-russia.gold.txt"]
    parser.add_argument("--gold", type=Path, nargs="+", default=gold)
    parser.add_argument("--clean", type=Path, nargs="*", default=[], help="corpus whose held-out documents are clean")
    parser.add_argument("--dictionaries", type=Path, default=ROOT / "dictionaries/en")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    args = parser.parse_args(argv)
    try:
        learn(args.gold, args.clean, args.dictionaries, args.models)
    except (DespinError, OSError) as error:
        print(f"despin.learn.gate: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
