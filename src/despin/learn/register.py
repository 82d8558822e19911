"""Learning what each word tells of the register: is a text a research paper? Spinners of those have their own tables.

Run ``python -m despin.learn.register --clean CORPUS...`` in a checkout, before ``python -m despin.learn``; it writes
``models/register.tsv`` and ``models/register.json``. Learned from abstracts of the corpus and annotated passages of the
family ``academic``, both sides, against everything else, by logistic regression on all words at once (learn/words.py).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from despin.decode._model import Model
from despin.errors import DespinError
from despin.language.corpus import find_sources
from despin.learn.gold import Passage, read_passages
from despin.learn.words import CLASSES, CLEAN_EACH, F64, Sample, clean_texts, fit_words, sample, write_words
from despin.model.container import Container
from despin.model.word_weights import REGISTER
from despin.model.words import read_words

__all__ = ["learn", "main"]

ROOT = Path(__file__).resolve().parents[3]
_ABSTRACTS = "arxiv_abstracts"
_LENGTH = 1500  # characters of a clean text: about as long as a passage
_PASSAGE = 10.0  # what a scholarly passage counts: they are few, and of all fields of research
_STRENGTH = 20_000.0  # tokens that the mean of both kinds counts, for each word
_MOST = 2.0  # log odds of a word beforehand
_LEAN = 3.0  # log odds: a paper overlooked costs more than another text taken for one


def learn(gold: list[Path], clean: list[Path], models: Path) -> None:
    """Fit the words' weights and the decision on their sum, and write them."""
    lm = Container(models / "en.lm")
    model = Model(lm)
    texts = [
        sample(model, text[:_LENGTH], source.name == _ABSTRACTS)
        for source in find_sources(clean)
        for text in clean_texts([source.path], False, CLEAN_EACH)
    ]
    for path in gold:
        for passage in read_passages(path):
            paper = is_paper(passage)
            sides, importance = (passage.spun, passage.original), _PASSAGE if paper else 1.0
            texts += [sample(model, text, paper, importance) for text in sides]
    weights = fit_words(texts, _log_odds(texts, len(read_words(lm))))
    write_words(models / REGISTER[1], weights.by_word(model), "despin.learn.register")
    bias, *others = weights.decision.tolist()
    decision = {"weights": [bias + _LEAN, *others]}
    (models / REGISTER[2]).write_text(json.dumps(decision, indent=1) + "\n", "utf-8")


def is_paper(passage: Passage) -> bool:
    """Whether a passage is of a research paper."""
    return passage.meta.get("family") == "academic" or passage.meta.get("register", "").startswith("academic")


def _log_odds(texts: Sequence[Sample], n_words: int) -> F64:
    """Of every word, in papers against elsewhere, as counted."""
    papers, others = np.zeros(n_words), np.zeros(n_words)
    for text in texts:
        np.add.at(papers if text.of_kind else others, text.ids, text.importance)
    mean = (papers / papers.sum() + others / others.sum()) / 2 + 1e-9
    p, q = ((side + _STRENGTH * mean) / (side.sum() + _STRENGTH) for side in (papers, others))
    value = np.clip(np.log(p / q), -_MOST, _MOST)
    value[:CLASSES] = 0
    return np.asarray(value)


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m despin.learn.register", description=__doc__)
    gold = sorted((ROOT / "benchmarks/gold/train").glob("*.txt"))
    parser.add_argument("--gold", type=Path, nargs="+", default=gold)
    parser.add_argument("--clean", type=Path, nargs="+", required=True, help="corpus of clean text")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    args = parser.parse_args(argv)
    try:
        learn(args.gold, args.clean, args.models)
    except (DespinError, OSError) as error:
        print(f"despin.learn.register: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
