"""Learn from annotated passages: ``python -m despin.learn`` in a checkout; writes the tables in ``models/``."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from despin.channel.rows import Row, read_folder
from despin.errors import DespinError
from despin.learn.decision import fit_edit, fit_first, fit_opinion, fit_opinions, fit_text, with_spin
from despin.learn.fitted import write_fitted
from despin.learn.gold import AT_RISK, LISTED, Passage, read_passages
from despin.learn.learner import FOLDS, Example, Learner, Text
from despin.learn.outcome import detection, summary
from despin.learn.reliability import reliabilities
from despin.learn.sound import academic_texts, sound_texts
from despin.learn.synthetic import spin
from despin.learn.trees import EDIT, OPINION, TEXT, write_trees
from despin.learn.weights import fit_weights
from despin.learn.words import CLEAN_EACH, clean_texts, write_words

ROOT = Path(__file__).resolve().parents[3]
# Chosen on the passages' folds; the stage after the lattice decides, so the lattice may propose freely.
LATTICE = {"lm_scale": 0.8, "channel_scale": 1.0, "bias": 2.0, "clash": -3.0, "trust": 1.0, "topic": 0.8, "cache": 1.5}
_SYNTHETIC_RATE = 0.3
_ROUNDS = 2


@dataclass(frozen=True)
class Known:
    """What is learned from: rows of the dictionaries, annotated passages, a corpus of clean text, language models."""

    rows: list[Row]
    passages: list[Passage]
    clean: list[Path]
    models: Path


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m despin.learn", description=__doc__)
    parser.add_argument(
        "--gold",
        type=Path,
        nargs="+",
        default=[
            *(path for name in ("train", "listed") for path in sorted((ROOT / "benchmarks/gold" / name).glob("*.txt"))),
            ROOT / "seeds/xi-visits-russia.gold.txt",
        ],
    )
    parser.add_argument("--clean", type=Path, nargs="*", default=[], help="corpus whose held-out documents are clean")
    parser.add_argument("--dictionaries", type=Path, default=ROOT / "dictionaries/en")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    args = parser.parse_args(argv)
    try:
        learn(args.gold, args.clean, args.dictionaries, args.models)
    except (DespinError, OSError) as error:
        print(f"despin.learn: {error}", file=sys.stderr)
        return 2
    return 0


def learn(gold: list[Path], clean: list[Path], dictionaries: Path, models: Path) -> None:
    """Fit weights, reliabilities and decisions, and write them."""
    known = Known(read_folder(dictionaries), [p for path in gold for p in read_passages(path)], clean, models)
    with multiprocessing.get_context("fork").Pool(min(_ROUNDS, os.cpu_count() or 1)) as pool:
        rounds = pool.map_async(partial(_seen, known), range(_ROUNDS), chunksize=1)
        with tempfile.TemporaryDirectory() as folder:
            learner = _learner(known, 0, Path(folder))
            weights = fit_weights(known.rows, learner.forms, learner.passages)
            words = learner.word_weights(weights)
        seen = rounds.get()
    first, examples, texts = ([one for part in parts for one in part] for parts in zip(*seen, strict=True))
    opinion = fit_opinion(examples, _ROUNDS)
    text, log_odds = fit_text(texts, _ROUNDS)
    # texts at risk are hardly ever opened, and nearly all that is proposed in them is wrong
    examples = [example for example in with_spin(examples, texts, log_odds) if example.source != AT_RISK]
    edit, probability = fit_edit(examples, _ROUNDS)
    table = summary(examples, probability, _ROUNDS * sum(s.required for p in learner.passages for s in p.slots))
    for row in table:
        print(json.dumps(row))
    reliability = reliabilities(first, learner.lemmas, rounds=_ROUNDS, hands_share=1 - 1 / FOLDS)
    write_fitted(models, known.rows, weights, reliability)
    write_words(models / "words.tsv", words)
    for forest, trees in ((OPINION, opinion), (TEXT, text), (EDIT, edit)):
        write_trees(models, forest, trees)
    decision = {
        "lattice": LATTICE,
        "first": fit_first(texts),
        "out_of_fold": table,
        "detection_out_of_fold": detection(texts, log_odds),
    }
    (models / "decision.json").write_text(json.dumps(decision, indent=1) + "\n", "utf-8")


def _seen(known: Known, number: int) -> tuple[list[Example], list[Example], list[Text]]:
    """What a round shows: edits as proposed at first, as proposed when reliabilities are known, texts."""
    with tempfile.TemporaryDirectory() as folder:
        learner = _learner(known, number, Path(folder))
        first = learner.examples()
        examples = learner.examples(first)
        texts = learner.texts(first, fit_opinions(examples), list(sound_texts(known.clean)))
        return [replace(example, features=[]) for example in first], examples, texts


def _learner(known: Known, number: int, folder: Path) -> Learner:
    """The learner of a round."""
    of = {name: [p for p in known.passages if p.source == name] for name in (LISTED, AT_RISK)}
    passages = [passage for passage in known.passages if passage.source not in of]
    learner = Learner(
        known.rows, known.models / "en.lm", known.models / "en.embedding", passages, LATTICE, folder, number
    )
    learner.clean = list(clean_texts(known.clean, False, CLEAN_EACH))
    learner.synthetic = spin(academic_texts(known.clean), known.rows, learner.forms, "academic", _SYNTHETIC_RATE)
    learner.listed, learner.at_risk = of[LISTED], of[AT_RISK]
    return learner


if __name__ == "__main__":
    sys.exit(main())
