"""Harm on sound text: ``python benchmarks/clean.py CORPUS...``.

Takes held-out documents (every 50th, never counted for the language model) of each corpus file, up to 6,000 characters
a document, and counts what despin would change: up to 400 a file that nothing was learned from (`unseen`), and up to
150 a file of those whose beginnings the decision on texts was shown as sound (`shown`). Results go to
``benchmarks/results/clean.json``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path

import despin
from despin.learn.gold import read_passages
from despin.learn.sound import GATE_EACH, unseen_texts
from despin.learn.words import clean_texts

RESULTS = Path(__file__).parent / "results" / "clean.json"
UNSEEN_EACH, LEAST, MOST = 400, 300, 6000
PROFILES = ("safe", "balanced", "eager")
LONG = 300  # words of an article that is long enough to be told by itself
GOLD = [Path(__file__).parent / "gold" / name for name in ("dev.gold.txt", "fresh.gold.txt", "natural.gold.txt")]


def documents(corpus: list[Path]) -> dict[str, list[str]]:
    """Held-out documents: those that nothing was learned from, and others."""
    return {
        "unseen": list(unseen_texts(corpus, LEAST, MOST, UNSEEN_EACH)),
        "shown": list(clean_texts(corpus, True, GATE_EACH)),
    }


def detection(texts: list[str]) -> dict[str, float]:
    """The spin probability above which 99 % of the heavily spun passages lie, and how many sound articles lie below."""
    heavy = sorted(
        despin.spin_score(passage.spun)
        for path in GOLD
        for passage in read_passages(path)
        if passage.meta.get("spin") == "heavy"
    )
    threshold = heavy[len(heavy) // 100]
    articles = [text for text in texts if len(text.split()) > LONG]
    below = sum(despin.spin_score(text) < threshold for text in articles)
    return {
        "heavy_passages": len(heavy),
        "finds_99_percent_of_heavy": round(threshold, 4),
        "articles_over_300_words": len(articles),
        "share_below": round(below / max(1, len(articles)), 5),
    }


def harm(texts: list[str], profile: str) -> dict[str, int]:
    """What a profile changes."""
    tool = despin.Repairer(config=despin.Config.of(profile))
    edits = [len(tool.inspect(text).edits) for text in texts]
    words = sum(len(text.split()) for text in texts)
    return {"documents": len(texts), "words": words, "touched": sum(map(bool, edits)), "edits": sum(edits)}


def main() -> int:
    """Count, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="+", type=Path)
    args = parser.parse_args()
    groups = documents(args.corpus)
    figures = {name: {profile: harm(texts, profile) for profile in PROFILES} for name, texts in groups.items()}
    detected = {name: detection(texts) for name, texts in groups.items()}
    print(json.dumps({"figures": figures, "detection": detected}, indent=1))
    RESULTS.parent.mkdir(exist_ok=True)
    about = {"date": datetime.date.today().isoformat(), "despin": despin.__version__}
    RESULTS.write_text(json.dumps({**about, "figures": figures, "detection": detected}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
