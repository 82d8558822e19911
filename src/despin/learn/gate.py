"""Learning the first look: which words tell that a text cannot be spun, so that it need not be read.

Run ``python -m despin.learn.gate --clean CORPUS...`` in a checkout, after ``python -m despin.learn`` and a new build of
the model file; it writes ``models/gate.tsv`` (a weight for each word) and ``models/gate.json``. The model that is
installed says which texts must not be passed over: those that a profile edits.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from despin.channel.compile import entries
from despin.channel.link import phrase_tokens
from despin.channel.rows import read_folder
from despin.config import Config
from despin.decode._decode import Decoder
from despin.decode._model import Model
from despin.decode._scan import Scan
from despin.errors import DespinError
from despin.language.corpus import chunks, find_sources
from despin.learn.fitted import read_fitted
from despin.learn.gold import Passage, read_passages
from despin.learn.logistic import predict
from despin.model.container import Container
from despin.model.words import read_words
from despin.text import protect

__all__ = ["learn", "main"]

F64 = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[3]
_CLASSES = 7  # the first ids are no words
_UNIT = 32  # steps of a weight of 1
_SHORTEST = 60  # tokens: a shorter text is no denser evidence
_USUAL_LOG = 5.0
_FOLDS = 4
_RATE = 0.3  # the spin rate of a text that is worth repairing
_STRENGTH = 100_000.0  # tokens of text that what is known of a word beforehand counts
_RARE = math.exp(-17)  # probability of a word that the language model lacks
_MOST_RATIO = 150.0
_STEPS, _PACE, _PULL = 150, 0.02, 0.1  # rounds of fitting, their step, the penalty
_PASSED_OVER = 0.0025  # share of the texts that would be edited and may be passed over
_JOINED = (3, 10, 30)  # passages are short: so many together stand for longer texts
_HELD_OUT, _LEARNED = 150, 250  # documents of each source of clean text
_LEAST, _MOST = 300, 6000  # their characters
_FAMILIES = {"any": 1.0, "user": 1.0, "news": 0.5}  # shares of the families where nothing is known; the others:
_OTHER_FAMILY = 0.1
_PROFILES = {name: Config.of(name) for name in ("balanced", "eager")}


@dataclass(frozen=True)
class _Text:
    """A text, its words and tokens, its passage (-1: none), the profiles that edit it, whether it counts as spun."""

    text: str
    ids: NDArray[np.int32]
    tokens: int
    passage: int
    edited: dict[str, bool]
    spun: bool


def prior(dictionaries: Path, models: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Of every word its probability in clean text, of what spinners write log P(word | spun) / P(word | clean)."""
    model = Container(models / "en.lm")
    logp = np.frombuffer(model.section("vocab.logp"), np.float32)
    p = {word: math.exp(float(value)) for word, value in zip(read_words(model), logp, strict=True)}
    fitted = read_fitted(models)
    rows = read_folder(dictionaries)
    forms = fitted.entries(entries(rows, set(p)))
    rows = fitted.rows(rows)
    gained: dict[str, float] = defaultdict(float)
    for form in forms:
        row, spun, original = rows[form.row], phrase_tokens(form.spun), phrase_tokens(form.original)
        if not row.context and len(spun) == len(original) == 1 and spun != original:
            share = row.weight * _FAMILIES.get(row.family, _OTHER_FAMILY)
            gained[spun[0]] += share * p.get(original[0], _RARE) / p.get(spun[0], _RARE)
    value = {word: math.log1p(_RATE * min(_MOST_RATIO, ratio)) for word, ratio in gained.items()}
    return p, value


def _beginning(passages: Iterable[Passage], p: Mapping[str, float], known: Mapping[str, float], model: Model) -> F64:
    """Log odds of every word, spun against sound, counted in passages over what the dictionaries say."""
    words = read_words(cast(Container, model.container))
    spun, sound = np.full(len(words), 0.5), np.full(len(words), 0.5)
    for passage in passages:
        side = sound if passage.meta.get("spin") == "none" else spun
        np.add.at(side, _ids(model, passage.spun), 1.0)
        np.add.at(sound, _ids(model, passage.original), 1.0)
    spun *= sound.sum() / spun.sum()
    expected = _STRENGTH * np.array([p.get(word, _RARE) for word in words])
    kept = np.frombuffer(model.container.section("vocab.replaceable"), np.float32)
    ratio = np.exp(np.array([known.get(word, 0.0) for word in words]) - _RATE * kept)
    value = np.log((spun + expected * ratio) / (sound + expected))
    value[:_CLASSES] = 0
    return np.asarray(value)


def fit_words(texts: Sequence[_Text], first: F64) -> tuple[NDArray[np.signedinteger[Any]], F64]:
    """Weights of the words in 32nds, and of the features of a text: logistic regression on all words at once.

    Adam (Kingma and Ba 2015) from the log odds `first`, towards which weights are drawn; few rounds, all texts in each.
    """
    flat = np.concatenate([text.ids for text in texts])
    doc = np.repeat(np.arange(len(texts)), [len(text.ids) for text in texts])
    y = np.array([float(text.spun) for text in texts])
    n = np.array([float(max(_SHORTEST, text.tokens)) for text in texts])
    size, share = np.log(n) - _USUAL_LOG, 10 / n
    theta = np.concatenate(([-1.0, 0.0, 1.0], first))
    mean, square = np.zeros(len(theta)), np.zeros(len(theta))
    for step in range(1, _STEPS + 1):
        total = np.bincount(doc, theta[3:][flat], len(texts)) * share
        residual = (predict(np.stack((np.ones(len(n)), size, total), 1), theta[:3]) - y) / len(y)
        words = np.bincount(flat, (residual * share * theta[2])[doc], len(first)) + _PULL * (theta[3:] - first) / len(
            first
        )
        words[:_CLASSES] = 0
        gradient = np.concatenate(([residual.sum(), residual @ size, residual @ total], words))
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        theta -= _PACE * mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    weights = np.clip(np.round(_UNIT * theta[3:]), -127, 127).astype(np.int8)
    return weights, np.asarray(np.round(theta[:3], 5), np.float64)


def _ids(model: Model, text: str) -> NDArray[np.int32]:
    return np.frombuffer(model.encode(text), np.int32)


def _features(text: _Text, weights: NDArray[np.int8]) -> list[float]:
    """What the core computes (decode/gate.pxi), for weights that are in no model file yet."""
    n = max(_SHORTEST, text.tokens)
    return [1.0, math.log(n) - _USUAL_LOG, 10 * int(weights[text.ids].astype(int).sum()) / _UNIT / n]


def _texts(passages: Sequence[Passage], reader: Decoder, model: Model) -> Iterator[_Text]:
    """Both sides of the passages, alone and many together."""
    groups = [[number] for number in range(len(passages))]
    for fold, kind, size in itertools.product(range(_FOLDS), ("heavy", "light", "none"), _JOINED):
        same = [n for n in range(fold, len(passages), _FOLDS) if passages[n].meta.get("spin", "heavy") == kind]
        groups += [same[at : at + size] for at in range(0, len(same) - size + 1, size)]
    for group in groups:
        yield _text("\n\n".join(passages[n].spun for n in group), group[0], reader, model)
        yield _text("\n\n".join(passages[n].original for n in group), group[0], reader, model)


def _clean(corpus: list[Path], held_out: bool, each: int) -> Iterator[str]:
    for source in find_sources(corpus) if corpus else ():
        pieces = (text for chunk in chunks(source.path, held_out, 1_000_000) for text in chunk.split("\n\n"))
        yield from itertools.islice((text[:_MOST] for text in pieces if len(text) >= _LEAST), each)


def _text(text: str, passage: int, reader: Decoder, model: Model) -> _Text:
    spin, _rate, _families, found = reader(text, protect.spans(text))
    sure = max((edit[2] for edit in found), default=0.0)
    edited = {name: spin >= c.min_spin and sure >= c.min_confidence for name, c in _PROFILES.items()}
    return _Text(text, _ids(model, text), len(Scan(text)), passage, edited, spin > 0.5)


def learn(gold: list[Path], clean: list[Path], dictionaries: Path, models: Path) -> None:
    """Fit words and decision, judge them on texts that taught them nothing, and write both."""
    container = Container(ROOT / "src/despin/data/en.despin")
    model, words = Model(container), read_words(container)
    reader = Decoder(model, None, container.metadata["decision"])
    passages = [passage for path in gold for passage in read_passages(path)]
    p, known = prior(dictionaries, models)
    texts = list(_texts(passages, reader, model))
    texts += [_text(text, -1, reader, model) for text in _clean(clean, True, _HELD_OUT)]
    nothing = dict.fromkeys(_PROFILES, False)
    more = [_Text("", _ids(model, t), len(Scan(t)), -1, nothing, False) for t in _clean(clean, False, _LEARNED)]
    fold = np.array([(text.passage if text.passage >= 0 else at) % _FOLDS for at, text in enumerate(texts)])
    score = np.zeros(len(texts))
    for k in range(_FOLDS):
        others = [passage for number, passage in enumerate(passages) if number % _FOLDS != k]
        learned = [text for text, f in zip(texts, fold, strict=True) if f != k]
        weights, fit = fit_words([*learned, *more], _beginning(others, p, known, model))
        for at in np.flatnonzero(fold == k):
            score[at] = float(np.dot(fit, _features(texts[at], weights)))
    final, fit = fit_words([*texts, *more], _beginning(passages, p, known, model))
    thresholds, measured = _thresholds(texts, score)
    print(json.dumps(measured))
    lines = [f"{word}\t{value}" for word, value in sorted(zip(words, final.tolist(), strict=True)) if value]
    head = ["# Learned by python -m despin.learn.gate; do not edit.", "word\tweight, in 32nds"]
    (models / "gate.tsv").write_text("\n".join([*head, *lines]) + "\n", "utf-8")
    gate = {"weights": fit.tolist(), "closed_below": thresholds, "out_of_fold": measured}
    (models / "gate.json").write_text(json.dumps(gate, indent=1) + "\n", "utf-8")


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
