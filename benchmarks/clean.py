"""Harm on sound text: ``python benchmarks/clean.py CORPUS...``.

Takes the held-out documents (every 50th, never trained on) of each corpus file, up to 150 a file and 6,000 characters
a document, and counts what despin would change. Results go to ``benchmarks/results/clean.json``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import despin
from despin.language.corpus import chunks, find_sources
from despin.learn.gold import read_passages

RESULTS = Path(__file__).parent / "results" / "clean.json"
PER_SOURCE, LEAST, MOST = 150, 300, 6000
LONG = 300  # words of an article that is long enough to be told by itself
GOLD = [Path(__file__).parent / "gold" / name for name in ("dev.gold.txt", "fresh.gold.txt", "natural.gold.txt")]


def held_out(corpus: list[Path]) -> Iterator[tuple[str, str]]:
    """Name of the source and text of each document."""
    for source in find_sources(corpus):
        found = 0
        for chunk in chunks(source.path, held_out=True):
            for text in chunk.split("\n\n"):
                if len(text) >= LEAST and found < PER_SOURCE:
                    found += 1
                    yield source.name, text[:MOST]


def detection(corpus: list[Path]) -> dict[str, float]:
    """The spin probability above which 99 % of the heavily spun passages lie, and how many sound articles lie below."""
    heavy = sorted(
        despin.spin_score(passage.spun)
        for path in GOLD
        for passage in read_passages(path)
        if passage.meta.get("spin") == "heavy"
    )
    threshold = heavy[len(heavy) // 100]
    articles = [text for _name, text in held_out(corpus) if len(text.split()) > LONG]
    below = sum(despin.spin_score(text) < threshold for text in articles)
    return {
        "heavy_passages": len(heavy),
        "finds_99_percent_of_heavy": round(threshold, 4),
        "articles_over_300_words": len(articles),
        "share_below": round(below / max(1, len(articles)), 5),
    }


def main() -> int:
    """Count, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="+", type=Path)
    args = parser.parse_args()
    figures = {}
    for profile in ("safe", "balanced", "eager"):
        tool = despin.Repairer(config=despin.Config.of(profile))
        documents = words = touched = edits = 0
        for _name, text in held_out(args.corpus):
            report = tool.inspect(text)
            documents += 1
            words += len(text.split())
            touched += bool(report.edits)
            edits += len(report.edits)
        figures[profile] = {"documents": documents, "words": words, "touched": touched, "edits": edits}
        print(
            f"{profile:10}{documents:7} documents {words:9} words {touched:5} touched {edits:5} edits "
            f"{1e6 * edits / words:7.1f} a million words"
        )
    detected = detection(args.corpus)
    print(detected)
    RESULTS.parent.mkdir(exist_ok=True)
    about = {"date": datetime.date.today().isoformat(), "despin": despin.__version__}
    RESULTS.write_text(json.dumps({**about, "figures": figures, "detection": detected}, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
