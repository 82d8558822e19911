"""Learn from annotated passages: ``python -m despin.learn`` in a checkout; writes the tables in ``models/``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from despin.channel.rows import read_folder
from despin.errors import DespinError
from despin.language.corpus import chunks, find_sources
from despin.learn.decision import fit_edit, fit_first, fit_opinions, fit_text, with_spin
from despin.learn.fitted import write_fitted
from despin.learn.gold import AT_RISK, LISTED, read_passages
from despin.learn.learner import Learner, reliabilities
from despin.learn.outcome import detection, summary
from despin.learn.synthetic import spin
from despin.learn.trees import EDIT, OPINION, TEXT, write_trees
from despin.learn.weights import fit_weights
from despin.learn.words import CLEAN_EACH, clean_texts, write_words

ROOT = Path(__file__).resolve().parents[3]
# Chosen on the passages' folds; the stage after the lattice decides, so the lattice may propose freely.
LATTICE = {"lm_scale": 0.8, "channel_scale": 1.0, "bias": 2.0, "clash": -3.0, "trust": 1.0, "topic": 0.8, "cache": 1.5}
_ACADEMIC = ("arxiv_abstracts", "medquad_nih")
_ACADEMIC_EACH = 150
_SYNTHETIC_RATE = 0.3
_HELD_OUT_EACH = 240  # documents of each source
_CLEAN_LENGTHS = (100, 200, 400, 800, 1600, 4000)  # characters of the clean texts that the spin decision is shown


def _clean_texts(corpus: list[Path], each: int) -> Iterator[str]:
    """Held-out documents, cut to several lengths at the ends of paragraphs or words."""
    for source in find_sources(corpus):
        found = 0
        for chunk in chunks(source.path, held_out=True):
            for number, text in enumerate(chunk.split("\n\n")):
                length = _CLEAN_LENGTHS[number % len(_CLEAN_LENGTHS)]
                if len(text) >= length and found < each:
                    found += 1
                    yield text[:length].rsplit(" ", 1)[0]


def _academic_texts(corpus: list[Path]) -> Iterator[str]:
    """Held-out abstracts and medical answers of about the length of an annotated passage."""
    for source in find_sources(corpus) if corpus else []:
        if source.name not in _ACADEMIC:
            continue
        found = 0
        for chunk in chunks(source.path, held_out=True):
            for text in chunk.split("\n\n"):
                if len(text) >= 600 and found < _ACADEMIC_EACH:
                    found += 1
                    yield text[:1000].rsplit(" ", 1)[0]


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
    rows = read_folder(dictionaries)
    everything = [passage for path in gold for passage in read_passages(path)]
    passages = [passage for passage in everything if passage.source not in (LISTED, AT_RISK)]
    required = sum(slot.required for passage in passages for slot in passage.slots)
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(rows, models / "en.lm", models / "en.embedding", passages, LATTICE, Path(folder))
        learner.clean = list(clean_texts(clean, False, CLEAN_EACH))
        learner.synthetic = spin(_academic_texts(clean), rows, learner.forms, "academic", _SYNTHETIC_RATE)
        learner.listed = [passage for passage in everything if passage.source == LISTED]
        learner.at_risk = [passage for passage in everything if passage.source == AT_RISK]
        first = learner.examples()
        examples = learner.examples(first)
        opinions, opinion = fit_opinions(examples)
        texts = learner.texts(first, opinions, list(_clean_texts(clean, _HELD_OUT_EACH)))
        weights = fit_weights(rows, learner.forms, passages)
        words = learner.word_weights(weights)
    first_weights, open_above = fit_first(texts)
    text, log_odds = fit_text(texts)
    # texts at risk are hardly ever opened, and nearly all that is proposed in them is wrong
    examples = [example for example in with_spin(examples, texts, log_odds) if example.source != AT_RISK]
    edit, probability = fit_edit(examples)
    table = summary(examples, probability, required)
    for row in table:
        print(json.dumps(row))
    write_fitted(models, rows, weights, reliabilities(first))
    write_words(models, words)
    for forest, trees in ((OPINION, opinion), (TEXT, text), (EDIT, edit)):
        write_trees(models, forest, trees)
    decision = {
        "lattice": LATTICE,
        "first": {"weights": [round(w, 5) for w in first_weights], "open_above": round(open_above, 5)},
        "out_of_fold": table,
        "detection_out_of_fold": detection(texts, log_odds),
    }
    (models / "decision.json").write_text(json.dumps(decision, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
